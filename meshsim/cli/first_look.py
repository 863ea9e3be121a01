"""``--solver queueing``: estimates at once, where ``run`` and ``compare`` would simulate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from meshsim.cli.console import color, complain, tell, width
from meshsim.cli.options import Format
from meshsim.errors import InputError, Place, Problem

if TYPE_CHECKING:
    from meshsim.studies.study import Study


def check_words(form: Format, words: Mapping[str, object]) -> None:
    """Raise InputError for a format that estimates have not, and for options of simulations."""
    problems = [
        Problem(
            Place(option), "", "is about simulations, and formulas need none", "", "leave it out"
        )
        for option, given in words.items()
        if given
    ]
    if form not in (Format.TEXT, Format.JSON):
        rule, cure = "estimates are written as text or json", "write -o text or -o json"
        problems.append(Problem(Place("--output"), "", rule, form.value, cure))
    if problems:
        raise InputError(problems)


def deliver(studies: Sequence[Study], form: Format, out: str | None) -> None:
    """Print the first looks of each study, or write them to the file ``out``."""
    from meshsim.model.scenario import Scenario
    from meshsim.reports.files import write_text
    from meshsim.reports.json_estimate import estimate_to_json
    from meshsim.reports.text_estimate import estimate_to_text
    from meshsim.studies.first_look import first_look

    topologies = [
        [first_look(Scenario(study.topology, mesh)) for mesh in study.meshes] for study in studies
    ]
    if form is Format.JSON:
        text = estimate_to_json(*topologies)
    elif out is None:
        text = "\n".join(
            estimate_to_text(looks, width=width(), color=color()) for looks in topologies
        )
    else:
        text = "\n".join(estimate_to_text(looks) for looks in topologies)
    if out is None:
        tell(text)
    else:
        complain(f"wrote {write_text(Path(out), text)}")

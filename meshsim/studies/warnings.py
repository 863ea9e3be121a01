"""What a reader must know before trusting a result."""

from __future__ import annotations

from collections.abc import Sequence

from meshsim.capacity.nodes import NodePlan
from meshsim.lowering.program import Program
from meshsim.solvers.queueing import Bottleneck
from meshsim.studies.overload import overload_of, overload_sentence, stopped_sentences
from meshsim.studies.result import UsageRow
from meshsim.studies.sections import Sections
from meshsim.studies.task import Replication
from meshsim.units import show_percentage

_FULL = 0.97
"""Above this use a station is taken for saturated: its queue grows with the length of the run."""


def warnings_of(
    program: Program,
    replications: Sequence[Replication],
    sections: Sections,
    usage: tuple[UsageRow, ...],
    nodes: NodePlan,
) -> tuple[str, ...]:
    """Sentences, most serious first."""
    overload = overload_of(program)
    return (
        *([] if overload is None else [overload_sentence(overload)]),
        *stopped_sentences(replications),
        *_saturated(program, usage, overload),
        *_unsettled(sections),
        *(
            f"{pod}: its pods are larger than any node and were not placed"
            for pod in nodes.unplaced
        ),
    )


def _saturated(
    program: Program, usage: tuple[UsageRow, ...], overload: Bottleneck | None
) -> list[str]:
    """Stations that were in use all the time, but for the one of which more is known."""
    if program.load.waits_for_answers:
        return []
    return [
        f"{row.name} is saturated: its busiest instance used "
        f"{show_percentage(row.utilisation_busiest or 0.0)} of its CPU. "
        "Latencies may depend on the length of the run"
        for row in usage
        if (row.utilisation_busiest or 0.0) >= _FULL and not _is_known(row, overload)
    ]


def _is_known(row: UsageRow, overload: Bottleneck | None) -> bool:
    if overload is None or (overload.kind == "proxy") != (row.owner == "proxy"):
        return False
    return overload.name == row.name or overload.name.startswith(f"{row.name} of ")


def _unsettled(sections: Sections) -> list[str]:
    if sections.settled:
        return []
    return ["latencies had not settled by the end of the runs: simulate more requests"]

"""The exit code of broken objectives, and a line for each of them."""

from __future__ import annotations

from collections.abc import Iterable

import typer

from meshsim.cli.console import SLO_BROKEN, complain
from meshsim.reports.phrases import objective_value
from meshsim.studies.result import Result


def exit_if_broken(results: Iterable[Result]) -> None:
    """Name the broken objectives on stderr and exit with 99 if there are any."""
    broken = [
        f"{result.topology} under {result.mesh}, {row.entry}: "
        f"{row.text} broken, at {objective_value(row)}"
        for result in results
        for row in result.objectives
        if row.kept is False
    ]
    if broken:
        complain("\n".join(broken))
        raise typer.Exit(SLO_BROKEN)

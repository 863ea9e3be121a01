"""Where the doubt comes from, for the terminal: simulation or calibration, number by number."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType

from meshsim.reports.phrases import counted
from meshsim.reports.text_tables import Cell, heading, paragraph, table
from meshsim.reports.uncertainty import doubts, tornado_hint
from meshsim.studies.result import Comparison, Result

_HEADINGS = ("estimate", "from", "to", "simulation", "calibration")


def of_run(result: Result) -> Iterator[RenderableType]:
    """Latency, CPU and memory of one mesh; nothing if no parameters were drawn."""
    yield from _table(Comparison((result,), (), ()), [""])


def of_comparison(comparison: Comparison) -> Iterator[RenderableType]:
    """The same for each mesh, and for its difference to the baseline."""
    yield from _table(comparison, ["", ""])


def _table(comparison: Comparison, names: list[str]) -> Iterator[RenderableType]:
    """Names of the meshes stand before those of the numbers if there are two columns of names."""
    rows = doubts(comparison)
    if not rows:
        return
    yield heading("where the doubt comes from,", counted(rows[0].draws, "draw") + " of parameters")
    cells: list[list[Cell]] = []
    for number, row in enumerate(rows):
        is_new = number == 0 or rows[number - 1].mesh != row.mesh
        named = [row.mesh if is_new else "", row.name][-len(names) :]
        parts = [f"± {row.simulation}", f"± {row.calibration}"]
        cells.append([*named, row.estimate, row.low, row.high, *parts])
    yield table([*names, *_HEADINGS], cells, words=range(len(names)))
    yield paragraph(tornado_hint(comparison))
    yield paragraph("")

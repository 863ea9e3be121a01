"""Latency for the terminal: how long requests took, what a mesh added, where the time went."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import RenderableType

from meshsim.reports.phrases import METRICS, around_change, part_name, short
from meshsim.reports.text_tables import (
    Cell,
    by_mesh,
    heading,
    mesh_heading,
    paragraph,
    table,
    two_lines,
)
from meshsim.solvers.observations import Part
from meshsim.stats import Interval, NotEnough
from meshsim.studies.result import ALL, Comparison, LatencyDifference, LatencyRow, Result
from meshsim.units import show_duration, show_percentage

_SHOWN_DIFFERENCES = ("mean", "p50", "p99")
_EDGES_MAX = 12


def of_run(result: Result) -> Iterator[RenderableType]:
    """All requests and each entry point, then the slowest calls."""
    entries = [row for row in result.latency if row.scope != "edge"]
    yield heading("latency")
    yield _latency_table("", [(row.name, row) for row in entries])
    yield from _shortage(entries)
    edges = sorted((r for r in result.latency if r.scope == "edge"), key=_slowness, reverse=True)
    if not edges:
        return
    shown = edges[:_EDGES_MAX]
    yield heading("calls between services, the slowest first")
    yield _latency_table("", [(row.name, row) for row in shown])
    if len(edges) > len(shown):
        yield paragraph(f"{len(edges) - len(shown)} more calls: -o json, csv or html")
    yield paragraph("")


def of_comparison(comparison: Comparison) -> Iterator[RenderableType]:
    """All requests by mesh, the differences to the baseline, the means by entry point."""
    overall = [result.overall for result in comparison.results]
    yield heading("latency of all requests")
    names = [result.mesh for result in comparison.results]
    yield _latency_table("", list(zip(names, overall, strict=True)))
    yield from _shortage(overall)
    yield heading("latency: difference to", comparison.baseline.mesh)
    yield table(["", *_SHOWN_DIFFERENCES], _difference_rows(comparison))
    yield paragraph("")
    yield from _means_by_entry(comparison)


def breakdown(results: Sequence[Result]) -> Iterator[RenderableType]:
    """Mean time per part and its share, a row for each mesh."""
    used = [part for part in Part if any(r.breakdown[0].part(part) > 0 for r in results)]
    rows: list[list[Cell]] = []
    for result in results:
        row = result.breakdown[0]
        cells = [_part_cell(row.part(part), row.total) for part in used]
        rows.append([result.mesh, *cells, show_duration(row.total)])
    yield heading("where the time went, mean of all requests")
    yield table(["", *map(part_name, used), "sum"], rows)
    yield paragraph("")


def _part_cell(seconds: float, total: float) -> Cell:
    if seconds == 0:
        return "0"
    return two_lines(show_duration(seconds), show_percentage(seconds / total, 2))


def _latency_table(heading_of_names: str, rows: Sequence[tuple[str, LatencyRow]]) -> RenderableType:
    return table(
        [heading_of_names, *METRICS],
        [[name, *(short(v, show_duration) for v in (r.mean, *r.quantiles))] for name, r in rows],
        wrap=[0],
    )


def _shortage(rows: Sequence[LatencyRow]) -> Iterator[RenderableType]:
    """Why dashes stand in the table above, once per metric."""
    missing: dict[str, NotEnough] = {}
    for row in rows:
        for metric, value in zip(METRICS, (row.mean, *row.quantiles), strict=True):
            if isinstance(value, NotEnough):
                missing.setdefault(metric, value)
    for value in missing.values():
        yield paragraph(f"— {value}: raise --requests")
    yield paragraph("")


def _slowness(row: LatencyRow) -> float:
    return 0.0 if isinstance(row.mean, NotEnough) else row.mean.estimate


def _difference_rows(comparison: Comparison) -> Iterator[list[Cell]]:
    for result in comparison.results[1:]:
        rows = {r.metric: r for r in comparison.latency if (r.mesh, r.name) == (result.mesh, ALL)}
        yield [result.mesh, *(_difference_cell(rows[metric]) for metric in _SHOWN_DIFFERENCES)]


def _difference_cell(row: LatencyDifference) -> Cell:
    if isinstance(row.difference, NotEnough):
        return "—"
    share = ""
    if isinstance(row.relative, Interval):
        share = f" {show_percentage(row.relative.estimate, 2, signed=True)}"
    change = show_duration(row.difference.estimate, signed=True)
    return two_lines(f"{change}{share}", around_change(row.difference, show_duration))


def _means_by_entry(comparison: Comparison) -> Iterator[RenderableType]:
    columns = [[r for r in result.latency if r.scope == "entry"] for result in comparison.results]
    if len(columns[0]) < 2:
        return
    yield heading("mean latency by entry point")
    rows = [
        [row[0].name, *(by_mesh(short(cell.mean, show_duration), len(row)) for cell in row)]
        for row in zip(*columns, strict=True)
    ]
    names = [mesh_heading(result.mesh) for result in comparison.results]
    yield table(["", *names], rows, wrap=[0])
    yield paragraph("")

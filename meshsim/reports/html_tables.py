"""The tables of the HTML report, as plain cells that one template draws."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from meshsim.model.finding_codes import BUSY
from meshsim.reports.phrases import (
    METRICS,
    around_change,
    caller_and_callee,
    exact,
    exact_change,
    objective_value,
    short,
    verdict,
)
from meshsim.reports.text_resources import ITEMS, OWNERS, quantity
from meshsim.reports.uncertainty import doubts
from meshsim.stats import Interval
from meshsim.studies.bill import bill_rows
from meshsim.studies.estate import MeshTotal
from meshsim.studies.result import ALL, Comparison, LatencyRow, Result, UsageRow, Value
from meshsim.studies.totals import total_cpu_used
from meshsim.units import show_cpu, show_duration, show_memory, show_money, show_percentage

SHOWN_EDGE_METRICS = (0, 3)
"""Mean and p99: what the table of calls has room for."""


@dataclass(frozen=True)
class Cell:
    """A text, what stands small below it, and its class."""

    text: str
    below: str = ""
    kind: str = ""
    share: float | None = None
    """Of a bar behind the text, 0 to 1."""


@dataclass(frozen=True)
class Grid:
    """A table; its first ``words`` columns are text, the others ``even`` if they are alike."""

    headings: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    words: int = 1
    even: bool = False


def summary_grid(comparison: Comparison) -> Grid:
    """One row per quantity, one column per mesh, the change to the baseline below each number."""
    rows: list[list[Cell]] = []
    for at, metric in enumerate(METRICS):
        rows.append([Cell(metric), *(_latency_cell(comparison, r, at) for r in comparison.results)])
    resources = {row.mesh: row for row in comparison.resources}
    bill = {(row.mesh, row.item): row for row in bill_rows(comparison)}
    used, requested, memory, cost, nodes = [[Cell(*names)] for names in _QUANTITIES]
    for result in comparison.results:
        cpu_requested, memory_requested = result.requested()
        change = resources.get(result.mesh)
        share = bill.get((result.mesh, "share_of_nodes"))
        money = share.cost_change_per_month if share else None
        used.append(
            Cell(
                short(total_cpu_used(result), show_cpu),
                exact_change(change.cpu_used, show_cpu) if change else "",
            )
        )
        requested.append(
            Cell(
                show_cpu(cpu_requested),
                show_cpu(change.cpu_requested, signed=True) if change else "",
            )
        )
        memory.append(
            Cell(
                show_memory(memory_requested),
                show_memory(change.memory_requested, signed=True) if change else "",
            )
        )
        cost.append(
            Cell(
                show_money(result.nodes.cost_of_share_per_month),
                "" if money is None else show_money(money, signed=True),
            )
        )
        nodes.append(Cell(f"{result.nodes.nodes:,}", show_money(result.nodes.cost_per_month)))
    headings = ["", *(result.mesh_title for result in comparison.results)]
    return Grid(headings, [*rows, used, requested, memory, cost, nodes], even=True)


def doubts_grid(comparison: Comparison) -> Grid:
    """Both causes of doubt, number by number; without rows if no parameters were drawn."""
    titles = {result.mesh: result.mesh_title for result in comparison.results}
    rows = [
        [
            Cell(titles[row.mesh]),
            Cell(row.name),
            Cell(row.estimate, f"{row.low} to {row.high}"),
            Cell(f"± {row.simulation}"),
            Cell(f"± {row.calibration}"),
        ]
        for row in doubts(comparison)
    ]
    return Grid(["", "", "with its interval", "simulation", "calibration"], rows, words=2)


_QUANTITIES = (
    ("CPU used", ""),
    ("CPU requested", ""),
    ("memory requested", ""),
    ("cost per month", "of the share of nodes that is filled"),
    ("nodes", "whole ones, and their cost per month"),
)


def objectives_grid(results: Sequence[Result]) -> Grid:
    """One row per objective, one column per mesh."""
    rows = [
        [
            Cell(row[0].entry, row[0].text),
            *(Cell(objective_value(o), verdict(o), _HEALTH[verdict(o)]) for o in row),
        ]
        for row in zip(*(result.objectives for result in results), strict=True)
    ]
    headings = ["objective", *(result.mesh_title for result in results)]
    return Grid(headings, rows, even=True)


_HEALTH = {
    "kept": "healthy",
    "probably kept": "degraded",
    "unknown": "degraded",
    "probably broken": "failure",
    "broken": "failure",
}
"""Classes of Kiali's colours."""


def entry_grid(results: Sequence[Result], metric: int) -> Grid:
    """A metric by entry point, one column per mesh."""
    return _by_mesh(results, ("all", "entry"), metric, "entry point")


def edge_grid(results: Sequence[Result], metric: int) -> Grid:
    """A metric by call, one column per mesh."""
    return _by_mesh(results, ("edge",), metric, "call")


def _by_mesh(results: Sequence[Result], scopes: Sequence[str], metric: int, heading: str) -> Grid:
    columns = [[row for row in result.latency if row.scope in scopes] for result in results]
    rows = [
        [
            _name_cell(row[0]),
            *(_interval_cell(_values(cell)[metric]) for cell in row),
        ]
        for row in zip(*columns, strict=True)
    ]
    return Grid([heading, *(result.mesh_title for result in results)], rows, even=True)


def metrics_grid(result: Result, scopes: Sequence[str], heading: str) -> Grid:
    """All metrics of one mesh, a row for each entry point or call."""
    rows = [
        [_name_cell(row), *(_interval_cell(value) for value in _values(row))]
        for row in result.latency
        if row.scope in scopes
    ]
    return Grid([heading, *METRICS], rows, even=True)


def _name_cell(row: LatencyRow) -> Cell:
    observed = f"{row.requests:,} observed"
    if row.scope != "edge":
        return Cell(row.name, observed)
    caller, callee = caller_and_callee(row.name)
    return Cell(callee, f"from {caller}, {observed}")


def usage_grid(result: Result) -> Grid:
    """A row for each service, kind of proxy and part of the control plane."""
    headings = ["", "part of", "instances", "CPU used", "CPU requested", "memory used"]
    headings += ["memory requested", "CPU busy", "busiest"]
    return Grid(headings, [_usage_row(row) for row in result.usage], words=2)


def bill_grid(comparison: Comparison) -> Grid:
    """The change of each item, in the shape of kubectl cost."""
    titles = {result.mesh: result.mesh_title for result in comparison.results}
    rows = [
        [
            Cell(titles[row.mesh]),
            Cell(ITEMS[row.item]),
            Cell(quantity(row)),
            Cell("—" if row.price_per_month is None else show_money(row.price_per_month)),
            Cell(
                "—"
                if row.cost_change_per_month is None
                else show_money(row.cost_change_per_month, signed=True)
            ),
            Cell("—" if row.relative is None else show_percentage(row.relative, signed=True)),
        ]
        for row in bill_rows(comparison)
    ]
    headings = ["object", "resource", "Δ quantity", "cost per unit", "Δ cost per month", "% change"]
    return Grid(headings, rows, words=2)


def totals_grid(totals: Sequence[MeshTotal]) -> Grid:
    """Sums over several topologies, one row per mesh."""
    headings = ["", "CPU used", "CPU requested", "memory used", "memory requested", "nodes"]
    headings += ["per month", "per month, share filled", "change", "objectives broken"]
    rows = [
        [
            Cell(total.mesh_title),
            Cell(show_cpu(total.cpu_used)),
            Cell(show_cpu(total.cpu_requested)),
            Cell(show_memory(total.memory_used)),
            Cell(show_memory(total.memory_requested)),
            Cell(f"{total.nodes:,}"),
            Cell(show_money(total.cost_per_month)),
            Cell(show_money(total.cost_of_share_per_month)),
            Cell(show_money(total.cost_of_share_change, signed=True)),
            _broken_cell(total.objectives_broken),
        ]
        for total in totals
    ]
    return Grid(headings, rows)


def _broken_cell(broken: int) -> Cell:
    return Cell(f"{broken:,}", kind="failure" if broken else "healthy")


def _latency_cell(comparison: Comparison, result: Result, metric: int) -> Cell:
    text = short(_values(result.overall)[metric], show_duration)
    for row in comparison.latency:
        if (row.mesh, row.name, row.metric) == (result.mesh, ALL, METRICS[metric]):
            if not isinstance(row.difference, Interval):
                break
            change = show_duration(row.difference.estimate, signed=True)
            return Cell(text, f"{change}{_in_brackets(row.difference)}")
    return Cell(text)


def _in_brackets(interval: Interval) -> str:
    around = around_change(interval, show_duration)
    return f" {around}" if around.startswith("±") else f"\n({around})"


def _interval_cell(value: Value) -> Cell:
    if not isinstance(value, Interval):
        return Cell("—", kind="missing")
    estimate, around = show_duration(value.estimate), exact(value, show_duration)
    return Cell(estimate, around.removeprefix(estimate).strip(" ()"))


def _values(row: LatencyRow) -> tuple[Value, ...]:
    return (row.mean, *row.quantiles)


def _usage_row(row: UsageRow) -> list[Cell]:
    memory = Cell(show_memory(row.memory_used) + ("*" if row.memory_is_request else ""))
    return [
        Cell(row.name),
        Cell(OWNERS[row.owner]),
        Cell(f"{row.instances:,}"),
        Cell(short(row.cpu_used, show_cpu)),
        Cell(show_cpu(row.cpu_requested)),
        memory,
        Cell(show_memory(row.memory_requested)),
        *_busy_cells(row),
    ]


def _busy_cells(row: UsageRow) -> Iterator[Cell]:
    for share in (row.utilisation, row.utilisation_busiest):
        if share is None:
            yield Cell("—", kind="missing")
        else:
            text = show_percentage(share, 2)
            yield Cell(text, kind=f"bar {_health(share)}", share=min(share, 1.0))


def _health(share: float) -> str:
    """Kiali's words: degraded where a finding would say busy, failure where nothing is left."""
    if share >= 1.0:
        return "failure"
    return "degraded" if share > BUSY else "healthy"

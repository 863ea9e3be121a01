"""All numbers of a report as one long table: a row for each metric of each scenario."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from meshsim.reports.phrases import METRICS, verdict
from meshsim.solvers.observations import Part
from meshsim.stats import Interval
from meshsim.stats.nested import CombinedInterval
from meshsim.studies.bill import bill_rows
from meshsim.studies.result import Comparison, LatencyRow, Result, UsageRow, Value


@dataclass(frozen=True)
class TidyRow:
    """One number with what it is about; ends and counts are None where there is no interval."""

    topology: str
    mesh: str
    scenario: str
    """Hash of the scenario."""
    table: str
    """``latency``, ``breakdown``, ``usage``, ``outcomes``, ``objectives``, ``nodes`` or, against
    the baseline, ``latency_difference``, ``resource_difference``, ``bill``."""
    scope: str
    """``all``, ``entry`` or ``edge`` of latencies, owner of containers, item of a bill."""
    name: str
    """Entry point, edge, service, kind of proxy, node pool."""
    metric: str
    unit: str
    estimate: float | None
    low: float | None = None
    high: float | None = None
    confidence: float | None = None
    observations: int | None = None
    note: str = ""
    """Why there is no estimate, or the verdict on an objective."""
    simulation: float | None = None
    """Half width that the noise of the simulation alone would give, where parameters were drawn."""
    calibration: float | None = None
    """Half width that the uncertain parameters alone would give."""


_Cell = tuple[str, str, str, str, str, Value | float | None, str]
"""Table, scope, name, metric, unit, value, note."""


def tidy_rows(report: Result | Comparison) -> Iterator[TidyRow]:
    """The rows of a result or of a comparison, scenario by scenario, differences last."""
    if isinstance(report, Result):
        yield from _result_rows(report)
        return
    for result in report.results:
        yield from _result_rows(result)
    by_mesh = {result.mesh: result for result in report.results}
    for mesh, cell in _difference_cells(report):
        yield _row(by_mesh[mesh], cell)


def _result_rows(result: Result) -> Iterator[TidyRow]:
    for cell in _result_cells(result):
        yield _row(result, cell)


def _result_cells(result: Result) -> Iterator[_Cell]:
    for row in result.latency:
        yield from _latency_cells(row)
    for parts in result.breakdown:
        for part in Part:
            yield "breakdown", "", parts.name, part.name.lower(), "s", parts.part(part), ""
    for usage in result.usage:
        yield from _usage_cells(usage)
    yield from _sum_cells(result)
    for outcome in result.outcomes:
        yield "outcomes", "entry", outcome.name, "error_rate", "1", outcome.error_rate, ""
        yield "outcomes", "entry", outcome.name, "errors", "requests", float(outcome.errors), ""
    for objective in result.objectives:
        unit = "1" if objective.text.lstrip().startswith("error_rate") else "s"
        cell = ("objectives", "entry", objective.entry, objective.text, unit, objective.value)
        yield (*cell, verdict(objective))
    yield from _node_cells(result)


def _latency_cells(row: LatencyRow) -> Iterator[_Cell]:
    for metric, value in zip(METRICS, (row.mean, *row.quantiles), strict=True):
        yield "latency", row.scope, row.name, metric, "s", value, ""


def _usage_cells(row: UsageRow) -> Iterator[_Cell]:
    note = "unknown: the request stands in" if row.memory_is_request else ""
    metrics: tuple[tuple[str, str, Value | float | None, str], ...] = (
        ("instances", "instances", float(row.instances), ""),
        ("cpu_used", "cores", row.cpu_used, ""),
        ("cpu_requested", "cores", row.cpu_requested, ""),
        ("cpu_used_busiest", "cores", row.cpu_used_busiest, ""),
        ("memory_used", "bytes", row.memory_range or row.memory_used, note),
        ("memory_requested", "bytes", row.memory_requested, ""),
        ("utilisation", "1", row.utilisation, ""),
        ("utilisation_busiest", "1", row.utilisation_busiest, ""),
    )
    for metric, unit, value, remark in metrics:
        yield "usage", row.owner, row.name, metric, unit, value, remark


def _sum_cells(result: Result) -> Iterator[_Cell]:
    """Sums by owner and over all, whose intervals are not those of their parts added up."""
    found = result.uncertainty
    if found is None:
        return
    for owner, cpu_used in found.cpu_used.items():
        scope = owner or "all"
        yield "usage", scope, "", "cpu_used", "cores", cpu_used, ""
        yield "usage", scope, "", "memory_used", "bytes", found.memory_used[owner], ""


def _node_cells(result: Result) -> Iterator[_Cell]:
    plan = result.nodes
    for pool in plan.pools:
        yield "nodes", "pool", pool.pool, "nodes", "nodes", float(pool.nodes), ""
        yield "nodes", "pool", pool.pool, "cost", "USD/month", pool.cost_per_month, ""
    yield "nodes", "all", "", "nodes", "nodes", float(plan.nodes), ""
    yield "nodes", "all", "", "cost", "USD/month", plan.cost_per_month, ""
    yield "nodes", "all", "", "filled_nodes", "nodes", plan.share_of_node, ""
    yield "nodes", "all", "", "filled_cost", "USD/month", plan.cost_of_share_per_month, ""


def _difference_cells(comparison: Comparison) -> Iterator[tuple[str, _Cell]]:
    for row in comparison.latency:
        scope = "all" if row.name == comparison.baseline.overall.name else "entry"
        table = "latency_difference"
        yield row.mesh, (table, scope, row.name, row.metric, "s", row.difference, "")
        yield row.mesh, (table, scope, row.name, f"{row.metric}_relative", "1", row.relative, "")
    for resource in comparison.resources:
        table = "resource_difference"
        yield resource.mesh, (table, "all", "", "cpu_used", "cores", resource.cpu_used, "")
        memory = resource.memory_range or resource.memory_used
        yield resource.mesh, (table, "all", "", "memory_used", "bytes", memory, "")
    for bill in bill_rows(comparison):
        yield bill.mesh, ("bill", bill.item, "", "change", _BILL_UNITS[bill.item], bill.change, "")
        cost = bill.cost_change_per_month
        yield bill.mesh, ("bill", bill.item, "", "cost_change", "USD/month", cost, "")
        yield bill.mesh, ("bill", bill.item, "", "change_relative", "1", bill.relative, "")


_BILL_UNITS = {"cpu": "cores", "memory": "bytes", "share_of_nodes": "nodes", "nodes": "nodes"}


def _row(result: Result, cell: _Cell) -> TidyRow:
    table, scope, name, metric, unit, value, note = cell
    key = (result.topology, result.mesh, result.scenario_hash, table, scope, name, metric, unit)
    if isinstance(value, Interval):
        ends = (value.estimate, value.low, value.high)
        drawn = value if isinstance(value, CombinedInterval) else None
        parts = (drawn.simulation, drawn.calibration) if drawn else ()
        return TidyRow(*key, *ends, value.confidence, value.observations, note, *parts)
    if value is None or isinstance(value, int | float):
        finite = value is not None and math.isfinite(value)
        return TidyRow(*key, value if finite else None, note=note)
    return TidyRow(*key, None, note="; ".join(filter(None, (note, str(value)))))

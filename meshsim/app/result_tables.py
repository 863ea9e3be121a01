"""The tables of a comparison: each function gives one table, all meshes below each other."""

from __future__ import annotations

from collections.abc import Iterator

from meshsim import units
from meshsim.app.frames import Cell, Column, Table, interval_cells, interval_columns
from meshsim.reports.phrases import METRICS, objective_value, part_name, verdict
from meshsim.solvers.observations import Part
from meshsim.stats import NotEnough
from meshsim.studies.result import (
    Comparison,
    LatencyRow,
    UsageRow,
    Value,
)
from meshsim.studies.sweep import SweepPoint

FAILURE = 0.1
"""Error rate from which Kiali shows a failure, by its defaults."""
OWNERS = {"app": "applications", "proxy": "proxies", "control_plane": "control plane"}
_MESH = Column("mesh", "mesh")


def metrics(row: LatencyRow) -> Iterator[tuple[str, Value]]:
    """The name of each metric with its interval."""
    yield from zip(METRICS, (row.mean, *row.quantiles), strict=True)


def entry_names(comparison: Comparison) -> tuple[str, ...]:
    """All requests together, then each entry point."""
    return tuple(row.name for row in comparison.baseline.latency if row.scope != "edge")


def latency_table(comparison: Comparison, name: str) -> Table:
    """Latency of all requests, of one entry point or of one edge, per mesh and metric."""
    columns = (
        _MESH,
        Column("metric", "metric"),
        *interval_columns("latency_s", "latency", units.show_duration),
        Column("requests", "requests", _count),
        Column("note", "note"),
    )
    rows = [
        (result.mesh, metric, *interval_cells(value), row.requests, note(value))
        for result in comparison.results
        for row in result.latency
        if row.name == name
        for metric, value in metrics(row)
    ]
    return Table("latency", columns, tuple(rows))


def missing_metrics(comparison: Comparison, name: str) -> tuple[str, ...]:
    """The metrics of :func:`latency_table` that some mesh has not enough data for."""
    missing = [
        metric
        for result in comparison.results
        for row in result.latency
        if row.name == name
        for metric, value in metrics(row)
        if isinstance(value, NotEnough)
    ]
    return tuple(dict.fromkeys(missing))


def note(value: Value) -> str:
    """Why there is no number; empty if there is one."""
    return str(value) if isinstance(value, NotEnough) else ""


def health(error_rate: Value) -> str:
    """Kiali's word for a share of failed requests: any is degraded, a tenth is a failure."""
    if isinstance(error_rate, NotEnough):
        return "not enough data"
    if error_rate.estimate == 0:
        return "Healthy"
    return "Failure" if error_rate.estimate >= FAILURE else "Degraded"


def difference_table(comparison: Comparison, name: str) -> Table:
    """How much longer each mesh takes than the baseline."""
    columns = (
        _MESH,
        Column("metric", "metric"),
        *interval_columns("difference_s", "difference", _signed_duration),
        *interval_columns("difference_relative", "relative", _signed_percentage),
    )
    rows = [
        (row.mesh, row.metric, *interval_cells(row.difference), *interval_cells(row.relative))
        for row in comparison.latency
        if row.name == name
    ]
    return Table("latency-differences", columns, tuple(rows))


def breakdown_table(comparison: Comparison) -> Table:
    """Mean time per part, of all requests and of each entry point."""
    columns = (
        _MESH,
        Column("requests", "requests"),
        *(Column(f"{part.name.lower()}_s", part_name(part), units.show_duration) for part in Part),
        Column("mean_latency_s", "mean latency", units.show_duration),
    )
    rows: list[tuple[Cell, ...]] = [
        (result.mesh, row.name, *row.parts, row.total)
        for result in comparison.results
        for row in result.breakdown
    ]
    return Table("where-the-time-goes", columns, tuple(rows))


def usage_table(comparison: Comparison) -> Table:
    """CPU and memory of each kind of container."""
    columns = (
        _MESH,
        Column("owner", "of"),
        Column("name", "name"),
        Column("instances", "instances", _count),
        *interval_columns("cpu_used_cores", "CPU used", units.show_cpu),
        Column("cpu_requested_cores", "CPU requested", units.show_cpu),
        Column("memory_used_bytes", "memory used", units.show_memory),
        Column("memory_is_request", "memory used is its request"),
        Column("memory_requested_bytes", "memory requested", units.show_memory),
        Column("utilisation", "utilisation", units.show_percentage),
        Column("utilisation_busiest", "busiest instance", units.show_percentage),
        Column("cpu_used_busiest_cores", "CPU of the busiest", units.show_cpu),
    )
    rows = [(result.mesh, *_usage(row)) for result in comparison.results for row in result.usage]
    return Table("resources", columns, tuple(rows))


def owner_table(comparison: Comparison) -> Table:
    """CPU and memory, used and requested, summed per owner."""
    columns = (
        _MESH,
        Column("owner", "of"),
        Column("kind", "used or requested"),
        Column("cpu_cores", "CPU", units.show_cpu),
        Column("memory_bytes", "memory", units.show_memory),
    )
    rows = [
        (result.mesh, title, kind, *amounts)
        for result in comparison.results
        for owner, title in OWNERS.items()
        for kind, amounts in (
            ("used", result.used(owner)),
            ("requested", result.requested(owner)),
        )
    ]
    return Table("resources-by-owner", columns, tuple(rows))


def money_table(comparison: Comparison) -> Table:
    """Nodes and their price, with the change from the baseline."""
    columns = (
        _MESH,
        Column("nodes", "nodes", _count),
        Column("nodes_change", "change", _signed_count),
        Column("cost_usd_per_month", "cost per month", units.show_money),
        Column("cost_change_usd_per_month", "change of cost", _signed_money),
        Column("share_of_node", "nodes filled by requests", _hundredths),
        Column("share_cost_usd_per_month", "cost of that share", units.show_money),
    )
    changes = {row.mesh: row for row in comparison.resources}
    rows: list[tuple[Cell, ...]] = []
    for result in comparison.results:
        change = changes.get(result.mesh)
        rows.append(
            (
                result.mesh,
                result.nodes.nodes,
                change.nodes if change else None,
                result.nodes.cost_per_month,
                change.cost_per_month if change else None,
                result.nodes.share_of_node,
                result.nodes.cost_of_share_per_month,
            )
        )
    return Table("nodes-and-money", columns, tuple(rows))


def outcome_table(comparison: Comparison) -> Table:
    """Answers of each entry point."""
    columns = (
        _MESH,
        Column("entry", "entry point"),
        Column("requests", "requests", _count),
        Column("errors", "errors", _count),
        *interval_columns("error_rate", "error rate", units.show_percentage),
        Column("health", "health"),
    )
    rows = [
        (
            result.mesh,
            row.name,
            row.requests,
            row.errors,
            *interval_cells(row.error_rate),
            health(row.error_rate),
        )
        for result in comparison.results
        for row in result.outcomes
    ]
    return Table("outcomes", columns, tuple(rows))


def objective_table(comparison: Comparison) -> Table:
    """Each objective under each mesh, and whether it was kept."""
    columns = (
        _MESH,
        Column("entry", "entry point"),
        Column("objective", "objective"),
        Column("verdict", "verdict"),
        Column("value", "measured"),
    )
    rows = [
        (result.mesh, row.entry, row.text, verdict(row), objective_value(row))
        for result in comparison.results
        for row in result.objectives
    ]
    return Table("objectives", columns, tuple(rows))


def curve_table(points: tuple[SweepPoint, ...]) -> Table:
    """Latency of all requests over the load."""
    columns = (
        Column("rate_per_s", "load", units.show_rate),
        _MESH,
        Column("metric", "metric"),
        *interval_columns("latency_s", "latency", units.show_duration),
    )
    rows = [
        (point.rate_per_s, result.mesh, metric, *interval_cells(value))
        for point in points
        for result in point.comparison.results
        for metric, value in metrics(result.overall)
    ]
    return Table("latency-curve", columns, tuple(rows))


def _usage(row: UsageRow) -> tuple[Cell, ...]:
    return (
        OWNERS[row.owner],
        row.name,
        row.instances,
        *interval_cells(row.cpu_used),
        row.cpu_requested,
        row.memory_used,
        "yes" if row.memory_is_request else "",
        row.memory_requested,
        row.utilisation,
        row.utilisation_busiest,
        row.cpu_used_busiest,
    )


def _count(number: float) -> str:
    return f"{number:,.0f}"


def _signed_count(number: float) -> str:
    return f"{number:+,.0f}"


def _hundredths(number: float) -> str:
    return f"{number:,.2f}"


def _signed_duration(seconds: float) -> str:
    return units.show_duration(seconds, signed=True)


def _signed_percentage(fraction: float) -> str:
    return units.show_percentage(fraction, signed=True)


def _signed_money(dollars: float) -> str:
    return units.show_money(dollars, signed=True)

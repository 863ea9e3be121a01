"""The main numbers of a mesh as tiles: value with its interval, and the change to the baseline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from meshsim.reports.phrases import NOT_ENOUGH, Show, both_parts, counted, estimate_of
from meshsim.stats import Interval
from meshsim.stats.nested import CombinedInterval
from meshsim.studies.bill import bill_rows
from meshsim.studies.result import ALL, Comparison, Result, Value
from meshsim.studies.totals import total_cpu_used
from meshsim.units import show_cpu, show_duration, show_money

Colour = Literal["inverse", "off"]
_QUANTILES = ("p50", "p90", "p99")


@dataclass(frozen=True)
class Tile:
    """One number."""

    label: str
    value: str
    range: str
    """Its interval; or that there are not enough data; or what the whole nodes cost."""
    change: str = ""
    """Compared with the baseline; empty for the baseline itself."""
    change_range: str = ""
    colour: Colour = "off"
    """``inverse``: more is worse; ``off``: the change may be chance, or there is none."""
    help: str = ""


def tiles(comparison: Comparison, result: Result) -> tuple[Tile, ...]:
    """p50, p90, p99, CPU used and money of one mesh."""
    changes = {
        row.metric: row.difference
        for row in comparison.latency
        if row.mesh == result.mesh and row.name == ALL
    }
    cpu = next((row.cpu_used for row in comparison.resources if row.mesh == result.mesh), None)
    quantiles = zip(_QUANTILES, result.overall.quantiles, strict=False)
    return (
        *(_tile(f"Latency {n}", v, changes.get(n), show_duration) for n, v in quantiles),
        _tile("CPU used, cores", total_cpu_used(result), cpu, show_cpu),
        _money_tile(comparison, result),
    )


def _tile(label: str, value: Value, change: Value | None, show: Show) -> Tile:
    if not isinstance(value, Interval):
        return Tile(label, estimate_of(value, show), NOT_ENOUGH, help=str(value))
    shown = show(value.estimate), f"{show(value.low)} to {show(value.high)}"
    parts = both_parts(value, show) if isinstance(value, CombinedInterval) else ""
    if not isinstance(change, Interval):
        return Tile(label, *shown, help=parts)
    return Tile(
        label,
        *shown,
        show(change.estimate, signed=True),
        f"{show(change.low, signed=True)} to {show(change.high, signed=True)}",
        "inverse" if change.excludes_zero else "off",
        parts,
    )


def _money_tile(comparison: Comparison, result: Result) -> Tile:
    """The price of the share of nodes that the requests fill, which moves with every request."""
    nodes = result.nodes
    whole = f"{counted(nodes.nodes, 'whole node')}: {show_money(nodes.cost_per_month)}"
    value = show_money(nodes.cost_of_share_per_month)
    change = next(
        (
            row.cost_change_per_month
            for row in bill_rows(comparison)
            if row.mesh == result.mesh and row.item == "share_of_nodes"
        ),
        None,
    )
    if change is None:
        return Tile("Cost a month", value, whole)
    colour: Colour = "inverse" if change else "off"
    return Tile("Cost a month", value, whole, show_money(change, signed=True), colour=colour)

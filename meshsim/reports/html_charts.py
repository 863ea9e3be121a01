"""The charts of the HTML report: which numbers of a result go into which marks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from meshsim.reports.phrases import METRICS, estimate_of, part_name
from meshsim.reports.svg import Bar, BarGroup, Dot, DotGroup, Segment, bar_chart, dot_chart
from meshsim.reports.text_resources import OWNERS
from meshsim.solvers.observations import Part
from meshsim.stats import Interval
from meshsim.studies.result import Comparison, Result, Value
from meshsim.studies.totals import total_cpu_used
from meshsim.units import show_cpu, show_duration, show_memory, show_money, show_percentage


@dataclass(frozen=True)
class Chart:
    """A drawing with its heading, what it shows, and the keys of its colours."""

    title: str
    about: str
    svg: str
    keys: Sequence[tuple[str, str]] = ()
    """Class and name of each colour; empty if the meshes are the colours."""


def charts(comparison: Comparison) -> list[Chart]:
    """All charts that have something to show."""
    results = comparison.results
    drawn = [
        _latency(results),
        _differences(comparison),
        _breakdown(results),
        _cpu(results),
        _memory(results),
        _money(results),
    ]
    return [chart for chart in drawn if chart.svg]


def part_class(part: Part) -> str:
    """``app-work``: the class of a part's colour."""
    return part.name.lower().replace("_", "-")


def _tick(seconds: float) -> str:
    return show_duration(seconds, 2)


def _latency(results: Sequence[Result]) -> Chart:
    rows = [(result.mesh, (result.overall.mean, *result.overall.quantiles)) for result in results]
    groups = [
        DotGroup(metric, [d for n, (mesh, v) in enumerate(rows) for d in _dots(n, mesh, v[at])])
        for at, metric in enumerate(METRICS)
    ]
    about = "Mean and percentiles of all requests, each with its interval."
    return Chart("Latency", about, dot_chart(groups, _tick, about))


def _dots(series: int, mesh: str, value: Value) -> list[Dot]:
    if not isinstance(value, Interval):
        return []
    text = show_duration(value.estimate)
    return [Dot(series, mesh, value.estimate, value.low, value.high, text)]


def _differences(comparison: Comparison) -> Chart:
    series = {result.mesh: number for number, result in enumerate(comparison.results)}
    groups = []
    for metric in METRICS:
        rows = [
            row
            for row in comparison.latency
            if row.metric == metric and row.name == comparison.baseline.overall.name
        ]
        dots = [
            Dot(
                series[row.mesh],
                row.mesh,
                row.difference.estimate,
                row.difference.low,
                row.difference.high,
                show_duration(row.difference.estimate, signed=True),
            )
            for row in rows
            if isinstance(row.difference, Interval)
        ]
        groups.append(DotGroup(metric, dots))
    about = f"Latency beyond that of {comparison.baseline.mesh}, on the same requests."
    return Chart("Added latency", about, dot_chart(groups, _tick, about))


def _breakdown(results: Sequence[Result]) -> Chart:
    used = [part for part in Part if any(r.breakdown[0].part(part) > 0 for r in results)]
    groups = []
    for result in results:
        row = result.breakdown[0]
        segments = [
            Segment(
                part_class(part),
                part_name(part),
                row.part(part),
                show_percentage(row.part(part) / row.total, 2) if row.total else "",
            )
            for part in used
        ]
        groups.append(BarGroup(result.mesh_title, [Bar(segments, show_duration(row.total))]))
    about = "Mean over all requests; the parts sum to the mean latency."
    keys = [(part_class(part), part_name(part)) for part in used]
    return Chart("Where the time went", about, bar_chart(groups, about), keys)


def _cpu(results: Sequence[Result]) -> Chart:
    groups = [
        BarGroup(
            result.mesh_title,
            [
                _owners(result, "used", estimate_of(total_cpu_used(result), show_cpu), cpu=True),
                _owners(result, "requested", show_cpu(result.requested()[0]), cpu=True),
            ],
        )
        for result in results
    ]
    about = "Cores used in the mean, and cores set aside, which the bill follows."
    return Chart("CPU: used and requested", about, bar_chart(groups, about), _owner_keys(results))


def _memory(results: Sequence[Result]) -> Chart:
    groups = [
        BarGroup(
            result.mesh_title,
            [
                _owners(result, "used", show_memory(result.used()[1]), cpu=False),
                _owners(result, "requested", show_memory(result.requested()[1]), cpu=False),
            ],
        )
        for result in results
    ]
    about = "Where the use of an application is unknown, its request stands in."
    title = "Memory: used and requested"
    return Chart(title, about, bar_chart(groups, about), _owner_keys(results))


def _owners(result: Result, name: str, text: str, *, cpu: bool) -> Bar:
    at, show = (0, show_cpu) if cpu else (1, show_memory)
    amounts = {
        owner: (result.used(owner) if name == "used" else result.requested(owner))[at]
        for owner in OWNERS
    }
    segments = [
        Segment(owner.replace("_", "-"), OWNERS[owner], amount, show(amount))
        for owner, amount in amounts.items()
        if amount > 0
    ]
    return Bar(segments, text, name)


def _owner_keys(results: Sequence[Result]) -> list[tuple[str, str]]:
    owners = {row.owner for result in results for row in result.usage}
    return [(owner.replace("_", "-"), name) for owner, name in OWNERS.items() if owner in owners]


def _money(results: Sequence[Result]) -> Chart:
    groups = []
    for result in results:
        plan = result.nodes
        share, whole = plan.cost_of_share_per_month, plan.cost_per_month
        bars = [
            Bar([Segment("filled", "filled by requests", share)], show_money(share), "filled"),
            Bar([Segment("nodes", "whole nodes", whole)], show_money(whole), "nodes"),
        ]
        groups.append(BarGroup(result.mesh_title, bars))
    about = "Price of the nodes that are needed, and of the share that requests fill."
    keys = [("filled", "filled by requests"), ("nodes", "whole nodes")]
    return Chart("Cost per month", about, bar_chart(groups, about), keys)

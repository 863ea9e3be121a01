"""The answer in sentences, generated from the numbers: what each mesh adds to the baseline.

A change whose interval holds zero is called noise, whatever its size.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from meshsim.reports.phrases import (
    around_change,
    both_parts,
    exact,
    exact_change,
    listed,
    load_of,
)
from meshsim.stats import Interval
from meshsim.stats.nested import CombinedInterval
from meshsim.studies.bill import BillRow, bill_rows
from meshsim.studies.result import Comparison, LatencyDifference, ResourceDifference, Result
from meshsim.studies.totals import total_cpu_used
from meshsim.units import show_cpu, show_duration, show_memory, show_money, show_percentage

_P99 = 2


def baseline_sentence(result: Result) -> str:
    """What the system does under the baseline, or under the only mesh there is."""
    load = load_of(result.scenario.topology)
    p99 = result.overall.quantiles[_P99]
    tail = f", the slowest 1% at least {exact(p99, show_duration)}"
    return (
        f"{result.mesh_title} on {result.topology} at {load}: a request takes "
        f"{exact(result.overall.mean, show_duration)} in the mean"
        f"{tail if isinstance(p99, Interval) else ''}; "
        f"everything together uses {exact(total_cpu_used(result), show_cpu)} CPU."
    )


def mesh_sentences(comparison: Comparison) -> tuple[str, ...]:
    """One sentence for each mesh but the baseline, and one that names the least of each."""
    bill = {row.mesh: row for row in bill_rows(comparison) if row.item == "share_of_nodes"}
    results = zip(comparison.results[1:], comparison.resources, strict=True)
    sentences = [_mesh_sentence(comparison, *pair, bill[pair[0].mesh]) for pair in results]
    return (*sentences, *_least(comparison, bill))


def _mesh_sentence(
    comparison: Comparison, result: Result, resources: ResourceDifference, bill: BillRow
) -> str:
    latency = {
        row.metric: row
        for row in comparison.latency
        if row.mesh == result.mesh and row.name == result.overall.name
    }
    clauses = [
        _latency_clause(latency["mean"], "the mean"),
        _latency_clause(latency["p99"], "p99"),
        f"uses {exact_change(resources.cpu_used, show_cpu)} CPU",
        *_bill_clauses(resources, bill),
    ]
    return f"{result.mesh_title}: {'; '.join(filter(None, clauses))}."


def _latency_clause(row: LatencyDifference, noun: str) -> str:
    difference, relative = row.difference, row.relative
    if not isinstance(difference, Interval):
        return ""
    if not difference.excludes_zero:
        beyond = "doubt" if isinstance(difference, CombinedInterval) else "the noise"
        return f"no change of {noun} beyond {beyond} ({exact_change(difference, show_duration)})"
    share = ""
    if isinstance(relative, Interval):
        share = f" ({show_percentage(relative.estimate, 2, signed=True)})"
    size = f"{show_duration(abs(difference.estimate))} {_around(difference)}"
    if difference.estimate > 0:
        return f"adds {size} to {noun}{share}"
    return f"takes {size} off {noun}{share}"


def _around(difference: Interval) -> str:
    if isinstance(difference, CombinedInterval):
        around = around_change(difference, show_duration)
        return f"({around}; {both_parts(difference, show_duration)})"
    return f"± {show_duration(difference.half_width, 2)}"


def _requests_nothing(resources: ResourceDifference) -> bool:
    return resources.cpu_requested == 0 and resources.memory_requested == 0


def _bill_clauses(resources: ResourceDifference, bill: BillRow) -> tuple[str, ...]:
    if _requests_nothing(resources):
        return ("requests nothing as installed, so no bill shows what it uses",)
    requests = (
        f"requests {show_cpu(resources.cpu_requested, signed=True)} CPU and "
        f"{show_memory(resources.memory_requested, signed=True)} of memory"
    )
    return (requests, _money_clause(bill, resources.nodes))


def _money_clause(bill: BillRow, nodes: int) -> str:
    whole = f"{nodes:+d} {'node' if abs(nodes) == 1 else 'nodes'}" if nodes else "no extra node"
    if not bill.price_per_month or bill.cost_change_per_month is None:
        return whole
    change = show_money(bill.cost_change_per_month, signed=True)
    return f"costs {change} a month by its share of the nodes ({whole})"


def _least(comparison: Comparison, bill: Mapping[str, BillRow]) -> Iterator[str]:
    """Which mesh adds least to each, where there is a choice.

    A mesh that requests nothing does not win on the bill: it only does not show there.
    """
    if len(comparison.resources) < 2:
        return
    titles = {result.mesh: result.mesh_title for result in comparison.results}
    rows = [
        row
        for row in comparison.latency
        if row.metric == "mean" and row.name == comparison.baseline.overall.name
    ]
    means = {
        row.mesh: row.difference.estimate
        for row in rows
        if isinstance(row.difference, Interval) and row.difference.excludes_zero
    }
    if len(means) < len(rows):  # one of them may add less than it seems, or nothing
        means = {}
    used = {
        row.mesh: row.cpu_used.estimate
        for row in comparison.resources
        if isinstance(row.cpu_used, Interval)
    }
    filled = {
        row.mesh: bill[row.mesh].change
        for row in comparison.resources
        if not _requests_nothing(row)
    }
    added = (("to the mean", means), ("to the CPU used", used), ("to the bill", filled))
    winners: dict[str, list[str]] = {}
    for what, change in added:
        if change:
            winners.setdefault(min(change, key=change.__getitem__), []).append(what)
    clauses = [f"{titles[mesh]} adds least {listed(what)}" for mesh, what in winners.items()]
    yield f"{'; '.join(clauses)}."

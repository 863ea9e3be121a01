"""CPU, memory, nodes and money for the terminal: used beside requested, then the bill."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import RenderableType

from meshsim.reports.phrases import counted, short
from meshsim.reports.text_tables import Cell, heading, paragraph, table
from meshsim.studies.bill import BillRow, bill_rows
from meshsim.studies.result import Comparison, Result, UsageRow
from meshsim.studies.totals import owner_cpu_used, total_cpu_used
from meshsim.units import show_cpu, show_memory, show_money, show_percentage

OWNERS = {"app": "application", "proxy": "proxies", "control_plane": "control plane"}
ITEMS = {
    "cpu": "CPU requested",
    "memory": "memory requested",
    "share_of_nodes": "nodes, by share",
    "nodes": "nodes, whole",
}
_COLUMNS = ("CPU\nused", "CPU\nrequested", "memory\nused", "memory\nrequested")
_STAND_IN = "*"


def of_run(result: Result) -> Iterator[RenderableType]:
    """A row for each service and kind of proxy, then nodes."""
    yield heading("CPU and memory, all instances together")
    headings = ["", "pods", *_COLUMNS, "busy", "busiest"]
    yield table(headings, [_usage_cells(row) for row in result.usage])
    yield from _stand_in_note([result])
    yield heading("nodes and money")
    yield table(["", "nodes", "per month"], _pool_rows(result))
    yield paragraph("")


def of_comparison(comparison: Comparison) -> Iterator[RenderableType]:
    """Sums by owner for each mesh, then the bill in the shape of kubectl cost."""
    yield heading("CPU and memory, all instances together")
    rows = [row for result in comparison.results for row in _owner_rows(result)]
    yield table(["", "", *_COLUMNS], rows, words=[0, 1])
    yield from _stand_in_note(comparison.results)
    yield heading("nodes and money")
    yield table(["", *_NODE_COLUMNS], [_node_row(result) for result in comparison.results])
    yield paragraph("")
    yield heading("the bill: difference to", comparison.baseline.mesh)
    headings = ["object", "Δ qty", "resource unit", "cost per unit", "Δ cost/mo", "% change"]
    yield table(headings, [_bill_cells(row) for row in bill_rows(comparison)], words=[0, 2])
    yield paragraph("")


_NODE_COLUMNS = ("nodes", "cost/mo", "filled by requests", "cost/mo of that")


def _usage_cells(row: UsageRow) -> list[Cell]:
    busy, busiest = (_percentage(u) for u in (row.utilisation, row.utilisation_busiest))
    return [
        row.name,
        f"{row.instances:,}",
        short(row.cpu_used, show_cpu),
        show_cpu(row.cpu_requested),
        show_memory(row.memory_used) + (_STAND_IN if row.memory_is_request else ""),
        show_memory(row.memory_requested),
        busy,
        busiest,
    ]


def _percentage(share: float | None) -> str:
    return "—" if share is None else show_percentage(share, 2)


def _stand_in_note(results: Sequence[Result]) -> Iterator[RenderableType]:
    if any(row.memory_is_request for result in results for row in result.usage):
        yield paragraph(f"{_STAND_IN} not known for some services, whose request stands in")
    yield paragraph("")


def _owner_rows(result: Result) -> Iterator[list[Cell]]:
    present = [owner for owner in OWNERS if any(row.owner == owner for row in result.usage)]
    for number, owner in enumerate(present):
        usage = [row for row in result.usage if row.owner == owner]
        yield [result.mesh if number == 0 else "", OWNERS[owner], *_sum_cells(result, usage, owner)]
    if len(present) > 1:
        yield ["", "together", *_sum_cells(result, result.usage, None)]


def _sum_cells(result: Result, usage: Sequence[UsageRow], owner: str | None) -> list[Cell]:
    cpu = owner_cpu_used(result, owner) if owner else total_cpu_used(result)
    cpu_requested, memory_requested = result.requested(owner)
    mark = _STAND_IN if any(row.memory_is_request for row in usage) else ""
    return [
        short(cpu, show_cpu),
        show_cpu(cpu_requested),
        show_memory(result.used(owner)[1]) + mark,
        show_memory(memory_requested),
    ]


def _pool_rows(result: Result) -> Iterator[list[Cell]]:
    for pool in result.nodes.pools:
        yield [pool.pool, f"{pool.nodes:,}", show_money(pool.cost_per_month)]
    share = result.nodes.share_of_node
    money = show_money(result.nodes.cost_of_share_per_month)
    yield ["filled by requests", f"{share:,.2f}", money]


def _node_row(result: Result) -> list[Cell]:
    nodes = result.nodes
    names = ", ".join(counted(p.nodes, "node") for p in nodes.pools if p.nodes)
    return [
        result.mesh,
        names or "none",
        show_money(nodes.cost_per_month),
        f"{nodes.share_of_node:,.2f}",
        show_money(nodes.cost_of_share_per_month),
    ]


def _bill_cells(row: BillRow) -> list[Cell]:
    return [
        row.mesh if row.item == "cpu" else "",
        quantity(row),
        ITEMS[row.item],
        "in the nodes" if row.price_per_month is None else show_money(row.price_per_month),
        "—" if row.cost_change_per_month is None else _money_change(row.cost_change_per_month),
        "—" if row.relative is None else show_percentage(row.relative, signed=True),
    ]


def quantity(row: BillRow) -> str:
    """The change of an item with its sign."""
    if row.item == "cpu":
        return show_cpu(row.change, signed=True)
    if row.item == "memory":
        return show_memory(row.change, signed=True)
    if row.change == 0:
        return "0"
    return f"{row.change:+,.2f}" if row.item == "share_of_nodes" else f"{row.change:+,.0f}"


def _money_change(dollars: float) -> str:
    return show_money(dollars, signed=True)

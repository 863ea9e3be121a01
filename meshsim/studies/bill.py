"""What each mesh adds to the bill, item by item: quantity, unit price, cost, relative change.

The shape is that of ``kubectl cost predict``. CPU and memory have no price of their own here,
because the price list knows whole nodes: what they cost is in the share of nodes that all requests
fill, by the scarcer of the two.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from meshsim.capacity.nodes import HOURS_PER_MONTH
from meshsim.studies.result import Comparison, Result

Item = Literal["cpu", "memory", "share_of_nodes", "nodes"]


@dataclass(frozen=True)
class BillRow:
    """One item of a mesh's bill, compared with the baseline."""

    mesh: str
    item: Item
    """CPU and memory requested, the share of nodes that they fill, and whole nodes."""
    change: float
    """Cores, bytes or nodes."""
    price_per_month: float | None
    """Of one node [USD/month]; None for what has no price of its own."""
    cost_change_per_month: float | None
    """[USD/month]; None for what has no price of its own."""
    relative: float | None
    """The change as a fraction of the baseline's quantity; None if that is zero."""


def bill_rows(comparison: Comparison) -> tuple[BillRow, ...]:
    """Four rows for each mesh but the baseline, in the order of the meshes."""
    return tuple(
        row for after in comparison.results[1:] for row in _rows(comparison.baseline, after)
    )


def _rows(before: Result, after: Result) -> Iterator[BillRow]:
    (cpu_before, memory_before), (cpu, memory) = before.requested(), after.requested()
    yield _row(after.mesh, "cpu", cpu_before, cpu)
    yield _row(after.mesh, "memory", memory_before, memory)
    old, new = before.nodes, after.nodes
    price = after.nodes.pools[0].price_per_hour * HOURS_PER_MONTH
    share_cost = new.cost_of_share_per_month - old.cost_of_share_per_month
    yield _row(
        after.mesh, "share_of_nodes", old.share_of_node, new.share_of_node, price, share_cost
    )
    prices = {p.price_per_hour for plan in (old, new) for p in plan.pools if p.nodes}
    node_price = prices.pop() * HOURS_PER_MONTH if len(prices) == 1 else None
    cost = new.cost_per_month - old.cost_per_month
    yield _row(after.mesh, "nodes", old.nodes, new.nodes, node_price, cost)


def _row(
    mesh: str,
    item: Item,
    before: float,
    after: float,
    price_per_month: float | None = None,
    cost_change: float | None = None,
) -> BillRow:
    change = after - before
    return BillRow(
        mesh, item, change, price_per_month, cost_change, change / before if before else None
    )

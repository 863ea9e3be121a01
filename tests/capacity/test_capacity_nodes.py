"""Goal: as many nodes as the requests need, and what they cost.

Method: footprints of a few pods whose best packing is seen at a glance; a property test holds the
packing between the lower bound of the sums and the guarantee of first fit decreasing.
"""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshsim.capacity.footprint import Footprint, Pods, Request
from meshsim.capacity.nodes import HOURS_PER_MONTH, plan_nodes
from meshsim.model.topology import NodePool

GIB = 2**30
NOTHING = Request()


def pool(name="small", cores=4, memory="16Gi", **more):
    return NodePool(name=name, cores=str(cores), memory=memory, count=3, **more)


def asks(*pods, per_node=NOTHING):
    return Footprint((), tuple(Pods(f"p{i}", n, r) for i, (n, r) in enumerate(pods)), per_node)


def test_pods_fill_a_node_before_the_next_is_opened():
    assert plan_nodes(asks((8, Request(0.5, GIB))), (pool(),)).nodes == 1
    assert plan_nodes(asks((9, Request(0.5, GIB))), (pool(),)).nodes == 2


def test_large_pods_go_first_so_that_small_ones_fill_the_gaps():
    """In the order given, 1 + 3 + 3 + 1 would need three nodes."""
    parts = asks((1, Request(1)), (2, Request(3)), (1, Request(1)))
    assert plan_nodes(parts, (pool(),)).nodes == 2


def test_memory_may_be_the_scarcer():
    plan = plan_nodes(asks((3, Request(0.1, 9 * GIB))), (pool(),))
    assert plan.nodes == 3
    assert plan.share_of_node == pytest.approx(27 / 16)


def test_what_is_reserved_and_what_runs_on_each_node_is_taken_off():
    reserved = pool(reserved_cpu="500m", reserved_memory="1Gi")
    assert plan_nodes(asks((7, Request(0.5))), (reserved,)).nodes == 1
    per_node = Request(0.4, GIB)
    assert plan_nodes(asks((7, Request(0.5)), per_node=per_node), (reserved,)).nodes == 2


def test_a_pod_larger_than_any_node_is_named():
    plan = plan_nodes(asks((2, Request(5)), (1, Request(1))), (pool(),))
    assert plan.unplaced == ("p0",)
    assert plan.nodes == 1


def test_pools_are_used_in_their_order_and_each_has_a_node_per_zone():
    small, large = pool(zones=("a", "b")), pool("large", cores=32, price_per_hour=1.0)
    plan = plan_nodes(asks((1, Request(1)), (1, Request(20))), (small, large))
    assert [(p.pool, p.nodes) for p in plan.pools] == [("small", 2), ("large", 1)]
    unused = plan_nodes(asks((1, Request(1))), (small, large))
    assert [p.nodes for p in unused.pools] == [2, 0]


def test_money_is_nodes_times_price_times_the_hours_of_a_month():
    plan = plan_nodes(asks((9, Request(0.5))), (pool(price_per_hour=0.134),))
    assert plan.cost_per_month == pytest.approx(2 * 0.134 * 730)
    assert HOURS_PER_MONTH == 730
    assert plan.share_of_node == pytest.approx(4.5 / 4)
    assert plan.cost_of_share_per_month == pytest.approx(1.125 * 0.134 * 730)


@given(st.lists(st.floats(0.05, 4), min_size=1, max_size=60))
def test_first_fit_decreasing_keeps_its_guarantee(cores):
    plan = plan_nodes(asks(*((1, Request(c)) for c in cores)), (pool(),))
    at_least = math.ceil(sum(cores) / 4 - 1e-9)
    assert plan.nodes >= at_least
    assert sum(cores) <= 4 * plan.nodes + 1e-9
    assert plan.nodes <= max(at_least, 2 * sum(cores) / 4 + 1)

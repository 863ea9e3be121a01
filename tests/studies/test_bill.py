"""Goal: the bill is the difference of what is requested. Method: literal plans and usage rows put
into a real result."""

from dataclasses import replace

import pytest

from meshsim.capacity.nodes import NodePlan, PoolPlan
from meshsim.model.loading import load_mesh, load_topology
from meshsim.model.scenario import Scenario
from meshsim.studies.bill import BillRow, bill_rows
from meshsim.studies.compare import run
from meshsim.studies.estate import estate
from meshsim.studies.plan import RunPlan
from meshsim.studies.result import Comparison


@pytest.fixture(scope="module")
def result():
    scenario = Scenario(load_topology("chain-3"), load_mesh("none"))
    return run(scenario, RunPlan(requests=10, replications=3))


def with_plan(result, mesh, *, cpu, memory, nodes, share, price=0.1):
    usage = (replace(result.usage[0], cpu_requested=cpu, memory_requested=memory),)
    pools = (PoolPlan("a", nodes, price), PoolPlan("unused", 0, 9.0))
    plan = NodePlan(pools, (), share, share * price * 730.0)
    return replace(result, mesh=mesh, usage=usage, nodes=plan)


def compared(*results):
    return Comparison(results, (), ())


def test_four_items_with_price_cost_and_share(result):
    before = with_plan(result, "none", cpu=2.0, memory=100.0, nodes=2, share=1.5)
    after = with_plan(result, "mesh", cpu=3.0, memory=150.0, nodes=3, share=2.25)
    assert bill_rows(compared(before, after)) == (
        BillRow("mesh", "cpu", 1.0, None, None, 0.5),
        BillRow("mesh", "memory", 50.0, None, None, 0.5),
        BillRow("mesh", "share_of_nodes", 0.75, 73.0, pytest.approx(54.75), 0.5),
        BillRow("mesh", "nodes", 1.0, 73.0, pytest.approx(73.0), 0.5),
    )


def test_what_was_nothing_has_no_share(result):
    before = with_plan(result, "none", cpu=0.0, memory=0.0, nodes=0, share=0.0)
    after = with_plan(result, "mesh", cpu=1.0, memory=1.0, nodes=1, share=1.0)
    assert [row.relative for row in bill_rows(compared(before, after))] == [None] * 4


def test_nodes_of_several_prices_have_none(result):
    before = with_plan(result, "none", cpu=2.0, memory=100.0, nodes=2, share=1.5)
    after = with_plan(result, "mesh", cpu=2.0, memory=100.0, nodes=2, share=1.5, price=0.2)
    assert bill_rows(compared(before, after))[3].price_per_month is None


def test_an_estate_adds_up(result):
    first = with_plan(result, "none", cpu=2.0, memory=100.0, nodes=2, share=1.5)
    second = with_plan(result, "mesh", cpu=3.0, memory=150.0, nodes=3, share=2.0)
    totals = estate([compared(first, second), compared(first, second)])
    assert [total.mesh for total in totals] == ["none", "mesh"]
    mesh = totals[1]
    assert (mesh.topologies, mesh.cpu_requested, mesh.memory_requested) == (2, 6.0, 300.0)
    assert (mesh.nodes, mesh.cost_per_month) == (6, pytest.approx(6 * 73.0))
    assert mesh.cost_of_share_change == pytest.approx(2 * 0.5 * 73.0)
    assert totals[0].cost_of_share_change == 0.0


def test_an_estate_is_of_the_same_meshes(result):
    first = with_plan(result, "none", cpu=2.0, memory=100.0, nodes=2, share=1.5)
    with pytest.raises(AssertionError):
        estate([compared(first), compared(replace(first, mesh="other"))])

"""Goal: the latency of the calls between two services is that of all their endpoints together.

Method: a caller that asks one endpoint for 2 ms and another of the same service for 6 ms, without
network or queueing, so that mean and requests are plain arithmetic; and the agreement with the
rows of single edges on a shipped topology.
"""

import math

import builders
import pytest

from meshsim.model.loading import load_mesh, load_topology
from meshsim.model.scenario import Scenario
from meshsim.stats import Interval, NotEnough
from meshsim.studies.compare import run
from meshsim.studies.plan import RunPlan

PLAN = RunPlan(requests=20, replications=3)
CALLER = """{name: a, endpoints: [
    {name: get, steps: [{call: b/fast}, {call: b/slow}]},
    {name: never, steps: [{call: c/get}]}]}"""
CALLEE = """{name: b, endpoints: [
    {name: fast, steps: [{wait: 2ms}]},
    {name: slow, steps: [{wait: 6ms}]}]}"""


@pytest.fixture(scope="module")
def rows():
    described = builders.topology(builders.listed(CALLER, CALLEE, builders.service("c")))
    return run(Scenario(described, builders.mesh()), PLAN).service_edges


def test_calls_to_both_endpoints_are_one_edge(rows):
    edge = rows[0]
    assert (edge.caller, edge.callee, edge.latency.name) == ("a", "b", "a → b")
    assert edge.latency.requests == 2 * 20 * 3
    assert edge.latency.mean.estimate == pytest.approx(0.004)


def test_an_edge_without_calls_says_so(rows):
    edge = rows[1]
    assert (edge.caller, edge.callee) == ("a", "c")
    assert edge.latency.requests == 0
    assert isinstance(edge.latency.mean, NotEnough)


def test_service_edges_agree_with_the_edges_of_their_endpoints():
    result = run(Scenario(load_topology("online-boutique"), load_mesh("none")), PLAN)
    single = [row for row in result.latency if row.scope == "edge"]
    assert len(result.service_edges) < len(single)
    compared = 0
    for edge in result.service_edges:
        parts = [row for row in single if is_part_of(row.name, edge)]
        assert edge.latency.requests == sum(row.requests for row in parts)
        if all(isinstance(row.mean, Interval) for row in parts):
            seconds = math.fsum(row.mean.estimate * row.requests for row in parts)
            assert math.isclose(edge.latency.mean.estimate * edge.latency.requests, seconds)
            compared += len(parts) > 1
    assert compared >= 2


def is_part_of(name, edge):
    caller, callee = name.split(" → ")
    return (caller.split("/")[0], callee.split("/")[0]) == (edge.caller, edge.callee)

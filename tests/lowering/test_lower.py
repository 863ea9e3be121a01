"""From a scenario to a program: services and load by number."""

import builders
import numpy as np
import pytest

from meshsim.lowering.lower import lower
from meshsim.lowering.program import Balancing
from meshsim.model.loading import load_mesh, load_topology
from meshsim.model.scenario import Scenario

ONE = builders.listed(builders.service())


def load(arrivals, **more):
    return builders.program(builders.topology(ONE, arrivals=arrivals, **more)).load


def test_services():
    services = builders.program(
        builders.topology(
            builders.listed(
                builders.service("a", replicas=3, workers=8, namespace="shop"),
                builders.service("b", cpu_sharing="first_come", protocol="grpc"),
                builders.service("c", protocol="http2", namespace="shop", balancing="random"),
                builders.service("d", protocol="tcp", balancing="least_request", replicas=2),
                builders.service("e", balancing="round_robin"),
            )
        )
    ).services
    assert services.names == ("a", "b", "c", "d", "e")
    assert services.namespace.tolist() == [0, 1, 0, 1, 1]
    assert services.pod_first.tolist() == [0, 3, 4, 5, 7]
    assert services.pod_count.tolist() == [3, 1, 1, 2, 1]
    assert services.first_come.tolist() == [False, True, False, False, False]
    assert services.workers.tolist() == [8, 0, 0, 0, 0]
    assert services.multiplexed.tolist() == [False, True, True, False, False]
    assert services.balancing.tolist() == [
        Balancing.PER_CONNECTION,
        Balancing.PER_CONNECTION,
        Balancing.RANDOM,
        Balancing.LEAST_REQUEST,
        Balancing.ROUND_ROBIN,
    ]


def test_poisson_load():
    poisson = load("{process: poisson, rate: 200/s}", connections=7)
    assert (poisson.process, poisson.even, poisson.ramps) == ("poisson", False, False)
    assert poisson.rate_per_s.tolist() == [200]
    assert poisson.at_s.tolist() == [0]
    assert (poisson.users, poisson.think, poisson.client_connections) == (0, -1, 7)


def test_constant_load_is_even():
    constant = load("{process: constant, rate: 5/s}")
    assert (constant.process, constant.even) == ("constant", True)


@pytest.mark.parametrize("shape", ["steps", "ramps"])
@pytest.mark.parametrize("spacing", ["poisson", "constant"])
def test_a_schedule(shape, spacing):
    points = "[{at: 0s, rate: 5/s}, {at: 1m, rate: 7/s}]"
    found = load(f"{{process: schedule, shape: {shape}, spacing: {spacing}, points: {points}}}")
    assert found.rate_per_s.tolist() == [5, 7]
    assert found.at_s.tolist() == [0, 60]
    assert found.ramps == (shape == "ramps")
    assert found.even == (spacing == "constant")


def test_a_recording():
    assert load("{process: trace, times: [0s, 1s, 3s]}").times_s.tolist() == [0, 1, 3]


def test_users():
    described = builders.topology(
        builders.listed(builders.service(steps="[{compute: 1ms}]")),
        arrivals="{process: closed, users: 12, think: {distribution: exponential, mean: 2s}}",
    )
    program = builders.program(described)
    assert program.load.users == 12
    assert program.load.think == 1
    assert program.steps.distributions.p.tolist() == [0.001, 2.0]


def test_paced_load():
    described = builders.topology(
        builders.listed(builders.service("a")),
        arrivals="{process: paced, rate: 100/s, connections: 20, jitter: 10%, clock_tick: 1ms}",
    )
    load = builders.program(described).load
    assert load.waits_for_answers
    assert (load.users, load.interval_s, load.jitter) == (20, 0.2, 0.1)
    assert load.tick_s == 0.001
    assert load.rate_per_s.tolist() == [100.0]


def test_entries():
    services = builders.listed(builders.service("a"), builders.service("b"))
    described = builders.topology(services, "[{to: b/get, weight: 3}, {to: a/get}]")
    program = builders.program(described)
    assert program.load.entry_endpoint.tolist() == [1, 0]
    assert program.load.entry_share.tolist() == [0.75, 0.25]
    assert program.entry_edge.tolist() == [0, 1]


def test_the_hash_is_that_of_the_scenario():
    scenario = Scenario(load_topology("chain-3"), load_mesh("istio-sidecar"))
    assert lower(scenario).scenario_hash == scenario.hash()


@pytest.mark.parametrize("name", ["none", "istio-sidecar", "istio-ambient", "linkerd"])
def test_lowering_is_a_function(name):
    """The same scenario gives the same arrays, byte by byte."""
    scenario = Scenario(load_topology("online-boutique"), load_mesh(name))
    assert str(lower(scenario)) == str(lower(scenario))


def test_shipped_systems_place_every_pod_and_reach_every_service():
    for name in ("chain-3", "online-boutique"):
        program = lower(Scenario(load_topology(name), load_mesh("istio-ambient-waypoint")))
        assert program.pods == program.services.pod_count.sum()
        called = set(program.steps.call_endpoint.tolist()) | set(program.load.entry_endpoint)
        assert set(program.endpoints.service[sorted(called)]) == set(
            range(len(program.services.names))
        )
        assert np.all(program.placement.pod_cores > 0)

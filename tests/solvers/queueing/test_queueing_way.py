"""The way of a call: network in the mean over pods, proxies, trains of calls, parts, waits."""

import builders
import numpy as np
import pytest

from meshsim.solvers.observations import Part
from meshsim.solvers.queueing import solve
from meshsim.solvers.queueing.flows import flows
from meshsim.solvers.queueing.loads import loads
from meshsim.solvers.queueing.network import network_s
from meshsim.solvers.queueing.parts import last_to_end, with_retries
from meshsim.solvers.queueing.passages import links
from meshsim.solvers.queueing.responses import longest
from meshsim.solvers.queueing.structure import structure
from meshsim.solvers.queueing.trains import Trains, branches_at_once, rest_factor, trains
from meshsim.solvers.queueing.transit import proxies, transit

TWO_ZONES = """[
    {name: one, cores: 8, memory: 64Gi, count: 2, zones: [east, west]},
]"""
NETWORK = (
    "{same_node: 100us, same_zone: 200us, between_zones: 1ms, client: 3ms, bandwidth: 8Mbit/s}"
)


def case(program, rate=100.0):
    shape = structure(program)
    calls = links(program, shape.row_endpoint, shape.site_row)
    return shape, calls, loads(program, shape, calls, flows(program, shape, rate))


def spread_over_zones(under=None):
    size = ", request: 1kB, response: 3kB"
    services = builders.listed(
        builders.service("a", "[{call: b/get}]", replicas=2, endpoint=size),
        builders.service("b", replicas=2, endpoint=size),
    )
    described = builders.topology(services, nodes=TWO_ZONES, network=NETWORK)
    return builders.program(described, under)


def test_half_of_the_calls_cross_the_border():
    """Same node 0.1 ms, or 1 ms and 4 kB at 1 MB/s; clients take their round trip."""
    program = spread_over_zones()
    _, calls, _ = case(program)
    mean, variance = network_s(program, calls)
    assert mean.tolist() == pytest.approx([(0.1e-3 + 5e-3) / 2, 3e-3])
    assert variance.tolist() == pytest.approx([(4.9e-3 / 2) ** 2, 0.0])


def test_a_waypoint_adds_a_leg():
    """It stands on the first node: two legs, each at home or over the border."""
    proxy = builders.proxy("w", scope="service", replicas=1)
    program = spread_over_zones(builders.mesh(proxy, inside="[service.w]"))
    _, calls, _ = case(program)
    assert network_s(program, calls)[0][0] == pytest.approx(0.1e-3 + 5e-3)


def test_a_sleeping_proxy_costs_two_wake_ups_and_its_work():
    proxy = builders.proxy(busy="100us", wake_up="40us")
    under = builders.mesh(proxy, inside="[]", entry="[callee.sidecar]")
    program = builders.program(builders.topology(builders.listed(builders.service())), under)
    _, calls, found = case(program, rate=1e-6)
    at = proxies(program, found)
    way = transit(program, calls, at, found, network_s(program, calls))
    assert way.proxy_work_s[0] == pytest.approx(100e-6)
    assert way.proxy_wait_s[0] == pytest.approx(80e-6, rel=1e-6)
    assert way.mean_s[0] == pytest.approx(180e-6)


def test_trains_of_the_calls_of_one_execution():
    steps = "[{call: b/get, count: 3}, {parallel: [{call: b/get}, {call: b/get}]}]"
    program = builders.program(
        builders.topology(builders.listed(builders.service("a", steps), builders.service("b"))),
        builders.sidecars(),
    )
    shape, calls, found = case(program)
    assert sorted(branches_at_once(program, shape).tolist()) == [1, 2, 2]
    seen = trains(program, shape, calls, found, np.full(len(calls.callee), 6e-3), 100.0)
    assert seen.length[0] == pytest.approx(6)
    assert seen.together[0] == pytest.approx(1 / 6)


def test_trains_rest_less_and_lonely_calls_as_much():
    program = builders.program(
        builders.topology(builders.listed(builders.service())),
        builders.mesh(
            builders.proxy(busy="10us", idle_scale="1us"), inside="[]", entry="[callee.sidecar]"
        ),
    )
    _, _, found = case(program, rate=1.0)
    cpu, one = np.array([1e-4]), np.array([1.0])
    lonely = Trains(one, 0 * one, 0 * one)
    assert rest_factor(program, found, lonely, cpu)[0] == pytest.approx(1.0)
    train = Trains(4 * one, 0 * one + 1e-3, 0 * one)
    gaps = 0.75 * 9e-4**0.5 + 0.25 * (4 * (1 - 1e-4) - 3 * 9e-4) ** 0.5
    assert rest_factor(program, found, train, cpu)[0] == pytest.approx(gaps, rel=1e-3)


def test_the_longest_of_several():
    mean = np.array([[1.0, 1.0, 1.0]])
    found, variance = longest(mean, mean**2)
    assert found[0] == pytest.approx(11 / 6, rel=2e-3)
    assert variance[0] == pytest.approx(1 + 1 / 4 + 1 / 9, rel=0.01)
    assert longest(mean[:, :1], mean[:, :1])[0][0] == 1.0


def test_who_ends_last():
    """Exponentials of means 1 and 3: the slower one with 3 / 4."""
    assert last_to_end(np.array([1.0, 3.0]), np.array([1.0, 9.0])) == pytest.approx(
        [0.25, 0.75], abs=0.02
    )


def test_what_is_beyond_one_try_is_retry():
    parts = np.zeros((2, len(Part)))
    parts[:, Part.APP_WORK] = 1.0
    found = with_retries(parts, np.array([2.5, 0.5]), np.array([2.0, 1.0]))
    assert found[:, Part.APP_WORK].tolist() == [2.0, 0.5]
    assert found[:, Part.RETRY].tolist() == [0.5, 0.0]


def test_calls_at_once_wait_for_each_other_at_the_first_proxy():
    """Three at once through one worker: the batch takes three visits, so two more than alone."""
    proxy = builders.proxy(busy="200us")
    path = {"inside": "[caller.sidecar]", "entry": "[]"}
    leaves = [builders.service(name, "[{wait: 50ms}]") for name in "bcd"]
    steps = "[{parallel: [{call: b/get}, {call: c/get}, {call: d/get}]}]"
    program = builders.program(
        builders.topology(builders.listed(builders.service("a", steps), *leaves)),
        builders.mesh(proxy, **path),
    )
    found = solve(program)
    assert found.edges.mean_s[:3] == pytest.approx(np.full(3, 0.0504), rel=1e-3)

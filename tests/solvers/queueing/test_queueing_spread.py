"""Uneven pods: classes of load against counting all ways to pin the connections."""

import itertools

import builders
import numpy as np
import pytest

from meshsim.solvers.queueing.arrays import totals
from meshsim.solvers.queueing.arrivals import fresh_bursts
from meshsim.solvers.queueing.flows import flows
from meshsim.solvers.queueing.loads import loads
from meshsim.solvers.queueing.passages import links
from meshsim.solvers.queueing.spread import pinned_links, pool_concentration, spread
from meshsim.solvers.queueing.structure import structure

WORK = "[{compute: 1ms}]"


def spread_of(*services, rate=100, time_s=1e-3, limited=False, connections=64):
    program = builders.program(
        builders.topology(
            builders.listed(*services),
            arrivals=builders.POISSON.format(rate),
            connections=connections,
        )
    )
    shape = structure(program)
    calls = links(program, shape.row_endpoint, shape.site_row)
    found = loads(program, shape, calls, flows(program, shape, rate))
    count = len(program.services.names)
    return spread(
        program,
        calls,
        found.link_per_s,
        np.full(len(calls.callee), time_s),
        found.core_load[program.services.pod_first],
        np.full(count, limited),
        np.zeros(count),
    )


def test_three_connections_on_two_pods():
    """A request meets 1, 2 or 3 of the flows with 1/4, 1/2, 1/4: loads 2/3, 4/3, 2."""
    found = spread_of(builders.service("a", replicas=2), connections=3)
    seen = {}
    for pods in itertools.product(range(2), repeat=3):
        for own in pods:
            load = 2 * pods.count(own) / 3
            seen[load] = seen.get(load, 0) + 1 / 24
    assert seen == pytest.approx({2 / 3: 1 / 4, 4 / 3: 1 / 2, 2.0: 1 / 4})
    mean = sum(load * share for load, share in seen.items())
    assert (found.share * found.load).sum(axis=1)[0] == pytest.approx(mean)
    assert found.share.sum(axis=1)[0] == pytest.approx(1.0)
    assert found.load[0, 0] == pytest.approx(2 / 3, rel=0.2)
    assert found.load[0, :-1].max() == pytest.approx(2.0)
    assert found.flows[0] == pytest.approx(3)


def test_many_connections_spread_like_the_normal_law():
    """cv² over pods is (n - 1) / N; a request meets 1 + cv² on average."""
    found = spread_of(builders.service("a", replicas=4), connections=100)
    assert found.cv2[0] == pytest.approx(3 / 100, rel=0.1)


def test_calls_chosen_one_by_one_are_even():
    found = spread_of(builders.service("a", replicas=4, balancing="random"))
    assert found.load.tolist() == [[1.0]]
    assert found.pinned[0] == 0.0


def test_http2_callers_hold_one_connection_each():
    found = spread_of(
        builders.service("a", "[{call: b/get}]", replicas=3, balancing="random"),
        builders.service("b", replicas=6, protocol="http2"),
    )
    assert found.flows[1] == pytest.approx(3)
    assert found.pooled[1] == 0.0


def test_pools_spread_more_evenly_the_more_calls_are_under_way():
    services = (
        builders.service("a", "[{call: b/get}]", balancing="random"),
        builders.service("b", replicas=3),
    )
    few, many = (spread_of(*services, time_s=time).flows[1] for time in (1e-4, 1e-1))
    assert few < 1.1
    assert many > 5
    assert pool_concentration(np.array([1e-9]))[0] == pytest.approx(1.0)


def test_pools_turn_away_from_full_pods():
    """One caller whose pool could put all its load, 1.8 pods' worth, on one of three."""
    found = spread_of(
        builders.service("a", "[{call: b/get}]", balancing="random"),
        builders.service("b", WORK, replicas=3, resources=builders.cores(0.5)),
        rate=900,
        limited=True,
    )
    assert found.pooled[1] == 1.0
    assert found.load[1, -1] == pytest.approx(1 / 0.6)
    assert found.share[1, -1] > 0.5


def test_bursts_after_each_other_in_one_pod_are_not_fresh():
    program = builders.program(
        builders.topology(
            builders.listed(
                builders.service("a", "[{call: b/get, count: 4}, {call: b/get}]"),
                builders.service("b", "[{compute: 1ms}, {compute: 1ms}]"),
            )
        )
    )
    shape = structure(program)
    calls = links(program, shape.row_endpoint, shape.site_row)
    flow = flows(program, shape, 1.0)
    found = fresh_bursts(program, shape, calls, flow, pinned_links(program, calls))
    rows = np.flatnonzero(shape.row_endpoint == 1)
    assert found[rows][:2].tolist() == pytest.approx([1 / 5, 0.0])


def test_totals():
    assert totals(np.array([1, 1, 3]), np.array([1.0, 2.0, 4.0]), 4).tolist() == [0, 3, 0, 4]

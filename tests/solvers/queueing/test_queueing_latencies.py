"""meshsim.solvers.queueing.latencies: bimodal waits, calls that share a pod, tries; mixtures."""

import builders
import numpy as np
import pytest

from meshsim.solvers.queueing import solve
from meshsim.solvers.queueing.answer import QUANTILES, Times
from meshsim.solvers.queueing.times import scaled


def answer(*services, rate=100, points=4096, **more):
    more.setdefault("arrivals", builders.POISSON.format(rate))
    program = builders.program(builders.topology(builders.listed(*services), **more))
    return solve(program, points=points)


def test_a_quota_makes_two_humps():
    """2 ms of work, or most of a period: the median is the work, the p99.9 a standstill."""
    work = "[{compute: {distribution: lognormal, mean: 2ms, cv: 0.5}}]"
    found = answer(builders.service("a", work, resources=builders.cores(0.2)), rate=50)
    p50, p90, _, p999 = found.all_entries.quantiles_s[0]
    assert p50 < 2.2e-3
    assert p90 < 6e-3
    assert 0.05 < p999 < 0.15


def test_calls_of_one_execution_share_the_pod_of_their_connection():
    """Ten calls to one of two pods: the variance of their sum is that of one pod for all."""
    steps = "[{call: b/get, count: 10}]"
    work = "[{compute: {distribution: exponential, mean: 1ms}}]"
    caller = builders.service("a", steps, replicas=2, balancing="random")
    pinned = builders.service("b", work, replicas=2, protocol="http2", resources=builders.cores(1))
    free = builders.service(
        "b", work, replicas=2, protocol="http2", balancing="random", resources=builders.cores(1)
    )
    one, other = (answer(caller, b, rate=90).all_entries for b in (pinned, free))
    assert one.deviation_s[0] > 1.3 * other.deviation_s[0]


def test_many_repetitions_follow_the_central_limit():
    wait = builders.service("b", "[{wait: {distribution: exponential, mean: 1ms}}]")
    found = answer(builders.service("a", "[{call: b/get, count: 100}]"), wait, rate=1)
    assert found.all_entries.mean_s[0] == pytest.approx(0.1, rel=1e-9)
    assert found.all_entries.deviation_s[0] == pytest.approx(0.01, rel=0.05)


def test_an_edge_mixes_its_call_sites_and_unreached_ones_are_nothing():
    services = (
        builders.service("a", "[{call: b/get, probability: 25%}, {call: b/get}]"),
        builders.service("b", "[{wait: 3ms}]"),
        builders.service("c", "[{call: b/get}]"),
    )
    for points in (0, 512):
        found = answer(*services, points=points)
        assert found.edges.mean_s[0] == pytest.approx(3e-3)
        assert np.isnan(found.edges.mean_s[1])
        assert found.entries.mean_s[0] == pytest.approx(3.75e-3)


def test_steps_that_are_not_always_reached():
    """b fails with one half, so half of the requests skip the wait of 10 ms."""
    steps = "[{call: b/get}, {wait: 10ms}]"
    found = answer(builders.service("a", steps), builders.service("b", endpoint=", error: 50%"))
    assert found.all_entries.mean_s[0] == pytest.approx(5e-3)
    assert found.all_entries.quantiles_s[0].tolist() == pytest.approx([0.01] * 4, abs=0.0101)
    assert found.all_entries.deviation_s[0] == pytest.approx(5e-3, rel=0.01)


def test_late_tries_are_tried_again():
    """Exponential 2 ms cut at 2 ms, once again: 1 + e^-1 tries of 1 - e^-1 each."""
    policy = "retries: {attempts: 1, per_try_timeout: 2ms, base_interval: 1ms, retry_on: [reset]}"
    steps = f"[{{call: b/get, on_error: ignore, {policy}}}]"
    wait = builders.service("b", "[{wait: {distribution: exponential, mean: 2ms}}]")
    found = answer(builders.service("a", steps), wait)
    late = np.exp(-1)
    assert found.all_entries.mean_s[0] == pytest.approx(2e-3 * (1 + late) * (1 - late), rel=0.02)


def test_scaled():
    one = np.ones(1)
    found = scaled(Times(one, one, np.ones((1, len(QUANTILES)))), 3.0)
    assert (found.mean_s[0], found.deviation_s[0], found.quantiles_s[0, 3]) == (3, 3, 3)

"""The queueing solver against the SimPy model on small systems: within what statistics allow.

Each comparison allows 4 standard errors of independent replications and a stated bias of the
formulas; the precision is bounded, so that a test can fail. Quantiles are compared through the
share of requests beyond the solver's quantile.
"""

import builders
import measure
import numpy as np
import pytest

from meshsim.solvers.observations import Part
from meshsim.solvers.queueing import solve

pytestmark = pytest.mark.slow

WORK = "{compute: {distribution: exponential, mean: 1ms}}"
SIDECAR = {"busy": "40us", "idle_scale": "6us", "idle_exponent": 0.42, "wake_up": "43us"}


def server(name="a", then="", **more):
    more = {"resources": builders.cores(1), **more}
    return builders.service(name, f"[{WORK}{then}]", **more)


def compare(program, bias, *, precision=0.03, requests=2_500, tail_bias=0.4):
    """Mean within ``bias``, and the share beyond the p99 within ``tail_bias`` of 1%."""
    answer = solve(program)
    series = measure.replicate(program, requests, 500)
    mean = float(answer.all_entries.mean_s[0])
    measure.assert_mean(series, mean, precision=precision, bias=bias * mean)
    beyond = [float(np.mean(one > answer.all_entries.quantiles_s[0, 2])) for one in series]
    error = np.std(beyond, ddof=1) / np.sqrt(len(beyond))
    assert error < 0.004
    assert abs(np.mean(beyond) - 0.01) < 0.01 * tail_bias + 4 * error
    return answer


def system(*services, rate, under=None, **more):
    arrivals = builders.POISSON.format(rate)
    described = builders.topology(builders.listed(*services), arrivals=arrivals, **more)
    return builders.program(described, under)


def test_a_row_of_shared_cores():
    chain = (server("a", ", {call: b/get}"), server("b", ", {call: c/get}"), server("c"))
    compare(system(*chain, rate=500), bias=0.01)


def test_a_row_under_sidecars():
    """Trains of calls, two workers, wake-ups, batches.

    The three calls of one request to the only pod of b meet one and the same busy spell, which the
    formulas take for three: up to 2.3% instead of 1% lie beyond the p99. CPU of proxies that meet
    calls in trains comes out up to 10% high.
    """
    chain = (server("a", ", {call: b/get, count: 3}"), server("b"))
    program = system(*chain, rate=150, under=builders.sidecars(**SIDECAR, workers=2))
    answer = compare(program, bias=0.03, tail_bias=1.3)
    seen = builders.observe(
        builders.topology(builders.listed(*chain), arrivals=builders.POISSON.format(150)),
        builders.sidecars(**SIDECAR, workers=2),
        6_000,
    )
    work = seen.spent_s[1_000:, Part.PROXY_WORK].mean()
    assert answer.parts_s[0, Part.PROXY_WORK] == pytest.approx(work, rel=0.12)


def test_branches_of_unequal_length():
    branches = ", {parallel: [{call: b/get}, {call: c/get}, {wait: 2ms}]}"
    program = system(server("a", branches), server("b"), server("c"), rate=400)
    compare(program, bias=0.02)


def test_least_request_over_four_pods():
    service = server("a", replicas=4, balancing="least_request", cpu_sharing="first_come")
    compare(system(service, rate=2_800), bias=0.06, tail_bias=1.0)


def test_round_robin_over_two_pods():
    service = server("a", replicas=2, balancing="round_robin", cpu_sharing="first_come")
    compare(system(service, rate=1_400), bias=0.06, tail_bias=0.8)


def test_slots_held_by_a_slow_service_below():
    slow = builders.service("b", "[{wait: {distribution: gamma, mean: 10ms, cv: 0.5}}]")
    holder = builders.service("a", "[{call: b/get}]", workers=4)
    compare(system(holder, slow, rate=280), bias=0.02, tail_bias=0.6)


def test_errors_that_are_tried_again():
    policy = "retries: {attempts: 2, base_interval: 4ms, retry_on: [5xx]}"
    caller = builders.service("a", f"[{{call: b/get, {policy}}}]")
    compare(system(caller, server("b", endpoint=", error: 20%"), rate=400), bias=0.03)


def test_users_who_think():
    """Under processor sharing the network has product form, whatever the demands."""
    arrivals = "{process: closed, users: 12, think: {distribution: exponential, mean: 10ms}}"
    services = builders.listed(server("a", ", {call: b/get}"), server("b"))
    program = builders.program(builders.topology(services, arrivals=arrivals))
    answer = solve(program)
    series = measure.replicate(program, 4_000, 400)
    measure.assert_mean(series, float(answer.all_entries.mean_s[0]), precision=0.01)

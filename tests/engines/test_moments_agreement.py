"""Goal: both engines agree on who comes first when several things happen at one moment. Method:
systems written for it, of constant durations that meet, run by both.
"""

import agreement
import builders
import pytest

from meshsim.policies.retry import Outcome

ONE_CORE = builders.cores(1)


def pair(call, b, rate=500, **more):
    """A service that calls another one and then waits a millisecond."""
    a = builders.service("a", f"[{{{call}, on_error: ignore}}, {{wait: 1ms}}]")
    arrivals = f"{{process: constant, rate: {rate}/s}}"
    return builders.topology(builders.listed(a, b), arrivals=arrivals, **more)


def test_branches_that_end_at_the_same_moment():
    branches = "{wait: 1ms}, {compute: 1ms}, [{wait: 500us}, {wait: 500us}], {wait: 1ms}"
    steps = f"[{{parallel: [{branches}]}}, {{wait: 1ms}}]"
    a = builders.service("a", steps, resources=builders.cores(4))
    arrivals = "{process: constant, rate: 1000/s}"
    agreement.assert_agreement(builders.topology(builders.listed(a), arrivals=arrivals))


def test_branches_of_branches():
    steps = "{wait: 1ms}"
    for _ in range(8):
        steps = f"{{parallel: [{steps}, {steps}]}}"
    a = builders.service("a", f"[{steps}]")
    arrivals = "{process: constant, rate: 1000/s}"
    described = builders.topology(builders.listed(a), arrivals=arrivals)
    agreement.assert_agreement(described, requests=20)


@pytest.mark.parametrize("timeout", ["timeout: 2ms", "timeout: 3ms", "timeout: 1ms"])
def test_a_time_out_as_long_as_what_it_waits_for(timeout):
    """At the same moment the answer comes first: deadlines come last."""
    b = builders.service("b", "[{wait: 2ms}]")
    seen = agreement.assert_agreement(pair(f"call: b/get, {timeout}", b))
    inside = seen.edge == 0
    expected = Outcome.TIMEOUT if timeout == "timeout: 1ms" else Outcome.OK
    assert set(seen.edge_outcome[inside]) == {expected}


@pytest.mark.parametrize("sharing", ["first_come", "processor_sharing"])
def test_tries_that_are_given_up_as_they_are_answered(sharing):
    """The second of two that share a core is answered at its deadline, or not at all."""
    b = builders.service("b", "[{compute: 1ms}]", resources=ONE_CORE, cpu_sharing=sharing)
    retries = "retries: {attempts: 2, retry_on: [gateway-error], per_try_timeout: 1ms}"
    seen = agreement.assert_agreement(
        pair(f"call: b/get, timeout: 4ms, {retries}", b, rate=1000), requests=300
    )
    assert seen.edge_tries.max() > 1


def test_parallel_calls_with_deadlines_at_one_moment():
    calls = (
        "{call: b/get, timeout: 2ms, on_error: ignore}, {call: b/get, timeout: 2ms}, {wait: 2ms}"
    )
    a = builders.service("a", f"[{{parallel: [{calls}, {{call: b/get}}]}}]", when_cancelled="stop")
    b = builders.service(
        "b",
        "[{compute: 1ms}]",
        resources=ONE_CORE,
        cpu_sharing="first_come",
        when_cancelled="stop",
    )
    clients = "timeout: 4ms, retries: {attempts: 1, retry_on: [5xx], per_try_timeout: 2ms}"
    arrivals = "{process: constant, rate: 400/s}"
    described = builders.topology(builders.listed(a, b), arrivals=arrivals, clients=clients)
    seen = agreement.assert_agreement(described, requests=200)
    assert Outcome.TIMEOUT in seen.outcome


def test_nothing_takes_any_time():
    steps = "[{wait: 0s}, {compute: 0s}, {call: b/get}, {parallel: [{call: b/get}, []]}]"
    services = builders.listed(builders.service("a", steps), builders.service("b", "[{wait: 0s}]"))
    described = builders.topology(services, arrivals="{process: trace, times: [0s, 0s, 1s]}")
    seen = agreement.assert_agreement(described, builders.sidecars(), requests=50)
    assert seen.latency_s.max() == 0.0


def test_batches_of_several_visits():
    """Arrivals come faster than the workers wake up, and a visit costs all or nothing."""
    a = builders.service("a", "[{wait: 1ms}]", replicas=2)
    arrivals = "{process: constant, rate: 10000/s}"
    described = builders.topology(builders.listed(a), arrivals=arrivals, connections=3)
    policies = "{request_timeout: 5ms, retries: {attempts: 2, retry_on: [5xx]}}"
    for request_share in (0.0, 0.5, 1.0):
        under = builders.sidecars(
            policies, busy="100us", request_share=request_share, wake_up="1ms"
        )
        agreement.assert_agreement(described, under, requests=300)


def test_deadlines_of_different_length_overtake_each_other():
    a = builders.service("a", "[{call: b/get, timeout: 2ms, on_error: ignore}]")
    b = builders.service("b", "[{wait: {distribution: exponential, mean: 2ms}}]")
    clients = "timeout: 4ms, retries: {attempts: 3, retry_on: [5xx], per_try_timeout: 1ms,"
    clients += " base_interval: 1ms}"
    arrivals = builders.POISSON.format(3000)
    described = builders.topology(builders.listed(a, b), arrivals=arrivals, clients=clients)
    seen = agreement.assert_agreement(described, requests=1000)
    assert seen.edge_tries.max() == 4

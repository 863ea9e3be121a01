"""Goal: both engines agree on what a call that is given up leaves behind. Method: systems in which
most calls are given up, in every discipline of the cores, run by both.
"""

import agreement
import builders
import pytest

GUARDED = (
    "timeout: 20ms, retries: {attempts: 2, retry_on: [5xx], per_try_timeout: 5ms,"
    " base_interval: 10ms}"
)


def waiting_for(b, rate, call=GUARDED, **more):
    """A service whose calls to ``b`` are given up."""
    a = builders.service("a", f"[{{call: b/get, {call}, on_error: ignore}}, {{wait: 1ms}}]")
    arrivals = builders.POISSON.format(rate)
    return builders.topology(builders.listed(a, b), arrivals=arrivals, **more)


@pytest.mark.parametrize("workers", ["unlimited", 3])
@pytest.mark.parametrize("cores", [0.3, 1, 1.7, 2])
@pytest.mark.parametrize("stops", ["stop", "finish"])
@pytest.mark.parametrize("sharing", ["first_come", "processor_sharing"])
def test_cores_of_which_somebody_is_withdrawn(sharing, stops, cores, workers):
    """0.3 and 1.7 cores are quotas: the pod stands still in between."""
    b = builders.service(
        "b",
        "[{compute: {distribution: exponential, mean: 4ms}}]",
        resources=builders.cores(cores),
        cpu_sharing=sharing,
        when_cancelled=stops,
        workers=workers,
    )
    seen = agreement.assert_agreement(waiting_for(b, 300 * cores), requests=200)
    assert seen.edge_tries.max() > 1


def test_a_line_of_which_most_are_given_up():
    b = builders.service(
        "b",
        "[{compute: 1ms}]",
        resources=builders.cores(2),
        cpu_sharing="first_come",
        when_cancelled="stop",
    )
    seen = agreement.assert_agreement(waiting_for(b, 5000, "timeout: 7ms"), requests=2000)
    assert (seen.edge_outcome == 2).sum() > 800


def test_a_long_chain_of_deadlines():
    """Each of fifty services is a little more patient than the one before, so that the first ends
    them all; a third of them finish what they have begun, and then give up on their own.
    """
    services = [
        builders.service(
            f"c{number}",
            f"[{{compute: 100us}}, {{call: c{number + 1}/get, timeout: {10 + number}ms}}]",
            when_cancelled="stop" if number % 3 else "finish",
            workers=4,
        )
        for number in range(50)
    ]
    services.append(builders.service("c50", "[{wait: 30ms}]"))
    arrivals = builders.POISSON.format(200)
    described = builders.topology(builders.listed(*services), "c0/get", arrivals=arrivals)
    seen = agreement.assert_agreement(described, builders.sidecars(busy="50us"), requests=100)
    assert (seen.edge_outcome == 2).sum() > 100


def test_many_tries_of_which_nearly_all_fail():
    b = builders.service("b", endpoint=", error: 90%")
    retries = "retries: {attempts: 20, retry_on: [5xx], base_interval: 1ms, max_interval: 1ms}"
    seen = agreement.assert_agreement(waiting_for(b, 1000, retries), requests=300)
    assert seen.edge_tries.max() == 21


def test_a_proxy_that_gives_up_and_tries_again():
    b = builders.service(
        "b",
        "[{compute: {distribution: exponential, mean: 3ms}}]",
        resources=builders.cores(1),
        replicas=3,
        when_cancelled="stop",
        endpoint=", error: 50%",
    )
    policies = "{request_timeout: 9ms, retries: {attempts: 2, retry_on: [5xx], base_interval: 1ms}}"
    under = builders.sidecars(policies, busy="100us", workers=2, wake_up="43us")
    seen = agreement.assert_agreement(waiting_for(b, 300, "timeout: 15ms"), under, requests=500)
    assert set(seen.edge_outcome) == {0, 1, 2}

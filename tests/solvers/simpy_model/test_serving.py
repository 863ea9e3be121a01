"""Servers whose callers give up: what is finished, what stops, and when slots are free again.

Service a calls b without network delays, so that what b does begins with the request. CPU is read
when the second request begins, a second later.
"""

import builders
import numpy as np
import pytest

from meshsim.policies.retry import Outcome
from meshsim.solvers.observations import Part

MS = 1e-3
TWO = "{process: trace, times: [1s, 2s]}"
BOTH = pytest.mark.parametrize("cancelled", ["finish", "stop"])


def observe(*services, requests=2, arrivals=TWO, under=None, **more):
    described = builders.topology(builders.listed(*services), arrivals=arrivals, **more)
    return builders.observe(described, under, requests)


def calls_b(timeout="2ms"):
    return builders.service("a", f"[{{call: b/get, timeout: {timeout}}}]")


def used(observed):
    """CPU of the pods of b, c and d in the first second [ms]."""
    return (observed.busy_s[1, 1:] / MS).tolist()


def test_a_server_finishes_what_nobody_waits_for():
    """b works 5 ms on a request that was given up after 2."""
    observed = observe(calls_b(), builders.service("b", "[{compute: 5ms}]"))
    assert observed.latency_s == pytest.approx([2 * MS, 2 * MS])
    assert used(observed) == pytest.approx([5])


def test_a_server_that_stops_has_used_what_it_used_until_then():
    observed = observe(calls_b(), builders.service("b", "[{compute: 5ms}]", when_cancelled="stop"))
    assert observed.latency_s == pytest.approx([2 * MS, 2 * MS])
    assert used(observed) == pytest.approx([2])


def test_a_stopped_server_shares_its_core_until_then():
    """Two branches on one core: each of them had 1 ms of it in 2 ms."""
    b = builders.service(
        "b",
        "[{parallel: [{compute: 5ms}, {compute: 4ms}]}]",
        when_cancelled="stop",
        resources=builders.cores(1),
    )
    assert used(observe(calls_b(), b)) == pytest.approx([2])


@pytest.mark.parametrize(
    ("b_does", "c_does", "work_ms"),
    [("finish", "finish", 5), ("finish", "stop", 5), ("stop", "finish", 5), ("stop", "stop", 1)],
)
def test_the_calls_of_a_stopped_server_are_given_up(b_does, c_does, work_ms):
    """b waits 1 ms before it calls c; c stops only if b has stopped, which gives c up."""
    b = builders.service("b", "[{wait: 1ms}, {call: c/get}]", when_cancelled=b_does)
    c = builders.service("c", "[{compute: 5ms}]", when_cancelled=c_does)
    assert used(observe(calls_b(), b, c)) == pytest.approx([0, work_ms])


@pytest.mark.parametrize(("cancelled", "received"), [("finish", 2), ("stop", 0)])
def test_a_finishing_server_still_makes_the_calls_that_are_to_come(cancelled, received):
    """b would call c 3 ms after it began; both requests are given up after 2 ms."""
    b = builders.service("b", "[{wait: 3ms}, {call: c/get}]", when_cancelled=cancelled)
    times = "{process: trace, times: [1s, 2s, 3s]}"
    observed = observe(calls_b(), b, builders.service("c"), arrivals=times, requests=3)
    assert observed.pod_requests[2] == received  # before the third one's turn


@pytest.mark.parametrize(("cancelled", "work_ms"), [("finish", [3, 4]), ("stop", [2, 2])])
def test_parallel_branches_are_given_up_together(cancelled, work_ms):
    b = builders.service(
        "b", "[{parallel: [{call: c/get}, {wait: 9ms}, {call: d/get}]}]", when_cancelled=cancelled
    )
    c = builders.service("c", "[{compute: 3ms}]", when_cancelled=cancelled)
    d = builders.service("d", "[{compute: 4ms}]", when_cancelled=cancelled)
    assert used(observe(calls_b(), b, c, d)) == pytest.approx([0, *work_ms])


def test_a_server_that_has_answered_has_nothing_left_to_give_up():
    """The answer, ready after 3 ms, is on its way of 2 ms when the caller gives up."""
    b = builders.service("b", "[{compute: 1ms}]", when_cancelled="stop")
    observed = observe(
        calls_b("4ms"),
        b,
        nodes="[{name: small, cores: 1, memory: 1Gi, count: 2}]",
        network="{same_node: 4ms, same_zone: 4ms, between_zones: 4ms, client: 0s}",
    )
    assert observed.edge_outcome.tolist() == [Outcome.TIMEOUT, Outcome.ERROR] * 2
    assert used(observed) == pytest.approx([1])


# Worker slots ------------------------------------------------------------------------------------


def two_endpoints(**more):
    """Service b with a slow and a quick endpoint and one slot."""
    endpoints = "[{name: get, steps: [{wait: 5ms}]}, {name: put, steps: [{wait: 1ms}]}]"
    rest = "".join(f", {key}: {value}" for key, value in more.items())
    return f"{{name: b, workers: 1, endpoints: {endpoints}{rest}}}"


def beside(*branches):
    return builders.service("a", f"[{{parallel: {builders.listed(*branches)}}}]")


GIVES_UP = "{call: b/get, timeout: 2ms, on_error: ignore}"


@pytest.mark.parametrize(("cancelled", "end_ms"), [("finish", 6), ("stop", 4)])
def test_a_slot_is_free_when_the_work_ends_or_is_stopped(cancelled, end_ms):
    """The slow one is given up at 2; the quick one comes at 3, and takes 1 once it is in."""
    a = beside(GIVES_UP, "[{wait: 3ms}, {call: b/put}]")
    observed = observe(a, two_endpoints(when_cancelled=cancelled))
    assert observed.latency_s == pytest.approx([end_ms * MS] * 2)
    assert observed.failed.tolist() == [False, False]


@BOTH
def test_who_waits_for_a_slot_leaves_the_line(cancelled):
    """Two slow ones: one in the slot to 5, the other, in line, given up at 3. The quick one is
    next, though it came after both."""
    a = beside(
        "{call: b/get}",
        "[{wait: 1ms}, {call: b/get, timeout: 2ms, on_error: ignore}]",
        "[{wait: 2ms}, {call: b/put}]",
    )
    observed = observe(a, two_endpoints(when_cancelled=cancelled))
    assert observed.latency_s == pytest.approx([6 * MS] * 2)
    assert observed.spent_s[:, Part.APP_QUEUE] == pytest.approx([3 * MS] * 2)
    assert observed.pod_requests[1] == 6  # who left had been received


@BOTH
def test_a_slot_granted_at_the_moment_of_the_timeout_counts_as_waiting_no_more(cancelled):
    """The slot is free at 5, and the time-out of the next one comes at 5 as well, but after it."""
    a = beside(
        "{call: b/get}",
        "[{wait: 1ms}, {call: b/put, timeout: 4ms, on_error: ignore}]",
        "[{wait: 2ms}, {call: b/put}]",
    )
    observed = observe(a, two_endpoints(when_cancelled=cancelled))
    # It is in the slot when it is given up: it stays to 6 unless it stops.
    assert observed.latency_s == pytest.approx([(7 if cancelled == "finish" else 6) * MS] * 2)


def test_slots_above_are_held_by_who_waits_and_freed_by_who_gives_up():
    """a has one slot and waits at most 2 ms for b: the second request gets in at 2 ms."""
    a = builders.service("a", "[{call: b/get, timeout: 2ms}]", workers=1)
    observed = observe(
        a,
        builders.service("b", "[{wait: 50ms}]"),
        arrivals="{process: trace, times: [1s, 1s]}",
    )
    assert observed.latency_s == pytest.approx([2 * MS, 4 * MS])


# Answers that nobody gets ------------------------------------------------------------------------


def test_what_a_finished_request_spent_is_not_the_callers_time():
    """The whole wait of 2 ms went into a try that came to nothing, whatever b does later."""
    b = builders.service("b", "[{wait: 1ms}, {compute: 7ms}]")
    observed = observe(calls_b(), b)
    assert observed.spent_s[:, Part.RETRY] == pytest.approx([2 * MS] * 2)
    assert np.all(np.delete(observed.spent_s, Part.RETRY, axis=1) == 0.0)


def test_calls_of_a_finishing_server_are_observed_like_all_others():
    """b's call to c, given up with b by a, is answered while the system runs."""
    b = builders.service("b", "[{call: c/get}]")
    observed = observe(calls_b(), b, builders.service("c", "[{wait: 5ms}]"))
    called = observed.edge_request[np.isclose(observed.edge_latency_s, 5 * MS)]
    assert called.tolist() == [0]  # the run ends before the second one's

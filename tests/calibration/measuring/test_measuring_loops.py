"""Goal: both loops count requests and failures right, and latencies begin when requests are due.

Method: a server of a few lines on loopback; a clock that jumps where lateness matters.
"""

import itertools

import pytest
from tiny_server import tiny_server

from meshsim.calibration.measuring.connections import Pool
from meshsim.calibration.measuring.loops import run_closed, run_open


def pool(port, path="/10", count=4):
    return Pool(port, f"GET {path} HTTP/1.1\r\n\r\n".encode(), count)


@pytest.fixture
def port():
    with tiny_server() as port:
        yield port


def edges():
    return itertools.count(1).__next__


def test_closed_load_counts_what_is_answered_between_two_readings(port):
    with pool(port) as four:
        seen = run_closed(four, 0.02, 0.1, edges())
    assert (seen.before, seen.after) == (1, 2)
    assert seen.requests > 10
    assert seen.errors == 0
    assert seen.seconds >= 0.1


@pytest.mark.parametrize("path", ["/moody/5", "/leaving/5"])
def test_closed_load_counts_failures_and_goes_on(port, path):
    with pool(port, path) as four:
        seen = run_closed(four, 0.02, 0.1, edges())
        assert len(four.connections) == 4
    assert seen.errors > 0
    assert seen.requests > seen.errors


def test_closed_load_sends_large_requests(port):
    body = b"x" * 3_000_000
    request = b"POST /10 HTTP/1.1\r\ncontent-length: 3000000\r\n\r\n" + body
    with Pool(port, request, 2) as two:
        seen = run_closed(two, 0.01, 0.1, edges())
    assert seen.errors == 0
    assert seen.requests > 0


def test_open_load_measures_the_requests_after_the_warm_part(port):
    due_s = [0.0, 0.005, 0.01, 0.02, 0.03, 0.04, 0.045]
    with pool(port) as four:
        seen = run_open(four, due_s, 0.015, edges())
    assert seen.requests == 4
    assert seen.errors == 0
    assert (seen.before, seen.after) == (1, 2)
    assert len(seen.latencies_ns) == len(seen.lags_ns) == 4
    assert all(
        latency >= lag >= 0 for latency, lag in zip(seen.latencies_ns, seen.lags_ns, strict=True)
    )


def test_the_time_in_line_is_part_of_a_latency(port):
    """One connection, and a clock on which each look takes 10 ms: requests wait in line."""
    clock = itertools.count(0, 10_000_000).__next__
    with pool(port, count=1) as one:
        seen = run_open(one, [0.0, 0.0, 0.0], 0.0, edges(), clock)
    assert seen.requests == 3
    assert seen.latencies_ns == sorted(seen.latencies_ns)
    assert seen.latencies_ns[2] > seen.lags_ns[2] > seen.latencies_ns[0]


def test_nothing_due_is_nothing_seen(port):
    with pool(port) as four:
        seen = run_open(four, [], 0.0, edges())
    assert (seen.requests, seen.errors, seen.latencies_ns) == (0, 0, [])


@pytest.mark.parametrize("path", ["/moody/3", "/leaving/3"])
def test_open_load_counts_failures_and_goes_on(port, path):
    due_s = [0.002 * i for i in range(30)]
    with pool(port, path, 2) as two:
        seen = run_open(two, due_s, 0.0, edges())
    assert seen.requests + seen.errors == 30
    assert seen.errors >= 5


def test_answers_that_never_come_are_failures(port):
    clock = itertools.count(0, 100_000_000).__next__
    with pool(port, "/silent/2", 1) as one:
        seen = run_open(one, [0.0, 0.0], 0.0, edges(), clock)
    assert (seen.requests, seen.errors) == (0, 2)


def test_open_load_sends_large_requests(port):
    body = b"x" * 3_000_000
    request = b"POST /10 HTTP/1.1\r\ncontent-length: 3000000\r\n\r\n" + body
    with Pool(port, request, 2) as two:
        seen = run_open(two, [0.0, 0.001], 0.0, edges())
    assert (seen.requests, seen.errors) == (2, 0)


@pytest.mark.parametrize("path", ["/leaving/2", "/silent/2"])
def test_a_closed_slice_ends_though_the_last_answers_fail(port, path):
    clock = itertools.count(0, 400_000_000).__next__
    with pool(port, path, 2) as two:
        seen = run_closed(two, 0.0, 0.0, edges(), clock)
    assert seen.requests == 0

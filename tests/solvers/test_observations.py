"""Observations: what is kept of a run, what is left out, and which identities are asserted."""

import numpy as np
import pytest

from meshsim.policies.retry import Outcome
from meshsim.solvers.observations import Observations, Part, Recorder

NOTHING = np.zeros(0, dtype=np.int64)


def spent(**parts):
    return [parts.get(part.name.lower(), 0.0) for part in Part]


def observe(recorder):
    return recorder.observations(NOTHING, NOTHING)


def test_parts_are_pinned():
    names = ["APP_WORK", "APP_WAIT", "APP_QUEUE", "PROXY_WORK", "PROXY_QUEUE", "NETWORK", "RETRY"]
    assert [part.name for part in Part] == names


def test_requests_stand_in_the_order_of_their_start():
    recorder = Recorder(measured=2, stations=1)
    recorder.request(1, 0, 5.0, 1.0, Outcome.ERROR, spent(app_work=1.0))
    recorder.request(0, 1, 4.0, 3.0, Outcome.OK, spent(app_work=1.0, network=2.0))
    assert recorder.open == 0
    recorder.snapshot(9.0, 2, [0.5])
    found = observe(recorder)
    assert found.start_s.tolist() == [4.0, 5.0]
    assert found.latency_s.tolist() == [3.0, 1.0]
    assert found.entry.tolist() == [1, 0]
    assert found.outcome.tolist() == [0, 1]
    assert found.failed.tolist() == [False, True]
    assert found.spent_s.tolist() == [[1, 0, 0, 0, 0, 2, 0], [1, 0, 0, 0, 0, 0, 0]]


def test_what_starts_after_the_measured_is_left_out():
    recorder = Recorder(measured=1, stations=1)
    recorder.request(1, 0, 5.0, 1.0, Outcome.OK, spent(app_work=1.0))
    recorder.call(0, 1, 0.5, Outcome.OK, 1)
    assert recorder.open == 1
    recorder.request(0, 0, 4.0, 1.0, Outcome.OK, spent(app_work=1.0))
    recorder.call(3, 0, 0.25, Outcome.OK, 1)
    recorder.snapshot(9.0, 1, [0.5])
    found = observe(recorder)
    assert recorder.open == 0
    assert found.start_s.tolist() == [4.0]
    assert found.edge.tolist() == [3]


def test_calls_stand_in_the_order_of_their_requests_and_else_as_answered():
    recorder = Recorder(measured=3, stations=1)
    calls = [(7, 2, 0.1), (8, 0, 0.2), (9, 2, 0.3), (6, 0, 0.4)]
    for tries, (edge, ordinal, latency) in enumerate(calls, start=1):
        recorder.call(edge, ordinal, latency, Outcome(tries - 1), tries)
    recorder.snapshot(0.0, 3, [0.0])
    found = observe(recorder)
    assert found.edge.tolist() == [8, 6, 7, 9]
    assert found.edge_request.tolist() == [0, 0, 2, 2]
    assert found.edge_latency_s.tolist() == [0.2, 0.4, 0.1, 0.3]
    assert found.edge_outcome.tolist() == [1, 3, 0, 2]
    assert found.edge_tries.tolist() == [2, 4, 1, 3]


@pytest.mark.parametrize(
    ("measured", "wanted"),
    [(3, [0, 1, 2, 3]), (100, list(range(0, 101, 2))), (125, [*range(0, 125, 2), 125])],
)
def test_some_fifty_snapshots_and_one_when_all_have_started(measured, wanted):
    recorder = Recorder(measured, stations=1)
    assert [n for n in range(2 * measured) if recorder.wants_snapshot(n)] == wanted


def test_it_knows_whether_all_have_started():
    recorder = Recorder(measured=2, stations=1)
    assert not recorder.saw_all_start
    recorder.snapshot(0.0, 0, [0.0])
    assert not recorder.saw_all_start
    recorder.snapshot(1.0, 2, [0.0])
    assert recorder.saw_all_start


def test_snapshots():
    recorder = Recorder(measured=2, stations=2)
    recorder.snapshot(1.0, 0, [0.0, 0.5])
    recorder.snapshot(2.0, 2, [0.25, 0.5])
    found = observe(recorder)
    assert found.snapshot_s.tolist() == [1.0, 2.0]
    assert found.snapshot_request.tolist() == [0, 2]
    assert found.busy_s.tolist() == [[0.0, 0.5], [0.25, 0.5]]


def observations(**changed):
    values = {
        "start_s": np.zeros(1),
        "latency_s": np.ones(1),
        "entry": np.zeros(1, dtype=np.int64),
        "outcome": np.zeros(1, dtype=np.int64),
        "spent_s": np.array([spent(app_work=0.75, network=0.25)]),
        "edge": NOTHING,
        "edge_request": NOTHING,
        "edge_latency_s": np.zeros(0),
        "edge_outcome": NOTHING,
        "edge_tries": NOTHING,
        "snapshot_s": np.array([0.0, 1.0]),
        "snapshot_request": np.array([0, 1]),
        "busy_s": np.array([[0.0], [1.0]]),
        "connections": NOTHING,
        "pod_requests": NOTHING,
    }
    return Observations(**{**values, **changed})


def test_whole_observations_are_accepted():
    assert observations().latency_s.tolist() == [1.0]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"latency_s": np.array([-1.0])}, "runs back"),
        ({"spent_s": np.array([spent(app_work=0.75)])}, "parts sum"),
        ({"busy_s": np.array([[1.0], [0.5]])}, "only grows"),
    ],
)
def test_broken_identities_are_noticed(changed, message):
    with pytest.raises(AssertionError, match=message):
        observations(**changed)


# The log of tries ------------------------------------------------------------------------------


def test_tries_are_logged_only_if_asked_for():
    recorder = Recorder(measured=1, stations=1)
    recorder.answered_try(5, 0, 2, 1.0, 1.5, Outcome.OK, 3, -1)
    recorder.snapshot(0.0, 1, [0.0])
    assert observe(recorder).tries is None


def test_tries_stand_in_the_order_of_their_answers():
    recorder = Recorder(measured=2, stations=1, log_tries=True)
    recorder.answered_try(2**64 - 1, 1, 2, 1.0, 1.5, Outcome.OK, 3, -1)
    recorder.answered_try(7, 0, 4, 1.25, 1.75, Outcome.ERROR, -1, 9)
    recorder.answered_try(8, 2, 4, 1.25, 1.75, Outcome.OK, 3, 9)  # of a request not measured
    recorder.snapshot(0.0, 2, [0.0])
    tries = observe(recorder).tries
    assert tries.key.tolist() == [2**64 - 1, 7]
    assert tries.request.tolist() == [1, 0]
    assert tries.edge.tolist() == [2, 4]
    assert tries.start_s.tolist() == [1.0, 1.25]
    assert tries.end_s.tolist() == [1.5, 1.75]
    assert tries.outcome.tolist() == [0, 1]
    assert tries.pod.tolist() == [3, -1]
    assert tries.worker.tolist() == [-1, 9]


def test_a_log_without_tries_is_empty():
    recorder = Recorder(measured=1, stations=1, log_tries=True)
    recorder.snapshot(0.0, 1, [0.0])
    assert observe(recorder).tries.key.tolist() == []

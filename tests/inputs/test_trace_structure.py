"""Goal: what ran in sequence and what in parallel is recovered, and blocks take the time measured.
Method: executions by hand with the expected lanes; then random executions, for which
lag + busy = end on every lane and the blocks' times are never shorter than what was covered.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshsim.inputs.trace_executions import Activity, Key
from meshsim.inputs.trace_statistics import Sampled, covered
from meshsim.inputs.trace_structure import Part, blocks_of, runs_of

A, B, C, D = (Key(name, "get") for name in "abcd")
DB = Key("", "db")
OWN = 1000


def sampled(*activities, own=OWN):
    ordered = sorted(activities, key=lambda a: a[1:3])
    return Sampled(own, tuple(Activity(key, start, end) for key, start, end in ordered))


def shape(blocks):
    """The keys of each lane of each block, as text."""
    return [
        [" ".join(part.key.service or part.key.operation for part in lane) for lane in block]
        for block in blocks
    ]


@pytest.mark.parametrize(
    ("activities", "expected"),
    [
        ([], []),
        ([(A, 0, 10)], [["a"]]),
        ([(A, 0, 10), (B, 10, 20), (C, 30, 40)], [["a"], ["b"], ["c"]]),
        ([(A, 0, 10), (B, 5, 20)], [["a", "b"]]),
        ([(A, 0, 100), (B, 99, 200)], [["a"], ["b"]]),
        ([(A, 0, 100), (B, 5, 10), (C, 20, 30), (D, 200, 210)], [["a", "b c"], ["d"]]),
        ([(A, 0, 10), (B, 0, 50), (C, 20, 30)], [["a c", "b"]]),
        ([(A, 0, 10), (A, 20, 30), (A, 40, 50)], [["a"]]),
        ([(A, 0, 10), (A, 5, 15), (A, 9, 50)], [["a", "a", "a"]]),
        ([(A, 0, 10), (A, 5, 15), (A, 12, 22), (A, 16, 26)], [["a", "a"]]),
        ([(DB, 0, 10), (DB, 5, 15)], [["db"]]),
        ([(A, 0, 10), (DB, 5, 15)], [["a", "db"]]),
        ([(A, 0, 0), (B, 0, 10)], [["a"], ["b"]]),
        ([(A, 0, 100), (B, 40, 45)], [["a", "b"]]),
    ],
)
def test_shapes(activities, expected):
    assert shape(blocks_of([sampled(*activities)])) == expected


def test_the_order_is_that_of_mean_starts():
    sample = [
        sampled((A, 0, 10), (B, 20, 30)),
        sampled((B, 0, 10), (A, 90, 95)),
        sampled((C, 5, 9)),
    ]
    assert shape(blocks_of(sample)) == [["c"], ["b"], ["a"]]


def test_the_majority_of_executions_with_both_decides():
    together, apart, alone = [(A, 0, 10), (B, 0, 10)], [(A, 0, 10), (B, 10, 20)], [(A, 0, 10)]
    two_of_three = [sampled(*together), sampled(*together), sampled(*apart), *[sampled(*alone)] * 9]
    assert shape(blocks_of(two_of_three)) == [["a", "b"]]
    one_of_three = [sampled(*together), sampled(*apart), sampled(*apart)]
    assert shape(blocks_of(one_of_three)) == [["a"], ["b"]]


def test_a_minority_is_enough_where_a_sequence_would_take_too_long():
    together, apart = [(A, 0, 1000), (B, 0, 1000)], [(A, 0, 1000), (B, 1000, 2000)]
    sample = [sampled(*together, own=0), sampled(*apart, own=0), sampled(*apart, own=0)]
    assert shape(blocks_of(sample)) == [["a", "b"]]
    slower = [Sampled(100_000, s.activities) for s in sample]
    assert shape(blocks_of(slower)) == [["a"], ["b"]]


def test_lanes_of_a_fan_out_are_as_many_as_run_at_once_in_the_mean():
    two = [(A, 0, 10), (A, 0, 10)]
    four = [(A, 0, 10)] * 4
    assert shape(blocks_of([sampled(*two), sampled(*four)])) == [["a", "a", "a"]]
    assert shape(blocks_of([sampled(*two), sampled((A, 0, 10))])) == [["a", "a"]]
    assert len(blocks_of([sampled(*[(A, 0, 10)] * 500)])[0]) == 100


def test_a_loop_with_many_turns_does_not_take_long():
    turns = [(key, 10 * n, 10 * n + 9) for n in range(5000) for key in (A,)]
    assert shape(blocks_of([sampled(*turns)] * 20)) == [["a"]]


def test_runs_of_a_sequence():
    (block,) = blocks_of([sampled((A, 0, 10), (A, 20, 25))])
    (run,) = runs_of(block, sampled((A, 0, 10), (A, 20, 25), (B, 30, 40)).activities)
    assert (run.busy_ns, run.end_ns) == (15, 15)
    assert [a.start_ns for a in run.activities[Part(A)]] == [0, 20]


def test_runs_of_lanes_are_measured_in_covered_time():
    """A: 0-10, a gap, B: 30-50, C within B from 40 on: C ends when 30 have been covered."""
    block = ((Part(A), Part(B)), (Part(C),))
    first, second = runs_of(block, sampled((A, 0, 10), (B, 30, 50), (C, 40, 50)).activities)
    assert (first.busy_ns, first.end_ns) == (30, 30)
    assert (second.busy_ns, second.end_ns) == (10, 30)


def test_an_execution_may_lack_a_lane():
    block = ((Part(A),), (Part(B),))
    first, second = runs_of(block, sampled((B, 5, 10)).activities)
    assert (first.busy_ns, first.end_ns, dict(first.activities)) == (0, 0, {})
    assert (second.busy_ns, second.end_ns) == (5, 5)


def test_a_fan_out_is_dealt_to_its_lanes_as_they_become_free():
    block = ((Part(A, 0),), (Part(A, 1),))
    calls = sampled((A, 0, 10), (A, 0, 4), (A, 4, 8), (A, 8, 9), (A, 10, 12))
    first, second = runs_of(block, calls.activities)
    assert [a.start_ns for a in second.activities[Part(A, 1)]] == [0, 10]
    assert [a.start_ns for a in first.activities[Part(A, 0)]] == [0, 4, 8]


def test_more_calls_at_once_than_lanes_wait_for_the_one_free_soonest():
    block = ((Part(A, 0),), (Part(A, 1),))
    runs = runs_of(block, sampled((A, 0, 10), (A, 0, 5), (A, 1, 3)).activities)
    assert sum(len(a) for run in runs for a in run.activities.values()) == 3


def test_waits_of_one_kind_count_once_where_they_overlap():
    (run,) = runs_of(((Part(DB),),), sampled((DB, 0, 10), (DB, 5, 20)).activities)
    assert run.busy_ns == 20


activities = st.lists(
    st.tuples(st.sampled_from([A, B, C, DB]), st.integers(0, 100), st.integers(0, 50)).map(
        lambda t: (t[0], t[1], t[1] + t[2])
    ),
    max_size=8,
)


@given(st.lists(activities, min_size=1, max_size=5))
def test_every_activity_is_on_one_lane_and_blocks_are_never_too_short(executions):
    sample = [sampled(*listed) for listed in executions]
    blocks = blocks_of(sample)
    for one in sample:
        runs = [run for block in blocks for run in runs_of(block, one.activities)]
        found = [a for run in runs for mine in run.activities.values() for a in mine]
        assert sorted(found) == sorted(one.activities)
        length = sum(
            max(max(run.busy_ns, run.end_ns) for run in runs_of(block, one.activities))
            for block in blocks
        )
        assert length >= covered((a.start_ns, a.end_ns) for a in one.activities)


@given(activities)
def test_a_single_execution_takes_the_time_that_it_took(listed):
    """With nothing to average, all overlaps are known, and lanes begin when they began."""
    one = sampled(*listed, own=0)
    length = 0
    for block in blocks_of([one]):
        length += max(max(run.busy_ns, run.end_ns) for run in runs_of(block, one.activities))
    took = covered((a.start_ns, a.end_ns) for a in one.activities)
    assert length <= took + 0.1 * sum(a.end_ns - a.start_ns for a in one.activities)

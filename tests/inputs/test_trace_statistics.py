"""Goal: sums are exact however many executions pass, and the sample is fair and bounded.
Method: executions by hand with sums counted by hand; the sample compared with the smallest
priorities, in any order of arrival; the union of intervals against counting every nanosecond.
"""

import itertools
import random

from hypothesis import given
from hypothesis import strategies as st

from meshsim.inputs.trace_executions import Activity, Execution, Key
from meshsim.inputs.trace_statistics import (
    SAMPLE_SIZE,
    EndpointTotals,
    covered,
    union,
)

DB = Key("", "db")
BACK = Key("back", "get")


def execution(*activities, duration=100, priority=1, **more):
    facts = {"is_root": False, "error": False, "is_client": False, "grpc": False} | more
    return Execution(
        service="s",
        operation="o",
        start_ns=0,
        duration_ns=duration,
        activities=activities,
        priority=priority,
        **facts,
    )


def totals_of(*executions):
    totals = EndpointTotals()
    for one in executions:
        totals.add(one)
    return totals


def test_sums():
    totals = totals_of(
        execution(
            Activity(DB, 0, 30), Activity(DB, 20, 40), Activity(BACK, 60, 70, 4), is_root=True
        ),
        execution(is_client=True, grpc=True, duration=50),
    )
    assert (totals.executions, totals.roots, totals.clients, totals.grpc) == (2, 1, 1, 1)
    assert totals.duration_ns == 150
    assert totals.own_ns == 100 - 50 + 50
    assert totals.keys[DB].count == 2
    assert totals.keys[DB].covered_ns == 40
    assert totals.keys[BACK].network_ns == 4


def test_errors_are_told_from_those_that_calls_explain():
    failed = Activity(BACK, 0, 10, 0, True)
    totals = totals_of(
        execution(),
        execution(error=True),
        execution(failed, error=True),
        execution(failed),
        execution(failed, failed),
        execution(Activity(DB, 0, 10, 0, True), error=True),
    )
    assert (totals.unharmed, totals.own_errors) == (3, 2)
    assert (totals.keys[BACK].failed, totals.keys[BACK].forgiven) == (3, 2)


def test_the_sample_keeps_all_that_it_was_given():
    activities = Activity(BACK, 10, 20, 3), Activity(DB, 30, 45)
    totals = totals_of(
        execution(Activity(DB, 0, 5), priority=2), execution(*activities, priority=2**64 - 1)
    )
    first, second = totals.sample
    assert (first.own_ns, first.activities) == (95, (Activity(DB, 0, 5),))
    assert (second.own_ns, second.activities) == (75, activities)


def test_the_sample_is_that_of_the_smallest_priorities_in_any_order():
    shuffled = list(range(1000))
    samples = []
    for seed in (1, 2):
        random.Random(seed).shuffle(shuffled)
        totals = totals_of(*(execution(duration=n, priority=n) for n in shuffled))
        assert totals.executions == 1000
        assert totals.own_ns == sum(range(1000))
        samples.append([s.own_ns for s in totals.sample])
    assert samples[0] == samples[1] == list(range(SAMPLE_SIZE))


intervals = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 20)).map(lambda pair: (pair[0], sum(pair)))
)


@given(intervals)
def test_union_covers_what_any_interval_covers(listed):
    points = {n for start, end in listed for n in range(start, end)}
    merged = union(listed)
    assert {n for start, end in merged for n in range(start, end)} == points
    assert covered(listed) == len(points)
    assert all(a[1] < b[0] for a, b in itertools.pairwise(merged))

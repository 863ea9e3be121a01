"""Goal: steps that have exactly the means of the executions they were made from.
Method: executions by hand with the steps written out; random times for the condensing of
distributions, whose mean must stay and whose quantiles must not move far.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshsim import units
from meshsim.inputs.import_report import Tally
from meshsim.inputs.trace_executions import Activity, Execution, Key
from meshsim.inputs.trace_statistics import SAMPLE_SIZE, EndpointTotals
from meshsim.inputs.trace_steps import StepWriter, condensed, with_mean, written

A, B, DB = Key("a", "get"), Key("b", "get"), Key("", "db")
US = 1000


def steps_of(*executions, round_trip_us=0, is_client=False, values_max=200):
    """Steps of executions: a duration and activities (key, start, end, network, error) [µs]."""
    totals = EndpointTotals()
    for number, (duration, *activities) in enumerate(executions):
        error = any(len(a) > 4 and a[4] == "fatal" for a in activities)
        listed = [
            Activity(a[0], *(US * x for x in a[1:4]), *(bool(x) for x in a[4:])) for a in activities
        ]
        totals.add(
            Execution(
                "s", "o", False, 0, US * duration, error, is_client, False, tuple(listed), number
            )
        )
    writer = StepWriter("/".join, US * round_trip_us, values_max, Tally())
    return writer.steps(totals, "s/o")


def empirical(*values):
    return {"distribution": "empirical", "values": list(values)}


def test_own_time_comes_first():
    assert steps_of((100,)) == [{"compute": "100us"}]
    assert steps_of((100,), (300,)) == [{"compute": empirical("100us", "300us")}]


def test_no_time_is_no_step():
    assert steps_of((0,)) == []


def test_own_time_of_a_client_is_a_wait():
    assert steps_of((100,), is_client=True) == [{"wait": "100us"}]


def test_a_wait_that_does_not_always_occur_is_zero_otherwise():
    assert steps_of((100, (DB, 0, 40)), (60,)) == [
        {"compute": "60us"},
        {"wait": empirical("0s", "40us")},
    ]


def test_calls():
    assert steps_of((50, (A, 0, 10), (A, 20, 30)), (30,), (30,)) == [
        {"compute": "30us"},
        {"call": "a/get", "probability": units.print_percentage(2 / 3)},
    ]


@pytest.mark.parametrize(
    ("counts", "steps"),
    [
        ((1,), [{"count": 1}]),
        ((3, 3), [{"count": 3}]),
        ((0, 1), [{"probability": "50%"}]),
        ((2, 3), [{"count": 2}, {"probability": "50%"}]),
        ((1, 1, 1, 2), [{"count": 1}, {"probability": "25%"}]),
    ],
)
def test_counts_and_probabilities(counts, steps):
    executions = [(10 * n, *((A, 10 * i, 10 * i + 10) for i in range(n))) for n in counts]
    assert steps_of(*executions) == [{"call": "a/get", **step} for step in steps]


def test_the_common_round_trip_is_taken_off_the_network_time():
    calls = [(A, 0, 100, 30), (A, 100, 300, 50)]
    assert steps_of((400, *calls), round_trip_us=30) == [
        {"compute": "100us"},
        {"wait": "20us"},
        {"call": "a/get", "count": 2},
    ]
    assert steps_of((400, *calls), round_trip_us=40)[1] == {"call": "a/get", "count": 2}


def test_network_times_keep_their_mean_where_some_are_below_the_round_trip():
    executions = [(100, (A, 0, 100, 10)), (100, (A, 0, 100, 50)), (100, (A, 0, 100, 60))]
    wait, _ = steps_of(*executions, round_trip_us=30)
    seconds = [units.parse_duration(text) for text in wait["wait"]["values"]]
    assert np.mean(seconds) == pytest.approx(10e-6, rel=1e-3)
    assert seconds[0] == 0


def test_parallel_branches():
    """The first lane is idle for 10 µs before DB and has 10 µs of network; the second lags 20."""
    compute, parallel = steps_of((100, (A, 0, 60, 10), (B, 20, 80), (DB, 70, 75)))
    assert compute == {"compute": "20us"}
    assert parallel == {
        "parallel": [
            [{"wait": "20us"}, {"call": "a/get", "count": 1}, {"wait": "5us"}],
            [{"wait": "20us"}, {"call": "b/get", "count": 1}],
        ]
    }


def test_a_branch_of_one_step_is_written_without_a_list():
    assert steps_of((50, (A, 0, 50), (B, 0, 50))) == [
        {"parallel": [{"call": "a/get", "count": 1}, {"call": "b/get", "count": 1}]}
    ]


def test_a_fan_out_shares_its_calls_among_lanes():
    """Five calls by two workers: three on the first, two on the second."""
    calls = [(A, 0, 10), (A, 0, 10), (A, 10, 20), (A, 10, 20), (A, 20, 30)]
    assert steps_of((30, *calls)) == [
        {"parallel": [{"call": "a/get", "count": 3}, {"call": "a/get", "count": 2}]}
    ]


def test_a_call_whose_errors_are_mostly_forgiven_is_ignored_when_it_fails():
    good, bad, fatal = (10, (A, 0, 10)), (10, (A, 0, 10, 0, True)), (10, (A, 0, 10, 0, "fatal"))
    assert steps_of(good, bad) == [{"call": "a/get", "on_error": "ignore", "count": 1}]
    assert steps_of(good, fatal) == [{"call": "a/get", "count": 1}]
    assert steps_of(bad, fatal) == [{"call": "a/get", "count": 1}]


def test_what_no_sampled_execution_has_is_not_lost():
    plain = [(100,)] * SAMPLE_SIZE
    steps = steps_of(*plain, (100, (A, 0, 20, 5), (DB, 30, 60)))
    rare = units.print_percentage(1 / (SAMPLE_SIZE + 1))
    assert {"call": "a/get", "probability": rare} in steps
    compute = units.parse_duration(steps[0]["compute"])
    wait = units.parse_duration(steps[-1]["wait"])
    mean = (100e-6 * SAMPLE_SIZE + 50e-6) / (SAMPLE_SIZE + 1)
    assert compute == pytest.approx(mean, rel=1e-4)
    assert wait == pytest.approx(30e-6 / (SAMPLE_SIZE + 1), abs=1e-9)


def test_means_are_exact_beyond_the_sample():
    """One execution in two is slow, but as it happens the sample has only fast ones."""
    executions = [(100,)] * SAMPLE_SIZE + [(300,)] * SAMPLE_SIZE
    assert steps_of(*executions) == [{"compute": "200us"}]


def test_a_block_that_takes_next_to_no_time_is_left_out():
    """Two waits of a nanosecond in one of 3,000 executions, which the sample happens to have."""
    totals = EndpointTotals()
    waits = Activity(DB, 0, 1), Activity(Key("", "cache"), 0, 1)
    for number in range(10 * SAMPLE_SIZE):
        activities = waits if number == 0 else ()
        totals.add(Execution("s", "o", False, 0, 100, False, False, False, activities, number))
    steps = StepWriter("/".join, 0, 200, Tally()).steps(totals, "s/o")
    assert [list(step) for step in steps] == [["compute"]]


def test_with_mean():
    assert list(with_mean([-5.0, 0.0, 10.0], 2.0)) == [0, 0, 6]
    assert list(with_mean([1.0, 2.0], 0.0)) == [0, 0]
    assert list(with_mean([1.0, 2.0], -1.0)) == [0, 0]
    assert list(with_mean([0.0, -2.0], 3.0)) == [3, 3]


def test_written():
    assert written(np.zeros(5), 10) is None
    assert written(np.array([0.4]), 10) is None
    assert written(np.array([5.0, 5.2]), 10) == "5ns"
    assert written(np.array([7e6, 5e3]), 10) == empirical("5us", "7ms")


@given(
    st.lists(st.floats(0, 1e9, allow_subnormal=False), min_size=1, max_size=60),
    st.integers(1, 30),
)
def test_condensing_keeps_the_mean_and_the_order(times, values_max):
    values = condensed(np.array(times), values_max)
    assert len(values) == min(len(times), values_max)
    assert np.mean(values) == pytest.approx(np.mean(times), rel=1e-9, abs=1e-3)
    assert (np.diff(values) >= -1e-3).all()
    assert min(times) - 1e-3 <= values[0] <= values[-1] <= max(times) + 1e-3


def test_condensing_keeps_the_quantiles():
    times = np.random.default_rng(5).lognormal(0, 1, 10_000)
    values = condensed(times, 200)
    for rank in (0, 20, 100, 180, 198, 199):
        low, high = np.quantile(times, [rank / 200, (rank + 1) / 200])
        assert low <= values[rank] <= high

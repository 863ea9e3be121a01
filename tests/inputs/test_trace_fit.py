"""Goal: a parallel block takes its measured mean time although its lanes are drawn independently.
Method: blocks of two lanes whose longest draw is known in closed form; lanes that cannot be fitted;
the shares of calls by hand.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshsim.inputs.trace_executions import Activity, Execution, Key
from meshsim.inputs.trace_fit import EXCESS_MAX, apportioned, fit_of, fitted
from meshsim.inputs.trace_statistics import EndpointTotals
from meshsim.inputs.trace_structure import Part

A, B, C, DB = Key("a", "get"), Key("b", "get"), Key("c", "get"), Key("", "db")
AB = ((Part(A),), (Part(B),))


def totals_of(*executions):
    """Each execution is a list of (key, start, end)."""
    totals = EndpointTotals()
    for number, listed in enumerate(executions):
        activities = tuple(sorted((Activity(*a) for a in listed), key=lambda a: a[1:3]))
        totals.add(
            Execution("s", "o", False, 0, 10**6, False, False, False, activities, priority=number)
        )
    return totals


def fit(block, *executions):
    totals = totals_of(*executions)
    return fit_of(block, totals.sample, totals)


def test_constant_times_need_no_fit():
    """A takes 100, B 50 after a lag of 20."""
    found = fit(AB, [(A, 0, 100), (B, 20, 70)])
    assert found.excess == pytest.approx(0)
    assert found.lag_share == 1
    assert [list(found.lag(lane)) for lane in found.lanes] == [[0], [20]]
    assert found.calls == {Part(A): 1, Part(B): 1}


def test_lags_of_lanes_that_were_late_in_turn_are_made_longer():
    """A or B is late by 50, so the block always takes 150. Drawn apart, one in four draws has
    neither late: 100 + 50 * 3/4 * factor = 150.
    """
    found = fit(AB, [(A, 0, 100), (B, 50, 150)], [(B, 0, 100), (A, 50, 150)])
    assert found.excess == pytest.approx(-1 / 3)
    assert found.lag_share == pytest.approx(4 / 3, rel=0.05)


def test_lags_of_lanes_that_were_late_together_are_shortened():
    """A and B are late by 60 together in every other execution, which takes 160 instead of 100.
    Drawn apart, three in four draws have a late one: 100 + 60 * 3/4 * factor = 130.
    """
    block = ((Part(C),), (Part(A),), (Part(B),))
    late = [(C, 0, 100), (A, 60, 160), (B, 60, 160)]
    found = fit(block, late, [(C, 0, 100), (A, 0, 100), (B, 0, 100)])
    assert found.lag_share == pytest.approx(2 / 3, rel=0.05)


def test_lags_are_not_stretched_without_end():
    """Always one of both takes 1000, so the block does. Of the draws a quarter has none, and the
    lags of 10, even doubled, cannot make up for that.
    """
    found = fit(AB, [(A, 0, 1000), (B, 10, 30)], [(B, 0, 1000), (A, 10, 30)])
    assert found.lag_share == pytest.approx(2)


def test_lanes_that_are_slow_together_are_too_long_when_drawn_apart():
    """Both take 10 or both take 110: the mean is 60, of the longer of two draws 85."""
    found = fit(AB, [(A, 0, 10), (B, 0, 10)], [(A, 0, 110), (B, 0, 110)])
    assert found.excess == pytest.approx(85 / 60 - 1, abs=0.05)
    assert found.lag_share < 1e-5


def test_a_block_without_time():
    found = fit(AB, [(A, 5, 5), (B, 5, 5)])
    assert found.excess == 0
    assert found.lag_share == 1


def test_waits_are_drawn_as_they_were():
    found = fit(((Part(A),), (Part(DB),)), [(A, 0, 30), (DB, 0, 60), (DB, 50, 100)])
    assert found.excess == pytest.approx(0)


def pool(*ends):
    """Two workers: the first makes all calls but one, as the second's takes long."""
    first = [(A, start, end) for start, end in zip((0, *ends), ends, strict=False)]
    return [*first, (A, 0, ends[-1])]


def test_a_pool_gets_more_lanes_until_it_is_no_longer_too_long():
    totals = totals_of(*[pool(10, 20, 30, 40)] * 20)
    two = ((Part(A, 0),), (Part(A, 1),))
    assert fit_of(two, totals.sample, totals).excess > 0.2
    found = fitted(two, totals.sample, totals)
    assert len(found.block) > 2
    assert sum(found.calls.values()) == 5
    assert found.excess <= EXCESS_MAX or len(found.block) == 5


def test_a_block_that_cannot_be_widened_stays():
    totals = totals_of([(A, 0, 10), (B, 0, 10)], [(A, 0, 110), (B, 0, 110)])
    assert fitted(AB, totals.sample, totals).block == AB


def test_a_sequence_is_not_touched():
    totals = totals_of([(A, 0, 10), (A, 10, 120)])
    assert fitted(((Part(A),),), totals.sample, totals).block == ((Part(A),),)


def test_very_many_calls_are_summed_by_their_mean_and_spread():
    calls = [(A, 10 * n, 10 * n + 10) for n in range(200)]
    found = fit(((Part(A),), (Part(B),)), [*calls, (B, 0, 2000)])
    assert found.excess == pytest.approx(0, abs=0.01)


def test_calls_per_lane_are_whole_if_all_executions_make_as_many():
    two = ((Part(A, 0),), (Part(A, 1),))
    three = [(A, 0, 10), (A, 0, 20), (A, 10, 30)]
    other = [(A, 0, 10), (A, 0, 40), (A, 15, 30)]
    assert fit(two, three, other).calls == {Part(A, 0): 2, Part(A, 1): 1}
    varying = fit(two, three, [(A, 0, 10)])
    assert varying.calls == {Part(A, 0): pytest.approx(1.5), Part(A, 1): pytest.approx(0.5)}


@given(st.lists(st.integers(0, 50), min_size=1, max_size=8), st.integers(0, 40))
def test_apportioned_numbers_sum_up_and_are_near(weights, total):
    weights[0] += 1
    numbers = apportioned(weights, total)
    assert sum(numbers) == total
    for number, weight in zip(numbers, weights, strict=True):
        assert abs(number - weight * total / sum(weights)) < 1

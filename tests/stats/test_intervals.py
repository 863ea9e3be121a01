"""Intervals: the formula on numbers small enough for pencil and paper, and every refusal.

Student's 97.5% quantile is 4.302653 with two degrees of freedom and 2.919986 at 95%. How often the
intervals cover the truth is the matter of tests/theory/test_interval_coverage.py.
"""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshsim.stats import Interval, NotEnough, cut, mean_interval, quantile, quantile_interval


def array(*values):
    return np.array(values, dtype=np.float64)


def test_mean_of_equal_sections_is_the_usual_t_interval():
    interval = mean_interval([array(1, 3), array(2, 4), array(3, 5)])
    assert interval.estimate == 3.0
    assert interval.half_width == pytest.approx(4.302653 / math.sqrt(3), rel=1e-6)
    assert interval.low == pytest.approx(3 - 2.484138, rel=1e-6)
    assert interval.high == pytest.approx(3 + 2.484138, rel=1e-6)
    assert interval.confidence == 0.95
    assert interval.observations == 6


def test_less_confidence_takes_less_width():
    interval = mean_interval([array(1, 3), array(2, 4), array(3, 5)], confidence=0.9)
    assert interval.half_width == pytest.approx(2.919986 / math.sqrt(3), rel=1e-6)
    assert interval.confidence == 0.9


def test_unequal_sections_weigh_by_size():
    interval = mean_interval([array(0, 0), array(4), array(8)])
    # Shares 1/2, 1/4, 1/4; mean 3; deviations -3/2, 1/4, 5/4; 3/2 of their squares' sum is 5.8125.
    assert interval.estimate == 3.0
    assert interval.half_width == pytest.approx(4.302653 * math.sqrt(5.8125), rel=1e-6)
    assert interval.observations == 4


def test_quantile_spread_is_about_the_pooled_quantile():
    sections = [np.arange(0.0, 21.0), np.arange(10.0, 31.0), np.arange(30.0, 51.0)]
    interval = quantile_interval(sections, 0.5)
    # Medians 10, 20, 40, pooled 20 (not their mean, 23.3): squares 100, 0 and 400.
    assert interval.estimate == 20.0
    assert interval.half_width == pytest.approx(4.302653 * math.sqrt(500 / 2 / 3), rel=1e-6)
    assert interval.observations == 63


def test_quantiles_interpolate_between_neighbours():
    assert quantile(array(30, 10, 20), 0.25) == 15.0
    assert quantile(array(30, 10, 20), 0.99) == pytest.approx(29.8)
    assert quantile(array(7), 0.99) == 7.0


def test_equal_sections_give_a_certain_answer():
    interval = mean_interval([array(2, 2)] * 3)
    assert (interval.low, interval.high) == (2.0, 2.0)
    assert interval.relative_half_width == 0.0


@pytest.mark.parametrize(
    ("p", "observations", "needed"),
    [(0.5, 19, 20), (0.9, 99, 100), (0.99, 999, 1000), (0.999, 9999, 10000), (0.01, 999, 1000)],
)
def test_a_quantile_takes_ten_observations_beyond_it(p, observations, needed):
    series = np.linspace(0, 1, needed)
    short = quantile_interval([series, series[:observations], series], p)
    assert short == NotEnough(
        needed, observations, f"observations in each section that p{p * 100:g} takes"
    )
    assert isinstance(quantile_interval([series] * 3, p), Interval)


def test_not_enough_is_a_sentence():
    short = quantile_interval([np.zeros(200)] * 10, 0.999)
    assert str(short) == (
        "not enough data: 200 of the 10000 observations in each section that p99.9 takes"
    )


@pytest.mark.parametrize("count", [0, 1, 2])
def test_an_interval_takes_three_sections(count):
    sections = [np.arange(1000.0)] * count
    assert mean_interval(sections) == NotEnough(3, count, "sections that an interval takes")
    assert quantile_interval(sections, 0.5) == mean_interval(sections)


def test_a_mean_takes_an_observation_in_each_section():
    short = mean_interval([array(1), array(), array(2)])
    assert short == NotEnough(1, 0, "observations in each section")


def test_cut_keeps_the_order_and_loses_nothing():
    pieces = cut(np.arange(10.0), 3)
    assert [piece.tolist() for piece in pieces] == [[0, 1, 2, 3], [4, 5, 6], [7, 8, 9]]


def test_cutting_a_run_too_fine_is_not_enough():
    assert mean_interval(cut(array(1, 2), 3)) == NotEnough(1, 0, "observations in each section")


@pytest.mark.parametrize(
    ("low", "high", "excludes_zero"),
    [(-1.0, 1.0, False), (0.0, 1.0, False), (0.1, 1.0, True), (-2.0, -0.1, True)],
)
def test_excludes_zero(low, high, excludes_zero):
    interval = Interval((low + high) / 2, low, high, 0.95, 30)
    assert interval.excludes_zero is excludes_zero


def test_an_uncertain_zero_has_no_relative_width():
    assert Interval(0.0, -1.0, 1.0, 0.95, 30).relative_half_width == math.inf
    assert Interval(-4.0, -5.0, -3.0, 0.95, 30).relative_half_width == 0.25


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_value_that_is_no_number_is_a_fault_of_the_caller(value):
    with pytest.raises(AssertionError):
        mean_interval([array(1), array(2), array(value)])


@pytest.mark.parametrize(("p", "confidence"), [(0.0, 0.95), (1.0, 0.95), (0.5, 0.0), (0.5, 1.0)])
def test_shares_lie_between_zero_and_one(p, confidence):
    with pytest.raises(AssertionError):
        quantile_interval([np.arange(100.0)] * 3, p, confidence)


@given(
    st.lists(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=5), min_size=3, max_size=6),
    st.floats(-1e6, 1e6),
    st.floats(0.125, 8),
)
def test_intervals_move_and_stretch_with_the_unit(sections, shift, scale):
    plain = mean_interval([array(*section) for section in sections])
    moved = mean_interval([array(*section) * scale + shift for section in sections])
    assert moved.estimate == pytest.approx(plain.estimate * scale + shift, abs=1e-6)
    assert moved.half_width == pytest.approx(plain.half_width * scale, abs=1e-4, rel=1e-6)

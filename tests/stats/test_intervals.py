"""Intervals: the formula on numbers small enough for pencil and paper, and every refusal.

Student's 97.5% quantile is 4.302653 with two degrees of freedom and 2.919986 at 95%. How often the
intervals cover the truth is the matter of tests/theory/test_interval_coverage.py.
"""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshsim.stats import (
    Interval,
    NotEnough,
    cut,
    mean_interval,
    quantile,
    quantile_interval,
    quantile_name,
)


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


def test_quantile_spread_is_seen_by_leaving_out_a_section():
    sections = [np.arange(0.0, 21.0), np.arange(10.0, 31.0), np.arange(30.0, 51.0)]
    interval = quantile_interval(sections, 0.5)
    # The pooled median is 20; without one section each it is 30, 25 and 15, so the deviations are
    # 2/3 of -10, -5 and 5: half as much again of their squares' sum is 100, the standard error 10.
    assert interval.estimate == 20.0
    assert interval.low == pytest.approx(20 - 43.02653, rel=1e-6)
    # 1, 11 and 21 of 33 lie at the median or above: 1 / K is 1.5 (10^2 + 10^2) / 33^2.
    longer = 1 + 6 / math.sqrt(1089 / 300)
    assert interval.high == pytest.approx(20 + 43.02653 * longer, rel=1e-6)
    assert interval.observations == 63


def test_the_side_away_from_zero_is_the_longer_one():
    sections = [np.arange(0.0, 31.0), np.arange(10.0, 41.0), np.arange(30.0, 61.0)]
    up = quantile_interval(sections, 0.4)
    down = quantile_interval([-section for section in sections], 0.6)
    assert up.high - up.estimate > 2 * (up.estimate - up.low)
    assert down.estimate == pytest.approx(-up.estimate)
    assert down.low == pytest.approx(-up.high)
    assert down.high == pytest.approx(-up.low)


def test_leaving_out_a_section_of_another_size_weighs_by_size():
    sizes = (400, 200, 200, 800)
    rng = np.random.default_rng(9)
    widths = [
        quantile_interval([rng.uniform(size=size) for size in sizes], 0.5) for _ in range(300)
    ]
    # The median of n uniform numbers has the standard error 1 / (2 sqrt(n)); t is 3.182.
    near = [interval.estimate - interval.low for interval in widths]
    assert math.sqrt(np.mean(np.square(near))) == pytest.approx(3.182 / 2 / 40, rel=0.1)


def test_quantiles_interpolate_between_neighbours():
    assert quantile(array(30, 10, 20), 0.25) == 15.0
    assert quantile(array(30, 10, 20), 0.99) == pytest.approx(29.8)
    assert quantile(array(7), 0.99) == 7.0


def test_equal_sections_give_a_certain_answer():
    interval = mean_interval([array(2, 2)] * 3)
    assert (interval.low, interval.high) == (2.0, 2.0)
    assert interval.relative_half_width == 0.0


@pytest.mark.parametrize(
    ("p", "needed"), [(0.5, 60), (0.9, 300), (0.99, 3000), (0.999, 30000), (0.01, 3000)]
)
def test_a_quantile_takes_thirty_observations_beyond_it(p, needed):
    series = np.random.default_rng(1).uniform(size=needed)
    short = quantile_interval(cut(series[:-1], 3), p)
    assert short == NotEnough(needed, needed - 1, f"observations that p{p * 100:g} takes")
    assert isinstance(quantile_interval(cut(series, 3), p), Interval)


def test_not_enough_is_a_sentence():
    short = quantile_interval([np.zeros(200)] * 10, 0.999)
    assert str(short) == "not enough data: 2000 of the 30000 observations that p99.9 takes"


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_quantile_takes_two_independent_spells_beyond_it(sign):
    sections = [np.random.default_rng(i).uniform(1, 2, 1000) for i in range(10)]
    sections[4][300:450] += 9.0  # the only slow spell, with all hundred observations beyond p99
    short = quantile_interval([sign * section for section in sections], 0.99 if sign > 0 else 0.01)
    name = "p99" if sign > 0 else "p1"
    assert str(short) == (
        f"not enough data: 1 of the 2 independent spells beyond {name} that an interval takes: "
        "simulate longer"
    )


def test_a_spell_in_every_section_will_do():
    sections = [np.random.default_rng(i).uniform(1, 2, 1000) for i in range(10)]
    for section in sections:
        section[300:315] += 9.0
    interval = quantile_interval(sections, 0.99)
    assert 10 < interval.low < interval.estimate < interval.high < 12


def test_equal_observations_give_a_certain_quantile():
    interval = quantile_interval([np.full(500, 0.25)] * 10, 0.99)
    assert (interval.low, interval.high) == (0.25, 0.25)


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


def test_quantiles_are_called_as_tables_call_them():
    assert [quantile_name(p) for p in (0.5, 0.9, 0.99, 0.999)] == ["p50", "p90", "p99", "p99.9"]

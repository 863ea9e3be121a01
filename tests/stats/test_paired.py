"""Paired differences: noise that both sides share cancels, on numbers to check by hand.

Student's 97.5% quantile with two degrees of freedom is 4.302653.
"""

import math

import numpy as np
import pytest

from meshsim.stats import (
    NotEnough,
    mean_interval,
    paired_mean_difference,
    paired_quantile_difference,
    paired_relative_difference,
    quantile_interval,
)

BASELINE = [np.array([1.0, 3.0]), np.array([5.0, 7.0]), np.array([9.0, 11.0])]  # means 2, 6, 10
OTHER = [np.array([2.0, 4.0]), np.array([7.0, 9.0]), np.array([12.0, 14.0])]  # means 3, 8, 13


def test_mean_difference_is_the_paired_t_interval():
    interval = paired_mean_difference(BASELINE, OTHER)
    assert interval.estimate == 2.0  # differences 1, 2, 3: standard deviation 1
    assert interval.half_width == pytest.approx(4.302653 / math.sqrt(3), rel=1e-6)
    assert interval.observations == 6
    assert interval.confidence == 0.95


def test_mean_difference_is_narrower_than_either_side():
    paired = paired_mean_difference(BASELINE, OTHER).half_width
    assert mean_interval(BASELINE).half_width == pytest.approx(4 * paired)
    assert mean_interval(OTHER).half_width == pytest.approx(5 * paired)


def test_a_constant_shift_is_certain():
    interval = paired_mean_difference(BASELINE, [section + 0.5 for section in BASELINE])
    assert (interval.low, interval.high) == (0.5, 0.5)
    assert interval.excludes_zero


def test_turning_the_pair_round_turns_the_sign():
    forth = paired_mean_difference(BASELINE, OTHER, confidence=0.8)
    back = paired_mean_difference(OTHER, BASELINE, confidence=0.8)
    assert (back.low, back.high) == (-forth.high, -forth.low)


def test_sections_of_different_size_weigh_by_their_own_share():
    other = [np.array([2.0]), np.array([6.0]), np.array([10.0, 10.0])]
    interval = paired_mean_difference(BASELINE, other)
    # Baseline deviations -4/3, 0, 4/3; the other: mean 7, shares 1/4, 1/4, 1/2: -5/4, -1/4, 3/2.
    assert interval.estimate == 1.0
    squares = (1 / 12) ** 2 + (1 / 4) ** 2 + (1 / 6) ** 2
    assert interval.half_width == pytest.approx(4.302653 * math.sqrt(1.5 * squares), rel=1e-6)
    assert interval.observations == 4


def test_quantile_difference_is_between_pooled_quantiles():
    baseline = [np.arange(0.0, 21.0), np.arange(10.0, 31.0), np.arange(30.0, 51.0)]
    other = [section + shift for section, shift in zip(baseline, [1.0, 2.0, 3.0], strict=True)]
    interval = paired_quantile_difference(baseline, other, 0.5)
    # Pooled medians 20 and 22. Leaving out a section each gives 30, 25, 15 and 32.5, 27, 16.5: the
    # deviations, 2/3 of what is missing, differ by 1/3, 0 and 1/3.
    assert interval.estimate == 2.0
    assert interval.low == pytest.approx(2 - 4.302653 / math.sqrt(3), rel=1e-6)
    assert quantile_interval(baseline, 0.5).half_width > 10 * interval.half_width


def test_a_quantile_difference_rests_on_the_fewer_spells_of_the_two():
    rng = np.random.default_rng(4)
    steady = list(rng.uniform(1.0, 2.0, (10, 1000)))
    bursts = [section.copy() for section in steady]
    for section in bursts[:5]:
        section[200:230] += 9.0
    forth = paired_quantile_difference(steady, bursts, 0.99)
    back = paired_quantile_difference(bursts, steady, 0.99)
    assert (back.low, back.high) == (-forth.high, -forth.low)
    longer = (forth.high - forth.estimate) / (forth.estimate - forth.low)
    assert longer == pytest.approx(1 + 6 / math.sqrt(5), rel=0.1)  # five bursts


def test_one_spell_on_either_side_is_too_few():
    steady = list(np.random.default_rng(4).uniform(1.0, 2.0, (10, 1000)))
    once = [section.copy() for section in steady]
    once[7][200:400] += 9.0
    for pair in ((steady, once), (once, steady)):
        short = paired_quantile_difference(*pair, 0.99)
        assert (short.observed, short.needed) == (1, 2)
        assert paired_relative_difference(*pair, 0.99) == short


def test_relative_difference_of_means():
    interval = paired_relative_difference(BASELINE, OTHER)
    # Deviations of the means: -5, 0, 5 from 8 and -4, 0, 4 from 6; a section has a third of each.
    assert interval.estimate == pytest.approx(1 / 3)
    deviation = (5 - 4 / 3 * 4) / 18
    assert interval.half_width == pytest.approx(
        4.302653 * math.sqrt(1.5 * 2 * deviation**2), rel=1e-6
    )


@pytest.mark.parametrize("p", [None, 0.5])
def test_a_proportional_change_is_certain(p):
    baseline = [np.arange(start, start + 30.0) for start in (1.0, 5.0, 20.0)]
    interval = paired_relative_difference(baseline, [section * 1.25 for section in baseline], p)
    assert interval.estimate == pytest.approx(0.25)
    assert interval.half_width == pytest.approx(0.0, abs=1e-12)


def test_relative_difference_to_nothing_is_not_enough():
    zeros = [np.zeros(2)] * 3
    assert str(paired_relative_difference(zeros, OTHER)) == (
        "not enough data: 0 of the 1 baselines other than zero that a relative difference takes"
    )


@pytest.mark.parametrize(
    ("baseline", "other"), [(BASELINE[:2], OTHER[:2]), (BASELINE[:2], OTHER), (BASELINE, OTHER[:2])]
)
def test_either_side_may_have_too_little(baseline, other):
    short = NotEnough(3, 2, "sections that an interval takes")
    assert paired_mean_difference(baseline, other) == short
    assert paired_relative_difference(baseline, other) == short


def test_quantiles_of_few_observations_are_not_enough():
    short = NotEnough(60, 6, "observations that p50 takes")
    assert paired_quantile_difference(BASELINE, OTHER, 0.5) == short
    assert paired_relative_difference(BASELINE, OTHER, 0.5) == short


def test_sections_without_a_partner_are_a_fault_of_the_caller():
    with pytest.raises(AssertionError, match="pairs"):
        paired_mean_difference([*BASELINE, BASELINE[0]], OTHER)

"""Goal: ratios of neighbours are right, and their intervals hold the truth as often as they say.

Method: literal numbers, and draws with a known median.
"""

import numpy as np
import pytest

from meshsim.calibration.measuring.pairing import (
    PAIRS_MAX,
    PAIRS_WANTED,
    Pair,
    is_settled,
    ratio_of,
)
from meshsim.solvers.streams import Purpose, uniforms


def test_a_pair_is_in_units_of_its_neighbours():
    pair = Pair(0, 1000.0, cpu_s=60e-6, reference_cpu_s=40e-6, foreign_cores=0.0)
    assert pair.ratio == pytest.approx(1.5, rel=1e-12)


def test_the_median_and_its_error():
    ratio = ratio_of([1.0, 1.1, 1.2, 1.3, 9.0])
    assert ratio.median == 1.2
    assert ratio.pairs == 5
    assert ratio.interval.low < 1.1
    assert ratio.interval.high > 1.3
    half = ratio.interval.estimate - ratio.interval.low
    assert half == pytest.approx(2.7764 * ratio.standard_error, rel=1e-4)
    assert ratio.relative_error == ratio.standard_error / 1.2


def test_the_error_of_a_median_is_that_of_order_statistics():
    """Of five values 0 to 4, the exact standard deviation of the resampled median is 1.0386."""
    counts = np.array([181, 811, 1141, 811, 181]) / 3125  # P(median = k) by enumeration
    mean = counts @ np.arange(5)
    exact = np.sqrt(counts @ (np.arange(5) - mean) ** 2)
    ratio = ratio_of([0.0, 1.0, 2.0, 3.0, 4.0])
    assert abs(ratio.standard_error - exact) < 4 * exact / np.sqrt(2 * 2000)


def test_equal_ratios_have_an_interval_all_the_same():
    ratio = ratio_of([2.0] * 6)
    assert 0 < ratio.standard_error < 1e-5


def test_three_pairs_say_nothing():
    assert ratio_of([1.0, 1.0, 1.0]) is None


@pytest.mark.parametrize(("count", "least"), [(5, 0.94), (8, 0.93), (20, 0.90)])
def test_intervals_hold_the_median(count, least):
    """95% intervals of ratios that are lognormal with 10%. In 4,000 other draws 97% (5 pairs), 96%
    (8) and 94% (20) held the median; ``least`` is at least 2 standard errors of 400 draws below.
    """
    draws = uniforms(5, Purpose.ERROR, 400 * count).reshape(400, count)
    from scipy.stats import norm

    ratios = np.exp(0.1 * norm.ppf(draws))
    held = sum(ratio_of(row).interval.contains(1.0) for row in ratios)
    assert held / 400 >= least


def test_when_to_stop():
    calm = [1.0, 1.001, 0.999, 1.0, 1.002, 0.998, 1.0, 1.0]
    wild = [1.0, 2.0, 0.5, 1.5, 0.7, 1.2, 0.9, 1.8]
    assert not is_settled(calm[: PAIRS_WANTED - 1])
    assert is_settled(calm)
    assert not is_settled(wild)
    assert is_settled((wild * 3)[:PAIRS_MAX])

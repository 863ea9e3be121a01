"""Goal: a number drawn from value and range has them as median and central 90% interval.

Method: literal ranges at literal scores; the ends are those of the normal distribution, ±1.645.
"""

import math

import pytest

from meshsim.stats.two_piece import TwoPiece

Z95 = 1.6448536269514722
"""95th percentile of the standard normal distribution."""


@pytest.mark.parametrize(
    ("value", "low", "high"),
    [(10.0, 5.0, 40.0), (-1.0, -3.0, 0.5), (2.0, -1.0, 3.0), (0.0, -2.0, 1.0), (5.0, 5.0, 9.0)],
)
def test_value_and_ends_are_median_and_percentiles(value, low, high):
    number = TwoPiece(value, low, high)
    assert number.at(0.0) == pytest.approx(value)
    assert number.at(-Z95) == pytest.approx(low)
    assert number.at(Z95) == pytest.approx(high)


def test_a_positive_number_errs_by_factors_on_each_side():
    number = TwoPiece(10.0, 5.0, 40.0)
    assert number.at(2 * Z95) == pytest.approx(160.0)
    assert number.at(-2 * Z95) == pytest.approx(2.5)


def test_any_other_number_errs_by_steps():
    number = TwoPiece(-1.0, -3.0, 0.5)
    assert number.at(2 * Z95) == pytest.approx(2.0)
    assert number.at(-2 * Z95) == pytest.approx(-5.0)


def test_zero_at_the_lower_end_is_reached_and_not_passed():
    number = TwoPiece(2.0, 0.0, 4.0)
    assert number.at(-Z95 / 2) == pytest.approx(1.0)
    assert number.at(-3.0) == 0.0
    assert number.at(Z95) == pytest.approx(4.0)


def test_a_zero_that_may_be_more_is_half_normal():
    number = TwoPiece(0.0, 0.0, 3.0)
    assert number.at(Z95) == pytest.approx(3.0)
    sigma = 3.0 / 1.959963984540054
    assert number.at(0.0) == pytest.approx(0.6744897501960817 * sigma), "median of |z|"
    assert number.at(-8.0) == pytest.approx(0.0, abs=1e-9)


def test_a_range_without_width_is_certain():
    number = TwoPiece(3.0, 3.0, 3.0)
    assert number.certain
    assert {number.at(z) for z in (-2.0, 0.0, 2.0)} == {3.0}
    assert TwoPiece(0.0, 0.0, 0.0).at(1.5) == 0.0
    assert not TwoPiece(3.0, 3.0, 3.5).certain


def test_larger_scores_give_larger_numbers():
    for number in (TwoPiece(1.0, 0.5, 9.0), TwoPiece(0.0, 0.0, 3.0), TwoPiece(1.0, 0.0, 3.0)):
        values = [number.at(step / 10) for step in range(-30, 31)]
        assert values == sorted(values)
        assert all(map(math.isfinite, values))

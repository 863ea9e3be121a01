"""Goal: the inverse distribution functions are right to the digits that they claim.

Method: SciPy's, which come from other sources, over the whole range of draws.
"""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

from meshsim.solvers import quantiles
from meshsim.solvers.quantiles import gamma_excess, gamma_quantile, normal_quantile

DRAWS = st.one_of(
    st.floats(2.0**-53, 1.0 - 2.0**-53),
    st.floats(1.0, 53.0).map(lambda bits: 2.0**-bits),
    st.floats(1.0, 53.0).map(lambda bits: 1.0 - 2.0**-bits),
)
SHAPES = st.floats(0.02, 2000.0)
"""Coefficients of variation from 7 to 0.02."""


@given(DRAWS)
def test_normal(p):
    """Near a half the quantile is a small difference of large numbers in SciPy, hence ``abs``."""
    assert normal_quantile(p) == pytest.approx(float(special.ndtri(p)), rel=4e-15, abs=1e-16)


@pytest.mark.parametrize("p", [0.075, 0.925, math.exp(-25.0), 1e-15, 1e-300])
def test_normal_where_one_formula_takes_over_from_another(p):
    for near in (p, np.nextafter(p, 0.0), np.nextafter(p, 1.0)):
        assert normal_quantile(near) == pytest.approx(float(special.ndtri(near)), rel=4e-15)


def test_normal_is_odd():
    assert normal_quantile(0.5) == 0.0
    for p in (0.25, 0.125, 2.0**-20):
        assert normal_quantile(p) == -normal_quantile(1.0 - p)


@given(SHAPES, DRAWS)
def test_gamma(shape, p):
    """A draw has 52 bits: where it is near one, its last bit moves the quantile by more than 1e-12,
    and the result is held to what that bit does.
    """
    found, expected = gamma_quantile(shape, p), float(special.gammaincinv(shape, p))
    if expected < 1e-290:
        assert found < 1e-280
        return
    density = math.exp((shape - 1) * math.log(expected) - expected - special.gammaln(shape))
    last_bit = 2.0**-53 * p / density if density > 0 else math.inf
    assert found == pytest.approx(expected, rel=1e-12, abs=4 * last_bit)


@pytest.mark.parametrize("shape", [0.05, 0.3, 0.31, 1.0, 1.5, 4.0, 100.0, 2000.0])
def test_gamma_goes_back_to_its_draw(shape):
    for p in (1e-6, 0.01, 0.3, 0.5, 0.9, 0.999, 1 - 1e-9):
        x = gamma_quantile(shape, p)
        back = float(special.gammainc(shape, x))
        assert back == pytest.approx(p, rel=1e-11)
        assert abs(gamma_excess(shape, x, p)) < 1e-11 * p


@given(st.floats(1e-3, 50.0), st.floats(1e-3, 200.0))
def test_the_share_below(shape, x):
    expected = float(special.gammainc(shape, x))
    assert gamma_excess(shape, x, 0.0) == pytest.approx(expected, rel=1e-11, abs=1e-14)


def test_a_gamma_of_shape_one_is_exponential():
    for p in (1e-9, 0.1, 0.5, 0.99, 1 - 1e-12):
        assert gamma_quantile(1.0, p) == pytest.approx(-math.log1p(-p), rel=1e-12)


@given(SHAPES, st.lists(DRAWS, min_size=2, max_size=2, unique=True))
def test_a_greater_draw_is_no_smaller_value(shape, draws):
    low, high = sorted(draws)
    one, other = gamma_quantile(shape, low), gamma_quantile(shape, high)
    assert one <= other * (1 + 1e-11)


def test_a_quantile_too_small_for_a_float_is_zero_or_nearly():
    assert 0.0 <= gamma_quantile(0.001, 1e-12) < quantiles._TINY

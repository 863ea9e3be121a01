"""Intervals: symmetric in the logarithm where a value is told from zero."""

import math

import pytest

from meshsim.calibration.fitting.estimates import estimate


def test_a_value_told_from_zero():
    one = estimate("cost.http1.busy", 30.0, 3.0)
    assert one.high / one.value == pytest.approx(one.value / one.low)
    assert math.log(one.high / one.value) == pytest.approx(0.1645, rel=1e-3)


def test_a_value_not_told_from_zero_says_so():
    one = estimate("cost.tls.per_request", 1.0, 2.0)
    assert (one.low, one.about) == (0.0, "not told from zero")
    assert one.high == pytest.approx(1 + 3.29, rel=1e-3)
    assert estimate("cost.tls.per_request", 1.0, 2.0, "weak").about == "weak"


def test_an_exponent_lives_between_zero_and_one():
    one = estimate("cost.http1.idle_exponent", 0.4, 0.1)
    assert (one.value - one.low, one.high - one.value) == pytest.approx((0.1645, 0.1645), rel=1e-3)
    wide = estimate("cost.http1.idle_exponent", 0.4, 1.0)
    assert (wide.low, wide.high) == (0.01, 0.99)


def test_a_scale_is_symmetric_in_the_logarithm_however_wide():
    one = estimate("cost.http1.idle_scale", 2.0, 2.0, "", -0.9)
    assert one.low > 0
    assert one.high * one.low == pytest.approx(4.0)
    assert one.correlation == -0.9

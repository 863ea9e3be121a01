"""A CPU limit as a quota per period: by hand."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshsim.physics.quota import PERIOD_S, parallel_cores, quota_s, until_used_up_s


def test_the_period_is_that_of_kubernetes():
    assert PERIOD_S == 0.1


@pytest.mark.parametrize(
    ("limit", "cores", "quota"),
    [
        (0.2, 1, 0.02),
        (0.999, 1, 0.0999),
        (1, 1, math.inf),
        (1.5, 2, 0.15),
        (2.0, 2, math.inf),
        (16, 16, math.inf),
    ],
)
def test_literal_limits(limit, cores, quota):
    assert parallel_cores(limit) == cores
    assert quota_s(limit) == pytest.approx(quota)


@pytest.mark.parametrize(
    ("left_s", "until_period_s", "speed", "expected_s"),
    [
        (0.02, 0.1, 1.0, 0.02),  # used up in this period
        (0.02, 0.01, 1.0, 0.03),  # the 10 ms to its end fit, and 20 of the next
        (0.01, 0.01, 0.5, 0.05),  # this period is long enough, then 20 ms at half speed
        (0.0, 0.05, 1.0, 0.0),
        (0.02, 0.1, 0.1, math.inf),  # slower than the quota
        (0.02, 0.1, 0.0, math.inf),
    ],
)
def test_until_a_quota_of_20_ms_is_used_up(left_s, until_period_s, speed, expected_s):
    assert until_used_up_s(left_s, 0.02, until_period_s, speed) == pytest.approx(expected_s)


@given(st.floats(0.01, 0.99), st.floats(0, 1), st.floats(0.001, 0.1), st.integers(1, 64))
def test_the_quota_lasts_for_what_it_is(limit, filled, until_period_s, speed):
    """What runs at a constant speed until it is stopped has used this period's rest or less."""
    quota = quota_s(limit)
    stop_s = until_used_up_s(filled * quota, quota, until_period_s, speed)
    if stop_s <= until_period_s:
        assert stop_s * speed == pytest.approx(filled * quota)
    else:
        assert (stop_s - until_period_s) * speed == pytest.approx(quota)
        assert until_period_s * speed <= filled * quota * (1 + 1e-12)

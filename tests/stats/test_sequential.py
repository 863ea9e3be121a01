"""Sequential: when an interval will do, and the square-root law for when it will not."""

import math

import numpy as np
import pytest

from meshsim.stats import Interval, NotEnough, mean_interval, precise_enough, sections_needed
from meshsim.stats.sequential import SECTIONS_NEVER

TEN_PERCENT = Interval(estimate=10.0, low=9.0, high=11.0, confidence=0.95, observations=100)


@pytest.mark.parametrize(("relative", "enough"), [(0.2, True), (0.1, True), (0.099, False)])
def test_precise_enough(relative, enough):
    assert precise_enough(TEN_PERCENT, relative) is enough


def test_no_interval_is_never_precise():
    assert not precise_enough(NotEnough(3, 1, "sections that an interval takes"), 10.0)


@pytest.mark.parametrize(
    ("relative", "needed"), [(0.2, 10), (0.1, 10), (0.05, 40), (0.01, 1000), (0.03, 112)]
)
def test_half_the_width_takes_four_times_the_sections(relative, needed):
    assert sections_needed(TEN_PERCENT, relative, sections_now=10) == needed


def test_an_uncertain_zero_is_out_of_reach():
    assert sections_needed(Interval(0.0, -1.0, 1.0, 0.95, 9), 0.05, 3) == SECTIONS_NEVER
    assert sections_needed(Interval(0.0, 0.0, 0.0, 0.95, 9), 0.05, 3) == 3


def test_the_forecast_comes_true_on_average():
    rng = np.random.default_rng(5)
    now = [mean_interval(list(rng.exponential(1.0, (10, 50)))) for _ in range(200)]
    forecast = math.ceil(np.median([sections_needed(one, 0.04, 10) for one in now]))
    then = [mean_interval(list(rng.exponential(1.0, (forecast, 50)))) for _ in range(200)]
    assert 0.025 < np.median([one.relative_half_width for one in then]) <= 0.04


@pytest.mark.parametrize("relative", [0.0, -0.1])
def test_a_precision_is_above_zero(relative):
    with pytest.raises(AssertionError):
        precise_enough(TEN_PERCENT, relative)

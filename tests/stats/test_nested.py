"""Goal: one interval of both causes of doubt holds the truth as often as it says.

Method: synthetic studies with a known answer. Parameters of which only a distribution is known make
the truth; the simulation adds noise of its own, which most of the shifts share. Coverage over 500
seeded studies, tolerance four standard errors of a binomial share; the rest with literal numbers.
"""

import math

import numpy as np
import pytest

from meshsim.stats import Interval, NotEnough, mean_interval
from meshsim.stats.intervals import Estimate
from meshsim.stats.nested import (
    CombinedInterval,
    Pair,
    Shift,
    combined,
    combined_positive,
    spread_of,
)

STUDIES = 500
REPLICATIONS = 10
FOUR_ERRORS = 4.0


def shift(value, *deviations):
    return Shift(value, np.array(deviations))


def plain(*values):
    """Shifts without noise."""
    return [shift(value, 0.0, 0.0) for value in values]


def estimate(*sections):
    """The mean of sections of one observation each."""
    values = np.array(sections)
    mean = float(values.mean())
    return Estimate(mean, (values - mean) / len(values), len(values), math.inf)


def pairs_of(before, *after):
    """Pairs without noise."""
    return [Pair(estimate(before, before), estimate(value, value)) for value in after]


def interval(estimate, low, high, confidence=0.9):
    return Interval(estimate, low, high, confidence, observations=100)


def study(seed, answer, parameters, noise, confidence, *, draws, positive):
    """Whether a combined interval of one study holds its truth."""
    rng = np.random.default_rng(seed)
    truth = answer(rng.standard_normal(parameters))
    common = 1 + noise * rng.standard_normal(REPLICATIONS)
    known = answer(np.zeros(parameters)) * common
    simulated = mean_interval([np.array([value]) for value in known], confidence)
    pairs = []
    for number in range(draws):
        at = np.array([2 * number, 2 * number + 1]) % REPLICATIONS
        own = answer(rng.standard_normal(parameters))
        moved = own * common[at] * (1 + 0.1 * noise * rng.standard_normal(2))
        pairs.append(Pair(estimate(*known[at]), estimate(*moved)))
    if positive:
        return combined_positive(simulated, pairs).contains(truth)
    return combined(simulated, [pair.shift for pair in pairs]).contains(truth)


def factors(scores):
    """Errors that multiply: a lognormal answer."""
    return 5.0 * math.exp(0.3 * scores.sum() / math.sqrt(len(scores)))


def steps(scores):
    """Errors that add up: a normal answer, of any sign."""
    return 5.0 + 3.0 * scores.sum() / math.sqrt(len(scores))


@pytest.mark.slow
@pytest.mark.parametrize("draws", [10, 40])
@pytest.mark.parametrize("confidence", [0.9, 0.95])
@pytest.mark.parametrize("noise", [0.01, 0.15])
@pytest.mark.parametrize(
    ("answer", "parameters", "positive"),
    [(factors, 1, True), (factors, 4, True), (steps, 2, False)],
)
def test_the_interval_holds_the_truth_as_often_as_it_says(
    answer, parameters, positive, noise, confidence, draws
):
    how = {"draws": draws, "positive": positive}
    held = sum(study(seed, answer, parameters, noise, confidence, **how) for seed in range(STUDIES))
    error = math.sqrt(confidence * (1 - confidence) / STUDIES)
    assert abs(held / STUDIES - confidence) < FOUR_ERRORS * error


def test_noise_alone_is_taken_out_of_the_spread():
    rng = np.random.default_rng(5)
    noisy = []
    for _ in range(400):
        pair = rng.standard_normal(2)
        noisy.append(Shift(float(pair.mean()), (pair - pair.mean()) / 2))
    seen = spread_of([Shift(each.value, np.zeros(2)) for each in noisy], 0.9)
    corrected = spread_of(noisy, 0.9)
    assert seen.half_width > 1.0, "what looks like a spread"
    assert corrected.half_width < 0.5 * seen.half_width


def test_each_side_has_a_spread_of_its_own():
    spread = spread_of(plain(-1.0, -1.0, -1.0, 0.0, 2.0, 2.0, 2.0), 0.9)
    assert spread.centre == 0.0
    # Four shifts on each side, the median on both; t with 4 degrees of freedom is 2.132.
    assert spread.below == pytest.approx(2.13185 * math.sqrt(3 / 4), rel=1e-5)
    assert spread.above == pytest.approx(2.13185 * math.sqrt(12 / 4), rel=1e-5)
    assert spread.half_width == pytest.approx((spread.below + spread.above) / 2)
    assert spread.draws == 7


def test_both_parts_add_up_in_squares():
    shifts = plain(-3.0, -1.0, 0.0, 1.0, 3.0)
    found = combined(interval(10.0, 6.0, 14.0), shifts)
    alone = spread_of(shifts, 0.9)
    assert isinstance(found, CombinedInterval)
    assert (found.estimate, found.confidence, found.observations) == (10.0, 0.9, 100)
    assert (found.simulation, found.calibration) == (4.0, alone.half_width)
    assert found.half_width == pytest.approx(math.hypot(4.0, alone.half_width))
    assert found.draws == 5


def test_certain_parameters_leave_the_interval_of_the_simulation():
    found = combined_positive(interval(10.0, 6.0, 15.0), pairs_of(10.0, *[10.0] * 10))
    assert (found.low, found.high) == pytest.approx((6.0, 15.0))
    assert (found.simulation, found.calibration) == (4.5, 0.0)


def test_errors_of_a_positive_answer_multiply():
    pairs = pairs_of(8.0, 2.0, 4.0, 8.0, 16.0, 32.0)
    found = combined_positive(interval(10.0, 10.0, 10.0), pairs)
    # Three factors on each side: 0, ln 2, ln 4; t with 3 degrees of freedom is 2.353.
    reach = 2.353363 * math.log(2) * math.sqrt(5 / 3)
    assert math.log(found.high / 10.0) == pytest.approx(reach, rel=1e-5)
    assert math.log(10.0 / found.low) == pytest.approx(reach, rel=1e-5)
    assert found.calibration == pytest.approx((found.high - found.low) / 2)


def test_an_answer_that_was_seen_at_zero_is_taken_as_it_is():
    pairs = pairs_of(10.0, 0.0, 2.0, 10.0, 15.0, 20.0)
    assert pairs[0].factor is None
    by_steps = combined(interval(10.0, 9.5, 10.5), [pair.shift for pair in pairs])
    assert combined_positive(interval(10.0, 9.5, 10.5), pairs) == by_steps
    assert by_steps.low < 0
    nothing = combined_positive(interval(0.0, 0.0, 0.0), pairs_of(0.0, 0.0, 0.0, 0.0, 1.0, 1.0))
    assert nothing.low == 0.0


def test_noise_in_both_answers_of_a_pair_cancels():
    pair = Pair(estimate(9.0, 11.0), estimate(18.0, 22.0))
    assert pair.factor.value == pytest.approx(math.log(2))
    assert pair.factor.variance == pytest.approx(0.0)
    assert pair.shift.value == 10.0
    assert pair.shift.variance == pytest.approx(1.0)


def test_the_interval_holds_its_estimate():
    found = combined(interval(0.0, 0.0, 0.0), plain(1.0, 1.0, 1.0, 1.0, 1.0))
    assert (found.low, found.high) == (0.0, 1.0)


def test_few_draws_are_not_enough():
    few = pairs_of(10.0, 11.0, 12.0)
    for found in (
        combined(interval(10.0, 9.0, 11.0), [pair.shift for pair in few]),
        combined_positive(interval(10.0, 9.0, 11.0), few),
    ):
        assert isinstance(found, NotEnough)
        assert "draws of the parameters" in str(found)


def test_the_noise_of_a_shift_comes_from_its_sections():
    assert shift(1.0, 0.3, -0.3).variance == pytest.approx(2 * 0.18)
    assert shift(1.0, 0.0).variance == 0.0
    difference = shift(5.0, 0.3, -0.3).minus(shift(2.0, 0.1, -0.1))
    assert difference.value == 3.0
    assert difference.deviations == pytest.approx([0.2, -0.2])

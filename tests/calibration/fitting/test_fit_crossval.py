"""Cross-validation: what is left out is predicted, and the model error makes intervals hold."""

import math

import numpy as np
import pytest
from test_fit_robust import EXACT, FREE, X, line

from meshsim.calibration.fitting.crossval import (
    as_ranges,
    jackknife_errors,
    leave_out,
    validate,
    widened,
)
from meshsim.calibration.fitting.robust import fit

EVERY = np.ones(len(X), dtype=bool)
GROUPS = np.arange(len(X))


def left_out(values, x=X, groups=GROUPS):
    measured = line(values, x)
    found = fit(measured, FREE, {})
    return leave_out(measured, found, FREE, {}, groups), found


def test_exact_data_are_predicted_exactly():
    left, _ = left_out(EXACT)
    assert left.residuals == pytest.approx(np.zeros(8), abs=1e-4)
    assert jackknife_errors(left) == pytest.approx([0.0, 0.0], abs=1e-4)


def test_a_cell_that_alone_tells_a_parameter_cannot_be_predicted():
    x = np.array([0.0, 0.0, 0.0, 10.0])
    left, found = left_out(3.0 + 0.5 * x, x, np.arange(4))
    assert math.isnan(left.residuals[3])
    assert np.isfinite(left.residuals[:3]).all()
    assert left.values[3] == pytest.approx(found.values)


def test_one_group_cannot_be_predicted_from_nothing():
    left, _ = left_out(EXACT, groups=np.zeros(8, dtype=int))
    assert np.isnan(left.residuals).all()
    assert jackknife_errors(left) == pytest.approx([0.0, 0.0], abs=1e-12)


def test_the_jackknife_by_hand():
    class Left:
        values = np.array([[1.0], [2.0], [3.0]])

    assert jackknife_errors(Left)[0] == pytest.approx(math.sqrt(2 / 3 * 2))


def test_errors_only_widen():
    _, found = left_out(EXACT)
    wide = widened(found, np.array([1.0, 0.0]))
    assert math.sqrt(wide[0, 0]) == pytest.approx(1.0)
    assert wide[1, 1] == pytest.approx(found.covariance[1, 1])


def test_ranges_keep_the_correlation_of_idle_pairs_only():
    paths = ("cost.tcp.busy", "cost.tcp.idle_scale", "cost.tcp.idle_exponent")
    kept = as_ranges(np.full((3, 3), 0.5) + np.eye(3), paths)
    assert kept[0].tolist() == [1.5, 0.0, 0.0]
    assert kept[1].tolist() == [0.0, 1.5, 0.5]


def bumpy(seed, count=40, bump=0.15):
    """A model that is off by 15% from cell to cell, measured without any error."""
    generator = np.random.default_rng(seed)
    x = generator.uniform(0, 100, count)
    return x, (3.0 + 0.5 * x) * np.exp(generator.normal(0, bump, count))


def test_intervals_of_cells_never_seen_hold_nine_times_in_ten():
    """A model error of 15%: fitted to 40 cells, 90% intervals for 40 other cells, eight times.

    The standard error of the share is 1.7%.
    """
    shares, taus = [], []
    for seed in range(8):
        x, values = bumpy(seed)
        groups = np.arange(len(x))
        measured = line(values, x)
        found = fit(measured, FREE, {})
        left = leave_out(measured, found, FREE, {}, groups)
        covariance = widened(found, jackknife_errors(left))
        result = validate(left, found, covariance, groups, ())
        taus.append(result.model_error)
        other, seen = bumpy(1000 + seed)
        predicted = found.values[0] + found.values[1] * other
        gradient = np.stack([1 / predicted, other / predicted], axis=1)
        variance = np.einsum("ij,jk,ik->i", gradient, as_ranges(covariance, "ab"), gradient)
        variance += result.model_error**2 * ((gradient * found.values) ** 2).sum(axis=1)
        inside = np.abs(np.log(seen / predicted)) <= 1.645 * np.sqrt(variance)
        shares.append(inside.mean())
    assert 0.85 <= np.mean(shares) <= 0.95
    assert all(tau > 0.05 for tau in taus)


def test_coverage_and_median_error_are_told_of_left_out_cells():
    x, values = bumpy(3)
    groups = np.arange(len(x))
    measured = line(values, x)
    found = fit(measured, FREE, {})
    left = leave_out(measured, found, FREE, {}, groups)
    result = validate(left, found, found.covariance, groups, ())
    assert 0.8 <= result.coverage() <= 1.0
    assert result.median_error() == pytest.approx(0.6745 * 0.15, rel=0.5)
    none = np.zeros(len(x), dtype=bool)
    assert math.isnan(result.coverage(none))
    assert math.isnan(result.median_error(none))


def test_those_judged_first_set_the_model_error():
    x, values = bumpy(3)
    calm = np.arange(len(x)) < 20
    values = np.where(calm, 3.0 + 0.5 * x, values)
    groups = np.arange(len(x))
    measured = line(values, x)
    found = fit(measured, FREE, {})
    left = leave_out(measured, found, FREE, {}, groups)

    def tau(*judged):
        return validate(left, found, found.covariance, groups, judged).model_error

    few = np.arange(len(x)) < 5
    assert tau(calm) < tau()
    assert tau(few) == tau()
    assert tau(few, calm) == tau(calm)


def test_no_cell_no_model_error():
    left, found = left_out(EXACT, groups=np.zeros(8, dtype=int))
    result = validate(left, found, found.covariance, np.zeros(8, dtype=int), ())
    assert result.model_error == 0.0
    assert not result.predicted.any()

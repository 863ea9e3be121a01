"""The core of the fits: exact data exactly, noisy data within errors as large as they say."""

import numpy as np
import pytest

from meshsim.calibration.fitting.robust import Bounded, Measured, fit


def line(values, x, errors=0.0, sittings=None, weights=None, kinds=None):
    """y = a + b x; a > 0, b >= 0."""
    x = np.asarray(x, float)
    count = len(x)
    return Measured(
        lambda known: known["a"] + known["b"] * x,
        np.asarray(values, float),
        np.full(count, errors),
        np.arange(count) if sittings is None else np.asarray(sittings),
        np.ones(count) if weights is None else np.asarray(weights, float),
        np.zeros(count, dtype=np.int64) if kinds is None else np.asarray(kinds),
    )


FREE = (Bounded("a", 1.0, 1e-3, 1e3), Bounded("b", 1.0, 0.0, 1e3))
X = np.array([0.0, 1, 2, 5, 10, 20, 50, 100])
EXACT = 3.0 + 0.5 * X


def test_exact_data_give_the_truth():
    found = fit(line(EXACT, X), FREE, {})
    assert found.values == pytest.approx([3.0, 0.5], rel=1e-5)
    assert found.residuals == pytest.approx(np.zeros(8), abs=1e-5)
    assert found.known({"c": 1.0}) == pytest.approx({"a": 3.0, "b": 0.5, "c": 1.0}, rel=1e-5)
    assert found.at_bound == (False, False)


def test_the_gradient_is_that_of_the_logarithm():
    """∂ log(a + b x) / ∂ a = 1 / (a + b x)."""
    found = fit(line(EXACT, X), FREE, {})
    assert found.gradient[:, 0] == pytest.approx(1 / EXACT, rel=1e-3)
    assert found.gradient[:, 1] == pytest.approx(X / EXACT, rel=1e-3, abs=1e-6)


def test_a_parameter_may_be_held():
    found = fit(line(EXACT, X), FREE[1:], {"a": 3.0})
    assert found.paths == ("b",)
    assert found.values == pytest.approx([0.5], rel=1e-5)


def test_nothing_to_find_is_still_a_fit():
    found = fit(line(EXACT, X), (), {"a": 3.0, "b": 0.5})
    assert found.residuals == pytest.approx(np.zeros(8), abs=1e-12)
    assert found.covariance.shape == (0, 0)


def test_one_wild_cell_moves_little():
    wild = EXACT.copy()
    wild[3] *= 10
    found = fit(line(wild, X), FREE, {})
    assert found.values == pytest.approx([3.0, 0.5], rel=0.05)


def test_a_bound_is_kept_and_said():
    found = fit(line(3.0 - 0.01 * X, X), FREE, {})
    assert found.values[1] == pytest.approx(0.0, abs=1e-6)
    assert found.at_bound == (False, True)


def test_weights_decide_between_cells_that_disagree():
    x, values = [0.0, 0.0], [1.0, 2.0]
    free = (Bounded("a", 1.5, 0.1, 10.0),)
    heavy = fit(line(values, x, 0.5, weights=[1e4, 1.0]), free, {"b": 0.0})
    assert heavy.values[0] == pytest.approx(1.0, rel=0.01)


def test_the_spread_is_found_for_each_kind():
    generator = np.random.default_rng(5)
    x = np.tile(X, 50)
    kinds = np.arange(len(x)) % 2
    noise = generator.normal(0, np.where(kinds == 0, 0.02, 0.2))
    found = fit(line((3.0 + 0.5 * x) * np.exp(noise), x, kinds=kinds), FREE, {})
    assert found.spread == pytest.approx([0.02, 0.2], rel=0.25)


def test_a_kind_without_cells_has_the_least_spread():
    found = fit(line(EXACT, X, kinds=[0, 0, 0, 0, 2, 2, 2, 2]), FREE, {})
    assert found.spread[1] == 0.01


def test_parameters_that_cannot_be_told_apart_have_a_huge_condition():
    alike = fit(line(np.full(4, 5.0), np.ones(4)), FREE, {})
    assert alike.condition > 1e6
    assert fit(line(EXACT, X), FREE, {}).condition < 100


def covered(seed, sittings=None):
    """Whether both 90% intervals of a fit to noisy data hold the truth."""
    generator = np.random.default_rng(seed)
    x = np.tile(X, 3)
    if sittings is None:
        noise = generator.normal(0, 0.05, len(x))
    else:
        noise = generator.normal(0, 0.05, max(sittings) + 1)[sittings]
    found = fit(line((3.0 + 0.5 * x) * np.exp(noise), x, sittings=sittings), FREE, {})
    away = np.abs(found.values - [3.0, 0.5])
    return away <= 1.645 * found.errors


def test_intervals_hold_the_truth_as_often_as_they_say():
    """100 fits, two intervals each: 90% within four standard errors of a share (12%) below, and
    not always.
    """
    inside = np.mean([covered(seed) for seed in range(100)], axis=0)
    assert np.all(inside > 0.78)
    assert inside.mean() < 1.0


def test_cells_that_err_together_do_not_count_as_many():
    """Three cells of one sitting err as one; errors that do not know it hold in half the fits."""
    together = np.arange(24) % 8
    inside = np.mean([covered(seed, together) for seed in range(60)], axis=0)
    assert np.all(inside > 0.7)
    lonely = fit(line(EXACT[together] * 1.0, X[together]), FREE, {})
    assert len(lonely.errors) == 2

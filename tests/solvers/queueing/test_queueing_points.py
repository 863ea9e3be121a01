"""Distributions on points: exact means, moments as asked for, sums without chance."""

import numpy as np
import pytest
from scipy import stats
from test_queueing_moments import ROWS

from meshsim.solvers.queueing.moments import raw_moments
from meshsim.solvers.queueing.points import Points, quantile, quantiles, shaped

M = 4096
U = (np.arange(M) + 0.5) / M


@pytest.mark.parametrize("row", range(5))
def test_points_have_the_mean_of_their_distribution(row):
    points = quantiles(ROWS, row, M)
    moments = raw_moments(ROWS)[:, row]
    assert points.mean() == pytest.approx(moments[0], rel=1e-12)
    assert np.mean(points**2) == pytest.approx(moments[1], rel=0.02)


@pytest.mark.parametrize("cv2", [0.01, 0.3, 1.0, 1.5, 6.0])
def test_shaped_has_both_moments(cv2):
    found = shaped(U, np.full(M, 2.0), np.full(M, 4 * (1 + cv2)))
    assert found.mean() == pytest.approx(2.0, rel=0.02)
    assert found.var() == pytest.approx(4 * cv2, rel=0.06)


def test_nothing_stays_nothing():
    assert not shaped(U, np.zeros(M), np.zeros(M)).any()


def test_the_wait_in_mm1_comes_out_exactly():
    """Nothing with 1 - ρ, else exponential: mean ρ, mean square 2ρ at ρ = 0.4, μ - λ = 1."""
    found = shaped(U, np.full(M, 0.4), np.full(M, 0.8))
    assert np.mean(found == 0) == pytest.approx(0.6, abs=1e-3)
    assert np.quantile(found, 0.9) == pytest.approx(np.log(4), rel=1e-2)


def test_sums_of_independent_variables():
    """Eight exponentials are an Erlang law."""
    points = Points(M, ROWS)
    total = sum(points.demand(1) for _ in range(8))
    assert total.mean() == pytest.approx(24.0, rel=1e-12)
    expected = stats.gamma(8, scale=3.0).ppf([0.5, 0.9, 0.99])
    assert np.quantile(total, [0.5, 0.9, 0.99]) == pytest.approx(expected, rel=0.03)


def test_many_orders_are_all_different():
    points = Points(64, ROWS)
    seen = {tuple(points.order().tolist()) for _ in range(300)}
    assert len(seen) == 300


@pytest.mark.parametrize("share", [0.5, 0.9, 0.99])
def test_quantiles_of_two_moments(share):
    mean, light, heavy = np.array([3.0]), np.array([3.0]), np.array([27.0])
    gamma = stats.gamma(3.0, scale=1.0).ppf(share)
    sigma2 = np.log(4.0)
    lognormal = stats.lognorm(np.sqrt(sigma2), scale=3 * np.exp(-sigma2 / 2)).ppf(share)
    assert quantile(mean, light, share)[0] == pytest.approx(gamma, rel=0.01)
    assert quantile(mean, heavy, share)[0] == pytest.approx(lognormal, rel=1e-9)

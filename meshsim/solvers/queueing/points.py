"""Distributions as equally likely points, and how to add them up without chance.

A distribution stands as M points of equal weight: the middles of M equal cells of probability, in
some order. Sums, maxima and mixtures of independent variables are taken point by point after each
variable was put into an order of its own (a Latin hypercube: M. McKay, R. Beckman, W. Conover,
Technometrics 21 (1979) 239-245). The orders come from keyed draws with a fixed key, so that the
same program always gives the same answer. Means of sums are exact; the probability t beyond a
quantile is known to about √(t / M).
"""

from __future__ import annotations

import numpy as np
from scipy import special

from meshsim.lowering.program import Distributions, Family, FloatArray, IntArray
from meshsim.solvers.streams import Purpose, uniforms

_ORDERS = 61
_TURN = 379


class Points:
    """Orders, uniform variables and demands on M points."""

    def __init__(self, count: int, distributions: Distributions) -> None:
        self.count = count
        draws = uniforms(0, Purpose.REQUEST, count * _ORDERS).reshape(_ORDERS, count)
        self._orders = np.argsort(draws, axis=1)
        self._distributions = distributions
        self._quantiles: dict[int, FloatArray] = {}
        self._used = 0

    def order(self) -> IntArray:
        """A new order of the points."""
        turn, number = divmod(self._used, _ORDERS)
        self._used += 1
        return np.roll(self._orders[number], turn * _TURN)

    def uniform(self) -> FloatArray:
        """A new uniform variable."""
        return (self.order() + 0.5) / self.count

    def demand(self, row: int) -> FloatArray:
        """A new variable with distribution ``row`` [s]."""
        known = self._quantiles.get(row)
        if known is None:
            known = self._quantiles[row] = quantiles(self._distributions, row, self.count)
        return known[self.order()]

    def two_moments(self, mean: FloatArray, square: FloatArray) -> FloatArray:
        """A new variable with mean and mean square given point by point; see :func:`shaped`."""
        return shaped(self.uniform(), mean, square)


def quantiles(distributions: Distributions, row: int, count: int) -> FloatArray:
    """``count`` equally likely points of a distribution, with its exact mean."""
    u = (np.arange(count) + 0.5) / count
    p, q = float(distributions.p[row]), float(distributions.q[row])
    family = distributions.family[row]
    found: FloatArray
    if family == Family.CONSTANT:
        return np.full(count, p)
    if family == Family.EMPIRICAL:
        first, length = int(distributions.first[row]), int(distributions.length[row])
        values = distributions.values[first : first + length]
        found = np.asarray(values[(u * length).astype(np.int64)])
        mean = float(values.mean())
    elif family == Family.EXPONENTIAL:
        found, mean = np.asarray(-p * np.log1p(-u)), p
    elif family == Family.LOGNORMAL:
        found = np.asarray(np.exp(p + q * special.ndtri(u)))
        mean = float(np.exp(p + q * q / 2))
    else:
        found, mean = np.asarray(q * special.gammaincinv(p, u)), p * q
    return np.asarray(found * (mean / found.mean()), dtype=np.float64)


def shaped(uniform: FloatArray, mean: FloatArray, square: FloatArray) -> FloatArray:
    """A non-negative variable with that mean and mean square, at a uniform one.

    Mean square above twice the square of the mean: nothing, or an exponential with probability
    2 mean² / square, which is the wait in M/M/1. Below: a gamma law by the cube-root normal
    approximation (E. Wilson and M. Hilferty 1931).
    """
    mean = np.broadcast_to(np.asarray(mean, dtype=np.float64), uniform.shape)
    safe = np.maximum(mean, 1e-100)
    ratio = np.maximum(np.asarray(square) / safe**2, 1.0 + 1e-9)
    some = np.minimum(2 / ratio, 1.0)
    left = np.minimum((1 - uniform) / some, 1.0)
    waiting = -np.log(left) * safe / some
    flat = np.minimum(ratio - 1, 1.0) / 9  # 1 / (9 shape)
    gamma = safe * np.maximum(1 - flat + special.ndtri(uniform) * np.sqrt(flat), 0.0) ** 3
    return np.where(mean > 0, np.where(ratio >= 2, waiting, gamma), 0.0)


def quantile(mean: FloatArray, variance: FloatArray, share: float) -> FloatArray:
    """Quantile of a time with two known moments: gamma if its cv is at most 1, else lognormal."""
    with np.errstate(divide="ignore", invalid="ignore"):
        cv2 = np.nan_to_num(variance / mean**2)
        flat = np.minimum(cv2, 1.0) / 9
        z = float(special.ndtri(share))
        gamma = mean * np.maximum(1 - flat + z * np.sqrt(flat), 0.0) ** 3
        sigma2 = np.log1p(cv2)
        return np.where(cv2 <= 1, gamma, mean * np.exp(z * np.sqrt(sigma2) - sigma2 / 2))

"""Waiting for a CPU quota: work of a pod counted period by period.

A pod may use q of CPU in each period of length T (:mod:`meshsim.physics.quota`). Let A be the work
that arrives in a period and W the work left over from earlier ones when a period begins,

    W' = max(0, W + A - q),

a random walk whose stationary law follows from its partial sums S_k = A_1 + … + A_k (F. Spitzer,
"A combinatorial lemma and its application to probability theory", 1956):

    P(W = 0) = exp(-Σ P(S_k > kq) / k)     E[W] = Σ E[(S_k - kq)⁺] / k
    Var[W] = Σ E[((S_k - kq)⁺)²] / k

A burst of demand x that arrives at a share u of its period finds Y = W + A(uT) before it, so that
the quota has been used up m = ⌈(Y + x) / q⌉ - 1 times before it ends, at mT + (Y + x - mq) from the
beginning of the period, if bursts are served in order at one core. That they may share the cores
instead, and that an arrival late in a period cannot be served within it, is left out. Sums of work
are represented by a gamma law moved to match three cumulants.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from meshsim.lowering.program import FloatArray
from meshsim.physics.quota import PERIOD_S

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(5)
PHASES = (_NODES + 1) / 2
PHASE_WEIGHTS = _WEIGHTS / 2
_TERMS = 24
_PERIODS = 8


@dataclass(frozen=True)
class Backlog:
    """Work left over at the beginning of a period."""

    none: FloatArray
    """Probability that there is none."""
    mean: FloatArray
    """Mean, given that there is some [s]."""
    second: FloatArray
    """Mean square, given that there is some [s²]."""


def excess(cumulants: FloatArray, level: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """P(G > level), E[(G - level)⁺], E[((G - level)⁺)²] of a gamma law with those cumulants."""
    k1, k2, k3 = cumulants
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        shape = 4 * k2**3 / np.maximum(k3, 1e-300) ** 2
        shape = np.clip(np.nan_to_num(shape, nan=1e8), 1e-9, 1e8)
        scale = np.sqrt(k2 / shape)
        y = np.maximum((level - k1) / np.maximum(scale, 1e-300) + shape, 0.0)
    below = (level - k1) / np.maximum(scale, 1e-300) + shape
    tail = special.gammaincc(shape, y)
    # Q(k + 1, y) = Q(k, y) + y^k e^-y / Γ(k + 1)
    step = np.exp(shape * np.log(np.maximum(y, 1e-300)) - y - special.gammaln(shape + 1))
    tail_1 = tail + step
    tail_2 = tail_1 + step * y / (shape + 1)
    first = scale * (shape * tail_1 - below * tail)
    second = scale**2 * (
        shape * (shape + 1) * tail_2 - 2 * below * shape * tail_1 + below**2 * tail
    )
    return tail, np.maximum(first, 0.0), np.maximum(second, 0.0)


def backlog(work: FloatArray, quota_s: FloatArray) -> Backlog:
    """The stationary backlog; ``work`` are the cumulants of the work arriving in a period."""
    sums = np.zeros((3, *quota_s.shape))
    last = before = sums
    for k in range(1, _TERMS + 1):
        before = last
        terms = excess(k * work, k * quota_s)
        last = np.array(terms) / k
        sums = sums + last
    ratio = np.clip(last / np.maximum(before, 1e-300), 0.0, 0.98)
    sums = sums + last * ratio / (1 - ratio)
    none = np.exp(-sums[0])
    some = np.maximum(1 - none, 1e-12)
    return Backlog(none, sums[1] / some, (sums[2] + sums[1] ** 2) / some)


def wait_s(
    left: Backlog,
    work: FloatArray,
    burst: FloatArray,
    served_s: FloatArray,
    quota_s: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Mean [s] and mean square [s²] of what the quota adds to the time of a burst.

    ``burst`` are the cumulants of its demand, ``served_s`` its mean time without a quota.
    """
    mean, square = np.zeros(quota_s.shape), np.zeros(quota_s.shape)
    variance = np.maximum(left.second - left.mean**2, 0.0)
    third = 2 * variance**2 / np.maximum(left.mean, 1e-300)
    for phase, weight in zip(PHASES, PHASE_WEIGHTS, strict=True):
        plain = phase * work + burst
        loaded = plain + np.array([left.mean, variance, third])
        for chance, cumulants in ((left.none, plain), (1 - left.none, loaded)):
            one, two = _stopped(cumulants, quota_s, PERIOD_S * phase + served_s)
            mean += weight * chance * one
            square += weight * chance * two
    return mean, square


def wait_following_s(
    left: Backlog, work: FloatArray, burst: FloatArray, served_s: FloatArray, quota_s: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """The same for a burst that comes while the quota is not used up, so that Y < q.

    It stands still if Y + x > q, until the end of the period.
    """
    mean, square = np.zeros(quota_s.shape), np.zeros(quota_s.shape)
    total = np.zeros(quota_s.shape)
    variance = np.maximum(left.second - left.mean**2, 0.0)
    third = 2 * variance**2 / np.maximum(left.mean, 1e-300)
    for phase, weight in zip(PHASES, PHASE_WEIGHTS, strict=True):
        plain = phase * work
        loaded = plain + np.array([left.mean, variance, third])
        late = np.maximum(PERIOD_S * (1 - phase) - served_s, 0.0)
        for chance, before in ((left.none, plain), (1 - left.none, loaded)):
            used_up, over = excess(before, quota_s)[0], excess(before + burst, quota_s)[0]
            hit = np.maximum(over - used_up, 0.0)
            mean += weight * chance * hit * late
            square += weight * chance * hit * late**2
            total += weight * chance * (1 - used_up)
    free = np.maximum(total, 1e-12)
    return mean / free, square / free


def standstill(work: FloatArray, quota_s: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Probability that a period without a backlog uses up its quota, and how long it then stands.

    The mean length [s] is what is left of the period.
    """
    used_up = excess(work, quota_s)[0]
    length = np.zeros(quota_s.shape)
    for phase, weight in zip(PHASES, PHASE_WEIGHTS, strict=True):
        length += weight * excess(phase * work, quota_s)[0]
    return used_up, PERIOD_S * length / np.maximum(used_up, 1e-300)


def _stopped(
    total: FloatArray, quota_s: FloatArray, since_s: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Moments of mT + (V - mq) - since over V > q, with V of the cumulants ``total``."""
    levels = [excess(total, m * quota_s) for m in range(1, _PERIODS + 2)]
    mean, square = np.zeros(quota_s.shape), np.zeros(quota_s.shape)
    for m in range(1, _PERIODS + 1):
        (p, e, f), (p_next, e_next, f_next) = levels[m - 1], levels[m]
        late = m * PERIOD_S - since_s
        here = p - p_next
        over = e - e_next - quota_s * p_next
        over_2 = f - f_next - 2 * quota_s * e_next - quota_s**2 * p_next
        mean += late * here + over
        square += late**2 * here + 2 * late * over + over_2
    return np.maximum(mean, 0.0), np.maximum(square, 0.0)

"""The event loop of a proxy's worker in closed form: what a passage costs, how long a visit takes.

Visits come at rate ν = 2λ, a request and its answer one each; they are taken for Poisson and
independent, which is our approximation. All else follows from the discipline in
:mod:`meshsim.solvers.simpy_model.event_loop`. Arrays broadcast; times in s, rates in 1/s.

*Cost.* A visit finds the worker asleep with probability φ = (1 - λc) / (1 + ν wake_up) and then
ends an idle time of wake_up plus an exponential of mean 1/ν. The gap of a request is the sum of J
such times, J counting the sleepers among the visits since the last request:

    P(J = 0) = (1 - φ) / (1 + φ),  P(J = j) = 2 / (1 + φ) × (φ / (1 + φ))^j.

With z(s) the transform of one idle time and r = φ / (1 + φ),

    1 - E[exp(-s gap)] = 2φ / (1 + φ) × (1 - z) / (1 - r z)
    E[gap^a] = a / Γ(1 - a) ∫ (1 - E[exp(-s gap)]) s^(-a-1) ds        0 < a < 1

*Time of a visit.* A busy spell is a run of intervals: the wake-up, a batch of one visit and
Poisson(ν wake_up) more, then batches that hold the arrivals of the one before. A visit that
arrives during an interval of length L stays for what is left of it and for the next batch, itself
included (and with the visit that woke the worker, if L is the wake-up). The moments of L follow
from those of a compound Poisson sum; a visit that finds the worker asleep, with probability φ,
stays for the wake-up and the first batch.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from meshsim.lowering.program import FloatArray

_GAP_UNIT_S = 1e-6
_STEP = 0.4
_NODES = np.arange(-8.0, 8.0 + _STEP / 2, _STEP)
_ROUNDS = 60
_PRECISION = 1e-11


def event_loop_cpu_s(
    busy_s: FloatArray | float,
    scale_s: FloatArray | float,
    exponent: FloatArray | float,
    passages_per_s: FloatArray | float,
    wake_up_s: FloatArray | float,
) -> FloatArray:
    """CPU of one passage [s] on a worker: c = busy + scale × E[(gap / 1 µs)^exponent].

    The gap shrinks as the cost grows, so there is one solution, between busy and 1 / rate; it is
    found by the Illinois rule. A worker that cannot keep up has no gaps and costs ``busy``.
    """
    busy, scale, power, rate, wake_up = np.broadcast_arrays(
        *(
            np.atleast_1d(np.asarray(x, float))
            for x in (busy_s, scale_s, exponent, passages_per_s, wake_up_s)
        )
    )
    cost = busy.astype(float)
    idle = (scale > 0) & (rate * busy < 1) & (rate > 0)
    if idle.any():
        cost[idle] = _solved(busy[idle], scale[idle], power[idle], rate[idle], wake_up[idle])
    return cost


def _solved(
    busy: FloatArray, scale: FloatArray, power: FloatArray, rate: FloatArray, wake_up: FloatArray
) -> FloatArray:
    def excess(cost: FloatArray) -> FloatArray:
        asleep = (1 - rate * cost) / (1 + 2 * rate * wake_up)
        return busy + scale * _gap_moment(np.maximum(asleep, 0), power, rate, wake_up) - cost

    low, high = busy.copy(), np.minimum(busy + excess(busy), 1 / rate)
    at_low, at_high = excess(low), excess(high)
    side = np.zeros(len(busy))
    for _ in range(_ROUNDS):
        if np.all(high - low <= _PRECISION * high):
            break
        middle = high - at_high * (high - low) / np.minimum(at_high - at_low, -1e-300)
        middle = np.clip(middle, low, high)
        at_middle = excess(middle)
        if np.all(np.abs(at_middle) <= _PRECISION * middle):
            return middle
        up = at_middle > 0
        low, at_low = np.where(up, middle, low), np.where(up, at_middle, at_low)
        high, at_high = np.where(up, high, middle), np.where(up, at_high, at_middle)
        at_high = np.where(up & (side > 0), at_high / 2, at_high)
        at_low = np.where(~up & (side < 0), at_low / 2, at_low)
        side = np.where(up, 1.0, -1.0)
    return (low + high) / 2


def _gap_moment(
    asleep: FloatArray, power: FloatArray, rate: FloatArray, wake_up: FloatArray
) -> FloatArray:
    """E[(gap / 1 µs)^power], by the trapezoidal rule in log s with both tails added."""
    power = np.clip(power, 1e-6, 1 - 1e-6)[:, None]
    visits, wake_up, asleep = 2 * rate[:, None], wake_up[:, None], asleep[:, None]
    unit_s = wake_up + 1 / visits
    s = np.exp(_NODES) / unit_s
    idle_transform = np.exp(-s * wake_up) * visits / (visits + s)
    ratio = asleep / (1 + asleep)
    values = 2 * ratio * (1 - idle_transform) / (1 - ratio * idle_transform)
    values *= np.exp(-power * _NODES)
    first, last = values[:, :1], values[:, -1:]
    total = _STEP * (values.sum(axis=1, keepdims=True) - (first + last) / 2)
    total += _STEP**2 / 12 * ((1 - power) * first + power * last)
    total += first / (1 - power) + last / power
    moment = power / special.gamma(1 - power) * total * (unit_s / _GAP_UNIT_S) ** power
    return np.asarray(moment[:, 0], dtype=np.float64)


def visit_time_s(
    visits_per_s: FloatArray,
    wake_up_s: FloatArray,
    first_s: FloatArray,
    second_s2: FloatArray,
    third_s3: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Mean [s] and variance [s²] of a visit, from arrival to the end of its batch.

    ``first_s`` to ``third_s3`` are raw moments of the CPU of one visit. Infinite where the worker
    cannot keep up.
    """
    nu, w, b, b2, b3 = visits_per_s, wake_up_s, first_s, second_s2, third_s3
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        rho = nu * b
        one, two, three = _batch_moments(b, b2, b3, nu * w)
        s1 = one / (1 - rho)
        s2 = (two + nu * b2 * s1) / (1 - rho**2)
        s3 = (three + nu * b3 * s1 + 3 * nu**2 * b * b2 * s2) / (1 - rho**3)
        length, length_2 = s2 / np.maximum(s1, 1e-300), s3 / np.maximum(s1, 1e-300)
        met = b + length * (0.5 + rho)
        met_2 = b2 + length * (nu * b2 + 2 * rho * b + b) + length_2 * (1 / 3 + rho + rho**2)
        waking = one + b
        waking_2 = w**2 / 3 + w * waking + two + 2 * b * one + b2
        share = w / np.maximum(w + s1, 1e-300)
        met = share * (w / 2 + waking) + (1 - share) * met
        met_2 = share * waking_2 + (1 - share) * met_2
        slept = w + one
        slept_2 = w**2 + 2 * w * one + two
        asleep = (1 - rho) / (1 + nu * w)
        mean = asleep * slept + (1 - asleep) * met
        variance = np.maximum(asleep * slept_2 + (1 - asleep) * met_2 - mean**2, 0.0)
    over = rho >= 1
    return np.where(over, np.inf, mean), np.where(over, np.inf, variance)


def _batch_moments(
    b: FloatArray, b2: FloatArray, b3: FloatArray, arrivals: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Raw moments of the first batch: one visit and Poisson(``arrivals``) more."""
    c1, c2, c3 = arrivals * b, arrivals * b2, arrivals * b3
    v2, v3 = b2 - b**2, b3 - 3 * b * b2 + 2 * b**3
    mean, variance, third = b + c1, v2 + c2, v3 + c3
    return mean, variance + mean**2, third + 3 * mean * variance + mean**3

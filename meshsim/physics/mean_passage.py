"""Mean CPU of a passage at a given rate: the busy cost and the idle cost of the gaps in between.

    c = busy + idle_scale × E[(gap / 1 µs) ^ idle_exponent]

The gap shrinks as the cost grows, so there is one solution, between busy and 1 / rate; it is found
by the Illinois rule. Arrays broadcast; times in s, rates in 1/s and per worker.

*Open load.* Visits of the worker come at rate ν = 2λ, a request and its answer one each; they are
taken for Poisson and independent, which is our approximation. A visit finds the worker asleep with
probability φ = (1 - λc) / (1 + ν wake_up) and then ends an idle time of wake_up plus an
exponential of mean 1/ν. The gap of a request is the sum of J such times, J counting the sleepers
among the visits since the last request:

    P(J = 0) = (1 - φ) / (1 + φ),  P(J = j) = 2 / (1 + φ) × (φ / (1 + φ))^j.

With z(s) the transform of one idle time and r = φ / (1 + φ),

    1 - E[exp(-s gap)] = 2φ / (1 + φ) × (1 - z) / (1 - r z)
    E[gap^a] = a / Γ(1 - a) ∫ (1 - E[exp(-s gap)]) s^(-a-1) ds        0 < a < 1

A gap that is one exponential of mean (1 - λc) / λ would have Γ(1 + a) mean^a; this is its upper
bound, up to 10% too high, for it misses that some requests find the worker awake.

*One request after another* (a closed loop of one connection). Nothing waits, and the gap is what is
left of the time between two requests, 1 / rate - c, as good as constant.

*Saturation* (a closed loop that keeps the worker busy): no gaps, and c = busy.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy import special

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_GAP_UNIT_S = 1e-6
_STEP = 0.4
_NODES = np.arange(-8.0, 8.0 + _STEP / 2, _STEP)
_ROUNDS = 60
_PRECISION = 1e-11


def mean_passage_cpu_s(
    busy_s: FloatArray | float,
    scale_s: FloatArray | float,
    exponent: FloatArray | float,
    passages_per_s: FloatArray | float,
    wake_up_s: FloatArray | float,
) -> FloatArray:
    """CPU of one passage [s] on a worker under open load, ``passages_per_s`` on that worker.

    A worker that cannot keep up has no gaps and costs ``busy``.
    """
    busy, scale, power, rate, wake_up = _broadcast(
        busy_s, scale_s, exponent, passages_per_s, wake_up_s
    )

    def moment(cost: FloatArray, at: IntArray) -> FloatArray:
        asleep = (1 - rate[at] * cost) / (1 + 2 * rate[at] * wake_up[at])
        return _gap_moment(np.maximum(asleep, 0), power[at], rate[at], wake_up[at])

    return _costs(busy, scale, rate, moment)


def sequential_passage_cpu_s(
    busy_s: FloatArray | float,
    scale_s: FloatArray | float,
    exponent: FloatArray | float,
    passages_per_s: FloatArray | float,
) -> FloatArray:
    """CPU of one passage [s] of requests that come one after another at ``passages_per_s``."""
    busy, scale, power, rate = _broadcast(busy_s, scale_s, exponent, passages_per_s)

    def moment(cost: FloatArray, at: IntArray) -> FloatArray:
        gap_s = np.maximum(1 / rate[at] - cost, 0.0)
        return np.asarray((gap_s / _GAP_UNIT_S) ** power[at])

    return _costs(busy, scale, rate, moment)


def _broadcast(*values: FloatArray | float) -> tuple[FloatArray, ...]:
    return np.broadcast_arrays(*(np.atleast_1d(np.asarray(value, float)) for value in values))


def _costs(
    busy: FloatArray,
    scale: FloatArray,
    rate: FloatArray,
    moment: Callable[[FloatArray, IntArray], FloatArray],
) -> FloatArray:
    """The fixed point of each cell; ``moment`` gives E[gap^a] at costs of the cells at indices."""
    cost = busy.astype(float)
    at: IntArray = np.flatnonzero((scale > 0) & (rate * busy < 1) & (rate > 0))
    if len(at):
        low: FloatArray = busy[at]
        idle: FloatArray = scale[at]
        cost[at] = _root(low, 1 / rate[at], lambda c: low + idle * moment(c, at) - c)
    return cost


def _root(
    busy: FloatArray, most: FloatArray, excess: Callable[[FloatArray], FloatArray]
) -> FloatArray:
    """Where the falling ``excess`` is zero, between ``busy`` and ``most``."""
    low, high = busy.copy(), np.minimum(busy + excess(busy), most)
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

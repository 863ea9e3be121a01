"""Arrival times of open load.

Poisson arrivals of a rate λ(t) are those of a unit-rate Poisson process, seen through the inverse
of the cumulative rate Λ(t) = ∫ λ; even spacing sends the whole numbers through the same inverse.
This is exact for steps and ramps (Çinlar, Introduction to Stochastic Processes, 1975, section 4.7).
"""

from __future__ import annotations

import math

import numpy as np

from meshsim.lowering.program import FloatArray, IntArray, Load
from meshsim.solvers.streams import Purpose, uniforms


def arrival_times_s(load: Load, key: int, count: int) -> FloatArray:
    """The first arrivals [s], sorted; fewer than ``count`` if the rate ends at zero."""
    if load.process == "trace":
        return _replayed(load.times_s, 0, count)
    if load.even:
        unit = np.arange(1, count + 1, dtype=np.float64)
    else:
        unit = np.cumsum(_gaps(load, key, count, 0))
    times = _inverse_cumulative_rate(load, unit)
    assert np.all(np.diff(times) >= 0), "time never runs back"
    return times


def is_steady(load: Load) -> bool:
    """Whether arrivals are Poisson at one rate: a compiled engine may make these by itself."""
    known = load.waits_for_answers or load.process == "trace" or load.even
    return not known and len(load.rate_per_s) == 1


def _gaps(load: Load, key: int, count: int, first: int) -> FloatArray:
    """Gaps of the unit-rate process, from gap ``first`` on.

    Those of steady arrivals are made one by one: numpy's logarithm of many numbers may differ in
    the last bit from that of one, which is what compiled code has.
    """
    draws = uniforms(key, Purpose.ARRIVAL, count, first)
    if is_steady(load):
        return np.array([-math.log(draw) for draw in draws.tolist()])
    return -np.log(draws)


_CHUNK = 1 << 14
_ROUNDING = 1e-6
"""Of a tick: a moment that is a whole number of ticks is not taken for a later one."""


class ArrivalStream:
    """The same arrival times, some at a time: memory does not grow with their number."""

    def __init__(self, load: Load, key: int, count: int) -> None:
        self._load = load
        self._key = key
        self._unit = 0.0
        self._made = 0
        self._times = np.zeros(0)
        self.count = self._arrivals_in(count)

    def chunk(self, first: int) -> FloatArray:
        """Times [s] from arrival ``first`` on; ``first`` never falls, and never passes what was
        given before.
        """
        kept = self._times[len(self._times) - (self._made - first) :]
        size = min(_CHUNK, self.count - self._made)
        self._times = np.concatenate([kept, self._next(size)])
        return self._times

    def _next(self, size: int) -> FloatArray:
        load, first = self._load, self._made
        self._made += size
        if load.process == "trace":
            return _replayed(load.times_s, first, size)
        if load.even:
            unit = np.arange(first + 1, first + size + 1, dtype=np.float64)
        else:
            unit = np.empty(size + 1)
            unit[0] = self._unit
            unit[1:] = _gaps(load, self._key, size, first)
            unit = np.cumsum(unit, out=unit)[1:]
            self._unit = float(unit[-1]) if size else self._unit
        return _inverse_cumulative_rate(load, unit)

    def _arrivals_in(self, count: int) -> int:
        """``count``, or fewer if the rate ends at zero."""
        load = self._load
        if load.process != "schedule" or load.rate_per_s[-1] > 0.0:
            return count
        return len(arrival_times_s(load, self._key, count))


def entries(load: Load, key: int, count: int) -> IntArray:
    """Index of the entry point that each request goes to."""
    bounds = np.cumsum(load.entry_share)
    bounds[-1] = 1.0
    draws = uniforms(key, Purpose.ENTRY, count)
    return np.searchsorted(bounds, draws, side="right").astype(np.int64)


def clients(load: Load, key: int, count: int) -> IntArray:
    """Index of the client connection that each request comes from."""
    draws = uniforms(key, Purpose.CLIENT, count)
    return (draws * load.client_connections).astype(np.int64)


def paced_pause_s(
    now_s: float, moment_s: float, jitter: float, tick_s: float, draw: float
) -> float:
    """The pause [s] of a connection until its moment; none if it is late.

    ``draw`` from (0, 1) makes it up to ``jitter`` (a fraction) shorter or longer, and a clock that
    moves in ticks ends it at the next of them. Without jitter it ends at the moment to the last
    bit, so that connections in step send at once.
    """
    if moment_s <= now_s:
        return 0.0
    pause_s = (moment_s - now_s) * (1.0 + jitter * (2.0 * draw - 1.0))
    if tick_s > 0.0:
        pause_s = max(0.0, math.ceil((now_s + pause_s) / tick_s - _ROUNDING) * tick_s - now_s)
    return pause_s


def _replayed(times_s: FloatArray, first: int, count: int) -> FloatArray:
    """The recording, repeated with the mean gap between its end and its next start.

    A recording of one moment only comes again after the time at which it stands.
    """
    length = len(times_s)
    span_s = float(times_s[-1] - times_s[0])
    period_s = span_s * length / (length - 1) if span_s > 0.0 else float(times_s[-1])
    number = np.arange(first, first + count)
    rounds = number // length
    return np.asarray(times_s[number % length] + rounds * period_s, dtype=np.float64)


def _inverse_cumulative_rate(load: Load, unit: FloatArray) -> FloatArray:
    rate, at = load.rate_per_s, load.at_s
    if len(rate) == 1:
        return np.asarray(at[0] + unit / rate[0], dtype=np.float64)
    slope = np.zeros(len(rate))
    length = np.diff(at)
    if load.ramps:
        slope[:-1] = np.diff(rate) / length
        passed = (rate[:-1] + rate[1:]) / 2 * length
    else:
        passed = rate[:-1] * length
    cumulative = np.concatenate([[0.0], np.cumsum(passed)])
    piece = np.searchsorted(cumulative, unit) - 1
    rest = unit - cumulative[piece]
    start, rise = rate[piece], slope[piece]
    root = np.sqrt(np.maximum(start**2 + 2 * rise * rest, 0.0))
    with np.errstate(divide="ignore"):
        times = at[piece] + 2 * rest / (start + root)
    return np.asarray(times[np.isfinite(times)], dtype=np.float64)

"""Arrival times of open load.

Poisson arrivals of a rate λ(t) are those of a unit-rate Poisson process, seen through the inverse
of the cumulative rate Λ(t) = ∫ λ; even spacing sends the whole numbers through the same inverse.
This is exact for steps and ramps (Çinlar, Introduction to Stochastic Processes, 1975, section 4.7).
"""

from __future__ import annotations

import numpy as np

from meshsim.lowering.program import FloatArray, IntArray, Load
from meshsim.solvers.streams import Purpose, uniforms


def arrival_times_s(load: Load, key: int, count: int) -> FloatArray:
    """The first arrivals [s], sorted; fewer than ``count`` if the rate ends at zero."""
    if load.process == "trace":
        return _replayed(load.times_s, count)
    if load.even:
        unit = np.arange(1, count + 1, dtype=np.float64)
    else:
        unit = np.cumsum(-np.log(uniforms(key, Purpose.ARRIVAL, count)))
    times = _inverse_cumulative_rate(load, unit)
    assert np.all(np.diff(times) >= 0), "time never runs back"
    return times


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


def _replayed(times_s: FloatArray, count: int) -> FloatArray:
    """The recording, repeated with the mean gap between its end and its next start.

    A recording of one moment only comes again after the time at which it stands.
    """
    length = len(times_s)
    span_s = float(times_s[-1] - times_s[0])
    period_s = span_s * length / (length - 1) if span_s > 0.0 else float(times_s[-1])
    rounds = np.arange(count) // length
    return np.asarray(times_s[np.arange(count) % length] + rounds * period_s, dtype=np.float64)


def _inverse_cumulative_rate(load: Load, unit: FloatArray) -> FloatArray:
    rate, at = load.rate_per_s, load.at_s
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

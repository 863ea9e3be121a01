"""Finds where a run has settled, so that its empty start does not colour the averages.

MSER-5: with the series averaged in batches of five, delete the d batches that minimise the marginal
standard error of what remains,

    MSER(d) = sum over j > d of (b_j - mean of what remains)^2 / (m - d)^2,

m being the number of batches. Deleting the transient lowers the sum quickly; deleting more lowers
the number of observations instead. Where the minimum lies in the second half, the run was too short
to show a settled part.

Source: K. P. White, "An effective truncation heuristic for bias reduction in simulation output",
Simulation 69(6), 1997, pages 323-334; batches of five and the rule of the half: K. P. White,
M. J. Cobb and S. C. Spratt, "A comparison of five steady-state truncation heuristics for
simulation", Proceedings of the Winter Simulation Conference 2000, pages 755-760.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from meshsim.stats.section import FloatArray

BATCH_SIZE = 5
_BATCHES_MIN = 10  # fewer batches show no trend


@dataclass(frozen=True)
class WarmUp:
    """How many leading observations to delete, and whether what remains looks settled.

    ``settled`` is False if the statistic asks for more than half of the series, or if the series
    has fewer than 50 observations.
    """

    deleted: int
    settled: bool


def warm_up(series: FloatArray) -> WarmUp:
    """The warm-up of ``series``, one run in the order of time.

    ``deleted`` is a multiple of five and at most half of the series.
    """
    batches = len(series) // BATCH_SIZE
    if batches < _BATCHES_MIN:
        return WarmUp(deleted=0, settled=False)
    means = series[: batches * BATCH_SIZE].reshape(batches, BATCH_SIZE).mean(axis=1)
    best = int(np.argmin(_standard_errors(means)))
    half = batches // 2
    return WarmUp(deleted=min(best, half) * BATCH_SIZE, settled=best <= half)


def mser5(series: FloatArray) -> int:
    """The number of leading observations of ``series`` to delete; see :func:`warm_up`."""
    return warm_up(series).deleted


def _standard_errors(means: FloatArray) -> FloatArray:
    """MSER(d) for d = 0, 1, ..., leaving at least a quarter of ``means``.

    A handful of neighbours resemble each other by chance, above all in a queue that happens to be
    empty at the end; a minimum there would say nothing about the start.
    """
    batches = len(means)
    centred = means - np.median(means[batches // 2 :])  # keeps the difference of squares exact
    remaining = np.arange(batches, 0, -1)
    sums = np.cumsum(centred[::-1])[::-1]
    squares = np.cumsum(centred[::-1] ** 2)[::-1]
    statistic = np.maximum(squares - sums**2 / remaining, 0.0) / remaining.astype(np.float64) ** 2
    return statistic[: batches - batches // 4]

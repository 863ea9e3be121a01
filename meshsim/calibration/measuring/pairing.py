"""Pairs of neighbouring slices, and what their ratios say.

The speed of a shared machine swings by tens of percent within seconds. So slices of the reference
(R) and of paths under test (T) alternate, R T R T ... R, and what counts is

    ratio = CPU per request of T / mean of those of the R before and the R after.

The estimate of a cell is the median of its ratios: one slice in a bad moment does not move it. Its
standard error is that of medians of resamples (bootstrap), its interval

    median ± t s,   t the quantile of Student's distribution with n - 1 degrees of freedom,

because a handful of pairs knows little about its own spread. The pairs of a cell are spread over
the whole measurement (:mod:`meshsim.calibration.measuring.rounds`), so slow drift is part of it.

Source: B. Efron and R. J. Tibshirani, "An Introduction to the Bootstrap", Chapman & Hall 1993,
chapters 6 and 12. Seen in the measurements that meshsim's costs rest on: of the same proxy at
saturation, absolute costs spread from 30.4 to 52.0 µs (5th to 95th percentile), ratios by 1 to 4%.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from meshsim.solvers.streams import Purpose, mix, uniforms
from meshsim.stats import FloatArray, Interval

_RESAMPLES = 2000
_CONFIDENCE = 0.95
_SEED = 1
PAIRS_MIN = 4
"""Fewer say nothing about their spread."""
PAIRS_WANTED = 8
PAIRS_MAX = 20
RELATIVE_ERROR_WANTED = 0.03


@dataclass(frozen=True)
class Pair:
    """A slice of one role of a cell between two of the reference; CPU is per request."""

    number: int
    rate_per_s: float
    cpu_s: float
    reference_cpu_s: float
    foreign_cores: float

    @property
    def ratio(self) -> float:
        """In units of the reference."""
        return self.cpu_s / self.reference_cpu_s


@dataclass(frozen=True)
class Ratio:
    """The median ratio of a cell with its standard error and 95% interval."""

    median: float
    standard_error: float
    interval: Interval
    pairs: int

    @property
    def relative_error(self) -> float:
        """Standard error as a share of the median."""
        return self.standard_error / self.median


def ratio_of(ratios: Sequence[float]) -> Ratio | None:
    """What the ratios of a cell say; None below :data:`PAIRS_MIN` of them."""
    count = len(ratios)
    if count < PAIRS_MIN:
        return None
    values = np.asarray(ratios, dtype=np.float64)
    median = float(np.median(values))
    error = max(_error_of_median(values), median * 1e-6)
    half = float(stats.t.ppf((1 + _CONFIDENCE) / 2, count - 1)) * error
    interval = Interval(median, median - half, median + half, _CONFIDENCE, count)
    return Ratio(median, error, interval, count)


def is_settled(ratios: Sequence[float]) -> bool:
    """Whether no more pairs are needed: some, and precise enough; or the most that are made."""
    if len(ratios) >= PAIRS_MAX:
        return True
    if len(ratios) < PAIRS_WANTED:
        return False
    ratio = ratio_of(ratios)
    return ratio is not None and ratio.relative_error < RELATIVE_ERROR_WANTED


def _error_of_median(values: FloatArray) -> float:
    count = len(values)
    key = mix(_SEED, count)
    draws = uniforms(key, Purpose.REPLICATION, _RESAMPLES * count).reshape(_RESAMPLES, count)
    medians = np.median(values[(draws * count).astype(np.intp)], axis=1)
    return float(np.std(medians, ddof=1))

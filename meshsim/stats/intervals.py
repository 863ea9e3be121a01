"""Confidence intervals for means and quantiles of autocorrelated observations, by sectioning.

The latencies of one run depend on each other, because neighbours met the same queue. An interval
that takes them as independent is far too narrow: called 95%, it covers the true p99 of an M/M/1
queue at 80% load in one run of six. So the observations come in b *sections* that are nearly
independent: replications, or one long run cut up. The estimate x is taken from all observations
together; the estimate x_i of each section only shows how much such an estimate varies:

    x ± t * sqrt(b / (b - 1) * sum of (n_i / n)^2 (x_i - x)^2),

t being the quantile of Student's distribution with b - 1 degrees of freedom and n_i of the n
observations in section i. With equal sections the root is the standard deviation of the x_i about
x, over sqrt(b). Measuring the spread about the pooled quantile, not about the average of the x_i,
keeps the bias that quantiles of small samples have out of the estimate.

Sections must be long against the memory of the queue. Measured for p99 with ten sections at 70% to
80% load, an interval called 95% covers the truth in 89% to 96% of runs if each section has
100 / (1 - p) observations, in 77% to 91% with a fifth of that and in 68% to 86% with a tenth, which
is the least accepted here; ``tests/theory/test_interval_coverage.py`` checks the first two.

Source: S. Asmussen and P. W. Glynn, "Stochastic Simulation", Springer 2007, section III.5a;
M. K. Nakayama, "Confidence intervals for quantiles using sectioning when applying
variance-reduction techniques", ACM Transactions on Modeling and Computer Simulation 24(4), 2014.
The weights linearise the pooled estimate for sections of unequal size.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

FloatArray: TypeAlias = NDArray[np.float64]

SECTIONS_MIN = 3
"""With two sections Student's t is 12.7 and the interval says nothing."""

TAIL_OBSERVATIONS_MIN = 10
"""Observations of a section that must lie beyond a quantile for its estimate to mean anything."""


@dataclass(frozen=True)
class Interval:
    """An estimate and the range that holds the truth in a share ``confidence`` of all studies.

    ``estimate``, ``low`` and ``high`` are in the unit of the observations; ``observations`` is
    their number over all sections. The range is symmetrical, so ``low`` may fall below what is
    physically possible: that too tells that there are too few data.
    """

    estimate: float
    low: float
    high: float
    confidence: float
    observations: int

    @property
    def half_width(self) -> float:
        """Half the length of the range, in the unit of the observations."""
        return (self.high - self.low) / 2

    @property
    def relative_half_width(self) -> float:
        """The half width over the size of the estimate; infinite for an uncertain zero."""
        if self.half_width == 0:
            return 0.0
        return self.half_width / abs(self.estimate) if self.estimate else math.inf

    @property
    def excludes_zero(self) -> bool:
        """Whether a difference is there at all, at this confidence."""
        return not self.contains(0.0)

    def contains(self, value: float) -> bool:
        """Whether ``value`` lies in the range, its ends included."""
        return self.low <= value <= self.high


@dataclass(frozen=True)
class NotEnough:
    """The data cannot carry the interval asked for: ``observed`` of the ``needed`` things.

    ``why`` names the things, so that ``str`` gives a sentence.
    """

    needed: int
    observed: int
    why: str

    def __str__(self) -> str:
        return f"not enough data: {self.observed} of the {self.needed} {self.why}"


@dataclass(frozen=True)
class Estimate:
    """A pooled estimate and what each section, by its share of the data, adds to its error.

    ``deviations`` has one entry for each section, (n_i / n) (x_i - x).
    """

    value: float
    deviations: FloatArray
    observations: int


def cut(series: FloatArray, sections: int) -> list[FloatArray]:
    """``series`` in ``sections`` contiguous pieces whose sizes differ by one at most."""
    assert sections >= 1, sections
    return np.array_split(series, sections)


def quantile(sample: FloatArray, p: float) -> float:
    """The ``p`` quantile, 0 to 1, of a sample that is not empty.

    Interpolates linearly between neighbours, the sorted observation k (from 0) standing at
    k / (n - 1), as numpy does by default.
    """
    return float(np.quantile(sample, p))


def mean_interval(sections: Sequence[FloatArray], confidence: float = 0.95) -> Interval | NotEnough:
    """The mean of all observations; needs three sections with an observation each."""
    estimate = estimate_mean(sections)
    return estimate if isinstance(estimate, NotEnough) else interval_of(estimate, confidence)


def quantile_interval(
    sections: Sequence[FloatArray], p: float, confidence: float = 0.95
) -> Interval | NotEnough:
    """The ``p`` quantile, 0 to 1, of all observations.

    Needs three sections, each with ten observations beyond the quantile: 1,000 for p99.
    """
    estimate = estimate_quantile(sections, p)
    return estimate if isinstance(estimate, NotEnough) else interval_of(estimate, confidence)


def estimate_mean(sections: Sequence[FloatArray]) -> Estimate | NotEnough:
    """The pooled mean with the deviations of the section means."""
    shortage = _shortage(sections, 1, "observations in each section")
    if shortage:
        return shortage
    return _estimate(sections, float(np.concatenate(sections).mean()), [s.mean() for s in sections])


def estimate_quantile(sections: Sequence[FloatArray], p: float) -> Estimate | NotEnough:
    """The pooled ``p`` quantile with the deviations of the section quantiles."""
    assert 0 < p < 1, p
    # Rounding first: 10 / (1 - 0.99) is a hair above 1,000.
    needed = math.ceil(round(TAIL_OBSERVATIONS_MIN / min(p, 1 - p), 6))
    shortage = _shortage(sections, needed, f"observations in each section that p{p * 100:g} takes")
    if shortage:
        return shortage
    pooled = quantile(np.concatenate(sections), p)
    return _estimate(sections, pooled, [quantile(section, p) for section in sections])


def interval_of(estimate: Estimate, confidence: float) -> Interval:
    """The interval that the sections of ``estimate`` give, ``confidence`` in 0 to 1."""
    assert 0 < confidence < 1, confidence
    sections = len(estimate.deviations)
    variance = sections / (sections - 1) * float(np.sum(estimate.deviations**2))
    half_width = float(stdtrit(sections - 1, (1 + confidence) / 2)) * math.sqrt(variance)
    return Interval(
        estimate=estimate.value,
        low=estimate.value - half_width,
        high=estimate.value + half_width,
        confidence=confidence,
        observations=estimate.observations,
    )


def _estimate(sections: Sequence[FloatArray], pooled: float, each: Sequence[float]) -> Estimate:
    assert math.isfinite(pooled), pooled
    sizes = np.array([len(section) for section in sections])
    shares = sizes / sizes.sum()
    return Estimate(pooled, shares * (np.array(each) - pooled), int(sizes.sum()))


def _shortage(sections: Sequence[FloatArray], needed: int, why: str) -> NotEnough | None:
    if len(sections) < SECTIONS_MIN:
        return NotEnough(SECTIONS_MIN, len(sections), "sections that an interval takes")
    smallest = min(len(section) for section in sections)
    return NotEnough(needed, smallest, why) if smallest < needed else None

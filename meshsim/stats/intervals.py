"""Confidence intervals for means and quantiles of autocorrelated observations, by sections.

The latencies of one run depend on each other, because neighbours met the same queue. An interval
that takes them as independent is far too narrow: called 95%, it covers the true p99 of an M/M/1
queue at 80% load in one run of six. So the observations come in b *sections* that are nearly
independent: replications, or one long run cut up. The estimate x is taken from all observations
together; leaving out one section with n_i of the n observations gives x_(i), which shows how much
that section adds to the error of x, and with it the standard error s:

    d_i = (1 - n_i / n) (x - x_(i)),    s^2 = b / (b - 1) * sum of d_i^2.

For a mean d_i is just n_i / n times the deviation of the section's own mean from x. For a quantile
this is the grouped jackknife: each x_(i) rests on nearly all observations, where the quantiles of
short single sections are biased and vary too little. The interval is

    x - t s   to   x + t s (1 + 6 / sqrt(K)),

t being the quantile of Student's distribution with b - 1 degrees of freedom and K the number of
independent spells beyond the quantile (:mod:`meshsim.stats.spells`); for a mean the last term is
left out. It is needed because the error of a tail quantile is skewed: runs that happen to miss the
rare long spells give a low x and a small s together. The side that reaches away from zero is the
longer one. The 6 is calibrated on queues with a known answer; the skewness of a sum over K spells
falls with the root of K.

Share of runs in which the 95% interval covers the exact p99 of the sojourn time, in percent, in
M/M/c queues with ten replications of that many requests each, started empty and cut by MSER-5; in
parentheses the percentage of runs refused, which do not count (200 runs up to 2,000, else 100):

    servers  load      500    1,000    2,000    5,000   10,000
          1   30%   99 (1)       97       99       98       96
          1   50%   99 (4)       99       99       96       98
          1   70%  93 (25)   97 (6)   99 (1)       99       94
          1   80%  93 (53)  94 (28)   97 (9)   96 (1)       95
          1   90%  54 (87)  66 (70)  93 (49)  94 (30)  96 (10)
          2   70%  96 (19)   99 (5)       98       98       99
          2   80%  85 (52)  97 (24)  98 (10)   99 (2)       99
          4   50%       97       97       98       96       95
          4   70%   96 (8)   94 (1)       97       98       96
          4   80%  88 (24)  92 (10)   94 (4)       95       98
          4   90%  66 (59)  73 (45)  89 (39)  95 (20)   96 (6)
         16   70%       95       97       95       98       97
         16   80%   95 (1)       97       98       97       97

Coverage of p90 is 93% to 100% and of p50 89% to 99% in the same runs. What no interval can know is
what has not happened yet: at 90% load, short replications started empty never see the longest
spells. Many are refused; the rest promise too much.

Source: S. Asmussen and P. W. Glynn, "Stochastic Simulation", Springer 2007, section III.5 (the
jackknife, sectioning); J. Shao and C. F. J. Wu, "A general theory for jackknife variance
estimation", Annals of Statistics 17(3), 1989, pages 1176-1197 (why it holds for quantiles when
many observations are left out at a time). The weights linearise the pooled estimate for sections
of unequal size.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from scipy.special import stdtrit

from meshsim.stats.pool import Pool
from meshsim.stats.section import Averaged, FloatArray, Section, averaged_of, sections_of
from meshsim.stats.spells import spells_in_pieces

Sections: TypeAlias = Sequence[Section] | Sequence[FloatArray]
"""Sections of any kind; arrays hold observations in the order of time."""

AveragedSections: TypeAlias = Sequence[Averaged] | Sequence[FloatArray]
"""As :data:`Sections`; those of which there is only a mean, too."""

SECTIONS_MIN = 3
"""With two sections Student's t is 12.7 and the interval says nothing."""

TAIL_OBSERVATIONS_MIN = 30
"""Observations that must lie beyond a quantile: with fewer it is hardly more than the maximum."""

SPELLS_MIN = 2
"""Independent spells beyond a quantile: with fewer, one spell makes the estimate."""

SKEWNESS = 6.0
"""How much longer the far side is, times the root of the number of spells; see above."""


@dataclass(frozen=True)
class Interval:
    """An estimate and the range that holds the truth in a share ``confidence`` of all studies.

    ``estimate``, ``low`` and ``high`` are in the unit of the observations; ``observations`` is
    their number over all sections. ``low`` may fall below what is physically possible: that too
    tells that there are too few data.
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

    ``deviations`` has one entry d_i for each section; ``spells`` is the number of independent
    spells that the estimate rests on, infinite where the skewness of its error is neglected.
    """

    value: float
    deviations: FloatArray
    observations: int
    spells: float


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


def mean_interval(sections: AveragedSections, confidence: float = 0.95) -> Interval | NotEnough:
    """The mean of all observations; needs three sections with an observation each."""
    estimate = estimate_mean(sections)
    return estimate if isinstance(estimate, NotEnough) else interval_of(estimate, confidence)


def quantile_interval(
    sections: Sections, p: float, confidence: float = 0.95
) -> Interval | NotEnough:
    """The ``p`` quantile, 0 to 1, of all observations, each section in the order of time.

    Needs three sections and beyond the quantile 30 observations, so 3,000 in all for p99, that
    come in two independent spells or more.
    """
    estimate = estimate_quantile(sections, p)
    return estimate if isinstance(estimate, NotEnough) else interval_of(estimate, confidence)


def estimate_mean(sections: AveragedSections) -> Estimate | NotEnough:
    """The pooled mean with the deviations of the section means."""
    pool = sections if isinstance(sections, Pool) else Pool(averaged_of(sections))
    return _remembered(pool, None, lambda: _mean_of(pool))


def _remembered(
    pool: Pool[Averaged], p: float | None, make: Callable[[], Estimate | NotEnough]
) -> Estimate | NotEnough:
    """An estimate is made once from each pool."""
    if p not in pool.estimates:
        pool.estimates[p] = make()
    found: Estimate | NotEnough = pool.estimates[p]
    return found


def _mean_of(each: Pool[Averaged]) -> Estimate | NotEnough:
    return _shortage(each) or _linearised_mean(each)


def _linearised_mean(each: Pool[Averaged]) -> Estimate:
    pooled = each.whole.mean()
    assert math.isfinite(pooled), pooled
    deviations = np.array([section.mean() for section in each]) - pooled
    return Estimate(pooled, _shares(each) * deviations, _size(each), spells=math.inf)


def estimate_quantile(sections: Sections, p: float) -> Estimate | NotEnough:
    """The pooled ``p`` quantile with the deviations that leaving out each section shows."""
    assert 0 < p < 1, p
    pool = sections if isinstance(sections, Pool) else Pool(sections_of(sections))
    return _remembered(pool, p, lambda: _quantile_of(pool, p))


def _quantile_of(each: Pool[Section], p: float) -> Estimate | NotEnough:
    shortage = _shortage(each) or _shortage_of_tail(each, p)
    if shortage:
        return shortage
    pooled = each.whole.quantile(p)
    assert math.isfinite(pooled), pooled
    spells = spells_in_pieces([section.beyond(pooled, above=p >= 0.5) for section in each])
    if spells < SPELLS_MIN:
        why = (
            f"independent spells beyond {quantile_name(p)} that an interval takes: simulate longer"
        )
        return NotEnough(SPELLS_MIN, max(1, int(spells)), why)
    return Estimate(pooled, _left_out(each, p, pooled), _size(each), spells)


def _left_out(each: Pool[Section], p: float, pooled: float) -> FloatArray:
    without = np.array([rest.quantile(p) for rest in each.rests])
    return (1 - _shares(each)) * (pooled - without)


def bare_estimate(sections: AveragedSections | Sections, p: float | None) -> Estimate | None:
    """The pooled mean, or ``p`` quantile, with its deviations, however few the data are.

    For comparisons of many small samples, which bring the data that an interval takes together.
    None if there are fewer than two sections, or one without an observation. Sections that have
    only a mean take no ``p``.
    """
    pool: Pool[Any] = sections if isinstance(sections, Pool) else Pool(averaged_of(sections))
    if len(pool) < 2 or min(section.size for section in pool) < 1:
        return None
    if p is None:
        return _linearised_mean(pool)
    pooled = pool.whole.quantile(p)
    return Estimate(pooled, _left_out(pool, p, pooled), _size(pool), spells=math.inf)


def interval_of(estimate: Estimate, confidence: float) -> Interval:
    """The interval that the sections of ``estimate`` give, ``confidence`` in 0 to 1."""
    assert 0 < confidence < 1, confidence
    sections = len(estimate.deviations)
    variance = sections / (sections - 1) * float(np.sum(estimate.deviations**2))
    near = float(stdtrit(sections - 1, (1 + confidence) / 2)) * math.sqrt(variance)
    far = near * (1 + SKEWNESS / math.sqrt(estimate.spells))
    below, above = (near, far) if estimate.value >= 0 else (far, near)
    return Interval(
        estimate=estimate.value,
        low=estimate.value - below,
        high=estimate.value + above,
        confidence=confidence,
        observations=estimate.observations,
    )


def _size(sections: Sequence[Averaged]) -> int:
    return sum(section.size for section in sections)


def _shares(sections: Sequence[Averaged]) -> FloatArray:
    total = _size(sections)
    return np.array([section.size / total for section in sections], dtype=np.float64)


def quantile_name(p: float) -> str:
    """``p99`` for 0.99 and ``p99.9`` for 0.999: how tables call a quantile."""
    return f"p{p * 100:g}"


def _shortage(sections: Sequence[Averaged]) -> NotEnough | None:
    if len(sections) < SECTIONS_MIN:
        return NotEnough(SECTIONS_MIN, len(sections), "sections that an interval takes")
    smallest = min(section.size for section in sections)
    return NotEnough(1, smallest, "observations in each section") if smallest < 1 else None


def _shortage_of_tail(sections: Sequence[Averaged], p: float) -> NotEnough | None:
    # Rounding first: 30 / (1 - 0.99) is a hair above 3,000.
    needed = math.ceil(round(TAIL_OBSERVATIONS_MIN / min(p, 1 - p), 6))
    total = _size(sections)
    why = f"observations that {quantile_name(p)} takes"
    return NotEnough(needed, total, why) if total < needed else None

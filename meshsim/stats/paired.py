"""Differences between two scenarios that met the same requests.

With common random numbers section i of both scenarios saw the same arrivals and the same service
demands, so most of the noise is in both and cancels: the interval of the difference is far narrower
than the intervals of the two sides suggest. The difference is taken between the pooled estimates;
the deviations of the two sides are subtracted section by section before they are squared.

Source: A. M. Law, "Simulation Modeling and Analysis", 5th edition, McGraw-Hill 2015, section 11.2
(common random numbers), with the sectioning of :mod:`meshsim.stats.intervals`; the relative
difference by the delta method, S. Asmussen and P. W. Glynn, "Stochastic Simulation", 2007, III.3.
"""

from __future__ import annotations

from meshsim.stats.intervals import (
    AveragedSections,
    Estimate,
    Interval,
    NotEnough,
    Sections,
    estimate_mean,
    estimate_quantile,
    interval_of,
)


def paired_mean_difference(
    baseline_sections: AveragedSections,
    other_sections: AveragedSections,
    confidence: float = 0.95,
) -> Interval | NotEnough:
    """Mean of the other minus mean of the baseline, in the unit of the observations.

    Both have the same number of sections, which may differ in size.
    """
    sides = _both(estimate_mean(baseline_sections), estimate_mean(other_sections))
    return sides if isinstance(sides, NotEnough) else _difference(*sides, confidence)


def paired_quantile_difference(
    baseline_sections: Sections,
    other_sections: Sections,
    p: float,
    confidence: float = 0.95,
) -> Interval | NotEnough:
    """``p`` quantile, 0 to 1, of the other minus that of the baseline; else as for the mean."""
    sides = _both(estimate_quantile(baseline_sections, p), estimate_quantile(other_sections, p))
    return sides if isinstance(sides, NotEnough) else _difference(*sides, confidence)


def paired_relative_difference(
    baseline_sections: Sections,
    other_sections: Sections,
    p: float | None = None,
    confidence: float = 0.95,
) -> Interval | NotEnough:
    """The difference as a fraction of the baseline, 0.1 for 10% more.

    Compares the ``p`` quantiles, or the means without ``p``. A baseline of zero is NotEnough.
    """
    if p is None:
        sides = _both(estimate_mean(baseline_sections), estimate_mean(other_sections))
    else:
        sides = _both(estimate_quantile(baseline_sections, p), estimate_quantile(other_sections, p))
    return sides if isinstance(sides, NotEnough) else _relative_difference(*sides, confidence)


def _both(
    baseline: Estimate | NotEnough, other: Estimate | NotEnough
) -> tuple[Estimate, Estimate] | NotEnough:
    if isinstance(baseline, NotEnough):
        return baseline
    if isinstance(other, NotEnough):
        return other
    assert len(baseline.deviations) == len(other.deviations), "sections come in pairs"
    return baseline, other


def _difference(baseline: Estimate, other: Estimate, confidence: float) -> Interval:
    difference = Estimate(
        value=other.value - baseline.value,
        deviations=other.deviations - baseline.deviations,
        observations=min(baseline.observations, other.observations),
        spells=min(baseline.spells, other.spells),
    )
    return interval_of(difference, confidence)


def _relative_difference(
    baseline: Estimate, other: Estimate, confidence: float
) -> Interval | NotEnough:
    """To first order d(y / x) = (dy - (y / x) dx) / x."""
    if baseline.value == 0:
        return NotEnough(1, 0, "baselines other than zero that a relative difference takes")
    ratio = other.value / baseline.value
    difference = Estimate(
        value=ratio - 1,
        deviations=(other.deviations - ratio * baseline.deviations) / baseline.value,
        observations=min(baseline.observations, other.observations),
        spells=min(baseline.spells, other.spells),
    )
    return interval_of(difference, confidence)

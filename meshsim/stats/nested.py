r"""One interval from two causes of doubt: chance within a simulation, and uncertain parameters.

The answer x(p) of a simulation depends on parameters p, of which only a distribution is known. The
answer at their most likely values, x_0, has the usual interval (:mod:`meshsim.stats.intervals`).
Beside it stand n draws p_k, each simulated with random numbers that x_0 was simulated with, too:
the *shift* d_k = x(p_k) - x_0 on these is known far better than either, because their noise is
nearly the same. By the law of total variance the shifts vary by

    variance of d_k = calibration^2 + noise^2,

and noise^2, the mean over the draws of the variance of a shift, is known from its sections, which
come in pairs (:mod:`meshsim.stats.paired`). With m the median of the shifts, each side has a spread
of its own,

    s^2 = mean of (d_k - m)^2 on this side, less noise^2, at least 0,

which a symmetrical error inflates alike on both sides. With t the quantile of Student's
distribution with as many degrees of freedom as there are draws on the side, and h the distance of
that end of the usual interval from x_0, the combined interval is

    x_0 + m - sqrt(h_low^2 + (t s_low)^2)   to   x_0 + m + sqrt(h_high^2 + (t s_high)^2),

widened to hold x_0 if it does not. Of what is positive by its nature the same is done with the
logarithms of x_0 and of both ends, and with ratios in place of differences. Half the lengths of
the usual interval and of m - t s to m + t s are its two parts; their squares add up to about the
square of the whole.

It holds the answer at the true parameters in the stated share of all studies if the ranges of the
parameters are right: the true ones are then one more draw. Coverage over 1,000 synthetic studies
with a known answer is in tests/stats/test_nested.py.

Source: the analysis of variance with random effects, S. R. Searle, G. Casella and C. E. McCulloch,
"Variance Components", Wiley 1992, chapter 3; input uncertainty of simulations, R. R. Barton, H. Lam
and E. Song, "Input uncertainty in stochastic simulation", Palgrave Handbook of Operations Research,
2022; T. Sun, D. W. Apley and J. Staum, "Efficient nested simulation for estimating the variance of
a conditional expectation", Operations Research 59(4), 2011, pages 998-1007 (the correction).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from meshsim.stats.intervals import Estimate, Interval, NotEnough
from meshsim.stats.section import FloatArray

DRAWS_MIN = 5
"""Draws with an answer that a spread takes."""


@dataclass(frozen=True, eq=False)
class Shift:
    """How far the answer of one draw lies from that of the most likely parameters.

    ``deviations`` has one entry for each section: what it adds to the error of ``value``.
    """

    value: float
    deviations: FloatArray

    @property
    def variance(self) -> float:
        """Of the noise of ``value``; there are two sections at least, or no noise."""
        sections = len(self.deviations)
        if sections < 2:
            return 0.0
        return sections / (sections - 1) * float(np.sum(self.deviations**2))

    def minus(self, other: Shift) -> Shift:
        """The shift of a difference, of the same draw on the same random numbers."""
        return Shift(self.value - other.value, self.deviations - other.deviations)


@dataclass(frozen=True, eq=False)
class Pair:
    """An answer before and after a draw, on the same sections of the same random numbers."""

    before: Estimate
    after: Estimate

    @property
    def shift(self) -> Shift:
        """The difference."""
        deviations = self.after.deviations - self.before.deviations
        return Shift(self.after.value - self.before.value, deviations)

    @property
    def factor(self) -> Shift | None:
        """The logarithm of the ratio, by the delta method; None if an answer is not positive."""
        before, after = self.before, self.after
        if before.value <= 0 or after.value <= 0:
            return None
        deviations = after.deviations / after.value - before.deviations / before.value
        return Shift(math.log(after.value / before.value), deviations)


@dataclass(frozen=True)
class Spread:
    """Where the answers of all draws lie: ``centre`` is the median shift, ``below`` and ``above``
    reach from there to the ends of the interval of the shifts.
    """

    centre: float
    below: float
    above: float
    draws: int

    @property
    def half_width(self) -> float:
        """Half the length of the interval."""
        return (self.below + self.above) / 2


@dataclass(frozen=True)
class CombinedInterval(Interval):
    """An interval that knows both causes of doubt; ``observations`` are those of the estimate."""

    simulation: float
    """Half width that chance alone would give."""
    calibration: float
    """Half width that the uncertain parameters alone would give."""
    draws: int
    """Draws of the parameters."""


def spread_of(shifts: Sequence[Shift], confidence: float) -> Spread | NotEnough:
    """The spread of the shifts, less what their noise adds to it."""
    assert 0 < confidence < 1, confidence
    draws = len(shifts)
    if draws < DRAWS_MIN:
        return NotEnough(DRAWS_MIN, draws, "draws of the parameters with an answer")
    values = np.array([shift.value for shift in shifts])
    noise = float(np.mean([shift.variance for shift in shifts]))
    centre = float(np.median(values))
    below, above = (_reach(side, noise, confidence) for side in _sides(values - centre))
    return Spread(centre, below, above, draws)


def combined(simulated: Interval, shifts: Sequence[Shift]) -> CombinedInterval | NotEnough:
    """The interval of both causes around the estimate of ``simulated``, at its confidence."""
    spread = spread_of(shifts, simulated.confidence)
    if isinstance(spread, NotEnough):
        return spread
    x = simulated.estimate
    low, high = _ends(spread, x - simulated.low, simulated.high - x)
    return _made(simulated, x + low, x + high, spread.half_width, spread.draws)


def combined_positive(simulated: Interval, pairs: Sequence[Pair]) -> CombinedInterval | NotEnough:
    """The same of what is positive by its nature, such as a latency: its errors multiply.

    If something that was simulated is not positive all the same, errors are taken to add up.
    """
    factors = [factor for factor in (pair.factor for pair in pairs) if factor is not None]
    if simulated.low <= 0 or len(factors) < len(pairs):
        return combined(simulated, [pair.shift for pair in pairs])
    spread = spread_of(factors, simulated.confidence)
    if isinstance(spread, NotEnough):
        return spread
    x = simulated.estimate
    low, high = _ends(spread, math.log(x / simulated.low), math.log(simulated.high / x))
    alone = [math.exp(end) for end in _ends(spread, 0.0, 0.0)]
    half_width = x * (alone[1] - alone[0]) / 2
    return _made(simulated, x * math.exp(low), x * math.exp(high), half_width, spread.draws)


def _ends(spread: Spread, below: float, above: float) -> tuple[float, float]:
    """Both ends, as distances from the estimate, with what the simulation adds to each."""
    low = spread.centre - math.hypot(below, spread.below)
    return low, spread.centre + math.hypot(above, spread.above)


def _made(
    simulated: Interval, low: float, high: float, calibration: float, draws: int
) -> CombinedInterval:
    return CombinedInterval(
        estimate=simulated.estimate,
        low=min(low, simulated.estimate),
        high=max(high, simulated.estimate),
        confidence=simulated.confidence,
        observations=simulated.observations,
        simulation=simulated.half_width,
        calibration=calibration,
        draws=draws,
    )


def _sides(deviations: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Those below and above the median; one that lies on it counts half on each side."""
    ordered = np.sort(deviations)
    half = -(-len(ordered) // 2)
    return ordered[:half], ordered[-half:]


def _reach(side: FloatArray, noise: float, confidence: float) -> float:
    variance = max(float(np.mean(side**2)) - noise, 0.0)
    return float(stdtrit(len(side), (1 + confidence) / 2)) * math.sqrt(variance)

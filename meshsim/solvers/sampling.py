"""Values of distributions from one uniform draw each, by the inverse of the distribution function.

Inversion keeps common random numbers common: a draw of 0.9 is a long demand in every scenario. For
the empirical family each listed value is equally likely.
"""

from __future__ import annotations

import math

from meshsim.lowering.program import Distributions, Family
from meshsim.solvers.quantiles import gamma_quantile, normal_quantile


class Sampler:
    """Draws from the distributions of one program; values are durations [s]."""

    def __init__(self, distributions: Distributions) -> None:
        self._rows: list[tuple[int, float, float, int, int]] = list(
            zip(
                distributions.family.tolist(),
                distributions.p.tolist(),
                distributions.q.tolist(),
                distributions.first.tolist(),
                distributions.length.tolist(),
                strict=True,
            )
        )
        self._values: list[float] = distributions.values.tolist()

    def value(self, row: int, draw: float) -> float:
        """The duration [s] of distribution ``row`` at a draw in (0, 1)."""
        family, p, q, first, length = self._rows[row]
        if family == Family.CONSTANT:
            return p
        if family == Family.EXPONENTIAL:
            return -p * math.log(1.0 - draw)  # exact: draws are odd multiples of 2**-53
        if family == Family.LOGNORMAL:
            return math.exp(p + q * normal_quantile(draw))
        if family == Family.GAMMA:
            return q * gamma_quantile(p, draw)
        return self._values[first + int(draw * length)]

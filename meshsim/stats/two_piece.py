"""The distribution behind a value with a range: normal on each side, with a width of its own.

Of a number only its value and the 5th and 95th percentile are known. With z a standard normal
variable and z95 = 1.645 its 95th percentile, the number is

    value + (high - value) z / z95    for z > 0,
    value + (value - low) z / z95     for z < 0,

so that ``value`` is the median and ``low`` to ``high`` the central 90% interval. Of a positive
value the same is done with its logarithm, on each side whose end is positive, too: what cannot be
negative stays positive, and errors of calibration multiply. A lower end of zero, which has no
logarithm, is reached in a straight line and not passed. A value at the lower end zero itself (a
cost that may not be there at all) is half-normal: high |z| / z95 of which 95% lie below ``high``.

Source: the joined half-normal ("two-piece", "split") distribution goes back to G. T. Fechner,
"Kollektivmasslehre", 1897; K. F. Wallis, "The two-piece normal, binormal, or double Gaussian
distribution", Statistical Science 29(1), 2014, pages 106-112. Here the halves have equal weight,
which keeps the value the median.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.special import ndtr, ndtri

SHARE_OF_RANGE = 0.9
"""Probability that a number lies in its range."""
Z_END = float(ndtri((1 + SHARE_OF_RANGE) / 2))
"""Standard normal score of the upper end of a range; that of the lower one is its negative."""
_Z_END_HALF_NORMAL = float(ndtri((1 + (1 + SHARE_OF_RANGE) / 2) / 2))


@dataclass(frozen=True)
class TwoPiece:
    """A number with its median and its central 90% interval, ``low`` ≤ ``value`` ≤ ``high``."""

    value: float
    low: float
    high: float

    def __post_init__(self) -> None:
        """Assert the order."""
        assert self.low <= self.value <= self.high, self

    @property
    def certain(self) -> bool:
        """Whether the range has no width."""
        return self.low == self.high

    def at(self, z: float) -> float:
        """The number at a standard normal score: 0 gives the median, ±1.645 the ends."""
        if self.value == 0 == self.low:
            return self.high * float(ndtri((1 + ndtr(z)) / 2)) / _Z_END_HALF_NORMAL
        end = self.high if z > 0 else self.low
        steps = abs(z) / Z_END
        if self.value > 0 and end > 0:
            return self.value * math.exp(steps * math.log(end / self.value))
        straight = self.value + steps * (end - self.value)
        return max(straight, 0.0) if self.low >= 0 else straight

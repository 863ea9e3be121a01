"""Service level objectives, written as k6 writes thresholds.

``p(99)<250ms``, ``p(99.9)<=1s``, ``avg<40ms``, ``med<20ms``, ``error_rate<0.1%``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from meshsim import units

_PATTERN = re.compile(
    r"^\s*(?:p\(\s*(?P<percentile>[0-9]+(?:\.[0-9]+)?)\s*\)|(?P<word>avg|med|error_rate))"
    r"\s*(?P<relation><=|<(?!=))\s*(?P<bound>\S.*?)\s*$"
)
_CURE = "write e.g. 'p(99)<250ms', 'avg<40ms' or 'error_rate<0.1%'"


@dataclass(frozen=True)
class Objective:
    """``metric relation bound``; bound in seconds, or a fraction for the error rate."""

    text: str
    metric: Literal["latency_quantile", "latency_mean", "error_rate"]
    probability: float
    strict: bool
    bound: float

    def holds(self, value: float) -> bool:
        """Whether a measured value [s or fraction] keeps the objective."""
        return value < self.bound if self.strict else value <= self.bound


def parse_objective(text: str) -> Objective:
    """Read one threshold; raises :class:`meshsim.units.UnitError` with rule and cure."""
    match = _PATTERN.match(text)
    if match is None:
        raise units.UnitError("must be a threshold on latency or errors", text, _CURE)
    strict = match["relation"] == "<"
    if match["word"] == "error_rate":
        fraction = units.parse_percentage(match["bound"])
        return Objective(text, "error_rate", 0.0, strict, fraction)
    bound_s = units.parse_duration(match["bound"])
    if match["word"] == "avg":
        return Objective(text, "latency_mean", 0.0, strict, bound_s)
    probability = 0.5 if match["word"] == "med" else float(match["percentile"]) / 100
    if not 0 < probability < 1:
        raise units.UnitError("a percentile lies between 0 and 100", text, _CURE)
    return Objective(text, "latency_quantile", probability, strict, bound_s)

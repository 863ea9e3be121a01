"""The range of a result from the ranges of what it was computed from.

Each sourced number is moved to the ends of its central 90% interval, the others held. The shifts of
the result to one side, which for independent errors add like the sides of right angles, give that
end:

    high = value + sqrt( sum over numbers of (largest shift upward)^2 )

and likewise below. This is exact for a sum of independent terms with normal errors, and close for
what is monotone and not far from linear between the ends.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from meshsim.model.sourced import Sourced
from meshsim.stats import Interval

CONFIDENCE = 0.9
"""That of the range of a sourced number."""

Numbers = Mapping[str, float]
"""Sourced numbers by their dotted path."""


def sourced(part: BaseModel, prefix: str = "") -> dict[str, Sourced[Any]]:
    """All sourced numbers below a part of a mesh, by their path; list entries by their name."""
    return dict(_below(part, prefix))


def values_of(part: BaseModel, prefix: str = "") -> dict[str, float]:
    """The values of all sourced numbers below a part, by their path."""
    return {path: float(number.value) for path, number in sourced(part, prefix).items()}


def spread(result: Callable[[Numbers], float], numbers: Mapping[str, Sourced[Any]]) -> Interval:
    """A result with its 90% range."""
    values = {path: float(number.value) for path, number in numbers.items()}
    value = result(values)
    above = below = 0.0
    for path, number in numbers.items():
        shifts = [result({**values, path: float(end)}) - value for end in number.range]
        above += max(0.0, *shifts) ** 2
        below += min(0.0, *shifts) ** 2
    return Interval(value, value - math.sqrt(below), value + math.sqrt(above), CONFIDENCE, 0)


def _below(value: object, path: str) -> Iterator[tuple[str, Sourced[Any]]]:
    if isinstance(value, Sourced):
        yield path, value
    elif isinstance(value, BaseModel):
        for field, inner in value:
            yield from _below(inner, f"{path}.{field}" if path else field)
    elif isinstance(value, tuple):
        for index, inner in enumerate(value):
            yield from _below(inner, f"{path}.{getattr(inner, 'name', index)}")

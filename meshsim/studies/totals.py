"""Sums over intervals, and what a whole scenario uses and requests.

Nothing is assumed on how the errors of the parts hang together, so the ends are added too: by the
triangle inequality the summed range is never narrower than the one that any correlation calls for.
A study that draws parameters knows how the parts err together, and has intervals of its sums.
"""

from __future__ import annotations

from collections.abc import Sequence

from meshsim.stats import Interval, NotEnough
from meshsim.studies.result import Result, Value


def total(values: Sequence[Value]) -> Value:
    """The sum of at least one value; the first that lacks data if one does."""
    assert values, "a sum of nothing has no interval"
    intervals = []
    for value in values:
        if isinstance(value, NotEnough):
            return value
        intervals.append(value)
    return Interval(
        estimate=sum(i.estimate for i in intervals),
        low=sum(i.low for i in intervals),
        high=sum(i.high for i in intervals),
        confidence=min(i.confidence for i in intervals),
        observations=min(i.observations for i in intervals),
    )


def total_cpu_used(result: Result) -> Value:
    """CPU used by application, proxies and control plane [cores]."""
    if result.uncertainty is not None:
        return result.uncertainty.cpu_used[""]
    return total([row.cpu_used for row in result.usage])


def owner_cpu_used(result: Result, owner: str) -> Value:
    """CPU used by all containers of one owner [cores]."""
    if result.uncertainty is not None:
        return result.uncertainty.cpu_used[owner]
    return total([row.cpu_used for row in result.usage if row.owner == owner])


def total_requested(result: Result) -> tuple[float, float]:
    """CPU [cores] and memory [bytes] requested by application, proxies and control plane."""
    return result.requested()

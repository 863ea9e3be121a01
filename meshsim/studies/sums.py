"""Sums over the rows of a result that carry intervals.

The standard deviation of a sum is at most the sum of the standard deviations, whatever the
dependence (Minkowski's inequality). So adding the half widths gives a range that holds the sum at
least as often as promised; it is wider than needed where the parts vary independently.
"""

from __future__ import annotations

from collections.abc import Sequence

from meshsim.stats import Interval
from meshsim.studies.result import Result, Value


def sum_of(values: Sequence[Value]) -> Value:
    """The sum of at least one value; the first that lacks data if one does."""
    assert values, "a sum of nothing has no confidence"
    intervals = [value for value in values if isinstance(value, Interval)]
    if len(intervals) < len(values):
        return next(value for value in values if not isinstance(value, Interval))
    return Interval(
        estimate=sum(interval.estimate for interval in intervals),
        low=sum(interval.low for interval in intervals),
        high=sum(interval.high for interval in intervals),
        confidence=min(interval.confidence for interval in intervals),
        observations=min(interval.observations for interval in intervals),
    )


def cpu_used_by_all(result: Result) -> Value:
    """CPU of applications, proxies and control plane together [cores]."""
    return sum_of([row.cpu_used for row in result.usage])

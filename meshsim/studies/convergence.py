"""How long a change takes until the proxies have it, with calibration and simulation in one range.

The push queue is simulated thrice on the same changes: with all costs at their values, at their low
and at their high ends. The estimate is of the first; the range goes from the lower end of the
second to the upper end of the third, each with the noise of the simulation.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from meshsim.solvers.push_queue import PushLoad, PushTimes, simulate_pushes
from meshsim.stats import Interval, mean_interval
from meshsim.studies.control_plane_result import PROBABILITIES, ConvergenceRow

CONFIDENCE = 0.9
REPLICATIONS = 10
CHANGES_MIN = 400
"""Changes in each replication where each is pushed by itself."""

WINDOWS = 30
"""Longest waits that a replication goes on for at least, if changes come close together."""

CHANGES_MAX = 200_000

FloatArray = npt.NDArray[np.float64]


def convergence_rows(
    loads: Sequence[PushLoad], deliveries_s: Sequence[float], seed: int
) -> tuple[ConvergenceRow, ...]:
    """Of any proxy and of the last one; loads and deliveries are value, low end, high end."""
    runs = [
        [simulate_pushes(load, changes_of(load), seed, number) for number in range(REPLICATIONS)]
        for load in loads
    ]
    parts: dict[str, Callable[[PushTimes], FloatArray]] = {
        "a proxy": lambda times: times.proxies_s.ravel(),
        "the last proxy": lambda times: times.last_s,
    }
    return tuple(
        ConvergenceRow(what, tuple(_quantile(runs, deliveries_s, part, p) for p in PROBABILITIES))
        for what, part in parts.items()
    )


def changes_of(load: PushLoad) -> int:
    """Changes that a replication takes to see enough pushes."""
    wanted = WINDOWS * load.longest_s * load.changes_per_s if _merges(load) else 0.0
    return min(CHANGES_MAX, max(CHANGES_MIN, math.ceil(wanted)))


def _merges(load: PushLoad) -> bool:
    """Whether changes come close enough to hold each other up."""
    return load.changes_per_s * load.after_s > 0.5


def _quantile(
    runs: Sequence[Sequence[PushTimes]],
    deliveries_s: Sequence[float],
    part: Callable[[PushTimes], FloatArray],
    p: float,
) -> Interval:
    value, low, high = (
        _mean(np.array([np.quantile(part(times), p) for times in run]) + delivery_s)
        for run, delivery_s in zip(runs, deliveries_s, strict=True)
    )
    return Interval(
        estimate=value.estimate,
        low=min(value.low, low.low),
        high=max(value.high, high.high),
        confidence=CONFIDENCE,
        observations=sum(part(times).size for times in runs[0]),
    )


def _mean(values: FloatArray) -> Interval:
    interval = mean_interval([np.array([value]) for value in values], CONFIDENCE)
    assert isinstance(interval, Interval), "ten replications are enough"
    return interval

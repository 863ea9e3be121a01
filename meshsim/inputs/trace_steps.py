"""Steps of an endpoint from its totals and its sampled executions.

The means of all steps are exact over all executions; the sample gives the shape around them:

* ``compute``: the endpoint's own time (duration - time covered by its activities), first, all in
  one. Whether it was spent computing or waiting for a lock, traces do not say;
* a wait: its time per execution, zero where it did not occur;
* a call: with m calls per execution in the mean, one step with ``count`` floor(m) and one with the
  rest as ``probability``. Before it stands a wait for the network time beyond the round trip that
  all calls have in common;
* parallel blocks: one branch per lane, which begins with a wait for the lane's lag.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from meshsim import units
from meshsim.inputs.trace_executions import Key
from meshsim.inputs.trace_statistics import EndpointTotals, KeyTotals, covered
from meshsim.inputs.trace_structure import Block, Lane, Part, Run, blocks_of, runs_of

Step = dict[str, Any]
"""A step as a file writes it."""

_Times = npt.NDArray[np.float64]  # one per sampled execution [ns]
_COUNT_ROUNDING = 1e-12  # of a mean that should be whole


@dataclass(frozen=True)
class StepWriter:
    """Writes steps; ``target`` gives the ``service/endpoint`` of a call's key."""

    target: Callable[[Key], str]
    round_trip_ns: float
    """Network time that every call has anyway."""
    values_max: int
    """Values that a distribution may list."""

    def steps(self, totals: EndpointTotals) -> list[Step]:
        """The steps of an endpoint, in order."""
        sample = totals.sample
        own = with_mean([s.own_ns for s in sample], totals.own_ns / totals.executions)
        kind = "wait" if 2 * totals.clients > totals.executions else "compute"
        steps = self._timed(kind, own)
        for block in (*blocks_of(sample), *_unsampled(totals)):
            runs = [runs_of(block, s.activities) for s in sample]
            steps += self._block(block, runs, totals)
        return steps

    def _block(
        self, block: Block, runs: Sequence[Sequence[Run]], totals: EndpointTotals
    ) -> list[Step]:
        lanes = list(zip(*runs, strict=True))
        shares = _shares(block, lanes)
        if len(block) == 1:
            lag = np.zeros(len(runs))
            return self._lane(block[0], lanes[0], lag, shares, totals)
        branches = []
        for lane, mine in zip(block, lanes, strict=True):
            raw = np.array([run.end_ns - run.busy_ns for run in mine], dtype=float)
            lag = with_mean(raw, raw.mean())
            branch = self._lane(lane, mine, lag, shares, totals)
            branches.append(branch[0] if len(branch) == 1 else branch)
        return [{"parallel": [branch for branch in branches if branch]}]

    def _lane(
        self,
        lane: Lane,
        runs: Sequence[Run],
        lag: _Times,
        shares: dict[Part, float],
        totals: EndpointTotals,
    ) -> list[Step]:
        steps: list[Step] = []
        for part in lane:
            key = totals.keys[part.key]
            if part.key.is_call:
                calls = shares[part] * key.count / totals.executions
                wait = self._network(part, runs, calls, key)
                then = self._calls(part.key, calls, key)
            else:
                wait, then = _waits(part, runs, key.covered_ns / totals.executions), []
            steps += self._timed("wait", wait + lag) + then
            lag = np.zeros(len(runs))
        return steps

    def _network(self, part: Part, runs: Sequence[Run], calls: float, key: KeyTotals) -> _Times:
        """Network time beyond the common round trip, of all calls of an execution together."""
        mine = [run.activities.get(part, ()) for run in runs]
        excess = [sum(a.network_ns - self.round_trip_ns for a in some) for some in mine]
        return with_mean(excess, calls * (key.network_ns / key.count - self.round_trip_ns))

    def _calls(self, key: Key, calls: float, totals: KeyTotals) -> list[Step]:
        """The steps that make ``calls`` calls in the mean."""
        whole = math.floor(calls + _COUNT_ROUNDING)
        rest = calls - whole
        step: Step = {"call": self.target(key)}
        if 2 * totals.forgiven > totals.failed:
            step["on_error"] = "ignore"
        steps = []
        if whole:
            steps.append({**step, "count": whole})
        if rest > _COUNT_ROUNDING:
            steps.append({**step, "probability": units.print_percentage(rest)})
        return steps

    def _timed(self, kind: str, times: _Times) -> list[Step]:
        """A compute or wait step; none if it takes no time."""
        distribution = written(times, self.values_max)
        return [{kind: distribution}] if distribution else []


def _unsampled(totals: EndpointTotals) -> Iterator[Block]:
    """A block for each key that is so rare that no sampled execution has it."""
    sampled = {activity.key for s in totals.sample for activity in s.activities}
    yield from (((Part(key),),) for key in totals.keys if key not in sampled)


def _shares(block: Block, lanes: Sequence[Sequence[Run]]) -> dict[Part, float]:
    """The part of a key's calls that each of its lanes makes."""
    made = {
        part: sum(len(run.activities.get(part, ())) for run in runs)
        for lane, runs in zip(block, lanes, strict=True)
        for part in lane
    }
    all_made = {part: sum(made[p] for p in made if p.key == part.key) for part in made}
    return {part: made[part] / all_made[part] if all_made[part] else 1.0 for part in made}


def _waits(part: Part, runs: Sequence[Run], mean_ns: float) -> _Times:
    mine = [run.activities.get(part, ()) for run in runs]
    return with_mean([covered((a.start_ns, a.end_ns) for a in some) for some in mine], mean_ns)


def with_mean(times: Sequence[float] | _Times, mean: float) -> _Times:
    """The times without what is below zero, scaled to a mean; zero if that is not positive."""
    positive: _Times = np.maximum(np.asarray(times, dtype=np.float64), 0.0)
    if mean <= 0:
        return np.zeros(len(positive))
    if not positive.any():
        return np.full(len(positive), mean)
    positive *= mean / positive.mean()
    return positive


def written(times_ns: _Times, values_max: int) -> str | Step | None:
    """A distribution as a file writes it, with the mean of the times; None if all are zero.

    More than ``values_max`` times are condensed: sorted and cut into so many parts of equal size,
    each of which is replaced by its mean.
    """
    values = [round(value) for value in condensed(times_ns, values_max)]
    if not any(values):
        return None
    texts = [units.print_duration(value / 1e9) for value in values]
    if len(set(texts)) == 1:
        return texts[0]
    return {"distribution": "empirical", "values": texts}


def condensed(times: _Times, values_max: int) -> _Times:
    """The times in order, or the means of ``values_max`` equal parts of them if they are more."""
    ordered = np.sort(times)
    if len(ordered) <= values_max:
        return ordered
    cumulated = np.concatenate(([0.0], np.cumsum(ordered)))
    borders = np.linspace(0, len(ordered), values_max + 1)
    at_borders = np.interp(borders, np.arange(len(ordered) + 1), cumulated)
    means: _Times = np.diff(at_borders) * (values_max / len(ordered))
    return means

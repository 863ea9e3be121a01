"""Steps of an endpoint from its totals and its sampled executions.

The means of all steps are exact over all executions; the sample gives the shape around them:

* ``compute``: the endpoint's own time (duration - time covered by its activities), first, all in
  one. Whether it was spent computing or waiting for a lock, traces do not say;
* a wait: its time per execution, zero where it did not occur;
* a call: with m calls per execution in the mean, one step with ``count`` floor(m) and one with the
  rest as ``probability``. Before it stands a wait for the network time beyond the round trip that
  all calls have in common;
* parallel blocks: one branch per lane, which begins with a wait for the lane's lag
  (:mod:`meshsim.inputs.trace_fit`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from meshsim import units
from meshsim.inputs.import_report import Tally
from meshsim.inputs.trace_executions import Key
from meshsim.inputs.trace_fit import FittedBlock, Times, fitted
from meshsim.inputs.trace_statistics import EndpointTotals, KeyTotals
from meshsim.inputs.trace_structure import Block, Lane, Part, Run, blocks_of, taken_ns

Step = dict[str, Any]
"""A step as a file writes it."""

EXCESS_NOTED = 0.1
"""How much too long a parallel block may be before it is noted."""

_TOGETHER = (
    "takes more than 10% longer than in the traces, because what runs at once there was slow or "
    "fast together, which steps cannot tell"
)
_COUNT_ROUNDING = 1e-12  # of a mean that should be whole


@dataclass(frozen=True)
class StepWriter:
    """Writes steps; ``target`` gives the ``service/endpoint`` of a call's key."""

    target: Callable[[Key], str]
    round_trip_ns: float
    """Network time that every call has anyway."""
    values_max: int
    """Values that a distribution may list."""
    tally: Tally

    def steps(self, totals: EndpointTotals, name: str) -> list[Step]:
        """The steps of an endpoint, in order; ``name`` is for notes."""
        sample = totals.sample
        own = with_mean([s.own_ns for s in sample], totals.own_ns / totals.executions)
        kind = "wait" if 2 * totals.clients > totals.executions else "compute"
        steps = self._timed(kind, own)
        for block in (*blocks_of(sample), *_unsampled(totals)):
            fit = fitted(block, sample, totals)
            if fit.excess > EXCESS_NOTED and len(block) > 1:
                self.tally.skip("parallel block", _TOGETHER, name)
            steps += self._block(fit)
        return steps

    def _block(self, fit: FittedBlock) -> list[Step]:
        if len(fit.block) == 1:
            return self._lane(fit.block[0], fit.lanes[0], np.zeros(len(fit.runs)), fit)
        branches = []
        for lane, runs in zip(fit.block, fit.lanes, strict=True):
            raw = fit.lag(runs)
            branch = self._lane(lane, runs, with_mean(raw, fit.lag_share * raw.mean()), fit)
            if branch:
                branches.append(branch[0] if len(branch) == 1 else branch)
        return [{"parallel": branches}] if branches else []

    def _lane(self, lane: Lane, runs: Sequence[Run], lag: Times, fit: FittedBlock) -> list[Step]:
        steps: list[Step] = []
        for part in lane:
            key = fit.totals.keys[part.key]
            if part.key.is_call:
                calls = fit.calls[part]
                wait = self._network(part, runs, calls, key)
                then = self._calls(part.key, calls, key)
            else:
                wait, then = _waits(part, runs, key.covered_ns / fit.totals.executions), []
            steps += self._timed("wait", wait + lag) + then
            lag = np.zeros(len(runs))
        return steps

    def _network(self, part: Part, runs: Sequence[Run], calls: float, key: KeyTotals) -> Times:
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

    def _timed(self, kind: str, times: Times) -> list[Step]:
        """A compute or wait step; none if it takes no time."""
        distribution = written(times, self.values_max)
        return [{kind: distribution}] if distribution else []


def _unsampled(totals: EndpointTotals) -> Iterator[Block]:
    """A block for each key that is so rare that no sampled execution has it."""
    sampled = {activity.key for s in totals.sample for activity in s.activities}
    yield from (((Part(key),),) for key in totals.keys if key not in sampled)


def _waits(part: Part, runs: Sequence[Run], mean_ns: float) -> Times:
    return with_mean([taken_ns(part.key, run.activities.get(part, ())) for run in runs], mean_ns)


def with_mean(times: Sequence[float] | Times, mean: float) -> Times:
    """The times without what is below zero, scaled to a mean; zero if that is not positive."""
    positive: Times = np.maximum(np.asarray(times, dtype=np.float64), 0.0)
    if mean <= 0:
        return np.zeros(len(positive))
    if not positive.any():
        return np.full(len(positive), mean)
    positive *= mean / positive.mean()
    return positive


def written(times_ns: Times, values_max: int) -> str | Step | None:
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


def condensed(times: Times, values_max: int) -> Times:
    """The times in order, or the means of ``values_max`` equal parts of them if they are more."""
    ordered = np.sort(times)
    if len(ordered) <= values_max:
        return ordered
    cumulated = np.concatenate(([0.0], np.cumsum(ordered)))
    borders = np.linspace(0, len(ordered), values_max + 1)
    at_borders = np.interp(borders, np.arange(len(ordered) + 1), cumulated)
    means: Times = np.diff(at_borders) * (values_max / len(ordered))
    return means

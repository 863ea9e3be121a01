"""Fits parallel blocks, so that with independent draws they take the time that they took.

A simulation draws each call's time anew, independently of what runs beside it. The mean of the
longest lane is then seldom what was measured:

* It is too long if lanes that were slow together are drawn apart, and too short if they were late
  in turn. The lags are scaled by one factor for the whole block.
* It is still too long if calls of one key were dealt to whichever of some workers was free, because
  fixed lanes are not as even. Such a key gets more lanes, each with fewer calls.

What remains too long or too short stays so: steps cannot tell more.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from meshsim.inputs.trace_executions import Key
from meshsim.inputs.trace_statistics import EndpointTotals, Sampled
from meshsim.inputs.trace_structure import LANES_MAX, Block, Part, Run, runs_of, taken_ns

DRAWS = 2_000
"""The standard error of a drawn mean is then 2% of the standard deviation."""
EXCESS_MAX = 0.02
"""How much longer than measured a block may be before its keys get more lanes."""
LAG_SHARE_MAX = 2.0
"""Lags are not made longer than by this factor."""

_SEED = 20_231
_HALVINGS = 20
_SUMMED_MAX = 50  # calls of a lane that are drawn one by one; the sum of more is near to normal

Times = npt.NDArray[np.float64]


@dataclass(frozen=True)
class FittedBlock:
    """A block, what the sampled executions did on its lanes, and the factor of the lags."""

    block: Block
    runs: Sequence[Sequence[Run]]
    """By execution, then by lane."""
    totals: EndpointTotals

    @property
    def lanes(self) -> list[tuple[Run, ...]]:
        """The runs by lane, then by execution."""
        return list(zip(*self.runs, strict=True))

    @cached_property
    def calls(self) -> dict[Part, float]:
        """Calls per execution that each lane makes, by the part of the lane."""
        made = {
            part: np.array([len(run.activities.get(part, ())) for run in runs])
            for lane, runs in zip(self.block, self.lanes, strict=True)
            for part in lane
        }
        calls: dict[Part, float] = {}
        for key in {part.key for part in made}:
            parts = [part for part in made if part.key == key]
            shares = _shares([made[part] for part in parts])
            mean = self.totals.keys[key].count / self.totals.executions
            calls |= {part: mean * share for part, share in zip(parts, shares, strict=True)}
        return calls

    @cached_property
    def excess(self) -> float:
        """How much longer than measured the block is even without lags, as a part of that."""
        return self._length(0.0) / self._measured_ns - 1 if self._measured_ns else 0.0

    @cached_property
    def lag_share(self) -> float:
        """By which factor the lags are scaled, so that the block takes its measured time."""
        now = self._length(1.0)
        if (1 - EXCESS_MAX) * self._measured_ns <= now <= self._measured_ns:
            return 1.0
        low, high = (0.0, 1.0) if now > self._measured_ns else (1.0, LAG_SHARE_MAX)
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            too_long = self._length(middle) > self._measured_ns
            low, high = (low, middle) if too_long else (middle, high)
        return low

    def lag(self, lane: Sequence[Run]) -> Times:
        """The measured lags of a lane [ns]; negative where calls that overlapped share it."""
        return np.array([run.end_ns - run.busy_ns for run in lane], dtype=np.float64)

    def widened(self, sample: Sequence[Sampled]) -> FittedBlock | None:
        """With one more lane for each key that has several; None if no more makes sense."""
        widths = Counter(part.key for lane in self.block for part in lane)
        wider = [key for key, width in widths.items() if 1 < width < self._most_calls(key)]
        if not wider:
            return None
        added = tuple((Part(key, widths[key]),) for key in wider)
        return fit_of((*self.block, *added), sample, self.totals)

    def _most_calls(self, key: Key) -> int:
        """The most lanes that a key can use."""
        counts = (
            sum(len(a) for run in runs for part, a in run.activities.items() if part.key == key)
            for runs in self.runs
        )
        return min(max(counts), LANES_MAX)

    @cached_property
    def _measured_ns(self) -> float:
        return float(np.mean([max(run.end_ns for run in runs) for runs in self.runs]))

    def _length(self, lag_share: float) -> float:
        """Mean time of the block [ns]."""
        busy, lag = self._draws
        return float(np.max(busy + lag_share * lag, axis=0).mean())

    @cached_property
    def _draws(self) -> tuple[Times, Times]:
        """Busy times and lags, each of shape (lanes, draws) [ns]."""
        random = np.random.default_rng(_SEED)
        busy, lags = [], []
        for lane, runs in zip(self.block, self.lanes, strict=True):
            busy.append(sum((self._drawn(part, runs, random) for part in lane), np.zeros(DRAWS)))
            lags.append(random.choice(np.maximum(self.lag(runs), 0.0), DRAWS))
        return np.array(busy), np.array(lags)

    def _drawn(self, part: Part, runs: Sequence[Run], random: np.random.Generator) -> Times:
        if not part.key.is_call:
            waits = [taken_ns(part.key, run.activities.get(part, ())) for run in runs]
            drawn: Times = random.choice(np.array(waits, dtype=np.float64), DRAWS)
            return drawn
        times = np.array(list(self._times(part.key)), dtype=np.float64)
        whole, rest = divmod(self.calls[part], 1)
        total: Times = (random.random(DRAWS) < rest) * random.choice(times, DRAWS)
        if whole > _SUMMED_MAX:
            spread = times.std() * math.sqrt(whole)
            total += random.normal(whole * times.mean(), spread, DRAWS)
        else:
            total += random.choice(times, (int(whole), DRAWS)).sum(axis=0)
        return total

    def _times(self, key: Key) -> Iterator[int]:
        """The times of all calls of a key [ns]."""
        for runs in self.runs:
            for run in runs:
                for part, activities in run.activities.items():
                    if part.key == key:
                        yield from (a.end_ns - a.start_ns for a in activities)


def fit_of(block: Block, sample: Sequence[Sampled], totals: EndpointTotals) -> FittedBlock:
    """The block with its runs, as it is."""
    return FittedBlock(block, [runs_of(block, s.activities) for s in sample], totals)


def fitted(block: Block, sample: Sequence[Sampled], totals: EndpointTotals) -> FittedBlock:
    """The block with as many lanes as it needs not to be too long."""
    fit = fit_of(block, sample, totals)
    while len(fit.block) > 1 and fit.excess > EXCESS_MAX:
        wider = fit.widened(sample)
        if wider is None:
            break
        fit = wider
    return fit


def _shares(made: Sequence[npt.NDArray[np.int_]]) -> list[float]:
    """The part of a key's calls that each lane makes, given each lane's calls by execution.

    If all executions make as many calls, each lane makes a whole number of them.
    """
    counts = [int(calls.sum()) for calls in made]
    per_execution = np.sum(made, axis=0)
    if not any(counts):
        return [1 / len(counts)] * len(counts)
    if (per_execution == per_execution[0]).all():
        counts = apportioned(counts, int(per_execution[0]))
    return [count / sum(counts) for count in counts]


def apportioned(weights: Sequence[int], total: int) -> list[int]:
    """Whole numbers in proportion to weights, by the method of the largest remainder."""
    exact = [weight * total / sum(weights) for weight in weights]
    whole = [math.floor(number) for number in exact]
    by_remainder = sorted(range(len(exact)), key=lambda i: whole[i] - exact[i])
    for index in by_remainder[: total - sum(whole)]:
        whole[index] += 1
    return whole

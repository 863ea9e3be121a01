"""Puts what the draws of the parameters showed into results and comparisons.

Each interval of the simulation becomes one of both causes of doubt
(:mod:`meshsim.stats.nested`). Where the simulation had too few data for an interval there is none.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from meshsim.model.slo import parse_objective
from meshsim.stats import Interval
from meshsim.stats.intervals import Estimate, interval_of, quantile_name
from meshsim.stats.nested import Pair, Shift, combined, combined_positive
from meshsim.studies.answers import MEAN, METRICS, Key, latency_keys, objective_key, usage_name
from meshsim.studies.result import (
    ALL,
    Comparison,
    LatencyDifference,
    LatencyRow,
    ObjectiveRow,
    OutcomeRow,
    ResourceDifference,
    Result,
    ServiceEdgeRow,
    Uncertainty,
    UsageRow,
    Value,
)
from meshsim.studies.summarise import judged
from meshsim.studies.uncertainty import Drawn

T = TypeVar("T")

_OF_NAME = {quantile_name(p) if p is not MEAN else "mean": p for p in METRICS}


def with_draws(result: Result, drawn: Drawn) -> Result:
    """The result with intervals of both causes of doubt."""
    made = _Combining(result, drawn)
    return replace(
        result,
        latency=tuple(made.latency(row) for row in result.latency),
        service_edges=tuple(made.service_edge(row) for row in result.service_edges),
        outcomes=tuple(made.outcome(row) for row in result.outcomes),
        objectives=tuple(made.objective(row) for row in result.objectives),
        usage=tuple(made.usage(row) for row in result.usage),
        warnings=(*result.warnings, *_overloaded(drawn, result.plan.draws)),
        uncertainty=made.sums(),
    )


def _overloaded(drawn: Drawn, draws: int) -> list[str]:
    if not drawn.overloaded:
        return []
    return [
        f"under {drawn.overloaded} of {draws} draws of the parameters the system is overloaded: "
        "the upper ends of latencies depend on the length of the run"
    ]


class _Combining:
    """One result, piece by piece."""

    def __init__(self, result: Result, drawn: Drawn) -> None:
        self._result = result
        self._drawn = drawn

    def latency(self, row: LatencyRow, table: str = "") -> LatencyRow:
        """A row of latencies."""
        mean, *quantiles = (self._with(value, key) for key, value in latency_keys(row, table))
        return replace(row, mean=mean, quantiles=tuple(quantiles))

    def service_edge(self, row: ServiceEdgeRow) -> ServiceEdgeRow:
        """A row of calls between two services."""
        return replace(row, latency=self.latency(row.latency, "service_edge"))

    def outcome(self, row: OutcomeRow) -> OutcomeRow:
        """The error rate of an entry point."""
        return replace(row, error_rate=self._with(row.error_rate, Key("error_rate", row.name)))

    def objective(self, row: ObjectiveRow) -> ObjectiveRow:
        """An objective, judged by the wider interval."""
        value = self._with(row.value, objective_key(row))
        return judged(row.entry, parse_objective(row.text), value)

    def usage(self, row: UsageRow) -> UsageRow:
        """CPU and memory of one kind of container."""
        name = usage_name(row)
        return replace(row, cpu_used=self._use("cpu", name), memory_range=self._use("memory", name))

    def sums(self) -> Uncertainty:
        """CPU and memory of each owner, and of all."""
        owners = ("", *dict.fromkeys(row.owner for row in self._result.usage))
        return Uncertainty(
            self._result.plan.draws,
            self._drawn.overloaded,
            cpu_used={owner: self._use("cpu", owner) for owner in owners},
            memory_used={owner: self._use("memory", owner) for owner in owners},
        )

    def _use(self, table: str, name: str) -> Value:
        """The simulation alone knows nothing of the ranges of the control plane, say."""
        key = Key(table, name)
        estimate = self._drawn.answers.of(key)
        assert estimate is not None, "each container uses CPU and memory"
        return self._with(interval_of(estimate, self._result.plan.confidence), key)

    def _with(self, value: Value, key: Key) -> Value:
        if not isinstance(value, Interval):
            return value
        return combined_positive(value, _there(self._drawn.pairs[key]))


def _there(pairs: Iterable[T | None]) -> list[T]:
    """Without the draws that had no answer."""
    return [each for each in pairs if each is not None]


def comparison_with_draws(found: Comparison, drawn: Sequence[Drawn]) -> Comparison:
    """The comparison with intervals of both causes of doubt; ``drawn`` has an entry per mesh."""
    of_mesh = {result.mesh: each for result, each in zip(found.results, drawn, strict=True)}
    baseline, before = found.baseline, drawn[0]
    confidence = baseline.plan.confidence
    return replace(
        found,
        results=tuple(with_draws(result, of_mesh[result.mesh]) for result in found.results),
        latency=tuple(
            _latency_difference(row, baseline, before, of_mesh[row.mesh]) for row in found.latency
        ),
        resources=tuple(
            _resource_difference(row, before, of_mesh[row.mesh], confidence)
            for row in found.resources
        ),
    )


def _latency_difference(
    row: LatencyDifference, baseline: Result, before: Drawn, after: Drawn
) -> LatencyDifference:
    """A difference of latencies; both sides were drawn with the same scores."""
    key = Key("all" if row.name == ALL else "entry", row.name, _OF_NAME[row.metric])
    if not isinstance(row.difference, Interval):
        return row
    sides = _sides(key, before, after)
    difference = combined(row.difference, [new.shift.minus(old.shift) for old, new in sides])
    base = dict(pair for each in baseline.latency for pair in latency_keys(each))[key]
    if not isinstance(base, Interval) or not isinstance(row.relative, Interval):
        return replace(row, difference=difference)
    ratio = 1 + row.relative.estimate
    relative = _there(_ratio(old.shift, new.shift, base.estimate, ratio) for old, new in sides)
    return replace(row, difference=difference, relative=combined(row.relative, relative))


def _sides(key: Key, before: Drawn, after: Drawn) -> list[tuple[Pair, Pair]]:
    """What a draw did to the baseline and to the mesh, where both have an answer."""
    sides = zip(before.pairs[key], after.pairs[key], strict=True)
    return [(old, new) for old, new in sides if old is not None and new is not None]


def _ratio(old: Shift, new: Shift, base: float, ratio: float) -> Shift | None:
    """The shift of y / x, which is ``ratio`` where x is ``base``."""
    if base + old.value == 0:
        return None
    moved = (ratio * base + new.value) / (base + old.value)
    return Shift(moved - ratio, (new.deviations - ratio * old.deviations) / base)


def _resource_difference(
    row: ResourceDifference, before: Drawn, after: Drawn, confidence: float
) -> ResourceDifference:
    """A difference of CPU and memory; both sides were drawn with the same scores."""
    cpu, memory = (
        _use_difference(Key(table, ""), before, after, confidence) for table in ("cpu", "memory")
    )
    return replace(row, cpu_used=cpu, memory_range=memory)


def _use_difference(key: Key, before: Drawn, after: Drawn, confidence: float) -> Value:
    old, new = before.answers.of(key), after.answers.of(key)
    assert old is not None, "each system uses CPU and memory"
    assert new is not None, "each system uses CPU and memory"
    difference = Estimate(
        new.value - old.value,
        new.deviations - old.deviations,
        min(old.observations, new.observations),
        spells=math.inf,
    )
    moved = [new.shift.minus(old.shift) for old, new in _sides(key, before, after)]
    return combined(interval_of(difference, confidence), moved)

"""Puts what the draws of the parameters showed into results and comparisons.

Each interval of the simulation becomes one of both causes of doubt
(:mod:`meshsim.stats.nested`). Where the simulation had too few data for an interval there is none.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from meshsim.model.slo import parse_objective
from meshsim.stats import Interval
from meshsim.stats.intervals import Estimate, interval_of, quantile_name
from meshsim.stats.nested import Shift, combined
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
        return _combined(value, self._drawn.shifts[key], positive=True)


def _combined(value: Interval, shifts: Sequence[Shift | None], *, positive: bool = False) -> Value:
    return combined(value, [each for each in shifts if each is not None], positive=positive)


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
    pairs = list(zip(before.shifts[key], after.shifts[key], strict=True))
    moved = [_minus(new, old) for old, new in pairs]
    difference = _combined(row.difference, moved)
    values = dict(pair for each in baseline.latency for pair in latency_keys(each))
    value = values[key]
    if not isinstance(value, Interval) or not isinstance(row.relative, Interval):
        return replace(row, difference=difference)
    relative = [_ratio(old, new, value.estimate, row.relative.estimate) for old, new in pairs]
    return replace(
        row,
        difference=difference,
        relative=_combined(row.relative, relative),
    )


def _minus(new: Shift | None, old: Shift | None) -> Shift | None:
    return None if new is None or old is None else new.minus(old)


def _ratio(old: Shift | None, new: Shift | None, base: float, relative: float) -> Shift | None:
    """The shift of y / x - 1, which is ``relative`` where x is ``base``."""
    if old is None or new is None or base + old.value == 0:
        return None
    ratio = 1 + relative
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
    observations = min(old.observations, new.observations)
    deviations = new.deviations - old.deviations
    difference = Estimate(new.value - old.value, deviations, observations, spells=math.inf)
    pairs = zip(before.shifts[key], after.shifts[key], strict=True)
    moved = [_minus(new, old) for old, new in pairs]
    return _combined(interval_of(difference, confidence), moved)

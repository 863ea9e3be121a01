"""Scenarios with one parameter at an end of its range, and what that does to one answer."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from meshsim.capacity.footprint import footprint
from meshsim.capacity.nodes import NodePlan, plan_nodes
from meshsim.model.parameters import Parameter, parameters
from meshsim.model.scenario import Scenario
from meshsim.stats import (
    NotEnough,
    Section,
    mean_interval,
    paired_mean_difference,
    paired_quantile_difference,
    quantile_interval,
)
from meshsim.stats.intervals import Estimate, interval_of
from meshsim.stats.two_piece import Z_END, TwoPiece
from meshsim.studies.answers import Answers
from meshsim.studies.plan import RunPlan
from meshsim.studies.progress import part_of
from meshsim.studies.result import Value
from meshsim.studies.screening import by_formulas, worth_simulating
from meshsim.studies.sections import Replications, Sections, sections_of
from meshsim.studies.simulated import How, Run, task_of
from meshsim.studies.subject import Subject
from meshsim.studies.summarise import Prepared, entry_names
from meshsim.studies.task import Replication, Task
from meshsim.studies.uncertainty import variant_of

Sides = tuple[Prepared, ...]
"""The scenario of the mesh, or those of the baseline and of the mesh."""


_LOW, _HIGH = 0, 1
"""Where the ends stand in a range."""


class Ends:
    """The scenarios at the values of all parameters, and away from them."""

    def __init__(
        self, scenarios: Sequence[Scenario], subject: Subject, plan: RunPlan, how: How
    ) -> None:
        self._subject = subject
        self._plan = plan
        self._how = how
        self._runs = [Run.of(scenario) for scenario in scenarios]
        self._sides = tuple(run.prepared for run in self._runs)
        self._formulas: dict[int, float | None] = {}
        if subject.key is not None:
            tasks = [task for side in self._sides for task in self._tasks(side)]
            finished = iter(how.run(tasks))
            for run in self._runs:
                run.replications.extend(self._next(finished))
        self._known = self._difference(self._sides, [run.replications for run in self._runs])
        self.answer = self._answer()
        """At the values of all parameters; the difference to the baseline if there is one."""

    @property
    def scenario_hashes(self) -> tuple[str, ...]:
        """Of the scenarios at the values of all parameters."""
        return tuple(side.program.scenario_hash for side in self._sides)

    def effects(self, chosen: Sequence[Parameter]) -> Iterator[tuple[Value, Value] | None]:
        """What the low and the high end of each parameter do to the answer; None where that is too
        little to be simulated.
        """
        pairs = [[self._end(one.path, at) for at in (_LOW, _HIGH)] for one in chosen]
        each = [[self._new(end) for end in pair] for pair in pairs]
        wanted = self._worth(pairs, each)
        simulated = [pair for pair, is_in in zip(each, wanted, strict=True) if is_in]
        total = sum(len(tasks) for pair in simulated for tasks in pair)
        done = 0
        for ends, new, is_wanted in zip(pairs, each, wanted, strict=True):
            if not is_wanted:
                yield None
                continue
            tasks = [task for of_end in new for task in of_end]
            how = replace(self._how, progress=part_of(self._how.progress, done, total))
            finished = iter(how.run(tasks) if tasks else [])
            done += len(tasks)
            low, high = (self._effect(end, finished) for end in ends)
            yield low, high

    def _worth(
        self, pairs: Sequence[Sequence[Sides]], new: Sequence[Sequence[list[Task]]]
    ) -> list[bool]:
        """Those that need no simulation cost nothing and stay; formulas weigh the others."""
        is_simulated = [any(of_end) for of_end in new]
        effects = [
            self._by_formulas(pair)
            for pair, simulated in zip(pairs, is_simulated, strict=True)
            if simulated
        ]
        weighed = iter(worth_simulating(effects))
        return [next(weighed) if simulated else True for simulated in is_simulated]

    def _by_formulas(self, pair: Sequence[Sides]) -> float | None:
        """The larger effect of the ends of one parameter."""
        known, *moved = (self._formula(sides) for sides in (self._sides, *pair))
        if known is None:
            return None
        effects = [None if value is None else abs(value - known) for value in moved]
        found = [effect for effect in effects if effect is not None]
        return max(found) if len(found) == len(effects) else None

    def _formula(self, sides: Sides) -> float | None:
        assert self._subject.key is not None, "the cost is not simulated"
        values = []
        for side in sides:
            key = id(side.program)
            if key not in self._formulas:
                self._formulas[key] = by_formulas(side.program, self._subject.key)
            values.append(self._formulas[key])
        known = [value for value in values if value is not None]
        if len(known) < len(values):
            return None
        return known[0] if len(known) == 1 else known[1] - known[0]

    def _end(self, path: str, at: int) -> Sides:
        """The scenarios with a parameter at one end of the range that each of them has for it."""
        return tuple(_moved(run, path, at) for run in self._runs)

    def _new(self, end: Sides) -> list[Task]:
        """What is to be simulated: not those that do what the known ones do."""
        return [
            task
            for at, side in enumerate(end)
            if self._is_new(at, side)
            for task in self._tasks(side)
        ]

    def _is_new(self, at: int, side: Prepared) -> bool:
        return self._subject.key is not None and side.program is not self._sides[at].program

    def _tasks(self, side: Prepared) -> list[Task]:
        return [task_of(side, self._plan, number) for number in range(self._plan.replications)]

    def _next(self, finished: Iterator[Replication]) -> Replications:
        """The replications of one scenario."""
        return Replications(next(finished) for _ in range(self._plan.replications))

    def _effect(self, end: Sides, finished: Iterator[Replication]) -> Value:
        replications = [
            self._next(finished) if self._is_new(at, side) else self._runs[at].replications
            for at, side in enumerate(end)
        ]
        if isinstance(self.answer, NotEnough):
            return self.answer
        moved = self._difference(end, replications)
        needed, there = len(self._known.deviations), len(moved.deviations)
        if needed != there or not math.isfinite(moved.value):
            return NotEnough(needed, there, "sections that both ends of a difference take")
        return interval_of(_minus(moved, self._known), self._plan.confidence)

    def _difference(self, end: Sides, replications: Sequence[Replications]) -> Estimate:
        """The number itself, or that of the mesh minus that of the baseline."""
        each = [self._estimate(at, side, replications[at]) for at, side in enumerate(end)]
        return each[0] if len(each) == 1 else _minus(each[1], each[0])

    def _estimate(self, at: int, side: Prepared, replications: Replications) -> Estimate:
        nodes = _nodes(side)
        if self._subject.key is None:
            return _certain(nodes.cost_of_share_per_month)
        sections = sections_of(replications, sections_of(self._runs[at].replications).deleted)
        found = Answers(side, sections, nodes.nodes).of(self._subject.key)
        return _certain(math.nan) if found is None else found

    def _answer(self) -> Value:
        """Of latencies with all that an interval takes, as results have it."""
        if self._subject.quantity != "latency":
            return interval_of(self._known, self._plan.confidence)
        assert self._subject.key is not None, "latencies have a key"
        p, confidence = self._subject.key.probability, self._plan.confidence
        sides = [self._latencies(run) for run in self._runs]
        if len(sides) == 1:
            if p is None:
                return mean_interval(sides[0], confidence)
            return quantile_interval(sides[0], p, confidence)
        before, after = sides
        if p is None:
            return paired_mean_difference(before, after, confidence)
        return paired_quantile_difference(before, after, p, confidence)

    def _latencies(self, run: Run) -> Sequence[Section]:
        assert self._subject.key is not None, "latencies have a key"
        names = entry_names(run.prepared.program)
        is_all = self._subject.key.table == "all"
        sections: Sections = sections_of(run.replications)
        return sections.latency(None if is_all else names.index(self._subject.key.name))


def _moved(run: Run, path: str, at: int) -> Prepared:
    """The scenario itself if it has no such parameter, or knows it for certain."""
    listed = parameters(run.prepared.scenario.mesh)
    for parameter in listed:
        low, high = parameter.number.range
        if parameter.path == path and low < high:
            values = {path: parameter.number.range[at], **_following(parameter, listed, at)}
            return variant_of(run, values)
    return run.prepared


def _following(moved: Parameter, listed: Sequence[Parameter], at: int) -> dict[str, float]:
    """Where a number that was fitted together with the moved one is to be expected then."""
    values = {}
    for other in listed:
        if other.partner == moved.path or moved.partner == other.path:
            correlation = other.correlation or moved.correlation
            score = correlation * (Z_END if at == _HIGH else -Z_END)
            middle, (low, high) = other.number.value, other.number.range
            values[other.path] = TwoPiece(middle, low, high).at(score)
    return values


def _nodes(side: Prepared) -> NodePlan:
    topology, mesh = side.scenario.topology, side.scenario.mesh
    return plan_nodes(footprint(topology, mesh), topology.nodes)


def _minus(after: Estimate, before: Estimate) -> Estimate:
    """A paired difference, whose noise is mostly in both."""
    return Estimate(
        value=after.value - before.value,
        deviations=after.deviations - before.deviations,
        observations=min(after.observations, before.observations),
        spells=min(after.spells, before.spells),
    )


def _certain(value: float) -> Estimate:
    """What is not simulated has no noise."""
    return Estimate(value, np.zeros(2), observations=0, spells=math.inf)

"""How far each number of a result moves when the parameters of its mesh are drawn.

Each draw is a scenario of its own, simulated with the same random numbers as the mesh at its most
likely parameters. Its replications are two of those that the mesh has, in turn: the shift of a
number is taken on these two, so that most of the noise is on both sides and cancels, and over the
draws all replications have their say. A draw that changes nothing in the simulation (memory, the
control plane) is not simulated.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from meshsim.lowering.lower import lower
from meshsim.lowering.program import Program
from meshsim.model.parameters import with_values
from meshsim.model.scenario import Scenario
from meshsim.solvers.queueing import bottleneck
from meshsim.solvers.settings import RunSettings
from meshsim.stats.nested import Pair
from meshsim.studies.answers import Answers, Key, keys_of
from meshsim.studies.draws import drawn_values
from meshsim.studies.plan import RunPlan
from meshsim.studies.progress import part_of
from meshsim.studies.result import Result
from meshsim.studies.sections import Sections, sections_of
from meshsim.studies.simulated import How, Run, task_of
from meshsim.studies.summarise import Prepared
from meshsim.studies.task import Replication, Task, task_ids

PER_DRAW = 2
"""Replications of each draw: two show its noise, and more draws show more than more of these."""
_AT_ONCE = 10
"""Draws whose requests are in memory together."""

Pairs = dict[Key, list[Pair | None]]
"""For each number what it was before and after each draw; None where one side had none."""


@dataclass(frozen=True)
class Drawn:
    """What the draws of one mesh showed."""

    answers: Answers
    """Of the most likely parameters, from all replications."""
    pairs: Pairs
    overloaded: int
    """Draws under which the system cannot keep up."""


def variant_of(run: Run, values: dict[str, float]) -> Prepared:
    """The scenario with other parameters; with the same program if these do not change it."""
    scenario = run.prepared.scenario
    changed = Scenario(scenario.topology, with_values(scenario.mesh, values))
    program = lower(changed)
    known = run.prepared.program
    return Prepared(changed, known if _id_of(program) == _id_of(known) else program)


def draw(run: Run, result: Result, how: How) -> Drawn:
    """All numbers of a result under each draw of its plan."""
    plan, nodes = result.plan, result.nodes.nodes
    values = drawn_values(run.prepared.scenario.mesh, plan.draws, plan.seed)
    variants = [variant_of(run, each) for each in values]
    reference = _Reference(run, nodes, keys_of(result))
    pairs: Pairs = {key: [] for key in reference.keys}
    for number, own in _simulated(run, variants, plan, how):
        chosen = _chosen(number, len(run.replications))
        for key, pair in reference.pairs(variants[number], own, chosen).items():
            pairs[key].append(pair)
    answers = Answers(run.prepared, sections_of(run.replications), nodes)
    return Drawn(answers, pairs, sum(map(is_overloaded, variants)))


def tasks_per_mesh(plan: RunPlan) -> int:
    """How many tasks a mesh takes, if each draw changes what is simulated."""
    return plan.replications + plan.draws * min(PER_DRAW, plan.replications)


def is_overloaded(variant: Prepared) -> bool:
    """Whether a system gets more work than it can do, so that it has no latency."""
    program = variant.program
    return program.load.process != "closed" and bottleneck(program).overloaded


def _simulated(
    run: Run, variants: Sequence[Prepared], plan: RunPlan, how: How
) -> Iterator[tuple[int, list[Replication]]]:
    """Each draw by number with its replications, some draws at a time."""
    known = run.replications
    total, done = len(variants) * min(PER_DRAW, len(known)), 0
    for first in range(0, len(variants), _AT_ONCE):
        numbers = range(first, min(first + _AT_ONCE, len(variants)))
        each = [(number, one) for number in numbers for one in _chosen(number, len(known))]
        wanted = {
            (number, one): task_of(variants[number], plan, one)
            for number, one in each
            if variants[number].program is not run.prepared.program
        }
        telling = replace(how, progress=part_of(how.progress, done, total))
        simulated = telling.run(list(wanted.values())) if wanted else []
        finished = dict(zip(wanted, simulated, strict=True))
        done += len(each)
        for number in numbers:
            chosen = _chosen(number, len(known))
            yield number, [finished.get((number, one), known[one]) for one in chosen]


class _Reference:
    """The scenario that draws are compared with, on the replications that they share."""

    def __init__(self, run: Run, nodes: int, keys: Sequence[Key]) -> None:
        self._run = run
        self._nodes = nodes
        self._deleted = sections_of(run.replications).deleted
        self._answers: dict[tuple[int, ...], Answers] = {}
        first = self._of(_chosen(0, len(run.replications)))
        self.keys = [*keys, *first.use_keys()]

    def pairs(
        self, variant: Prepared, replications: Sequence[Replication], chosen: tuple[int, ...]
    ) -> dict[Key, Pair | None]:
        """Each number of the scenario and of a variant."""
        theirs = self._of(chosen)
        if variant.program is self._run.prepared.program:
            ours = theirs.with_other(variant)
        else:
            ours = Answers(variant, self._sections(replications), self._nodes)
        return {key: _pair(theirs, ours, key) for key in self.keys}

    def _of(self, chosen: tuple[int, ...]) -> Answers:
        if chosen not in self._answers:
            sections = self._sections([self._run.replications[number] for number in chosen])
            self._answers[chosen] = Answers(self._run.prepared, sections, self._nodes)
        return self._answers[chosen]

    def _sections(self, replications: Sequence[Replication]) -> Sections:
        return sections_of(replications, self._deleted)


def _pair(before: Answers, after: Answers, key: Key) -> Pair | None:
    old, new = before.of(key), after.of(key)
    if old is None or new is None or len(old.deviations) != len(new.deviations):
        return None
    return Pair(old, new)


def _chosen(draw_number: int, replications: int) -> tuple[int, ...]:
    """The replications of a draw: as many as there are at most, in turn."""
    first = draw_number * PER_DRAW
    return tuple(dict.fromkeys((first + more) % replications for more in range(PER_DRAW)))


def _id_of(program: Program) -> str:
    """Digits that are the same for programs that do the same, whatever they were made from."""
    (found,) = task_ids([Task(replace(program, scenario_hash=""), RunSettings(requests=1))])
    return found

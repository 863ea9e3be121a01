"""Which assumption matters most to this answer: each parameter at both ends of its range.

One parameter at a time is set to its 5th and then to its 95th percentile, with all others at their
values, and the scenario is simulated again with the same random numbers. The *effect* of an end is
the answer there minus the answer at all values: a paired difference, with the interval of
:mod:`meshsim.stats.paired`, in which most of the noise cancels. With a baseline the answer is the
difference of two meshes, and a parameter that both have under one path moves in both, to the end
of the range that each has for it.

If effects add up and are straight, the variance of the answer is the sum over the parameters of

    (effect at the low end^2 + effect at the high end^2) / 2, over 1.645^2,

which gives each parameter its *share*. An effect within the noise counts as none.

Parameters that change nothing in the simulation are not simulated again, and those with hardly an
effect by the formulas (:mod:`meshsim.studies.screening`) are left out. Whole numbers (worker
threads, replicas) are chosen and not uncertain: they are looked at only if asked for, and have no
share.

Source: T. G. Eschenbach, "Spiderplots versus tornado diagrams for sensitivity analysis",
Interfaces 22(6), 1992, pages 40-46.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from meshsim.model.mesh import Mesh
from meshsim.model.parameters import Parameter, parameters
from meshsim.model.scenario import Scenario
from meshsim.model.topology import Topology
from meshsim.stats import Interval
from meshsim.studies.asked import Asked
from meshsim.studies.ends import Ends
from meshsim.studies.executors import Executor, running_on
from meshsim.studies.plan import RunPlan
from meshsim.studies.progress import Progress
from meshsim.studies.result import Value
from meshsim.studies.simulated import How
from meshsim.studies.store import Store
from meshsim.studies.subject import Subject

_ROUNDING = 1e-9
"""Effects smaller than this part of the answer are none."""


@dataclass(frozen=True)
class Bar:
    """One parameter, and what the ends of its range do to the answer."""

    parameter: Parameter
    mesh: Mesh
    """The mesh whose file has it; of two the one that is not the baseline."""
    at_low: Value
    """Answer with the parameter at its 5th percentile, minus the answer."""
    at_high: Value
    """The same at its 95th percentile."""
    share: float | None = None
    """Of the variance that all parameters make; None for what is chosen and not uncertain."""

    @property
    def swing(self) -> float:
        """The larger effect; 0 without data."""
        return max(abs(_effect(value)) for value in (self.at_low, self.at_high))

    @property
    def beyond_noise(self) -> bool:
        """Whether one of the effects is there for sure."""
        return any(_is_certain(value) for value in (self.at_low, self.at_high))


@dataclass(frozen=True)
class Tornado:
    """What each assumption does to one answer."""

    topology: Topology
    meshes: tuple[Mesh, ...]
    """The baseline, if there is one, and the mesh."""
    subject: Subject
    plan: RunPlan
    scenario_hashes: tuple[str, ...]
    with_choices: bool
    answer: Value
    """At the values of all parameters; the difference to the baseline if there is one."""
    bars: tuple[Bar, ...]
    """Parameters with an effect beyond the noise first, the largest swing first."""
    without_effect: tuple[str, ...]
    """Paths of the parameters that this answer does not depend on."""
    negligible: tuple[str, ...] = ()
    """Paths of those whose effect formulas put below a fiftieth of the largest: not simulated."""
    asked: tuple[Asked, ...] = ()
    """How a user named the scenarios; empty if they were made by a program."""

    @property
    def mesh(self) -> Mesh:
        """The mesh that it is about."""
        return self.meshes[-1]

    @property
    def baseline(self) -> Mesh | None:
        """The mesh that differences are taken from."""
        return self.meshes[0] if len(self.meshes) > 1 else None


def tornado(
    topology: Topology,
    meshes: Sequence[Mesh],
    subject: Subject,
    plan: RunPlan | None = None,
    processes: int | None = None,
    progress: Progress | None = None,
    *,
    with_choices: bool = False,
    executor: Executor | str | None = None,
    store: Store | None = None,
) -> Tornado:
    """The effects of all uncertain parameters on one answer.

    Of two ``meshes`` the first is the baseline, and the answer is the difference to it. With
    ``with_choices`` whole numbers that have a range are looked at, too. Tasks run on ``executor``
    or, without one, on so many ``processes``; ``store`` keeps each of them.
    """
    plan = (plan or RunPlan()).resolved()
    chosen = _candidates(meshes, with_choices=with_choices)
    with running_on(executor, processes, plan.chosen_solver) as where:
        scenarios = [Scenario(topology, mesh) for mesh in meshes]
        ends = Ends(scenarios, subject, plan, How(where, store, progress))
        effects = list(ends.effects([parameter for parameter, _ in chosen]))
    found = list(zip(chosen, effects, strict=True))
    bars = [Bar(*one, *effect) for one, effect in found if effect is not None]
    shown = [bar for bar in bars if not _is_none(bar, ends.answer)]
    return Tornado(
        topology,
        tuple(meshes),
        subject,
        plan,
        ends.scenario_hashes,
        with_choices,
        ends.answer,
        bars=tuple(sorted(_with_shares(shown), key=lambda bar: (not bar.beyond_noise, -bar.swing))),
        without_effect=tuple(bar.parameter.path for bar in bars if bar not in shown),
        negligible=tuple(one.path for (one, _), effect in found if effect is None),
    )


def _candidates(meshes: Sequence[Mesh], *, with_choices: bool) -> list[tuple[Parameter, Mesh]]:
    """Parameters with a range, each path once, with the last mesh that has it."""
    found = {}
    for mesh in meshes:
        for parameter in parameters(mesh):
            low, high = parameter.number.range
            is_asked_for = with_choices and parameter.is_choice and low < high
            if parameter.is_uncertain or is_asked_for:
                found[parameter.path] = (parameter, mesh)
    return list(found.values())


def _is_none(bar: Bar, answer: Value) -> bool:
    """Whether both effects are zero but for rounding."""
    values = (bar.at_low, bar.at_high)
    if not all(isinstance(value, Interval) for value in values):
        return False
    return bar.swing <= _ROUNDING * abs(_effect(answer))


def _with_shares(bars: Sequence[Bar]) -> list[Bar]:
    squares = [0.0 if bar.parameter.is_choice else _square(bar) for bar in bars]
    total = sum(squares)
    return [
        bar if bar.parameter.is_choice else replace(bar, share=square / total if total else 0.0)
        for bar, square in zip(bars, squares, strict=True)
    ]


def _square(bar: Bar) -> float:
    """What a parameter adds to the variance, but for a factor that all have."""
    effects = (bar.at_low, bar.at_high)
    return sum(_effect(value) ** 2 for value in effects if _is_certain(value))


def _is_certain(value: Value) -> bool:
    return isinstance(value, Interval) and value.excludes_zero


def _effect(value: Value) -> float:
    return value.estimate if isinstance(value, Interval) else 0.0

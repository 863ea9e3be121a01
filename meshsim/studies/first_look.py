"""A first look at a scenario: estimates from formulas, in milliseconds and without intervals.

What the formulas are and where they fail: :mod:`meshsim.solvers.queueing` and its guide. How far
they were from the simulation, over the shipped systems, is in docs/reference/queueing-error.md.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from meshsim.lowering.lower import lower
from meshsim.lowering.program import Program
from meshsim.model.scenario import Scenario
from meshsim.solvers.queueing import Bottleneck, QueueingAnswer, Times, solve
from meshsim.solvers.queueing.capacity import instance_name
from meshsim.studies.result import ALL

STEADY_LOAD = 0.7
"""Load of the bottleneck up to which the errors below were seen."""
ERROR_MEAN, ERROR_P99 = 0.05, 0.15
"""How far means and p99 were from the simulation then, in nearly all systems."""


@dataclass(frozen=True)
class Look:
    """Estimated latency of all requests or of one entry point [s]."""

    name: str
    mean_s: float
    p50_s: float
    p90_s: float
    p99_s: float


@dataclass(frozen=True)
class Use:
    """How much of a station's time is taken."""

    name: str
    kind: str
    """``cores``, ``slots`` or ``proxy``, as a :class:`Bottleneck` has it."""
    utilisation: float


@dataclass(frozen=True)
class FirstLook:
    """What the formulas say about one scenario."""

    scenario: Scenario
    scenario_hash: str
    rate_per_s: float
    """Requests from outside [1/s]."""
    latency: tuple[Look, ...]
    """All requests, then each entry point; empty if there is no steady state."""
    use: tuple[Use, ...]
    """The busiest station of each service, of its slots, and of each proxy; the busiest first."""
    bottleneck: Bottleneck
    assumptions: tuple[str, ...]
    """What the formulas take for granted and the system does not keep."""

    @property
    def is_rough(self) -> bool:
        """Whether the errors that were seen do not apply: too high a load, or no steady state."""
        unsteady = any("no steady state" in each for each in self.assumptions)
        return self.bottleneck.load > STEADY_LOAD or unsteady


def first_look(scenario: Scenario) -> FirstLook:
    """The estimates of one scenario. It takes milliseconds, some tenths of a second if large."""
    program = lower(scenario)
    answer = solve(program)
    return FirstLook(
        scenario=scenario,
        scenario_hash=program.scenario_hash,
        rate_per_s=answer.outside_per_s,
        latency=_latency(program, answer),
        use=_use(program, answer),
        bottleneck=answer.bottleneck,
        assumptions=answer.assumptions,
    )


def _latency(program: Program, answer: QueueingAnswer) -> tuple[Look, ...]:
    if answer.all_entries is None or answer.entries is None:
        return ()
    names = [program.endpoints.names[entry] for entry in program.load.entry_endpoint]
    entries = [_look(name, answer.entries, row) for row, name in enumerate(names)]
    return (_look(ALL, answer.all_entries, 0), *entries)


def _look(name: str, times: Times, row: int) -> Look:
    p50_s, p90_s, p99_s, _ = times.quantiles_s[row].tolist()
    return Look(name, float(times.mean_s[row]), p50_s, p90_s, p99_s)


def _use(program: Program, answer: QueueingAnswer) -> tuple[Use, ...]:
    names, used = program.services.names, answer.stations.utilisation
    found: dict[tuple[str, str], float] = {}
    for pod, service in enumerate(program.placement.pod_service.tolist()):
        _raise_to(found, ("cores", names[service]), float(used[pod]))
    for instance, first in enumerate(program.instances.station_first.tolist()):
        workers = int(program.kinds.workers[program.instances.kind[instance]])
        busiest = float(np.max(used[first : first + workers], initial=0.0))
        _raise_to(found, ("proxy", instance_name(program, instance)), busiest)
    for service in np.flatnonzero(program.services.workers > 0).tolist():
        found["slots", names[service]] = float(answer.slot_utilisation[service])
    each = [Use(name, kind, share) for (kind, name), share in found.items()]
    return tuple(sorted(each, key=lambda use: -use.utilisation))


def _raise_to(found: dict[tuple[str, str], float], key: tuple[str, str], share: float) -> None:
    found[key] = max(share, found.get(key, 0.0))

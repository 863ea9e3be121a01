"""Run one scenario, or compare several meshes on one topology, on common random numbers.

All meshes of a comparison see the same requests with the same service demands, so that the
*difference* to the baseline is known far more tightly than either latency.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from time import monotonic
from typing import Literal

import numpy as np

from meshsim.lowering.lower import lower
from meshsim.model.mesh import Mesh
from meshsim.model.scenario import Scenario
from meshsim.model.topology import Topology
from meshsim.solvers.settings import RunSettings
from meshsim.stats import (
    Interval,
    Section,
    paired_mean_difference,
    paired_quantile_difference,
    paired_relative_difference,
    quantile_name,
)
from meshsim.studies.executors import Executor, running_on
from meshsim.studies.plan import RunPlan
from meshsim.studies.precision import paired_sections, precision_of, replications_to_add
from meshsim.studies.progress import Progress
from meshsim.studies.result import (
    ALL,
    QUANTILES,
    Comparison,
    LatencyDifference,
    Precision,
    ResourceDifference,
    Result,
    Value,
)
from meshsim.studies.run_many import run_many
from meshsim.studies.sections import Replications, sections_of
from meshsim.studies.store import Store
from meshsim.studies.summarise import Prepared, entry_names, summarise
from meshsim.studies.task import Task
from meshsim.studies.usage import simulated_cpu


@dataclass(frozen=True)
class _Run:
    prepared: Prepared
    replications: Replications


@dataclass(frozen=True)
class _How:
    """Where tasks run, where they are kept, and who is told."""

    executor: Executor
    store: Store | None
    progress: Progress | None


def run(
    scenario: Scenario,
    plan: RunPlan | None = None,
    processes: int | None = None,
    progress: Progress | None = None,
    *,
    executor: Executor | str | None = None,
    store: Store | None = None,
) -> Result:
    """The result of one scenario.

    Tasks run on ``executor`` or, without one, on so many ``processes``, which are threads for the
    kernel and then all processors without a number; ``store`` keeps each of them.
    """
    plan = (plan or RunPlan()).resolved()
    with running_on(executor, processes, plan.chosen_solver) as where:
        (only,), precision = _simulate([scenario], plan, _How(where, store, progress))
    return replace(summarise(only.prepared, plan, only.replications), precision=precision)


def compare(
    topology: Topology,
    meshes: Sequence[Mesh],
    plan: RunPlan | None = None,
    processes: int | None = None,
    progress: Progress | None = None,
    *,
    executor: Executor | str | None = None,
    store: Store | None = None,
) -> Comparison:
    """Several meshes on one topology; the first of them is the baseline.

    Tasks run on ``executor`` or, without one, on so many ``processes``, which are threads for the
    kernel and then all processors without a number; ``store`` keeps each of them.
    """
    plan = (plan or RunPlan()).resolved()
    scenarios = [Scenario(topology, mesh) for mesh in meshes]
    with running_on(executor, processes, plan.chosen_solver) as where:
        runs, precision = _simulate(scenarios, plan, _How(where, store, progress))
    results = tuple(summarise(run.prepared, plan, run.replications) for run in runs)
    others = list(zip(runs[1:], results[1:], strict=True))
    return Comparison(
        results=results,
        latency=tuple(row for run, _ in others for row in _latency(runs[0], run, plan)),
        resources=tuple(_resources(runs[0], results[0], run, result) for run, result in others),
        precision=precision,
    )


def _simulate(
    scenarios: Sequence[Scenario], plan: RunPlan, how: _How
) -> tuple[list[_Run], Precision | None]:
    """All replications that the plan asks for, and how precise they are if it names a precision."""
    runs = [_Run(Prepared(scenario, lower(scenario)), Replications()) for scenario in scenarios]
    started_s = monotonic()
    _add_replications(runs, plan, plan.replications, how)
    precision = _precision(runs, plan)
    while precision and (more := replications_to_add(precision, plan, monotonic() - started_s)):
        _add_replications(runs, plan, more, how)
        precision = _precision(runs, plan)
    return runs, precision


def _add_replications(runs: list[_Run], plan: RunPlan, count: int, how: _How) -> None:
    first = len(runs[0].replications)
    tasks = [
        _task(run.prepared, plan, number) for run in runs for number in range(first, first + count)
    ]
    finished = run_many(tasks, how.executor, store=how.store, progress=how.progress)
    for position, run in enumerate(runs):
        of_this = finished[position * count : (position + 1) * count]
        run.replications.extend(of_this)


def _precision(runs: list[_Run], plan: RunPlan) -> Precision | None:
    if plan.precision is None:
        return None
    named = plan.precision_of.entry
    names = entry_names(runs[0].prepared.program)
    return precision_of(
        plan,
        meshes=[run.prepared.scenario.mesh.name for run in runs],
        sides=[run.replications for run in runs],
        entry=None if named is None else names.index(named),
    )


def _task(prepared: Prepared, plan: RunPlan, replication: int) -> Task:
    """One replication; its requests are summed up, if they are, where it runs."""
    scenario = prepared.scenario
    keep: Literal["requests", "tallies"] = "tallies" if plan.keeps_tallies else "requests"
    settings = RunSettings(plan.requests, plan.seed, replication, keep)
    names = {"topology": scenario.topology.name, "mesh": scenario.mesh.name}
    return Task(prepared.program, settings, plan.chosen_solver, **names)


def _latency(baseline: _Run, other: _Run, plan: RunPlan) -> list[LatencyDifference]:
    """Differences over all requests and per entry point, with the longer warm-up of the two."""
    theirs, ours = paired_sections(baseline.replications, other.replications)
    mesh = other.prepared.scenario.mesh.name
    rows = _differences(mesh, ALL, theirs.latency(), ours.latency(), plan.confidence)
    for number, name in enumerate(entry_names(other.prepared.program)):
        pair = (theirs.latency(number), ours.latency(number))
        rows.extend(_differences(mesh, name, *pair, plan.confidence))
    return rows


def _differences(
    mesh: str, name: str, theirs: Sequence[Section], ours: Sequence[Section], confidence: float
) -> list[LatencyDifference]:
    rows = [
        LatencyDifference(
            mesh,
            name,
            "mean",
            paired_mean_difference(theirs, ours, confidence),
            paired_relative_difference(theirs, ours, None, confidence),
        )
    ]
    rows.extend(
        LatencyDifference(
            mesh,
            name,
            quantile_name(p),
            paired_quantile_difference(theirs, ours, p, confidence),
            paired_relative_difference(theirs, ours, p, confidence),
        )
        for p in QUANTILES
    )
    return rows


def _resources(baseline: _Run, before: Result, other: _Run, after: Result) -> ResourceDifference:
    cpu_before, memory_before = before.requested()
    cpu_after, memory_after = after.requested()
    return ResourceDifference(
        mesh=after.mesh,
        cpu_used=_cpu_difference(baseline, before, other, after),
        cpu_requested=cpu_after - cpu_before,
        memory_used=after.used()[1] - before.used()[1],
        memory_requested=memory_after - memory_before,
        nodes=after.nodes.nodes - before.nodes.nodes,
        cost_per_month=after.nodes.cost_per_month - before.nodes.cost_per_month,
    )


def _cpu_difference(baseline: _Run, before: Result, other: _Run, after: Result) -> Value:
    """Paired difference of the simulated CPU, plus the control plane's with its own range."""
    theirs = simulated_cpu(baseline.prepared.program, sections_of(baseline.replications))
    ours = simulated_cpu(other.prepared.program, sections_of(other.replications))
    simulated = paired_mean_difference(
        [np.array([value]) for value in theirs],
        [np.array([value]) for value in ours],
        before.plan.confidence,
    )
    if not isinstance(simulated, Interval):
        return simulated
    fixed, low, high = _control_plane_change(before, after)
    return Interval(
        simulated.estimate + fixed,
        simulated.low + low,
        simulated.high + high,
        simulated.confidence,
        simulated.observations,
    )


def _control_plane_change(before: Result, after: Result) -> tuple[float, float, float]:
    """CPU that the control plane takes more, with its lowest and highest value [cores].

    What both sides run in the same number cancels, ranges and all: it is the same thing.
    """
    rows = [row for row in after.usage if row.owner == "control_plane"]
    shared = [row for row in before.usage if row in rows]
    fixed = low = high = 0.0
    for result, sign in ((after, 1.0), (before, -1.0)):
        for row in result.usage:
            if row.owner != "control_plane" or row in shared:
                continue
            assert isinstance(row.cpu_used, Interval), "the mesh file gives its range"
            fixed += sign * row.cpu_used.estimate
            ends = sorted((sign * row.cpu_used.low, sign * row.cpu_used.high))
            low, high = low + ends[0], high + ends[1]
    return fixed, low, high

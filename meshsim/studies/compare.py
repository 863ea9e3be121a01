"""Run one scenario, or compare several meshes on one topology, on common random numbers.

All meshes of a comparison see the same requests with the same service demands, so that the
*difference* to the baseline is known far more tightly than either latency.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from time import monotonic

import numpy as np

from meshsim.model.mesh import Mesh
from meshsim.model.scenario import Scenario
from meshsim.model.topology import Topology
from meshsim.stats import (
    Interval,
    Section,
    paired_mean_difference,
    paired_quantile_difference,
    paired_relative_difference,
    quantile_name,
)
from meshsim.studies.combine import comparison_with_draws, with_draws
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
from meshsim.studies.sections import sections_of
from meshsim.studies.simulated import How, Run, task_of
from meshsim.studies.store import Store
from meshsim.studies.summarise import entry_names, summarise
from meshsim.studies.uncertainty import Drawn, draw
from meshsim.studies.usage import simulated_cpu


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
        how = How(where, store, progress)
        (only,), precision = _simulate([scenario], plan, how)
        result = summarise(only.prepared, plan, only.replications)
        drawn = _drawn([only], [result], how)
    found = with_draws(result, drawn[0]) if drawn else result
    return replace(found, precision=precision)


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
        how = How(where, store, progress)
        runs, precision = _simulate(scenarios, plan, how)
        results = tuple(summarise(run.prepared, plan, run.replications) for run in runs)
        drawn = _drawn(runs, results, how)
    others = list(zip(runs[1:], results[1:], strict=True))
    found = Comparison(
        results=results,
        latency=tuple(row for run, _ in others for row in _latency(runs[0], run, plan)),
        resources=tuple(_resources(runs[0], results[0], run, result) for run, result in others),
        precision=precision,
    )
    return comparison_with_draws(found, drawn) if drawn else found


def _drawn(runs: Sequence[Run], results: Sequence[Result], how: How) -> list[Drawn]:
    """What the draws of each mesh showed; nothing if the plan draws none."""
    if not results[0].plan.draws:
        return []
    return [draw(run, result, how) for run, result in zip(runs, results, strict=True)]


def _simulate(
    scenarios: Sequence[Scenario], plan: RunPlan, how: How
) -> tuple[list[Run], Precision | None]:
    """All replications that the plan asks for, and how precise they are if it names a precision."""
    runs = [Run.of(scenario) for scenario in scenarios]
    started_s = monotonic()
    _add_replications(runs, plan, plan.replications, how)
    precision = _precision(runs, plan)
    while precision and (more := replications_to_add(precision, plan, monotonic() - started_s)):
        _add_replications(runs, plan, more, how)
        precision = _precision(runs, plan)
    return runs, precision


def _add_replications(runs: list[Run], plan: RunPlan, count: int, how: How) -> None:
    first = len(runs[0].replications)
    numbers = range(first, first + count)
    tasks = [task_of(run.prepared, plan, number) for run in runs for number in numbers]
    finished = how.run(tasks)
    for position, run in enumerate(runs):
        of_this = finished[position * count : (position + 1) * count]
        run.replications.extend(of_this)


def _precision(runs: list[Run], plan: RunPlan) -> Precision | None:
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


def _latency(baseline: Run, other: Run, plan: RunPlan) -> list[LatencyDifference]:
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


def _resources(baseline: Run, before: Result, other: Run, after: Result) -> ResourceDifference:
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


def _cpu_difference(baseline: Run, before: Result, other: Run, after: Result) -> Value:
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

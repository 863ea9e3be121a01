"""Latency curves: a comparison at each of several rates, on common random numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from meshsim.model.adjust import with_rate
from meshsim.model.mesh import Mesh
from meshsim.model.topology import Topology
from meshsim.studies.compare import compare
from meshsim.studies.executors import Executor, running_on
from meshsim.studies.plan import RunPlan
from meshsim.studies.progress import Progress
from meshsim.studies.result import Comparison
from meshsim.studies.store import Store


@dataclass(frozen=True)
class SweepPoint:
    """A comparison at one rate."""

    rate_per_s: float
    comparison: Comparison


def sweep_rate(
    topology: Topology,
    meshes: Sequence[Mesh],
    rates_per_s: Sequence[float],
    plan: RunPlan | None = None,
    processes: int | None = None,
    progress: Progress | None = None,
    *,
    executor: Executor | str | None = None,
    store: Store | None = None,
) -> tuple[SweepPoint, ...]:
    """The meshes compared at each rate [1/s], in the order of the rates.

    The other arguments are those of :func:`~meshsim.studies.compare.compare`.
    """
    plan = (plan or RunPlan()).resolved()
    points = []
    with running_on(executor, processes, plan.chosen_solver) as where:
        for number, rate in enumerate(rates_per_s):

            def count(done: int, total: int, before: int = number) -> None:
                if progress is not None:
                    progress(before * total + done, len(rates_per_s) * total)

            changed = with_rate(topology, rate)
            comparison = compare(changed, meshes, plan, progress=count, executor=where, store=store)
            points.append(SweepPoint(rate, comparison))
    return tuple(points)

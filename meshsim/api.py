"""What ``import meshsim`` offers: run, compare, and the faces on paper, in a few calls.

Names of shipped files, paths and model values are all accepted. What cannot be used raises
:class:`~meshsim.errors.InputError`, whose text says where, what and how to mend it; all problems of
a call are raised at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from meshsim.errors import InputError, Problem
from meshsim.model.loading import load_mesh, load_topology
from meshsim.model.mesh import Mesh
from meshsim.model.scenario import Scenario
from meshsim.model.topology import Topology
from meshsim.reports import json, text
from meshsim.reports.terminal import WIDTH
from meshsim.solvers.choice import SolverName
from meshsim.studies.control_plane_result import ControlPlaneResult
from meshsim.studies.executors import Executor, running_on
from meshsim.studies.plan import Keep, RunPlan, Target
from meshsim.studies.plan_check import plan_of
from meshsim.studies.progress import Progress
from meshsim.studies.result import Comparison, Result
from meshsim.studies.study import Named, mesh_named, prepare, saved, topology_named
from meshsim.studies.subject import subject_of
from meshsim.studies.tornado import Tornado

if TYPE_CHECKING:
    import pandas as pd

    from meshsim.studies.control_plane_question import Question
    from meshsim.studies.first_look import FirstLook

DEFAULT_MESHES = ("none", "istio-sidecar", "istio-ambient", "istio-ambient-waypoint", "linkerd")
"""The meshes that a comparison takes if none are named; the first is the baseline."""

Report = Result | Comparison | ControlPlaneResult | Tornado

__all__ = [
    "compare",
    "control_plane",
    "estimate",
    "load_mesh",
    "load_topology",
    "run",
    "to_frame",
    "to_json",
    "to_text",
    "tornado",
    "write_html",
]


def run(
    topology: Named | Topology,
    mesh: Named | Mesh = "none",
    *,
    rate: float | None = None,
    replicas: Mapping[str, int] | None = None,
    requests: int = 2_000,
    replications: int = 10,
    seed: int = 1,
    confidence: float = 0.95,
    precision: float | None = None,
    precision_of: str | Target | None = None,
    replications_max: int = 200,
    seconds_max: float | None = None,
    keep: Keep = "auto",
    solver: SolverName | None = None,
    uncertainty: int | bool = False,
    processes: int | None = None,
    progress: Progress | None = None,
    executor: Executor | str | None = None,
    store: Named | None = None,
    resume: bool = False,
) -> Result:
    """Simulate one system under one mesh.

    ``rate`` [1/s] and ``replicas`` (pods by service) replace what the topology says. ``requests``
    are measured in each of ``replications``; with a ``precision`` (0.05 for 5%) there are as many
    replications as the p99 takes to be that certain, or what ``precision_of`` names (``mean``,
    ``p99.9``, ``p99:shop/buy``), but at most ``replications_max`` and, by the clock, about
    ``seconds_max``. Requests are kept one by one or summed up, as ``keep`` says: ``requests``,
    ``tallies``, or ``auto`` for tallies where a replication has more than 200,000 requests.

    ``uncertainty`` is the number of draws of the mesh's parameters from their ranges, or True for
    40: intervals then know both causes of doubt, the simulation and the calibration.

    ``solver`` is ``kernel`` or ``simpy``; without one it is the kernel where numba can be imported.
    The kernel runs on so many threads as ``processes`` says, without a number on all processors.
    The SimPy model runs on one, and more need a script whose work stands under
    ``if __name__ == "__main__":``. ``executor`` says where to run in their place: ``threads:4``,
    ``processes:4``, ``dask://host:port``. ``store`` is a folder that keeps each finished task, and
    with ``resume`` an interrupted study in it is gone on with. Raises InputError.
    """
    plan = plan_of(
        requests,
        replications,
        seed,
        confidence,
        precision,
        precision_of=precision_of,
        replications_max=replications_max,
        seconds_max=seconds_max,
        keep=keep,
        solver=solver,
        uncertainty=uncertainty,
    )
    study = prepare(topology, [mesh], plan, rate, replicas)
    where_to_run = running_on(executor, processes, plan.chosen_solver)
    with where_to_run as where, saved(store, [study], resume=resume) as kept:
        return study.run(progress=progress, executor=where, store=kept)


def compare(
    topology: Named | Topology,
    meshes: Sequence[Named | Mesh] = DEFAULT_MESHES,
    *,
    rate: float | None = None,
    replicas: Mapping[str, int] | None = None,
    requests: int = 2_000,
    replications: int = 10,
    seed: int = 1,
    confidence: float = 0.95,
    precision: float | None = None,
    precision_of: str | Target | None = None,
    replications_max: int = 200,
    seconds_max: float | None = None,
    keep: Keep = "auto",
    solver: SolverName | None = None,
    uncertainty: int | bool = False,
    processes: int | None = None,
    progress: Progress | None = None,
    executor: Executor | str | None = None,
    store: Named | None = None,
    resume: bool = False,
) -> Comparison:
    """Simulate one system under several meshes, on the same requests; the first is the baseline.

    The other arguments are those of :func:`run`; ``precision_of`` may also be ``p99-difference`` or
    ``mean-difference``, the change that each mesh makes. Raises InputError.
    """
    plan = plan_of(
        requests,
        replications,
        seed,
        confidence,
        precision,
        precision_of=precision_of,
        replications_max=replications_max,
        seconds_max=seconds_max,
        keep=keep,
        solver=solver,
        uncertainty=uncertainty,
    )
    study = prepare(topology, meshes, plan, rate, replicas)
    where_to_run = running_on(executor, processes, plan.chosen_solver)
    with where_to_run as where, saved(store, [study], resume=resume) as kept:
        return study.compare(progress=progress, executor=where, store=kept)


def estimate(
    topology: Named | Topology,
    mesh: Named | Mesh = "none",
    *,
    rate: float | None = None,
    replicas: Mapping[str, int] | None = None,
) -> FirstLook:
    """A first look at one system under one mesh, by formulas: in milliseconds, without intervals.

    ``rate`` [1/s] and ``replicas`` (pods by service) replace what the topology says. Without a
    steady state there is no latency; its ``bottleneck`` tells what the system can carry. Raises
    InputError.
    """
    from meshsim.studies.first_look import first_look

    study = prepare(topology, [mesh], RunPlan(), rate, replicas)
    return first_look(Scenario(study.topology, study.meshes[0]))


def control_plane(
    topology: Named | Topology | None = None,
    mesh: Named | Mesh = "istio-sidecar",
    *,
    services: int | None = None,
    pods_per_service: int = 1,
    callees: int = 5,
    namespaces: int = 1,
    nodes: int | None = None,
    ports: int = 1,
    endpoint_changes: float | None = None,
    config_changes: float | None = None,
    scope: str = "none",
    replicas: int | None = None,
    cores: float | None = None,
    seed: int = 1,
) -> ControlPlaneResult:
    """Size the control plane of one mesh, and see how fast changes reach the proxies.

    The estate is that of a topology, or of so many equal ``services``, each with so many pods, each
    of which calls ``callees`` others. ``endpoint_changes`` (pods that come or go) and
    ``config_changes`` are rates [1/s]; without them each pod is replaced once a day and the
    configuration changes once an hour. ``scope`` is what each proxy is told: everything (``none``),
    what its ``namespace`` calls, or what its service calls (``auto``). Without ``replicas`` the
    product's autoscaler decides; ``cores`` is what each may use. Raises InputError.
    """
    from meshsim.studies.control_plane_question import Question

    question = Question(
        services=services,
        pods_per_service=pods_per_service,
        callees=callees,
        namespaces=namespaces,
        nodes=nodes,
        ports=ports,
        endpoint_changes_per_s=endpoint_changes,
        config_changes_per_s=config_changes,
        scope=scope,
        replicas=replicas,
        cores=cores,
        seed=seed,
    )
    return answer_control_plane(question, topology, mesh)


def answer_control_plane(
    question: Question, topology: Named | Topology | None, mesh: Named | Mesh
) -> ControlPlaneResult:
    """As :func:`control_plane`, of a question that stands by itself."""
    from meshsim.studies.control_plane_question import answer

    problems: list[Problem] = []
    described = topology_named(topology, None, {}, problems) if topology is not None else None
    loaded = mesh_named(mesh, problems)
    if problems or loaded is None:
        raise InputError(problems)
    return answer(question, loaded, described)


def tornado(
    topology: Named | Topology,
    mesh: Named | Mesh,
    of: str = "p99",
    *,
    baseline: Named | Mesh | None = None,
    choices: bool = False,
    rate: float | None = None,
    replicas: Mapping[str, int] | None = None,
    requests: int = 2_000,
    replications: int = 10,
    seed: int = 1,
    confidence: float = 0.95,
    keep: Keep = "auto",
    solver: SolverName | None = None,
    processes: int | None = None,
    progress: Progress | None = None,
    executor: Executor | str | None = None,
    store: Named | None = None,
    resume: bool = False,
) -> Tornado:
    """Which assumption matters most: each parameter of a mesh at both ends of its range.

    ``of`` is what is asked: ``mean`` or a quantile, perhaps of an entry point (``p99:shop/buy``),
    ``cpu``, ``memory`` or ``cost``. With a ``baseline`` it is the difference to that mesh. With
    ``choices`` whole numbers, such as worker threads, are looked at, too. The other arguments are
    those of :func:`run`. Raises InputError.
    """
    plan = plan_of(requests, replications, seed, confidence, None, keep=keep, solver=solver)
    meshes = [mesh] if baseline is None else [baseline, mesh]
    study = prepare(topology, meshes, plan, rate, replicas)
    subject = subject_of(of, [entry.to for entry in study.topology.load.entries])
    where_to_run = running_on(executor, processes, plan.chosen_solver)
    with where_to_run as where, saved(store, [study], resume=resume) as kept:
        return study.tornado(
            subject, progress=progress, choices=choices, executor=where, store=kept
        )


def to_text(report: Report, *, width: int = WIDTH, color: bool = False) -> str:
    """A report as text of at most ``width`` columns where the names allow it."""
    if isinstance(report, ControlPlaneResult):
        from meshsim.reports.control_plane_text import control_plane_to_text

        return control_plane_to_text(report, width=width, color=color)
    if isinstance(report, Tornado):
        from meshsim.reports.tornado_text import tornado_to_text

        return tornado_to_text(report, width=width, color=color)
    return text.to_text(report, width=width, color=color)


def to_json(report: Report) -> str:
    """A report as one JSON document, with a line feed at its end."""
    if isinstance(report, ControlPlaneResult):
        from meshsim.reports.control_plane_json import control_plane_to_json

        return control_plane_to_json(report)
    if isinstance(report, Tornado):
        from meshsim.reports.tornado_data import tornado_to_json

        return tornado_to_json(report)
    return json.to_json(report)


def to_frame(report: Result | Comparison) -> pd.DataFrame:
    """All numbers as a tidy table: one row for each metric of each scenario."""
    from meshsim.reports.frame import to_frame as frame

    return frame(report)


def write_html(report: Result | Comparison | Tornado, path: Named) -> Path:
    """Write the report as one self-contained HTML file; a failure leaves an older file untouched.

    Raises InputError if the file cannot be written or the package jinja2 is missing.
    """
    from meshsim.reports.files import write_text
    from meshsim.reports.html import to_html
    from meshsim.reports.tornado_html import tornado_to_html

    page = tornado_to_html(report) if isinstance(report, Tornado) else to_html(report)
    return write_text(Path(path), page)

"""What ``import meshsim`` offers: run, compare, and the faces on paper, in a few calls.

Names of shipped files, paths and model values are all accepted. What cannot be used raises
:class:`~meshsim.errors.InputError`, whose text says where, what and how to mend it; all problems of
a call are raised at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

from meshsim.errors import InputError, Place, Problem
from meshsim.model.adjust import with_rate, with_replicas
from meshsim.model.loading import load_mesh, load_topology
from meshsim.model.mesh import Mesh
from meshsim.model.scenario import Scenario
from meshsim.model.topology import Topology
from meshsim.reports import json, text
from meshsim.reports.terminal import WIDTH
from meshsim.solvers.choice import SolverName
from meshsim.studies import compare as studies
from meshsim.studies.asked import Asked
from meshsim.studies.control_plane_result import ControlPlaneResult
from meshsim.studies.executors import Executor, running_on
from meshsim.studies.plan import Keep, RunPlan, Target
from meshsim.studies.plan_check import change_problems, plan_of, target_problems
from meshsim.studies.progress import Progress
from meshsim.studies.result import Comparison, Result
from meshsim.studies.store import Store, open_store

if TYPE_CHECKING:
    import pandas as pd

    from meshsim.studies.control_plane_question import Question
    from meshsim.studies.first_look import FirstLook

DEFAULT_MESHES = ("none", "istio-sidecar", "istio-ambient", "istio-ambient-waypoint", "linkerd")
"""The meshes that a comparison takes if none are named; the first is the baseline."""

Named = str | Path
Report = Result | Comparison | ControlPlaneResult

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
    "write_html",
]


@dataclass(frozen=True)
class Study:
    """Checked descriptions, ready to be simulated, and how they were named."""

    topology: Topology
    meshes: tuple[Mesh, ...]
    plan: RunPlan
    asked: tuple[Asked, ...]
    """One per mesh."""

    def run(
        self,
        processes: int | None = None,
        progress: Progress | None = None,
        *,
        executor: Executor | str | None = None,
        store: Store | None = None,
    ) -> Result:
        """The result under the first mesh."""
        scenario = Scenario(self.topology, self.meshes[0])
        result = studies.run(
            scenario, self.plan, processes, progress, executor=executor, store=store
        )
        return replace(result, asked=self.asked[0])

    def compare(
        self,
        processes: int | None = None,
        progress: Progress | None = None,
        *,
        executor: Executor | str | None = None,
        store: Store | None = None,
    ) -> Comparison:
        """All meshes; the first is the baseline."""
        found = studies.compare(
            self.topology,
            self.meshes,
            self.plan,
            processes,
            progress,
            executor=executor,
            store=store,
        )
        results = zip(found.results, self.asked, strict=True)
        return replace(found, results=tuple(replace(r, asked=asked) for r, asked in results))


@contextmanager
def saved(
    folder: Named | None,
    studies_of: Sequence[Study],
    command: str = "",
    *,
    resume: bool = False,
) -> Iterator[Store | None]:
    """The folder that keeps the tasks of some studies; None without one.

    ``command`` is what to type to go on. Raises InputError, see
    :func:`~meshsim.studies.store.open_store`.
    """
    if folder is None:
        if resume:
            rule, cure = "needs a study folder", "say which, by --save DIR (store= in Python)"
            raise InputError([Problem(Place("--resume"), "", rule, "", cure)])
        yield None
        return
    with open_store(Path(folder), _words(studies_of), command, resume=resume) as store:
        yield store


def _words(studies_of: Sequence[Study]) -> dict[str, str]:
    """What must be the same when some studies are gone on with."""
    first = studies_of[0]
    asked, plan = first.asked[0], first.plan
    scenarios = [Scenario(one.topology, mesh) for one in studies_of for mesh in one.meshes]
    return {
        "topologies": ", ".join(one.topology.name for one in studies_of),
        "meshes": ", ".join(mesh.name for mesh in first.meshes),
        "rate": "" if asked.rate_per_s is None else f"{asked.rate_per_s:g}/s",
        "replicas": ", ".join(f"{service}={count}" for service, count in asked.replicas),
        **{one.name: str(getattr(plan, one.name)) for one in fields(plan)},
        "descriptions": " ".join(scenario.hash() for scenario in scenarios),
    }


def prepare(
    topology: Named | Topology,
    meshes: Sequence[Named | Mesh],
    plan: RunPlan,
    rate_per_s: float | None = None,
    replicas: Mapping[str, int] | None = None,
) -> Study:
    """Load, change and check all that a study needs. Raises InputError with all problems."""
    problems = list(change_problems(rate_per_s, replicas or {}))
    if problems:
        raise InputError(problems)
    described = _topology(topology, rate_per_s, replicas or {}, problems)
    loaded = [mesh for mesh in (_mesh(m, problems) for m in meshes) if mesh is not None]
    problems += _repeated(loaded)
    if described is not None:
        entries = [entry.to for entry in described.load.entries]
        problems += target_problems(plan, entries, len(meshes))
    if problems or described is None:
        raise InputError(problems)
    changes = tuple(sorted((replicas or {}).items()))
    names = [_reference(mesh) for mesh in meshes]
    asked = tuple(Asked(_reference(topology), name, rate_per_s, changes) for name in names)
    return Study(described, tuple(loaded), plan, asked)


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
    described = _topology(topology, None, {}, problems) if topology is not None else None
    loaded = _mesh(mesh, problems)
    if problems or loaded is None:
        raise InputError(problems)
    return answer(question, loaded, described)


def to_text(report: Report, *, width: int = WIDTH, color: bool = False) -> str:
    """A report as text of at most ``width`` columns where the names allow it."""
    if isinstance(report, ControlPlaneResult):
        from meshsim.reports.control_plane_text import control_plane_to_text

        return control_plane_to_text(report, width=width, color=color)
    return text.to_text(report, width=width, color=color)


def to_json(report: Report) -> str:
    """A report as one JSON document, with a line feed at its end."""
    if isinstance(report, ControlPlaneResult):
        from meshsim.reports.control_plane_json import control_plane_to_json

        return control_plane_to_json(report)
    return json.to_json(report)


def to_frame(report: Result | Comparison) -> pd.DataFrame:
    """All numbers as a tidy table: one row for each metric of each scenario."""
    from meshsim.reports.frame import to_frame as frame

    return frame(report)


def write_html(report: Result | Comparison, path: Named) -> Path:
    """Write the report as one self-contained HTML file; a failure leaves an older file untouched.

    Raises InputError if the file cannot be written or the package jinja2 is missing.
    """
    from meshsim.reports.files import write_text
    from meshsim.reports.html import to_html

    return write_text(Path(path), to_html(report))


def _topology(
    topology: Named | Topology,
    rate_per_s: float | None,
    replicas: Mapping[str, int],
    problems: list[Problem],
) -> Topology | None:
    try:
        found = topology if isinstance(topology, Topology) else load_topology(topology)
        if rate_per_s is not None:
            found = with_rate(found, rate_per_s)
        return with_replicas(found, replicas)
    except InputError as error:
        problems += error.problems
        return None


def _mesh(mesh: Named | Mesh, problems: list[Problem]) -> Mesh | None:
    if isinstance(mesh, Mesh):
        return mesh
    try:
        return load_mesh(mesh)
    except InputError as error:
        problems += error.problems
        return None


def _repeated(meshes: Sequence[Mesh]) -> list[Problem]:
    names = [mesh.name for mesh in meshes]
    twice = sorted({name for name in names if names.count(name) > 1})
    cure = "name each mesh once; a changed copy of a file needs another 'name' in it"
    return [
        Problem(Place(name), "", "this mesh is there more than once", "", cure) for name in twice
    ]


def _reference(named: Named | Topology | Mesh) -> str:
    return named.name if isinstance(named, Topology | Mesh) else str(named)

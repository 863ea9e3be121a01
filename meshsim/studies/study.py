"""A study as a user names it: descriptions loaded, changed and checked, ready to be simulated.

Names of shipped files, paths and model values are all accepted. What cannot be used raises
:class:`~meshsim.errors.InputError` with all problems at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path

from meshsim.errors import InputError, Place, Problem
from meshsim.model.adjust import with_rate, with_replicas
from meshsim.model.loading import load_mesh, load_topology
from meshsim.model.mesh import Mesh
from meshsim.model.scenario import Scenario
from meshsim.model.topology import Topology
from meshsim.studies import compare as studies
from meshsim.studies import tornado as tornadoes
from meshsim.studies.asked import Asked
from meshsim.studies.executors import Executor
from meshsim.studies.plan import RunPlan
from meshsim.studies.plan_check import change_problems, target_problems
from meshsim.studies.progress import Progress
from meshsim.studies.result import Comparison, Result
from meshsim.studies.store import Store, open_store
from meshsim.studies.subject import Subject
from meshsim.studies.tornado import Tornado

Named = str | Path


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

    def tornado(
        self,
        subject: Subject,
        processes: int | None = None,
        progress: Progress | None = None,
        *,
        choices: bool = False,
        executor: Executor | str | None = None,
        store: Store | None = None,
    ) -> Tornado:
        """What each assumption does to one answer; of two meshes, to their difference."""
        found = tornadoes.tornado(
            self.topology,
            self.meshes,
            subject,
            self.plan,
            processes,
            progress,
            with_choices=choices,
            executor=executor,
            store=store,
        )
        return replace(found, asked=self.asked)


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
        **{one.name: str(getattr(plan, one.name)) for one in fields(plan) if one.name != "draws"},
        **({"uncertainty": str(plan.draws)} if plan.draws else {}),
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
    described = topology_named(topology, rate_per_s, replicas or {}, problems)
    loaded = [mesh for mesh in (mesh_named(m, problems) for m in meshes) if mesh is not None]
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


def topology_named(
    topology: Named | Topology,
    rate_per_s: float | None,
    replicas: Mapping[str, int],
    problems: list[Problem],
) -> Topology | None:
    """A topology by name or as it is, changed as asked; None, with ``problems``, if none."""
    try:
        found = topology if isinstance(topology, Topology) else load_topology(topology)
        if rate_per_s is not None:
            found = with_rate(found, rate_per_s)
        return with_replicas(found, replicas)
    except InputError as error:
        problems += error.problems
        return None


def mesh_named(mesh: Named | Mesh, problems: list[Problem]) -> Mesh | None:
    """A mesh by name or as it is; None, with ``problems``, if there is none."""
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

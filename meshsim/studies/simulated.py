"""What a study has simulated of a scenario so far, and how it simulates more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from meshsim.lowering.lower import lower
from meshsim.model.scenario import Scenario
from meshsim.solvers.settings import RunSettings
from meshsim.studies.executors import Executor
from meshsim.studies.plan import RunPlan
from meshsim.studies.progress import Progress
from meshsim.studies.run_many import run_many
from meshsim.studies.sections import Replications
from meshsim.studies.store import Store
from meshsim.studies.summarise import Prepared
from meshsim.studies.task import Replication, Task


@dataclass(frozen=True)
class Run:
    """A scenario with its replications, which may become more."""

    prepared: Prepared
    replications: Replications = field(default_factory=Replications)

    @classmethod
    def of(cls, scenario: Scenario) -> Run:
        """Nothing simulated yet."""
        return cls(Prepared(scenario, lower(scenario)))


@dataclass(frozen=True)
class How:
    """Where tasks run, where they are kept, and who is told."""

    executor: Executor
    store: Store | None = None
    progress: Progress | None = None

    def run(self, tasks: Sequence[Task]) -> list[Replication]:
        """The result of each task."""
        return run_many(tasks, self.executor, store=self.store, progress=self.progress)


def task_of(prepared: Prepared, plan: RunPlan, replication: int) -> Task:
    """One replication; its requests are summed up, if they are, where it runs."""
    scenario = prepared.scenario
    keep: Literal["requests", "tallies"] = "tallies" if plan.keeps_tallies else "requests"
    settings = RunSettings(plan.requests, plan.seed, replication, keep)
    names = {"topology": scenario.topology.name, "mesh": scenario.mesh.name}
    return Task(prepared.program, settings, plan.chosen_solver, **names)

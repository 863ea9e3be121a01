"""Run many tasks on any executor, keep each as soon as it has finished, and leave out what is kept.

Results come in the order of tasks and depend on them alone: not on the executor, on the number of
workers, on who was killed on the way, or on how often the study was interrupted and gone on with.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing

from meshsim.solvers.choice import KERNEL
from meshsim.studies.executors import Executor, running_on
from meshsim.studies.progress import Progress
from meshsim.studies.store import Store
from meshsim.studies.task import Replication, Task, run_task, task_ids


def run_many(
    tasks: Sequence[Task],
    executor: Executor | str,
    *,
    store: Store | None = None,
    progress: Progress | None = None,
) -> list[Replication]:
    """The result of each task, in the order of the tasks; a task that is there twice is run once.

    ``executor`` may be given as text, see :mod:`meshsim.studies.executors`. Results that ``store``
    has are taken from there, others are written there when they are finished; so after an
    interrupt, or an error, the same call goes on. Raises InputError if the executor or the store
    cannot be used.
    """
    ids = task_ids(tasks)
    wanted = dict(zip(ids, tasks, strict=True))
    results = _kept(wanted, store)
    left = [task_id for task_id in wanted if task_id not in results]
    _report(progress, len(results), len(wanted))
    missing = [wanted[task_id] for task_id in left]
    with running_on(executor) as where:
        if where.local:
            _warm_up(missing)
        with closing(where.finished(run_task, missing)) as finished:
            for number, result in finished:
                if store is not None:
                    store.save(left[number], result)
                results[left[number]] = result
                _report(progress, len(results), len(wanted))
    return [results[task_id] for task_id in ids]


def _warm_up(tasks: Sequence[Task]) -> None:
    """Compile what the tasks need once and here, before each thread or process would do so."""
    if any(task.solver == KERNEL for task in tasks):
        from meshsim.solvers.kernel import prepare

        prepare()


def _kept(wanted: dict[str, Task], store: Store | None) -> dict[str, Replication]:
    """What the store has of the tasks, which are part of its study from now on."""
    if store is None:
        return {}
    store.plan({task_id: task.row() for task_id, task in wanted.items()})
    loaded = {task_id: store.load(task_id) for task_id in wanted}
    return {task_id: result for task_id, result in loaded.items() if result is not None}


def _report(progress: Progress | None, done: int, total: int) -> None:
    if progress is not None:
        progress(done, total)

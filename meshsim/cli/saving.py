"""Where a study runs and what is kept of it: ``--executor``, ``--save`` and ``--resume``."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from meshsim.cli.console import INTERRUPTED, complain

if TYPE_CHECKING:
    from meshsim.studies.executors import Executor
    from meshsim.studies.store import Store
    from meshsim.studies.study import Study


@contextmanager
def opened(
    executor: str, save: str | None, resume: bool, studies: Sequence[Study]
) -> Iterator[tuple[Executor, Store | None]]:
    """The executor, and the study folder if there is one. An interrupt tells what is kept.

    The executor comes first: a cluster that does not answer leaves no folder behind.
    """
    from meshsim.studies.executors import running_on
    from meshsim.studies.study import saved
    from meshsim.studies.uncertainty import tasks_per_mesh

    expected = sum(len(study.meshes) * tasks_per_mesh(study.plan) for study in studies)
    message = "interrupted; with --save DIR, finished work would have been kept"
    try:
        with running_on(executor) as where, saved(save, studies, _again(), resume=resume) as store:
            try:
                yield where, store
            except KeyboardInterrupt:
                if store is not None:
                    message = _kept(store, max(expected, store.planned))
                raise
            if store is not None and store.damaged:
                complain(f"{store.folder}: {_tasks(store.damaged)} damaged and run again")
    except KeyboardInterrupt:
        complain(message)
        raise typer.Exit(INTERRUPTED) from None


def _kept(store: Store, planned: int) -> str:
    return (
        f"interrupted: {store.finished} of {planned} tasks are kept in {store.folder}; "
        f"go on with: {_again()}"
    )


def _again() -> str:
    """The command of this process, with --resume."""
    words = [word for word in sys.argv[1:] if word != "--resume"]
    return shlex.join(["meshsim", *words, "--resume"])


def _tasks(count: int) -> str:
    return "1 task was" if count == 1 else f"{count} tasks were"

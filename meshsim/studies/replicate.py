"""Run replications of programs, on as many processes as asked for, in an order of their own.

A task is a program, a seed and a replication; what it observes depends on nothing else. Results are
put in the order of their tasks, so they are the same for any number of processes.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass

from meshsim.lowering.program import Program
from meshsim.solvers.observations import Observations
from meshsim.solvers.simpy_model import RunSettings, simulate

Progress = Callable[[int, int], None]
"""Called with the number of finished tasks and of all tasks."""


@dataclass(frozen=True)
class Task:
    """One replication of one program."""

    program: Program
    settings: RunSettings


class Runner:
    """Runs tasks here (one process) or on a pool of processes that is kept between calls."""

    def __init__(self, pool: ProcessPoolExecutor | None) -> None:
        self._pool = pool

    def run(self, tasks: Sequence[Task], progress: Progress | None = None) -> list[Observations]:
        """The observations of each task, in the order of the tasks."""
        results: dict[int, Observations] = {}
        for number, observations in self._finished(tasks):
            results[number] = observations
            if progress is not None:
                progress(len(results), len(tasks))
        return [results[number] for number in range(len(tasks))]

    def _finished(self, tasks: Sequence[Task]) -> Iterator[tuple[int, Observations]]:
        if self._pool is None:
            for number, task in enumerate(tasks):
                yield number, run_task(task)
            return
        with _interrupts_held():
            futures = {self._pool.submit(run_task, task): n for n, task in enumerate(tasks)}
        for future in as_completed(futures):
            yield futures[future], future.result()


def run_task(task: Task) -> Observations:
    """Simulate one task."""
    return simulate(task.program, task.settings)


@contextmanager
def runner(processes: int) -> Iterator[Runner]:
    """A runner over so many processes; 1 runs in this one."""
    if processes <= 1:
        yield Runner(None)
        return
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(processes, context, initializer=_die_quietly)
    try:
        yield Runner(pool)
    finally:
        # The pool cancels what waits: done from here it would meet the workers' death on the way.
        pool.shutdown(cancel_futures=True)


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Processes started within inherit that Ctrl-C waits, until they know how to meet it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _die_quietly() -> None:
    """On Ctrl-C a worker ends at once and without a traceback; the parent tells the user."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def default_processes() -> int:
    """The processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1

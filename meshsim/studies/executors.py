"""Where tasks run: here, on threads, on processes, or on a Dask cluster.

What a task gives depends on the task alone, and :func:`~meshsim.studies.run_many.run_many` puts
results in the order of tasks; so an executor decides how long it takes and nothing else.

=====================  ==========================================================================
``here``               one after the other, in this thread
``threads:N``          for solvers that release Python's global lock while they run
``processes:N``        for solvers that do not; a task whose process died is run again
``dask://HOST:PORT``   on the workers of a Dask scheduler, see :mod:`meshsim.studies.cluster`
=====================  ==========================================================================

Without ``:N`` there are as many as processors.
"""

from __future__ import annotations

import os
import re
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Any, Protocol, TypeVar

from meshsim.errors import InputError, Place, Problem
from meshsim.solvers.choice import KERNEL, SIMPY

T = TypeVar("T")
R = TypeVar("R")

Finished = Generator[tuple[int, R], None, None]
"""Numbers and results of tasks, as they finish."""

WORKERS_MAX = 1024
_PLACE = Place("--executor")
_CURE = "write here, threads:4, processes:4 or dask://127.0.0.1:8786"
_RELEASES_THE_LOCK = frozenset({KERNEL})
"""Solvers that run without Python's global lock, so that threads run at once."""


class Executor(Protocol):
    """Runs a function of one task for many tasks. One call of :meth:`finished` at a time."""

    name: str
    """How ``--executor`` spells it."""
    local: bool
    """Whether tasks run on this machine, with what was compiled on it."""

    def finished(self, function: Callable[[T], R], tasks: Sequence[T]) -> Finished[R]:
        """The number and the result of each task, as they finish.

        Function, tasks and results can be pickled. What a task raises is raised here. To close the
        iterator early gives up what is still running.
        """
        ...

    def close(self) -> None:
        """End what was started; the executor cannot be used again."""
        ...


class Here:
    """Runs tasks one after the other, in the calling thread."""

    name = "here"
    local = True

    def finished(self, function: Callable[[T], R], tasks: Sequence[T]) -> Finished[R]:
        """See :class:`Executor`."""
        for number, task in enumerate(tasks):
            yield number, function(task)

    def close(self) -> None:
        """Nothing was started."""


class Threads:
    """Runs tasks on ``count`` threads of this process.

    They are daemons: a compiled task cannot be interrupted, and Ctrl-C should not wait for it.
    """

    local = True

    def __init__(self, count: int) -> None:
        self._count = count
        self.name = f"threads:{count}"

    def finished(self, function: Callable[[T], R], tasks: Sequence[T]) -> Finished[R]:
        """See :class:`Executor`."""
        waiting = deque(enumerate(tasks))
        outcomes: SimpleQueue[tuple[int, Any, BaseException | None]] = SimpleQueue()

        def work() -> None:
            while True:
                try:
                    number, task = waiting.popleft()
                except IndexError:
                    return
                try:
                    outcomes.put((number, function(task), None))
                except BaseException as error:  # raised again in the thread that called
                    outcomes.put((number, None, error))

        for _ in range(min(self._count, len(tasks))):
            threading.Thread(target=work, daemon=True).start()
        try:
            for _ in tasks:
                number, result, error = outcomes.get()
                if error is not None:
                    raise error
                yield number, result
        finally:
            waiting.clear()

    def close(self) -> None:
        """The threads have ended with their tasks, or do so with the task that they are at."""


def default_executor(solver: str) -> str:
    """Threads for a solver that releases Python's global lock, processes for one that does not."""
    return "threads" if solver in _RELEASES_THE_LOCK else "processes"


def default_processes() -> int:
    """The processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def check_executor(text: str) -> None:
    """Raise InputError if the text names no executor; nothing is started."""
    _maker(text)


def open_executor(text: str) -> Executor:
    """The executor that a text names. Raises InputError, also if a cluster does not answer."""
    return _maker(text)()


def workers_text(solver: str, workers: int | None = None) -> str:
    """Where a solver runs best on so many workers; one is this thread.

    Without a number it is all processors on threads, and one where it would take processes: these
    need a script that may be imported, which not every caller has.
    """
    kind = default_executor(solver)
    if workers is None:
        workers = default_processes() if kind == "threads" else 1
    return "here" if workers <= 1 else f"{kind}:{workers}"


@contextmanager
def running_on(
    executor: str | Executor | None, processes: int | None = None, solver: str = SIMPY
) -> Iterator[Executor]:
    """An executor for a while: one that is given stays open, one that is named is closed after.

    None means so many workers of the kind that suits the ``solver``, see :func:`workers_text`.
    """
    if executor is not None and not isinstance(executor, str):
        yield executor
        return
    if executor is not None and processes is not None:
        rule, cure = "is given together with a number of processes", "give one of them"
        raise InputError([Problem(_PLACE, "", rule, executor, cure)])
    text = executor or workers_text(solver, processes)
    opened = open_executor(text)
    try:
        yield opened
    finally:
        opened.close()


def _maker(text: str) -> Callable[[], Executor]:
    """What makes the executor, once the text has been read."""
    kind, colon, rest = text.partition(":")
    if text == "here":
        return Here
    if kind in {"threads", "processes"}:
        count = _count(text, rest) if colon else default_processes()
        return lambda: Threads(count) if kind == "threads" else _processes(count)
    if kind == "dask":
        address = _address(text, rest)
        return lambda: _cluster(address)
    raise _wrong("must name where to run", text)


def _count(text: str, digits: str) -> int:
    if not (digits.isascii() and digits.isdigit() and 1 <= int(digits[:9]) <= WORKERS_MAX):
        raise _wrong(f"must have a whole number from 1 to {WORKERS_MAX} behind the colon", text)
    return int(digits)


def _address(text: str, rest: str) -> str:
    found = re.fullmatch(r"//((?:[\w.-]+|\[[0-9a-fA-F:.]+\]):(\d{1,5}))", rest, re.ASCII)
    if found is None or not 1 <= int(found[2]) <= 65_535:
        raise _wrong("must have the host and the port of a Dask scheduler", text)
    return found[1]


def _wrong(rule: str, text: str) -> InputError:
    return InputError([Problem(_PLACE, "", rule, text, _CURE)])


def _processes(count: int) -> Executor:
    from meshsim.studies.processes import Processes

    return Processes(count)


def _cluster(address: str) -> Executor:
    from meshsim.studies.cluster import Cluster

    return Cluster(address)

"""Tasks on worker processes, each of which is started afresh and kept for the next task.

The parent talks to each worker through a pipe of its own and gives it one task at a time. So when a
worker dies (out of memory, a kill), the parent knows at what: that task is run again by another
worker, and no other task is disturbed. A task at which ``DEATHS_MAX`` workers died is given up.

Workers are spawned, not forked: forking a process that has threads may hang.
"""

from __future__ import annotations

import multiprocessing
import signal
import traceback
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, TypeVar, cast

from meshsim.errors import InputError, Place, Problem
from meshsim.studies.executors import Finished

T = TypeVar("T")
R = TypeVar("R")

DEATHS_MAX = 3
"""Workers that may die at one task, or one after the other at their start."""

_STARTING = -1
_END_S = 5.0
"""How long a worker gets to end by itself."""


@dataclass(eq=False)
class _Worker:
    process: BaseProcess
    connection: Connection
    number: int | None = _STARTING
    """The task that it is at; None if it waits for one."""


class Processes:
    """Runs tasks on ``count`` processes; those that die are replaced."""

    local = True

    def __init__(self, count: int) -> None:
        self._count = count
        self.name = f"processes:{count}"
        self._workers: list[_Worker] = []
        self._deaths: Counter[int] = Counter()

    def finished(self, function: Callable[[T], R], tasks: Sequence[T]) -> Finished[R]:
        """See :class:`~meshsim.studies.executors.Executor`.

        Raises InputError if processes cannot be started or one task has ended several of them.
        """
        waiting = deque(range(len(tasks)))
        self._deaths.clear()
        left = len(tasks)
        try:
            while left:
                self._hand_out(function, tasks, waiting)
                for number, result in self._outcomes(tasks, waiting):
                    left -= 1
                    yield number, result
        finally:
            self._drop([worker for worker in self._workers if worker.number is not None])

    def close(self) -> None:
        """End all workers: those that wait by themselves, others at once."""
        self._drop(list(self._workers))

    def _hand_out(
        self, function: Callable[[T], R], tasks: Sequence[T], waiting: deque[int]
    ) -> None:
        """A task for each worker that waits for one, and workers for the tasks beyond."""
        for worker in self._workers:
            if worker.number is None and waiting:
                worker.number = waiting.popleft()
                try:
                    worker.connection.send((function, tasks[worker.number]))
                except OSError:
                    continue  # it has died, which its pipe will tell
        starting = sum(worker.number == _STARTING for worker in self._workers)
        missing = min(self._count - len(self._workers), len(waiting) - starting)
        for _ in range(missing):
            self._workers.append(_start())

    def _outcomes(self, tasks: Sequence[T], waiting: deque[int]) -> Iterator[tuple[int, Any]]:
        """Wait for workers that have something to say, or have died."""
        busy = {worker.connection: worker for worker in self._workers if worker.number is not None}
        for ready in wait(list(busy)):
            worker = busy[cast(Connection, ready)]
            number = worker.number
            assert number is not None, "only busy workers are waited for"
            try:
                outcome = worker.connection.recv()
            except (EOFError, OSError):
                self._bury(worker, tasks, waiting)
                continue
            worker.number = None
            if number == _STARTING:
                del self._deaths[_STARTING]  # so workers can start, and deaths have other causes
                continue
            well, result = outcome
            if not well:
                raise result
            yield number, result

    def _bury(self, worker: _Worker, tasks: Sequence[T], waiting: deque[int]) -> None:
        number = worker.number
        assert number is not None, "the death of a worker that waits is seen at its next task"
        self._drop([worker])
        self._deaths[number] += 1
        if self._deaths[number] >= DEATHS_MAX:
            raise _given_up(self.name, None if number == _STARTING else tasks[number])
        if number != _STARTING:
            waiting.appendleft(number)

    def _drop(self, workers: Sequence[_Worker]) -> None:
        for worker in workers:
            self._workers.remove(worker)
            worker.connection.close()
            if worker.number is not None:
                worker.process.terminate()
        for worker in workers:
            worker.process.join(_END_S)
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()
            worker.process.close()


def _start() -> _Worker:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(theirs,), daemon=True)
    with _interrupts_held():
        process.start()
    theirs.close()
    return _Worker(process, ours)


def _work(connection: Connection) -> None:
    """The life of a worker: one task after the other, until the parent closes the pipe."""
    _die_quietly()
    try:
        connection.send(None)
        while True:
            function, task = connection.recv()
            well, result = _outcome(function, task)
            try:
                connection.send((well, result))
            except OSError:
                raise
            except Exception as error:  # it cannot be pickled
                connection.send((False, TypeError(f"cannot be sent: {error!r}")))
    except (EOFError, OSError):
        return  # the parent has ended


def _outcome(function: Callable[[Any], Any], task: object) -> tuple[bool, Any]:
    try:
        return True, function(task)
    except Exception as error:
        error.add_note(f"in a worker process:\n{traceback.format_exc()}")
        return False, error


def _given_up(name: str, task: object) -> InputError:
    if task is None:
        rule = f"{DEATHS_MAX} worker processes ended as they started"
        cure = "in a script, put the work under if __name__ == '__main__':; or try another executor"
        return InputError([Problem(Place(name), "", rule, "", cure)])
    rule = f"{DEATHS_MAX} worker processes died at this task"
    cure = "look whether memory runs out, and try fewer requests or fewer processes"
    return InputError([Problem(Place(name), str(task), rule, "", cure)])


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

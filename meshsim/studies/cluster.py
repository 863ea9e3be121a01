"""Tasks on a Dask cluster: a scheduler at an address, and workers that came to it.

Dask itself runs the tasks of a worker that was lost on another one; it gives a task up when
``distributed.scheduler.allowed-failures`` (3) workers were lost at it, and this becomes an error
that names the task. Numbers are the same on all machines only if the same code makes them, so the
versions of meshsim and of what it computes with must agree.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError
from importlib import import_module
from importlib.util import find_spec
from itertools import islice
from typing import Any, TypeVar

from meshsim.errors import InputError, Place, Problem
from meshsim.studies.executors import Finished

T = TypeVar("T")
R = TypeVar("R")

CONNECT_S = 10.0
"""How long a scheduler has to answer, and then its first worker to be there."""
OUTSTANDING_MAX = 1_000
"""Tasks that the scheduler holds at a time; each is some ten kilobytes."""
_COMPARED = ("meshsim", "numpy", "scipy", "numba")


class Cluster:
    """Runs tasks on the workers of the Dask scheduler at ``address``, a host and a port.

    Raises InputError if it does not answer, has no worker, or one with other versions.
    """

    local = False

    def __init__(self, address: str, connect_s: float = CONNECT_S) -> None:
        self.name = f"dask://{address}"
        if find_spec("distributed") is None:
            cure = "pip install 'meshsim[cluster]'"
            raise _problem(self.name, "needs the package distributed", cure)
        # It logs what it raises, with tracebacks; the user is told once, by us.
        logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
        self._client = _connected(self.name, f"tcp://{address}", connect_s)
        try:
            self._check_workers(connect_s)
        except BaseException:
            self.close()
            raise

    def finished(self, function: Callable[[T], R], tasks: Sequence[T]) -> Finished[R]:
        """See :class:`~meshsim.studies.executors.Executor`.

        Raises InputError if the scheduler is lost, or too many workers were lost at one task.
        """
        numbers: dict[str, int] = {}
        rest = iter(range(len(tasks)))

        def submitted(count: int) -> list[Any]:
            futures = []
            for number in islice(rest, count):
                future = self._client.submit(function, tasks[number], pure=False)
                numbers[future.key] = number
                futures.append(future)
            return futures

        open_futures = {future.key: future for future in submitted(OUTSTANDING_MAX)}
        completed = _distributed().as_completed(list(open_futures.values()), loop=self._client.loop)
        try:
            for future in completed:
                number = numbers[future.key]
                yield number, self._result(future, tasks[number])
                del open_futures[future.key]
                for more in submitted(1):
                    open_futures[more.key] = more
                    completed.add(more)
        finally:
            self._client.cancel(list(open_futures.values()), force=True)

    def close(self) -> None:
        """Leave the cluster; scheduler and workers stay."""
        self._client.close()

    def _result(self, future: Any, task: object) -> Any:  # noqa: ANN401 - whatever the task gives
        try:
            return future.result()
        except _distributed().KilledWorker as error:
            rule = f"more than {error.allowed_failures} workers were lost at this task"
            problem = Problem(Place(self.name), str(task), rule, "", "look into the workers' logs")
            raise InputError([problem]) from None
        except CancelledError:
            cure = "start it anew, and go on with what was saved"
            raise _problem(self.name, "the scheduler was lost", cure) from None

    def _check_workers(self, wait_s: float) -> None:
        try:
            self._client.wait_for_workers(1, timeout=wait_s)
        except TimeoutError:
            scheduler = f"tcp://{self.name.removeprefix('dask://')}"
            cure = f"start some: dask worker {scheduler} --nthreads 1"
            raise _problem(self.name, "the scheduler has no worker", cure) from None
        versions = self._client.get_versions(packages=list(_COMPARED))
        ours = _compared(versions["client"])
        problems: list[Problem] = []
        for worker, theirs in sorted(versions["workers"].items()):
            problems += _differences(worker, ours, _compared(theirs))
        if problems:
            raise InputError(problems)


def _distributed() -> Any:  # noqa: ANN401 - half of it has no types
    return import_module("distributed")


def _connected(name: str, address: str, connect_s: float) -> Any:  # noqa: ANN401 - a Client
    try:
        return _distributed().Client(address, timeout=connect_s, set_as_default=False)
    except OSError:
        cure = "start one with: dask scheduler; or mend the address"
        raise _problem(name, f"no Dask scheduler answered within {connect_s:g} s", cure) from None


def _compared(versions: Mapping[str, Any]) -> dict[str, str]:
    """The versions that must agree; of Python the first two numbers, since code is sent pickled."""
    packages = versions["packages"]
    python = ".".join(str(packages["python"]).split(".")[:2])
    return {"python": python, **{name: packages[name] or "missing" for name in _COMPARED}}


def _differences(
    worker: str, ours: Mapping[str, str], theirs: Mapping[str, str]
) -> Iterator[Problem]:
    for name, version in ours.items():
        if theirs[name] != version:
            cure = "install the same there and start the worker anew"
            yield Problem(Place(worker), name, f"must be {version}, as here", theirs[name], cure)


def _problem(place: str, rule: str, cure: str) -> InputError:
    return InputError([Problem(Place(place), "", rule, "", cure)])

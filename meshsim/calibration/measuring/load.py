"""The load generator as seen from here: its process, orders and answers."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import meshsim
from meshsim.calibration.measuring.extra import PLACE
from meshsim.calibration.measuring.processes import Process
from meshsim.errors import InputError, Problem
from meshsim.solvers.streams import Purpose, uniforms

_ROOT = Path(meshsim.__file__).parents[1]
_RUN = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from meshsim.calibration.measuring.generator import main; main()"
)
_SPREAD = 4.0
"""Draws to make beyond the mean, in standard deviations, before more are drawn."""


@dataclass(frozen=True)
class Slice:
    """What a slice of load came to; CPU by role, in seconds of all requests together."""

    requests: int
    seconds: float
    errors: int
    cpu_s: Mapping[str, float]
    foreign_cores: float
    latencies_s: tuple[float, ...] = ()
    lags_s: tuple[float, ...] = ()

    @property
    def rate_per_s(self) -> float:
        """Requests answered per second."""
        return self.requests / self.seconds

    def cpu_per_request_s(self, role: str) -> float:
        """CPU of a role's worker threads for one request."""
        return self.cpu_s[role] / self.requests


class Failed(Exception):  # noqa: N818 - what came of an order
    """The proxy did not play along."""


class Load:
    """Gives orders to a running generator."""

    def __init__(self, process: Process) -> None:
        self._process = process

    @property
    def pid(self) -> int:
        """The process id of the generator."""
        return self._process.pid

    def watch(
        self, roles: Mapping[str, Sequence[str]], pids: Sequence[int], cores: Sequence[int]
    ) -> None:
        """Read the CPU time of these files, processes and cores at all edges from now on."""
        self._order(order="watch", roles=roles, pids=pids, cores=cores)

    def open(self, pool: str, port: int, request: str, connections: int) -> None:
        """Open connections. Raises Failed."""
        self._order(order="open", pool=pool, port=port, request=request, connections=connections)

    def close(self, pool: str) -> None:
        """Close connections."""
        self._order(order="close", pool=pool)

    def closed(self, pool: str, warm_s: float, seconds: float) -> Slice:
        """All connections of a pool ask without a pause. Raises Failed."""
        return _slice(
            self._order(order="slice", pool=pool, mode="closed", warm_s=warm_s, seconds=seconds)
        )

    def open_loop(self, pool: str, warm_s: float, due_s: Sequence[float]) -> Slice:
        """Requests at these moments; those before ``warm_s`` are not measured. Raises Failed."""
        return _slice(
            self._order(order="slice", pool=pool, mode="open", warm_s=warm_s, due_s=list(due_s))
        )

    def _order(self, **order: object) -> dict[str, Any]:
        try:
            self._process.stdin.write(json.dumps(order).encode() + b"\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except OSError:
            line = b""
        if not line:
            rule = f"the load generator must go on, and ended: {self._process.last_words()}"
            raise InputError([Problem(PLACE, "", rule, "", "see whether memory is left")])
        answer: dict[str, Any] = json.loads(line)
        if "failed" in answer:
            raise Failed(answer["failed"])
        return answer


@contextmanager
def load_generator(core: int) -> Iterator[Load]:
    """Run a load generator on a core."""
    words = [sys.executable, "-S", "-c", _RUN, str(_ROOT)]
    with Process(words, [core], piped=True) as process:
        yield Load(process)


def request_text(path: str, headers: Sequence[tuple[str, str]] = (), body_bytes: int = 0) -> str:
    """An HTTP/1.1 request, with a body if it has bytes."""
    lines = [f"{'POST' if body_bytes else 'GET'} {path} HTTP/1.1", "host: localhost"]
    lines += [f"{name}: {value}" for name, value in headers]
    if body_bytes:
        lines.append(f"content-length: {body_bytes}")
    return "\r\n".join([*lines, "", ""]) + "x" * body_bytes


def poisson_moments(key: int, rate_per_s: float, seconds: float) -> list[float]:
    """Moments of a Poisson process within so many seconds; the same key gives the same."""
    mean = rate_per_s * seconds
    count = int(mean + _SPREAD * mean**0.5) + 10
    gaps = -np.log(uniforms(key, Purpose.ARRIVAL, count)) / rate_per_s
    moments = np.cumsum(gaps)
    return [float(moment) for moment in moments[moments < seconds]]


def _slice(answer: Mapping[str, Any]) -> Slice:
    return Slice(
        requests=answer["requests"],
        seconds=answer["seconds"],
        errors=answer["errors"],
        cpu_s={role: ns / 1e9 for role, ns in answer["cpu_ns"].items()},
        foreign_cores=answer["foreign_cores"],
        latencies_s=tuple(value / 1e6 for value in answer["latencies_us"]),
        lags_s=tuple(value / 1e6 for value in answer["lags_us"]),
    )

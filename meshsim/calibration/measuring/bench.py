"""All processes of a measurement, up and connected, and one slice of load on one of them."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from meshsim.calibration.measuring.certificates import Identity, identity, token
from meshsim.calibration.measuring.envoy import Envoy, envoy
from meshsim.calibration.measuring.envoy_filters import Surroundings, variants
from meshsim.calibration.measuring.load import (
    Load,
    Slice,
    load_generator,
    poisson_moments,
    request_text,
)
from meshsim.calibration.measuring.placement import Placement, placement
from meshsim.calibration.measuring.topologies import (
    CLIENT,
    REFERENCE,
    SERVER,
    UPSTREAM,
    client_parts,
    reference_parts,
    server_parts,
    upstream_listeners,
)

PAYLOADS = (0, 1024, 4096, 16_384, 65_536, 131_072)
WORKERS = (2, 4)
Headers = tuple[tuple[str, str], ...]
_POOL = "pool"


@dataclass(frozen=True)
class Target:
    """Where load goes: a listener of a process, what is asked for, on how many connections."""

    process: str
    listener: str
    payload_bytes: int = 1024
    request_bytes: int = 0
    connections: int = 16
    headers: Headers = ()


class Bench:
    """Running proxies, an upstream and a load generator."""

    def __init__(
        self,
        envoys: Mapping[str, Envoy],
        load: Load,
        where: Placement,
        headers: Mapping[str, Headers],
    ) -> None:
        self.envoys, self._load, self._where = dict(envoys), load, where
        self.headers = headers
        """What requests to each filter variant carry."""
        self._saturated: bool | None = None
        roles = {name: one.worker_files() for name, one in envoys.items()}
        pids = [os.getpid(), *(one.pid for one in envoys.values())]
        load.watch(roles, pids, where.cores)

    @property
    def envoy_version(self) -> str:
        """Version of the binary."""
        return self.envoys[UPSTREAM].admin.version()

    def closed(self, target: Target, warm_s: float, seconds: float) -> Slice:
        """Saturate the target for so long. Raises Failed."""
        self._arrange(saturated=True)
        with self._pool(target):
            return self._load.closed(_POOL, warm_s, seconds)

    def open_loop(
        self, target: Target, rate_per_s: float, warm_s: float, seconds: float, key: int
    ) -> Slice:
        """Poisson arrivals for so long. Raises Failed."""
        self._arrange(saturated=False)
        moments = poisson_moments(key, rate_per_s, warm_s + seconds)
        with self._pool(target):
            return self._load.open_loop(_POOL, warm_s, moments)

    @contextmanager
    def _pool(self, target: Target) -> Iterator[None]:
        port = self.envoys[target.process].ports[target.listener]
        request = request_text(f"/{target.payload_bytes}", target.headers, target.request_bytes)
        self._load.open(_POOL, port, request, target.connections)
        try:
            yield
        finally:
            self._load.close(_POOL)

    def _arrange(self, *, saturated: bool) -> None:
        """Put the upstream where it belongs, and have the kernel batch work or wake at once."""
        if saturated == self._saturated:
            return
        core = self._where.upstream(saturated=saturated)
        for task in Path(f"/proc/{self.envoys[UPSTREAM].pid}/task").iterdir():
            os.sched_setaffinity(int(task.name), {core})
        policy = os.SCHED_BATCH if saturated else os.SCHED_OTHER
        for one in self.envoys.values():
            for thread in one.worker_threads():
                with suppress(PermissionError):  # some containers forbid it; batches are smaller
                    os.sched_setscheduler(thread, policy, os.sched_param(0))
        self._saturated = saturated


@contextmanager
def bench(*, workers: Sequence[int] = ()) -> Iterator[Bench]:
    """Start everything; ``workers`` adds one-hop proxies with so many worker threads."""
    where = placement()
    cores = [where.proxies]
    with ExitStack() as stack:
        log = stack.enter_context(tempfile.TemporaryFile())
        around = Surroundings(token(), f"/dev/fd/{log.fileno()}")
        found = variants(around)
        upstream = stack.enter_context(envoy(upstream_listeners(PAYLOADS), [], [where.generator]))
        identities: dict[str, Identity] = {"rsa": identity("rsa"), "ec": identity("ec")}
        server = stack.enter_context(envoy(*server_parts(upstream.ports, identities), cores))
        parts = client_parts(upstream.ports, server.ports, identities, found)
        client = stack.enter_context(envoy(*parts, cores, pass_fds=[log.fileno()]))
        hop = reference_parts(upstream.ports)
        envoys = {UPSTREAM: upstream, SERVER: server, CLIENT: client}
        envoys[REFERENCE] = stack.enter_context(envoy(*hop, cores))
        for count in workers:
            envoys[workers_name(count)] = stack.enter_context(envoy(*hop, cores, workers=count))
        load = stack.enter_context(load_generator(where.generator))
        headers = {name: variant.headers for name, variant in found.items()}
        yield Bench(envoys, load, where, headers)


def workers_name(count: int) -> str:
    """Name of the process of one hop with so many worker threads."""
    return f"workers{count}"


def reference() -> Target:
    """The reference: one HTTP/1.1 hop, 1 KiB."""
    return Target(REFERENCE, "proxy")

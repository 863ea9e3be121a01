"""Memory of an Envoy against what it holds: what ``memory.csv`` holds.

Each row is an Envoy of its own, with so many clusters, endpoints, virtual hosts, listeners or
connections. Resident and proportional size come from the kernel, allocated and heap bytes from
Envoy. Part of the resident size, about 46 MB, is pages of the program, which all Envoys of a
machine share.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from meshsim.calibration.measuring.certificates import identity
from meshsim.calibration.measuring.envoy import Envoy, envoy
from meshsim.calibration.measuring.envoy_config import (
    Json,
    Tls,
    cluster,
    http_connections,
    http_hosts,
    listener,
    route,
)

Parts = tuple[list[Json], list[Json]]

_SETTLE_SECONDS = 0.2
_PORTS = 60_000
_WORKERS = 2
_KINDS = {"Rss": "rss", "Pss": "pss", "Private_Clean": "private", "Private_Dirty": "private"}


@dataclass(frozen=True)
class MemoryRow:
    """Memory of one Envoy; sizes in bytes."""

    kind: str
    number: int
    concurrency: int
    rss_bytes: float
    pss_bytes: float
    private_bytes: float
    allocated_bytes: float
    heap_bytes: float
    start_s: float | None
    repeat: int
    endpoints_per_cluster: int | None = None
    tls: bool | None = None
    detail: str = ""


@dataclass(frozen=True)
class Holding:
    """An Envoy that holds ``number`` of a kind of object."""

    kind: str
    number: int
    concurrency: int = _WORKERS
    endpoints_per_cluster: int | None = None
    tls: bool | None = None
    detail: str = ""

    def parts(self) -> Parts:
        """Its listeners and clusters."""
        return _MAKERS[self.kind](self.number)


def holdings() -> list[Holding]:
    """All that is measured, the cheap and important first."""
    clusters = [Holding("clusters", n, endpoints_per_cluster=1) for n in (0, 100, 1000, 4000)]
    workers = [
        Holding("clusters", n, concurrency, endpoints_per_cluster=1)
        for concurrency in (1, 4)
        for n in (0, 1000)
    ]
    others = [
        Holding("clusters_tls_ec", 1000, endpoints_per_cluster=1, tls=True),
        *(Holding("endpoints", n, endpoints_per_cluster=n) for n in (100, 1000, 10_000)),
        *(Holding("vhosts", n) for n in (100, 1000, 10_000)),
        *(Holding("listeners", n, detail="hcm") for n in (100, 1000)),
    ]
    return [*clusters, *workers, *others]


def measure_holdings(
    core: int,
    end_s: float,
    *,
    clock: Callable[[], float] = time.monotonic,
    tell: Callable[[], None] = lambda: None,
    wanted: Sequence[Holding] | None = None,
) -> list[MemoryRow]:
    """A row for each of ``wanted``, until ``clock`` says ``end_s``; at least one."""
    rows: list[MemoryRow] = []
    for holding in holdings() if wanted is None else wanted:
        if rows and clock() >= end_s:
            break
        with envoy(*holding.parts(), [core], workers=holding.concurrency) as running:
            time.sleep(_SETTLE_SECONDS)
            rows.append(memory_row(holding, running, running.start_s))
        tell()
    return rows


def memory_row(holding: Holding, running: Envoy, start_s: float | None) -> MemoryRow:
    """What a running Envoy takes now."""
    rollup = Path(f"/proc/{running.pid}/smaps_rollup").read_text(encoding="utf-8")
    sizes = parse_rollup(rollup)
    allocated, heap = running.admin.allocated_and_heap_bytes()
    return MemoryRow(
        kind=holding.kind,
        number=holding.number,
        concurrency=holding.concurrency,
        rss_bytes=sizes["rss"],
        pss_bytes=sizes["pss"],
        private_bytes=sizes["private"],
        allocated_bytes=allocated,
        heap_bytes=heap,
        start_s=start_s,
        repeat=0,
        endpoints_per_cluster=holding.endpoints_per_cluster,
        tls=holding.tls,
        detail=holding.detail,
    )


def parse_rollup(text: str) -> dict[str, int]:
    """Bytes resident, proportional and private, from the text of ``smaps_rollup``."""
    sizes = dict.fromkeys(_KINDS.values(), 0)
    for name, kib in re.findall(r"^(\w+):\s+(\d+) kB$", text, re.MULTILINE):
        if name in _KINDS:
            sizes[_KINDS[name]] += 1024 * int(kib)
    return sizes


def _clusters(number: int, tls: Tls | None = None) -> Parts:
    return [], [cluster(f"cluster-{i}", [1 + i % _PORTS], tls) for i in range(number)]


def _clusters_tls(number: int) -> Parts:
    return _clusters(number, Tls(identity("ec")))


def _endpoints(number: int) -> Parts:
    return [], [cluster("one", [1 + i for i in range(number)])]


def _vhosts(number: int) -> Parts:
    hosts = [_vhost(i) for i in range(number)]
    return [listener("one", http_hosts(hosts))], [cluster("one", [1])]


def _vhost(index: int) -> Json:
    names = [f"service-{index}", f"service-{index}.default", f"service-{index}.default.svc"]
    return {"name": f"host-{index}", "domains": names, "routes": [route("one")]}


def _listeners(number: int) -> Parts:
    made = [listener(f"listener-{i}", http_connections([route("one")])) for i in range(number)]
    return made, [cluster("one", [1])]


_MAKERS: dict[str, Callable[[int], Parts]] = {
    "clusters": _clusters,
    "clusters_tls_ec": _clusters_tls,
    "endpoints": _endpoints,
    "vhosts": _vhosts,
    "listeners": _listeners,
}

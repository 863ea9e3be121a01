"""What is measured side by side with the reference: cells, and which of them a profile has.

A cell is one proxy path under one kind of load. Its columns are those of ``paired.csv``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from meshsim.calibration.measuring.bench import (
    PAYLOADS,
    WORKERS,
    Headers,
    Target,
    workers_name,
)
from meshsim.calibration.measuring.envoy_filters import variant_names
from meshsim.calibration.measuring.topologies import (
    CLIENT,
    REFERENCE,
    ROLES_OF_ONE,
    TOPOLOGIES,
    Topology,
    filter_target,
)


class Part(StrEnum):
    """A part of a measurement that can be asked for alone."""

    TOPOLOGIES = "topologies"
    LOADS = "loads"
    FILTERS = "filters"
    CONNECTIONS = "connections"
    WORKERS = "workers"
    HANDSHAKES = "handshakes"
    MEMORY = "memory"


PAIRED = frozenset({Part.TOPOLOGIES, Part.LOADS, Part.FILTERS, Part.CONNECTIONS, Part.WORKERS})
"""Parts that consist of cells."""

KIB = 1024
_QUICK_TOPOLOGIES = ("proxy", "sidecar_h2", "tcp_mtls")
_QUICK_PAYLOADS = (KIB, 16 * KIB, 128 * KIB)
_QUICK_RATES = (100, 500, 2000)
_RATES = (100, 300, 1000, 3000, 8000)
_BODIES = (16 * KIB, 128 * KIB)
_WITH_BODIES = ("proxy", "sidecar_h2", "tcp_mtls")
_CONNECTIONS = (1, 4, 64, 256)
_FIXED_RATE = 1000


@dataclass(frozen=True)
class Cell:
    """One path under one load: ``rate_per_s`` is None where the proxy is to be saturated.

    ``roles`` maps each proxy's role to the process that plays it.
    """

    block: str
    test: str
    target: Target
    protocol: str
    tls: bool
    rate_per_s: float | None = None
    roles: Mapping[str, str] = field(default_factory=lambda: dict(ROLES_OF_ONE), hash=False)

    @property
    def mode(self) -> str:
        """``closed`` or ``open``."""
        return "closed" if self.rate_per_s is None else "open"

    @property
    def workers(self) -> int:
        """Worker threads of each proxy."""
        name = self.target.process
        return next((count for count in WORKERS if workers_name(count) == name), 1)

    @property
    def is_null(self) -> bool:
        """Whether this is the reference against itself."""
        return self.target.process == REFERENCE


def null_cell() -> Cell:
    """The reference against itself: whatever differs from 1 is the error of the method."""
    target = Target(REFERENCE, "proxy")
    return Cell("filter", "none", target, "h1", tls=False, roles={"proxy": REFERENCE})


def quick_cells(parts: Collection[Part], headers: Mapping[str, Headers]) -> list[Cell]:
    """The null test; one hop, an HTTP/2 pair and a TCP pair with mTLS: 3 payloads, 3 rates."""
    cells = [null_cell()]
    chosen = [TOPOLOGIES[name] for name in _QUICK_TOPOLOGIES]
    if Part.TOPOLOGIES in parts:
        cells += [saturated(one, size) for one in chosen for size in _QUICK_PAYLOADS]
    if Part.LOADS in parts:
        cells += [loaded(one, rate) for one in chosen for rate in _QUICK_RATES]
    return cells + _other_cells(parts, headers)


def full_cells(parts: Collection[Part], headers: Mapping[str, Headers]) -> list[Cell]:
    """The null test and all cells of these parts; ``headers`` are what filters want to see."""
    cells = [null_cell()]
    if Part.TOPOLOGIES in parts:
        cells += [saturated(one, size) for one in TOPOLOGIES.values() for size in PAYLOADS]
        cells += [saturated(TOPOLOGIES[one], 0, body) for one in _WITH_BODIES for body in _BODIES]
    if Part.LOADS in parts:
        cells += [loaded(one, rate) for one in TOPOLOGIES.values() for rate in _RATES]
    return cells + _other_cells(parts, headers)


def _other_cells(parts: Collection[Part], headers: Mapping[str, Headers]) -> list[Cell]:
    """Those that both profiles have alike."""
    cells = []
    if Part.FILTERS in parts:
        cells += [filtered(name, headers.get(name, ())) for name in variant_names()[1:]]
    if Part.CONNECTIONS in parts:
        cells += [connected(count) for count in _CONNECTIONS]
    if Part.WORKERS in parts:
        cells += [threaded(count, rate) for count in WORKERS for rate in (None, _FIXED_RATE)]
    return cells


def saturated(topology: Topology, payload_bytes: int, request_bytes: int = 0) -> Cell:
    """A path that is kept busy."""
    target = Target(CLIENT, topology.name, payload_bytes, request_bytes)
    return _cell("topo", topology.name, target, topology)


def loaded(topology: Topology, rate_per_s: float) -> Cell:
    """A path with Poisson arrivals."""
    test = f"{topology.name}@{rate_per_s:g}"
    return _cell("load", test, Target(CLIENT, topology.name), topology, rate_per_s)


def filtered(name: str, headers: Headers) -> Cell:
    """One hop with a filter, kept busy."""
    target = Target(CLIENT, filter_target(name), headers=headers)
    return Cell("filter", name, target, "h1", tls=False)


def connected(count: int) -> Cell:
    """One hop with so many connections at a fixed rate."""
    target = Target(CLIENT, "proxy", connections=count)
    test = f"proxy@{_FIXED_RATE} connections={count}"
    return Cell("connections", test, target, "h1", tls=False, rate_per_s=_FIXED_RATE)


def threaded(count: int, rate_per_s: float | None) -> Cell:
    """One hop with so many worker threads, kept busy or at a fixed rate."""
    name = workers_name(count)
    load = "" if rate_per_s is None else f"@{rate_per_s:g}"
    test = f"proxy{load} workers={count}"
    roles = {"proxy": name}
    return Cell("workers", test, Target(name, "proxy"), "h1", False, rate_per_s, roles)


def _cell(
    block: str, test: str, target: Target, topology: Topology, rate_per_s: float | None = None
) -> Cell:
    return Cell(block, test, target, topology.protocol, topology.tls, rate_per_s, topology.roles)

"""What a measurement says, whatever file it came from: one cell per measured quantity and setting.

CPU cells are per request of one proxy process, memory cells are of one process, connection cells
are the CPU of a new connection with the one request that it carried. All in SI units. ``error`` is
the standard error of the logarithm of the value, NaN if the file does not tell. Cells of one
*sitting* were measured in the same moments and err together.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from meshsim.errors import Place
from meshsim.inputs.import_report import Tally

Protocol = Literal["http1", "http2", "tcp"]
Arrivals = Literal["open", "saturated", "sequential"]

PROTOCOLS: dict[str, Protocol] = {
    "h1": "http1",
    "http1": "http1",
    "http/1.1": "http1",
    "h2": "http2",
    "http2": "http2",
    "grpc": "http2",
    "tcp": "tcp",
}
"""Spellings of protocols in measurement files."""


@dataclass(frozen=True)
class CpuCell:
    """CPU per request of one proxy."""

    place: Place
    """Row or key of the file."""
    test: str
    """What was measured, in the words of the file."""
    role: str
    """Which proxy: ``proxy``, ``client_sidecar``, ``server_sidecar``; ``sidecar`` was watched in a
    cluster, and its filters are those that its mesh file has on."""
    protocol: Protocol
    """What it carried."""
    passes: int
    """Passes of encryption per payload byte in this proxy: 0 plain, 1 a sidecar, 2 a waypoint."""
    body_bytes: float
    """Bodies of request and response together [B]."""
    rate_per_s: float
    """Requests per second of each worker."""
    arrivals: Arrivals
    """Open load, a worker that is never idle, or one request after another."""
    filters: tuple[str, ...]
    """Filters switched on beyond the router."""
    cpu_s: float
    """CPU per request [s]."""
    error: float
    """Standard error of its logarithm."""
    count: int
    """Slices or repeats behind the value."""
    is_paired: bool
    """Measured against a reference, so that the state of the machine cancels."""
    sitting: str
    """Cells with the same word were measured together."""
    is_copy: bool = False
    """Whether a paired file beside this one has the slices that it was made of."""

    @property
    def is_plain(self) -> bool:
        """Whether it tells costs of the passage itself, and not of a filter."""
        return not self.filters or self.role == "sidecar"

    @property
    def setting(self) -> tuple[str, str, int, float, str, float]:
        """What the cost depends on besides filters; equal for a cell and its plain neighbour."""
        rate = self.rate_per_s if self.arrivals != "saturated" else 0.0
        near = round(math.log(rate), 1) if rate > 0 else 0.0
        return (self.role, self.protocol, self.passes, self.body_bytes, self.arrivals, near)


@dataclass(frozen=True)
class MemoryCell:
    """Resident memory of one proxy."""

    place: Place
    """Row of the file."""
    kind: str
    """What was varied, in the words of the file."""
    workers: int
    """Worker threads."""
    counts: tuple[tuple[str, float], ...]
    """How many of each thing it held: ``cluster``, ``endpoint``, ``route``, ``listener``, …"""
    memory_bytes: float
    """Resident memory [B]."""

    def count(self, of: str) -> float:
        """How many of a thing it held."""
        return dict(self.counts).get(of, 0.0)


@dataclass(frozen=True)
class ConnectionCell:
    """CPU of a new connection and of the request it carried."""

    place: Place
    """Row of the file."""
    role: str
    """``server`` (one proxy), ``client_sidecar`` or ``server_sidecar``."""
    key: Literal["plain", "rsa", "ecdsa"]
    """Key of the certificate; plain without TLS."""
    is_mutual: bool
    """Whether the client shows a certificate."""
    is_resumed: bool
    """Whether sessions may be resumed."""
    repeat: str
    """Repeats see the machine in one state each."""
    rate_per_s: float
    """New connections per second; NaN if the file does not tell."""
    cpu_s: float
    """CPU per connection with its request [s]."""


@dataclass(frozen=True)
class LatencyCell:
    """A quantile or the mean of the latency of a run."""

    place: Place
    """Row, key or file."""
    test: str
    """What was measured, in the words of the file."""
    statistic: str
    """``mean``, ``p50``, ``p90``, ``p99`` …"""
    protocol: Protocol | None
    """None if the file does not tell."""
    tls: bool | None
    """None if the file does not tell."""
    proxies: int | None
    """Proxies on the way; None if the file does not tell."""
    body_bytes: float
    """Bodies of request and response [B]; NaN if the file does not tell."""
    rate_per_s: float
    """Requests per second of the run."""
    connections: int
    """0 if the file does not tell."""
    arrivals: Literal["open", "closed", "unknown"]
    """How the generator sent."""
    latency_s: float
    """Latency [s]."""
    cpu_s: float = math.nan
    """CPU per request of one of its proxies in the same run [s], if the file tells."""


Cell = CpuCell | MemoryCell | ConnectionCell | LatencyCell


@dataclass
class Reading:
    """The cells of some files, and what in them could not be used."""

    cpu: list[CpuCell] = field(default_factory=list)
    memory: list[MemoryCell] = field(default_factory=list)
    connections: list[ConnectionCell] = field(default_factory=list)
    latencies: list[LatencyCell] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)
    references_s: list[float] = field(default_factory=list)
    """CPU per request of the reference in each slice of paired files [s]."""
    machines: list[str] = field(default_factory=list)
    """Machines that were measured, in the words of their files."""

    def add(self, other: Reading) -> None:
        """Take over all that another file gave."""
        self.cpu += other.cpu
        self.memory += other.memory
        self.connections += other.connections
        self.latencies += other.latencies
        self.references_s += other.references_s
        self.machines += other.machines
        self.tally.add(other.tally)


def median_error(values: Iterable[float]) -> tuple[float, float]:
    """The median of positive values, and the standard error of its logarithm.

    1.2533 × 1.4826 × MAD / √n: the large-sample error of a median of normal logarithms, their
    spread from the median absolute deviation, so that a slice in which the machine was disturbed
    does not count. NaN of fewer than three values.
    """
    logs = sorted(math.log(value) for value in values)
    middle = _median(logs)
    if len(logs) < 3:
        return math.exp(middle), math.nan
    mad = _median(sorted(abs(value - middle) for value in logs))
    return math.exp(middle), 1.2533 * 1.4826 * mad / math.sqrt(len(logs))


def _median(ordered: list[float]) -> float:
    half, odd = divmod(len(ordered), 2)
    return ordered[half] if odd else (ordered[half - 1] + ordered[half]) / 2

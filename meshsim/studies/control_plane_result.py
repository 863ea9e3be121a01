"""The contract of a study of a control plane: what every face shows.

Every :class:`~meshsim.stats.Interval` is a central 90% interval. Durations are seconds, CPU cores,
memory and sizes bytes.
"""

from __future__ import annotations

from dataclasses import dataclass

from meshsim.capacity.control_plane import Changes
from meshsim.capacity.estate import Estate, Scope
from meshsim.model.mesh import Mesh
from meshsim.stats import Interval

PROBABILITIES = (0.5, 0.9, 0.99)
"""The quantiles of convergence."""


@dataclass(frozen=True)
class PartRow:
    """One part of the control plane; use and requests are those of each replica."""

    name: str
    replicas: int
    """Or nodes, for what runs on each."""
    cpu_cores: Interval
    memory_bytes: Interval
    cpu_requested: float | None
    memory_requested: float | None
    follows_cpu: bool
    """Whether the numbers follow the size of the mesh, or are those of a small cluster."""
    follows_memory: bool


@dataclass(frozen=True)
class ScopeRow:
    """What the proxies hold, by how much of the mesh they are told."""

    scope: Scope
    services: float
    """Seen by a proxy, mean over all proxies."""
    endpoints: float
    configuration_bytes: Interval | None
    """On the wire, mean over all proxies; None if the mesh file does not say."""
    dump_bytes: Interval | None
    """As the proxy's own dump has it."""
    proxy_memory_bytes: Interval
    """Memory of a proxy without connections, mean over all."""
    all_memory_bytes: Interval
    """The same of all proxies together."""


@dataclass(frozen=True)
class Pushes:
    """The push queue of one replica."""

    per_s: float
    """Pushes begun."""
    config_per_s: float
    """Those with a change of configuration."""
    slots: int
    endpoint_push_s: Interval
    """CPU of sending a proxy the endpoints of one service."""
    full_push_s: Interval
    """CPU of sending a proxy everything."""
    all_endpoints_s: Interval
    """Until all proxies of a replica that see a service have its endpoints, in an idle queue."""
    all_full_s: Interval
    """Until all proxies of a replica have everything, as after it was restarted."""
    utilisation: Interval
    """CPU that pushes ask for, over what may run at once; above 1 they fall behind and merge."""


@dataclass(frozen=True)
class ConvergenceRow:
    """Time from a change until it is in force [s], in the order of :data:`PROBABILITIES`."""

    what: str
    quantiles: tuple[Interval, ...]


@dataclass(frozen=True)
class CertificateLoad:
    """Certificates that all replicas together sign."""

    per_s: float
    """Spread over the day [1/s]."""
    together_per_s: float
    """If all proxies began at the same moment [1/s]."""
    cpu_cores: Interval
    """At the first rate."""
    together_cpu_cores: Interval
    """At the second."""


@dataclass(frozen=True)
class Advice:
    """What to set aside for each replica, and how many of them."""

    cpu_cores: float
    memory_bytes: float
    replicas_min: int
    replicas_max: int
    cpu_target: float


@dataclass(frozen=True)
class Following:
    """The part of the control plane whose use follows the mesh; numbers are of one replica."""

    name: str
    replicas: int
    cpu_causes: tuple[tuple[str, Interval], ...]
    """CPU by cause [cores]."""
    pushes: Pushes
    convergence: tuple[ConvergenceRow, ...]
    certificates: CertificateLoad | None
    """None if it signs none."""
    advice: Advice
    slowest: tuple[str, float]
    """What most of the time of convergence goes to, and how long that is [s]."""


@dataclass(frozen=True)
class ControlPlaneResult:
    """One estate under one mesh."""

    estate: Estate
    mesh: Mesh
    scope: Scope
    changes: Changes
    assumed_changes: bool
    """Whether the rates of change are assumed ones."""
    proxies: float
    cores: float
    """CPU that a replica may use."""
    seed: int
    parts: tuple[PartRow, ...]
    scopes: tuple[ScopeRow, ...]
    following: Following | None
    """None if the mesh file does not say how its control plane grows."""
    warnings: tuple[str, ...]

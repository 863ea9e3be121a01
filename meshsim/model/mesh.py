"""A mesh is data: where its proxies stand, what a passage costs, what it asks of the cluster.

What one passage of a request through a proxy (in and back out) costs in CPU:

    machine_factor × ( busy + per_byte × bytes + passes × (tls + tls_per_byte × bytes)
                       + filters + idle_scale × (gap / 1 µs) ^ idle_exponent )

``busy`` is the cost at saturation in plain text, ``bytes`` is request plus response, ``passes``
counts the encrypted connections that the request goes through this proxy on (a sidecar has one, a
waypoint two), and ``gap`` is the time the worker thread was idle before the request: a worker found
idle pays for waking up and for cold caches. The shape was measured on Envoy 1.40 (31 µs a request
at saturation, 98 µs at 1,000 requests/s, 310 µs at 100 requests/s); straight rules of "vCPU per
1,000 requests/s" miss it by up to ten times.

Memory of one proxy is its base and so much per connection, per cluster (service), endpoint (pod),
route (HTTP service) and listener (TCP service, and two more).

Every number is a :class:`~meshsim.model.sourced.Sourced` value: the number, its range, how it was
found, and the source.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from meshsim.model.base import Described
from meshsim.model.control_plane import ControlPlaneScaling
from meshsim.model.fields import (
    Duration,
    Name,
    Number,
    Percentage,
    PositiveDuration,
    Rate,
    Size,
    Whole,
)
from meshsim.model.sourced import (
    Source,
    SourcedCPUQuantity,
    SourcedDuration,
    SourcedMemoryQuantity,
    SourcedNumber,
    SourcedWholeNumber,
)
from meshsim.model.topology import ResourceAmounts


def _at_least_one(value: SourcedWholeNumber) -> SourcedWholeNumber:
    if value.value < 1:
        raise ValueError("must be at least 1; write 1 or more")
    return value


class ProtocolCost(Described):
    """CPU of one passage of one protocol in plain text."""

    busy: SourcedDuration
    """CPU per request and its response, without bytes, when the worker is never idle."""
    per_kib: SourcedDuration
    """CPU per KiB of request and response bodies."""
    idle_scale: SourcedDuration
    """CPU added per request at a gap of 1 µs; grows with the gap to the power below."""
    idle_exponent: SourcedNumber
    """Power with which the idle cost grows with the gap."""
    idle_correlation: Number = Field(default=0.0, ge=-1, le=1)
    """Correlation of the errors of scale (its logarithm) and exponent, which are fitted together:
    a low scale goes with a high exponent."""


class EncryptionCost(Described):
    """CPU of encrypting and decrypting one request and its response on one connection."""

    per_request: SourcedDuration
    """CPU per request and its response."""
    per_kib: SourcedDuration
    """CPU per KiB of request and response bodies."""


class FilterCost(Described):
    """An optional feature of a layer 7 proxy, and what it adds to each passage."""

    name: Name
    """Name, such as ``access-log``."""
    about: str = ""
    """What it does."""
    enabled: bool = False
    """Whether it is on."""
    per_request: SourcedDuration
    """CPU per request and its response."""
    per_kib: SourcedDuration | None = None
    """CPU per KiB of request and response bodies; unset: none."""


class FittedRange(Described):
    """Where the numbers were fitted; what they say outside is extrapolated."""

    requests_per_worker: tuple[Rate, Rate]
    """Lowest and highest rate per worker thread."""
    body: tuple[Size, Size]
    """Smallest and largest sum of request and response bodies."""


class PassageCost(Described):
    """CPU that a proxy spends on one request and its response."""

    http1: ProtocolCost | None = None
    """HTTP/1.1 traffic."""
    http2: ProtocolCost | None = None
    """HTTP/2 and gRPC traffic."""
    tcp: ProtocolCost | None = None
    """Opaque TCP traffic: the whole of what a layer 4 proxy does."""
    tls: EncryptionCost | None = None
    """Added for each encrypted connection between proxies that the request is passed on; unset:
    the proxy cannot encrypt, or its other numbers contain it."""
    connect: SourcedDuration | None = None
    """CPU of opening or of accepting a connection in plain text; unset: none."""
    handshake: SourcedDuration | None = None
    """CPU that each end of a new encrypted connection spends on top; unset: none."""
    filters: tuple[FilterCost, ...] = ()
    """Features that can be switched on; of layer 7 only."""
    fitted_range: FittedRange | None = None
    """Where these numbers were fitted; unset: not known."""
    request_share: SourcedNumber
    """Share of a passage spent on the way in; the rest is spent on the way back."""
    wake_up_delay: SourcedDuration
    """Latency (no CPU) before an idle worker starts on what has arrived."""


class ProxyMemory(Described):
    """Memory of one proxy instance."""

    base: SourcedMemoryQuantity
    """Started, with an empty configuration."""
    per_connection: SourcedMemoryQuantity
    """Per open connection, on either side."""
    per_cluster: SourcedMemoryQuantity
    """Per service in its configuration."""
    per_endpoint: SourcedMemoryQuantity
    """Per pod in its configuration."""
    per_route: SourcedMemoryQuantity | None = None
    """Per virtual host with a route, one for each HTTP or gRPC service; unset: none."""
    per_listener: SourcedMemoryQuantity | None = None
    """Per listener: one for each TCP service, and two for all of HTTP; unset: none."""
    per_cluster_per_worker: SourcedMemoryQuantity | None = None
    """Per service and worker thread beyond the first; unset: none."""


class ProxyResources(Described):
    """Requests and limits of one proxy instance, as the product installs them."""

    requests: ResourceAmounts = ResourceAmounts()
    """Set aside by the scheduler."""
    limits: ResourceAmounts = ResourceAmounts()
    """Not to be passed."""
    source: Name | None = None
    """Where the defaults were read."""
    note: str = ""
    """Remarks."""


class LoadBalancing(Described):
    """How the proxy chooses a host for a request (layer 7) or a connection (layer 4)."""

    policy: Literal["random", "round_robin", "least_request"]
    """Policy, with Envoy's names."""
    choices: Whole = Field(default=2, ge=1, le=100)
    """Hosts compared by ``least_request``."""
    source: Name | None = None
    """Where the default was read."""
    note: str = ""
    """Remarks, such as an approximation."""


class Proxy(Described):
    """One kind of proxy of the mesh."""

    name: Name
    """Name, used in the data path."""
    scope: Literal["pod", "node", "service", "namespace"]
    """One instance (or set of replicas) per pod, per node, per service or per namespace."""
    layer: Literal[4, 7]
    """7 chooses a host per request; 4 pins a connection to one host for its life."""
    replicas: SourcedWholeNumber | None = None
    """Replicas per service or namespace (scopes ``service`` and ``namespace``)."""
    worker_threads: Annotated[SourcedWholeNumber, AfterValidator(_at_least_one)]
    """Worker threads: each an event loop; a connection belongs to one worker for its life."""
    connection_balance: Literal["exact", "random"] = "exact"
    """New connections go to the workers in turn, or to a random one."""
    load_balancing: LoadBalancing
    """Host choice."""
    cost: PassageCost
    """CPU per passage."""
    memory: ProxyMemory
    """Memory per instance."""
    resources: ProxyResources = ProxyResources()
    """Requests and limits per instance."""


class DataPath(Described):
    """The proxies that a call passes, in order, as ``side.proxy``.

    ``caller.sidecar`` is the proxy of the caller's pod (or node), ``callee.sidecar`` that of the
    chosen host; ``service.waypoint`` is the called service's own, between the two.
    """

    inside: tuple[str, ...]
    """Calls between services of the mesh."""
    entry: tuple[str, ...]
    """Requests from outside."""


class ControlPlaneComponent(Described):
    """A part of the mesh that carries no requests: control plane, node agent."""

    name: Name
    """Name."""
    scope: Literal["cluster", "node"] = "cluster"
    """Once per cluster, or on each node."""
    replicas: Whole = Field(default=1, ge=1)
    """Replicas per cluster (scope ``cluster``)."""
    resources: ProxyResources
    """Requests and limits of each replica."""
    cpu_used: SourcedCPUQuantity | None = None
    """CPU used by each replica in a small cluster; unset: ``scaling.cpu`` tells."""
    memory_used: SourcedMemoryQuantity | None = None
    """Memory used by each replica in a small cluster; unset: ``scaling.memory`` tells."""
    scaling: ControlPlaneScaling | None = None
    """How it grows with the mesh and the rate of change; unset: not known."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for used, part in (("cpu_used", "cpu"), ("memory_used", "memory")):
            known = (getattr(self, used), getattr(self.scaling, part, None))
            if known.count(None) != 1:
                raise ValueError(f"needs either {used} or scaling.{part}; give one of the two")
        return self


class RetryDefaults(Described):
    """Retries that the product applies when the user configures none."""

    attempts: Whole = Field(ge=0, le=100)
    """Retries after the first try."""
    retry_on: tuple[str, ...] = ()
    """Conditions, with Envoy's names. Those that speak of connections and of gRPC codes never
    hold here, since no connection fails and an endpoint's ``error`` is an HTTP 500."""
    base_interval: Duration = Field(default="25ms")  # type: ignore[assignment]
    """First back-off window."""


class OutlierDefaults(Described):
    """Outlier detection of the product when switched on."""

    enabled: bool
    """Whether it is on without being asked for."""
    consecutive_5xx: Whole = 5
    """Errors in a row that eject a host."""
    interval: Duration = Field(default="10s")  # type: ignore[assignment]
    """Time between sweeps."""
    base_ejection_time: Duration = Field(default="30s")  # type: ignore[assignment]
    """First ejection."""
    max_ejection: Percentage = Field(default="10%")  # type: ignore[assignment]
    """Share of hosts that may be ejected."""


class DefaultPolicies(Described):
    """What the product does unasked.

    ``retries`` and ``request_timeout`` are in force for every call whose pod a layer 7 proxy
    chooses, which keeps them. The others are facts to read: nothing simulated here triggers them.
    """

    retries: RetryDefaults | None = None
    """Retries; unset: none."""
    request_timeout: PositiveDuration | None = None
    """Route timeout, over all tries; unset: none."""
    connect_timeout: Duration | None = None
    """Time to open a connection."""
    max_connections: Whole | None = None
    """Circuit breaker; unset: none."""
    max_pending_requests: Whole | None = None
    """Circuit breaker; unset: none."""
    max_requests: Whole | None = None
    """Circuit breaker; unset: none."""
    outlier_detection: OutlierDefaults | None = None
    """Outlier detection; unset: the product has none."""
    mtls: Literal["on", "off", "permissive"] = "off"
    """Encryption between proxies."""
    source: Name | None = None
    """Where the defaults were read."""
    note: str = ""
    """Remarks."""


class Stalls(Described):
    """Moments at which a machine holds a proxy's worker up without using its CPU: a hypervisor, an
    interrupt, the scheduler.
    """

    probability: SourcedNumber
    """Chance that a batch of a worker is held up; 0 for never."""
    length: SourcedDuration
    """Mean of the time, which is exponential."""


class Mesh(Described):
    """One mesh, as a file in ``models/`` describes it."""

    meshsim_mesh: Literal[1]
    """Version of this format."""
    name: Name
    """Short name, the one used on the command line."""
    title: str
    """One line for headings."""
    product: str
    """Product."""
    version: str
    """Versions that the file speaks of."""
    about: str
    """What it is and how a request travels."""
    limits: tuple[str, ...] = ()
    """What the description leaves out."""
    sources: dict[Name, Source] = Field(default_factory=dict)
    """Sources by key."""
    machine_factor: SourcedNumber
    """Multiplies all CPU of the proxies: another machine, or a figure the file was fitted to."""
    stalls: Stalls | None = None
    """Stalls of the machine; unset: none."""
    proxies: tuple[Proxy, ...] = ()
    """Kinds of proxies; none for a system without a mesh."""
    path: DataPath
    """Which of them a call passes."""
    policies: DefaultPolicies = DefaultPolicies()
    """What the product does unasked."""
    control_plane: tuple[ControlPlaneComponent, ...] = ()
    """What runs beside the proxies."""

    def proxy(self, name: str) -> Proxy:
        """The proxy of that name; raises KeyError if there is none."""
        for proxy in self.proxies:
            if proxy.name == name:
                return proxy
        raise KeyError(name)

"""Topology: services, endpoints and their steps, nodes, network, load, objectives.

An endpoint is a list of *steps* run in order: ``compute`` takes CPU, ``wait`` takes time only,
``call`` goes to another endpoint through the mesh, ``parallel`` runs branches at once and joins
them. A worker slot of the pod is held from admission to reply, through the calls below it.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from meshsim.model.base import Described
from meshsim.model.call_policy import Retries
from meshsim.model.distribution import Distribution
from meshsim.model.fields import (
    Bandwidth,
    Cpu,
    Duration,
    EndpointName,
    Memory,
    Name,
    Number,
    Percentage,
    PositiveCpu,
    PositiveDuration,
    Size,
    Whole,
)
from meshsim.model.load import Load

Protocol = Literal["http1", "http2", "grpc", "tcp"]


class ComputeStep(Described):
    """Take CPU of the pod."""

    compute: Distribution
    """CPU time at full speed of one core."""


class WaitStep(Described):
    """Take time but no CPU: a disk, a database outside the model, a timer."""

    wait: Distribution
    """Duration."""


class CallStep(Described):
    """Call another endpoint and wait for its answer."""

    call: str
    """``service/endpoint`` that is called."""
    probability: Percentage = Field(default="100%")  # type: ignore[assignment]
    """Probability that each of the ``count`` calls is made."""
    count: Whole = Field(default=1, ge=1, le=10_000)
    """Number of calls, one after the other."""
    request: Size | None = None
    """Request size; unset: the called endpoint's."""
    response: Size | None = None
    """Response size; unset: the called endpoint's."""
    on_error: Literal["fail", "ignore"] = "fail"
    """``fail``: an error of the call ends this endpoint with an error; ``ignore``: go on."""
    timeout: PositiveDuration | None = None
    """Time after which the calling application gives the call up, retries included; unset: never.
    A proxy's time-outs stand in the mesh file."""
    retries: Retries | None = None
    """What the calling application tries again; unset: nothing."""


class ParallelStep(Described):
    """Run branches at the same time and wait for all of them."""

    parallel: tuple[Branch, ...] = Field(min_length=1)
    """The branches: each one step, or a list of steps run in order."""


_STEP_KEYS = ("compute", "wait", "call", "parallel")


def _step_kind(value: object) -> str | None:
    if isinstance(value, dict):
        kinds = [key for key in _STEP_KEYS if key in value]
    else:
        kinds = [key for key in _STEP_KEYS if hasattr(value, key)]
    return kinds[0] if len(kinds) == 1 else None


def _branch_kind(value: object) -> str | None:
    return "sequence" if isinstance(value, list | tuple) else _step_kind(value)


Step = Annotated[
    Annotated[ComputeStep, Tag("compute")]
    | Annotated[WaitStep, Tag("wait")]
    | Annotated[CallStep, Tag("call")]
    | Annotated[ParallelStep, Tag("parallel")],
    Discriminator(
        _step_kind,
        custom_error_type="step_kind",
        custom_error_message="must have exactly one of the keys compute, wait, call, parallel",
    ),
]
Branch = Annotated[
    Annotated[ComputeStep, Tag("compute")]
    | Annotated[WaitStep, Tag("wait")]
    | Annotated[CallStep, Tag("call")]
    | Annotated[ParallelStep, Tag("parallel")]
    | Annotated[tuple[Step, ...], Tag("sequence")],
    Discriminator(
        _branch_kind,
        custom_error_type="step_kind",
        custom_error_message="must be a step (compute, wait, call, parallel) or a list of steps",
    ),
]
ParallelStep.model_rebuild()


class Endpoint(Described):
    """One operation of a service."""

    name: EndpointName
    """Name, unique within the service."""
    request: Size = Field(default="1KiB")  # type: ignore[assignment]
    """Bytes of a request."""
    response: Size = Field(default="1KiB")  # type: ignore[assignment]
    """Bytes of a response."""
    error: Percentage = Field(default="0%")  # type: ignore[assignment]
    """Probability that the endpoint answers with an error (HTTP 500) after its steps."""
    steps: tuple[Step, ...] = ()
    """What it does, in order; an empty list answers at once."""


class ResourceAmounts(Described):
    """CPU and memory, as Kubernetes writes them."""

    cpu: PositiveCpu | None = None
    """Cores."""
    memory: Memory | None = None
    """Bytes."""


class Resources(Described):
    """Requests and limits of one container, as Kubernetes writes them."""

    requests: ResourceAmounts = ResourceAmounts()
    """What the scheduler sets aside, and what the bill follows; unset: the limits."""
    limits: ResourceAmounts = ResourceAmounts()
    """What the container may not pass; a pod without a CPU limit may use its whole node."""


Workers = Annotated[int, Field(ge=1)] | Literal["unlimited"]


class Service(Described):
    """A workload: a number of equal pods behind one name."""

    name: Name
    """Name, unique in the topology."""
    namespace: Name = "default"
    """Kubernetes namespace."""
    version: str = "v1"
    """Version label."""
    labels: dict[str, str] = Field(default_factory=dict)
    """Further labels."""
    replicas: Whole = Field(default=1, ge=1, le=10_000)
    """Number of pods."""
    resources: Resources = Resources()
    """Requests and limits of each pod's application container."""
    working_set: Memory | None = None
    """Memory the application really uses per pod, if known; unset: reported as its request."""
    cpu_sharing: Literal["processor_sharing", "first_come"] = "processor_sharing"
    """How requests share the pod's cores: all at once (threads), or in order of arrival."""
    workers: Workers = "unlimited"
    """Worker slots (threads, processes) per pod, held until the reply; or ``unlimited``."""
    protocol: Protocol = "http1"
    """Protocol of its port: http1 (one request at a time on a connection), http2, grpc, tcp."""
    balancing: Literal["per_connection", "random", "round_robin", "least_request"] = (
        "per_connection"
    )
    """How callers choose a pod where no layer 7 proxy does it for them: once per connection at
    random (a Kubernetes Service), or per request (a client library, a cloud load balancer)."""
    when_cancelled: Literal["finish", "stop"] = "finish"
    """What a pod does with a request that its caller has given up: ``finish`` it for nobody, as
    most servers do, or ``stop`` and give up its own calls (gRPC in Go, with its context)."""
    requests_per_connection: Whole | None = Field(default=None, ge=1)
    """Requests after which its callers close a connection to it (1: no keep-alive); unset: never.
    Opening one anew costs round trips and, at proxies, CPU."""
    zones: tuple[Name, ...] = ()
    """Zones its pods are spread over; empty: all zones of the node pools."""
    endpoints: tuple[Endpoint, ...] = Field(min_length=1)
    """Its operations."""


class NodePool(Described):
    """Equal machines that pods are placed on."""

    name: Name
    """Name, usually the machine type."""
    cores: PositiveCpu
    """CPU of one node."""
    memory: Memory
    """Memory of one node."""
    reserved_cpu: Cpu = Field(default="0")  # type: ignore[assignment]
    """CPU of each node kept back for the system (kubelet, runtime, agents)."""
    reserved_memory: Memory = Field(default="0")  # type: ignore[assignment]
    """Memory of each node kept back for the system."""
    count: Whole = Field(ge=1, le=10_000)
    """Nodes in the pool, over all its zones."""
    zones: tuple[Name, ...] = Field(default=("zone-a",), min_length=1)
    """Zones; the nodes are dealt to them in turn."""
    price_per_hour: Number = Field(default=0.0, ge=0)
    """Price of one node per hour [USD/h]."""


class ZonePair(Described):
    """Round-trip time between two zones."""

    zones: tuple[Name, Name]
    """The two zones."""
    round_trip: Duration
    """Round-trip time between them."""


class Network(Described):
    """Round-trip times and bandwidth. The defaults are guesses for one cloud region."""

    same_node: Duration = Field(default="60us")  # type: ignore[assignment]
    """Round trip between two pods of one node."""
    same_zone: Duration = Field(default="250us")  # type: ignore[assignment]
    """Round trip between two nodes of one zone."""
    between_zones: Duration = Field(default="1ms")  # type: ignore[assignment]
    """Round trip between two zones not listed in ``zone_pairs``."""
    zone_pairs: tuple[ZonePair, ...] = ()
    """Round trips of single pairs of zones."""
    client: Duration = Field(default="0s")  # type: ignore[assignment]
    """Round trip between the clients outside and the entry service."""
    bandwidth: Bandwidth = Field(default="10Gbit/s")  # type: ignore[assignment]
    """Bandwidth of a node's link; adds bytes / bandwidth to each message between nodes."""


class Topology(Described):
    """A system: services, where they run, what load they get, what is expected of them."""

    meshsim: Literal[1]
    """Version of this format."""
    name: Name
    """Short name."""
    title: str = ""
    """One line for headings."""
    look_at: str = ""
    """What to look at in the results."""
    sources: tuple[str, ...] = ()
    """Where the facts come from."""
    services: tuple[Service, ...] = Field(min_length=1)
    """The services."""
    load: Load
    """The requests from outside."""
    nodes: tuple[NodePool, ...] = Field(min_length=1)
    """Node pools, in order of preference."""
    network: Network = Network()
    """Round-trip times and bandwidth."""
    slo: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Objectives per entry point, as k6 writes thresholds: ``p(99)<250ms``, ``error_rate<0.1%``."""

    def service(self, name: str) -> Service:
        """The service of that name; raises KeyError."""
        return next(s for s in self.services if s.name == name)

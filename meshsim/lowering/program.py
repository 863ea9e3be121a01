"""The program: a scenario as flat arrays, which every solver runs.

Names are indices here, text is SI numbers, defaults are filled in, and the data path of a call is
spelled out. A *station* is whatever work queues at. Stations are numbered

    0 … P-1                  the cores of pod p
    P … P+W-1                the worker threads of the proxies, grouped by instance

Steps are small op-codes: a sequence is a run of rows ended by END; PARALLEL points at a run of
``branch_op`` entries, each the first row of a branch.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]


class Op(IntEnum):
    """Op-codes of the steps."""

    END = 0
    COMPUTE = 1  # a: distribution
    WAIT = 2  # a: distribution
    CALL = 3  # a: call site
    PARALLEL = 4  # a: first branch, b: number of branches


class Family(IntEnum):
    """Families of distributions; their two parameters stand in ``p`` and ``q``."""

    CONSTANT = 0  # p: value
    EXPONENTIAL = 1  # p: mean
    LOGNORMAL = 2  # p: mu, q: sigma
    GAMMA = 3  # p: shape, q: scale
    EMPIRICAL = 4  # values[first : first + length]


class Side(IntEnum):
    """Where on the way of a call something stands."""

    CALLER = 0
    SERVICE = 1
    CALLEE = 2


class Balancing(IntEnum):
    """Host choice."""

    PER_CONNECTION = 0
    RANDOM = 1
    ROUND_ROBIN = 2
    LEAST_REQUEST = 3


class Scope(IntEnum):
    """What a proxy kind has one instance (or set of replicas) of."""

    POD = 0
    NODE = 1
    SERVICE = 2
    NAMESPACE = 3


@dataclass(frozen=True)
class Distributions:
    """All distributions of the program, one row each."""

    family: IntArray
    p: FloatArray
    q: FloatArray
    first: IntArray
    length: IntArray
    values: FloatArray


@dataclass(frozen=True)
class Steps:
    """The steps of all endpoints, and the call sites among them."""

    op: IntArray
    a: IntArray
    b: IntArray
    branch_op: IntArray
    call_endpoint: IntArray
    call_probability: FloatArray
    call_count: IntArray
    call_request_bytes: FloatArray
    call_response_bytes: FloatArray
    call_fails: npt.NDArray[np.bool_]
    call_edge: IntArray
    call_policy: IntArray
    """Row of the policy that the calling application keeps; -1 for none."""
    distributions: Distributions


@dataclass(frozen=True)
class CallPolicies:
    """Time-outs and retries, one row per distinct policy."""

    timeout_s: FloatArray
    """Of the whole call; infinite for none."""
    retries: IntArray
    """Tries after the first."""
    per_try_timeout_s: FloatArray
    """Infinite for none."""
    retry_on: IntArray
    """Set of outcomes: bit ``1 << outcome`` (:class:`meshsim.policies.retry.Outcome`)."""
    backoff_base_s: FloatArray
    backoff_max_s: FloatArray


@dataclass(frozen=True)
class Endpoints:
    """One row per endpoint of every service."""

    names: tuple[str, ...]
    service: IntArray
    first_op: IntArray
    request_bytes: FloatArray
    response_bytes: FloatArray
    error: FloatArray


@dataclass(frozen=True)
class Services:
    """One row per service."""

    names: tuple[str, ...]
    namespace: IntArray
    pod_first: IntArray
    pod_count: IntArray
    first_come: npt.NDArray[np.bool_]
    workers: IntArray
    """Worker slots per pod; 0 means unlimited."""
    multiplexed: npt.NDArray[np.bool_]
    """Whether its protocol carries many requests at once on one connection."""
    balancing: IntArray
    stops: npt.NDArray[np.bool_]
    """Whether its pods stop working on a request that its caller has given up."""
    connection_requests: IntArray
    """Requests after which a connection to it is closed; 0 for never."""


@dataclass(frozen=True)
class Placement:
    """Where pods stand, and how far nodes are from each other."""

    pod_service: IntArray
    pod_node: IntArray
    pod_cores: FloatArray
    node_zone: IntArray
    node_pool: IntArray
    zones: tuple[str, ...]
    same_node_s: float
    zone_round_trip_s: FloatArray
    """Round trip between nodes of two zones [zones × zones]."""
    client_round_trip_s: float
    bandwidth_bytes_per_s: float


@dataclass(frozen=True)
class ProxyKinds:
    """One row per kind of proxy; costs include the machine factor."""

    names: tuple[str, ...]
    scope: IntArray
    layer: IntArray
    workers: IntArray
    exact_balance: npt.NDArray[np.bool_]
    balancing: IntArray
    choices: IntArray
    busy_s: FloatArray
    """CPU per passage, filters included, by the number of encrypted connections that it is on and
    the protocol of the called service [passes × kinds × services]."""
    per_byte_s: FloatArray
    """CPU per byte [passes × kinds × services]."""
    idle_scale_s: FloatArray
    """[kinds × services]"""
    idle_exponent: FloatArray
    """[kinds × services]"""
    request_share: FloatArray
    wake_up_s: FloatArray
    stall_probability: FloatArray
    """Chance that a batch is held up."""
    stall_s: FloatArray
    """Mean time for which it is."""
    replicas: IntArray
    instance_first: IntArray


@dataclass(frozen=True)
class ProxyInstances:
    """One row per running proxy; ``station_first`` is its first worker."""

    kind: IntArray
    node: IntArray
    station_first: IntArray


@dataclass(frozen=True)
class Hop:
    """A proxy kind on one side of a call."""

    side: Side
    kind: int
    passes: int = 0
    """Of the two connections that it stands between, those that are encrypted."""
    round_trips: int = 1
    """Until a new connection to it is open: one of TCP, and one of TLS if it is encrypted."""
    open_s: float = 0.0
    """CPU [s] that a new connection through it costs its worker."""


@dataclass(frozen=True)
class Segment:
    """The way from a sender to the next layer 7 proxy, or to the pod: one connection.

    A connection is pinned for its life to one worker of each of its hops. The last hop looks into
    the requests if ``ends_at_proxy``; otherwise the segment ends at the pod.
    """

    hops: tuple[Hop, ...]
    ends_at_proxy: bool
    number: int = 0
    """Unique over both paths of a program: pools of connections are told apart by it."""
    open_s: float = 0.0
    """CPU [s] that opening a connection costs the worker of the proxy that sends, if one does."""


@dataclass(frozen=True)
class Path:
    """The data path of a call: its segments, and which of their ends chooses the host.

    ``picker`` is the index of the segment whose sender chooses the host; 0 means the caller itself.
    A proxy that chooses also keeps the ``policy`` of the mesh (a row; -1 for none).
    """

    segments: tuple[Segment, ...]
    picker: int
    policy: int = -1


@dataclass(frozen=True)
class Load:
    """The requests from outside, lowered."""

    process: str
    rate_per_s: FloatArray
    at_s: FloatArray
    ramps: bool
    even: bool
    times_s: FloatArray
    users: int
    """Of closed load; the connections of paced load."""
    think: int
    entry_endpoint: IntArray
    entry_share: FloatArray
    client_connections: int
    policy: int = -1
    """Row of the policy that the clients keep; -1 for none."""
    connection_requests: int = 0
    """Requests after which a client closes a connection; 0 for never."""
    interval_s: float = 0.0
    """Between two requests of a connection of paced load [s]."""
    jitter: float = 0.0
    """Largest change of a pause of paced load, as a share of it."""
    tick_s: float = 0.0
    """Pauses of paced load end at multiples of this [s]; 0: at any moment."""

    @property
    def waits_for_answers(self) -> bool:
        """Whether a late answer makes the next request late, so that the rate adapts."""
        return self.process in {"closed", "paced"}


@dataclass(frozen=True)
class Program:
    """A scenario, ready to run."""

    scenario_hash: str
    services: Services
    endpoints: Endpoints
    steps: Steps
    policies: CallPolicies
    edges: tuple[tuple[int, int], ...]
    """Pairs of (calling endpoint, called endpoint); the calling endpoint of entries is -1."""
    entry_edge: IntArray
    placement: Placement
    kinds: ProxyKinds
    instances: ProxyInstances
    inside: Path
    entry: Path
    load: Load

    @property
    def pods(self) -> int:
        """Number of pods."""
        return len(self.placement.pod_service)

    @property
    def stations(self) -> int:
        """Number of stations: the cores of each pod, then the proxy workers."""
        workers = self.kinds.workers[self.instances.kind]
        return self.pods + int(workers.sum())

    def edge_name(self, edge: int) -> str:
        """``caller/endpoint → callee/endpoint``; ``clients`` call the entries."""
        caller, callee = self.edges[edge]
        source = "clients" if caller < 0 else self.endpoints.names[caller]
        return f"{source} → {self.endpoints.names[callee]}"

"""What one run of a program observed: the raw material of every result.

Each measured request carries its latency and where the time went; the parts sum to the latency.
The parts of calls that ran in parallel are those of the branch that finished last, since that
branch is what the caller waited for.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from meshsim.lowering.program import FloatArray, IntArray

_ROUNDING = 1e-9


class Part(IntEnum):
    """Where the time of a request goes."""

    APP_WORK = 0
    """CPU work of the services, at the speed of a whole core."""
    APP_WAIT = 1
    """``wait`` steps: time without CPU."""
    APP_QUEUE = 2
    """Waiting for a worker slot, and for a share of the pod's cores."""
    PROXY_WORK = 3
    """CPU work of the proxies."""
    PROXY_QUEUE = 4
    """Waiting for a proxy's worker: its wake-up, the batch, the other events of the batch."""
    NETWORK = 5
    """Round trips and bytes on the wire."""


@dataclass(frozen=True)
class Observations:
    """One replication. Requests are in the order of their start; N of them are measured."""

    start_s: FloatArray
    """Arrival [N]."""
    latency_s: FloatArray
    """Time to the answer [N]."""
    entry: IntArray
    """Entry point [N]."""
    failed: npt.NDArray[np.bool_]
    """Whether the answer was an error [N]."""
    spent_s: FloatArray
    """Where the time went [N × parts]."""
    edge: IntArray
    """Edge of each call [M]."""
    edge_request: IntArray
    """The request that each call belongs to [M]."""
    edge_latency_s: FloatArray
    """Time of each call as its caller saw it [M]."""
    snapshot_s: FloatArray
    """Moments at which the stations were read [K]."""
    snapshot_request: IntArray
    """Number of requests that had started then [K]."""
    busy_s: FloatArray
    """CPU used by each station until then [K × stations]."""
    connections: IntArray
    """Connections open at each proxy at the end [instances]."""
    pod_requests: IntArray
    """Requests that each pod received [pods]."""

    def __post_init__(self) -> None:
        """Assert the identities that hold for every run."""
        assert np.all(self.latency_s >= 0), "time never runs back"
        gap = np.abs(self.spent_s.sum(axis=1) - self.latency_s)
        assert np.all(gap <= _ROUNDING * (1 + self.latency_s)), "the parts sum to the latency"
        assert np.all(np.diff(self.busy_s, axis=0) >= -_ROUNDING), "used CPU only grows"


class Recorder:
    """Collects the observations of the first ``measured`` requests to start."""

    def __init__(self, measured: int, stations: int, snapshots: int = 50) -> None:
        self.measured = measured
        self.open = measured
        self._start = np.zeros(measured)
        self._latency = np.zeros(measured)
        self._entry = np.zeros(measured, dtype=np.int64)
        self._failed = np.zeros(measured, dtype=np.bool_)
        self._spent = np.zeros((measured, len(Part)))
        self._calls: list[tuple[int, int, float]] = []
        self._stations = stations
        self._every = max(1, measured // snapshots)
        self._snapshots: list[tuple[float, int, list[float]]] = []

    def wants_snapshot(self, ordinal: int) -> bool:
        """Whether the stations are to be read before request ``ordinal`` starts."""
        return ordinal <= self.measured and (ordinal % self._every == 0 or ordinal == self.measured)

    def snapshot(self, now_s: float, ordinal: int, busy_s: list[float]) -> None:
        """Keep the CPU used by each station until now."""
        self._snapshots.append((now_s, ordinal, busy_s))

    @property
    def saw_all_start(self) -> bool:
        """Whether the stations were read when the last measured request had started."""
        return bool(self._snapshots) and self._snapshots[-1][1] == self.measured

    def call(self, edge: int, ordinal: int, latency_s: float) -> None:
        """One call along an edge was answered."""
        if ordinal < self.measured:
            self._calls.append((edge, ordinal, latency_s))

    def request(
        self,
        ordinal: int,
        entry: int,
        start_s: float,
        latency_s: float,
        failed: bool,
        spent_s: list[float],
    ) -> None:
        """One request from outside was answered."""
        if ordinal >= self.measured:
            return
        self._start[ordinal] = start_s
        self._latency[ordinal] = latency_s
        self._entry[ordinal] = entry
        self._failed[ordinal] = failed
        self._spent[ordinal] = spent_s
        self.open -= 1

    def observations(self, connections: IntArray, pod_requests: IntArray) -> Observations:
        """The finished observations."""
        calls = sorted(self._calls, key=lambda call: call[1])
        edge, ordinal, latency = zip(*calls, strict=True) if calls else ((), (), ())
        times, ordinals, busy = zip(*self._snapshots, strict=True)
        return Observations(
            start_s=self._start,
            latency_s=self._latency,
            entry=self._entry,
            failed=self._failed,
            spent_s=self._spent,
            edge=np.array(edge, dtype=np.int64),
            edge_request=np.array(ordinal, dtype=np.int64),
            edge_latency_s=np.array(latency, dtype=np.float64),
            snapshot_s=np.array(times, dtype=np.float64),
            snapshot_request=np.array(ordinals, dtype=np.int64),
            busy_s=np.array(busy, dtype=np.float64).reshape(len(times), self._stations),
            connections=connections,
            pod_requests=pod_requests,
        )

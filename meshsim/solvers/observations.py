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
from meshsim.policies.retry import Outcome

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
    RETRY = 6
    """Tries that came to nothing, and the pauses between them."""


@dataclass(frozen=True)
class TryLog:
    """Every answered try of every call, in the order of the answers: what two engines must agree
    on. T rows. Where a proxy tries on its own, its tries have rows beside those of the caller.
    """

    key: npt.NDArray[np.uint64]
    """Key of the try [T]; unique among the tries that chose a host."""
    request: IntArray
    """The request that it belongs to [T]."""
    edge: IntArray
    """Its edge [T]."""
    start_s: FloatArray
    """When it began [T]."""
    end_s: FloatArray
    """When it was answered [T]."""
    outcome: IntArray
    """How it ended [T]."""
    pod: IntArray
    """The host that was chosen [T]; -1 where that was left to the tries of a proxy."""
    worker: IntArray
    """Station of the first proxy on its own way [T]; -1 for none."""


@dataclass(frozen=True)
class Observations:
    """One replication. Requests are in the order of their start; N of them are measured."""

    start_s: FloatArray
    """Arrival [N]."""
    latency_s: FloatArray
    """Time to the answer [N]."""
    entry: IntArray
    """Entry point [N]."""
    outcome: IntArray
    """How it ended [N], an :class:`~meshsim.policies.retry.Outcome`."""
    spent_s: FloatArray
    """Where the time went [N × parts]."""
    edge: IntArray
    """Edge of each call [M]."""
    edge_request: IntArray
    """The request that each call belongs to [M]."""
    edge_latency_s: FloatArray
    """Time of each call as its caller saw it [M]."""
    edge_outcome: IntArray
    """How each call ended, as its caller saw it [M]."""
    edge_tries: IntArray
    """How often the caller tried [M]."""
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
    overloaded: bool = False
    """Whether the run was stopped because more requests were inside than memory has room for: then
    fewer are measured than were asked for."""
    tries: TryLog | None = None
    """All tries, if they were asked for."""

    @property
    def failed(self) -> npt.NDArray[np.bool_]:
        """Whether the answer was an error, or there was none [N]."""
        return np.asarray(self.outcome != Outcome.OK, dtype=np.bool_)

    def __post_init__(self) -> None:
        """Assert the identities that hold for every run."""
        assert np.all(self.latency_s >= 0), "time never runs back"
        gap = np.abs(np.einsum("ij->i", self.spent_s) - self.latency_s)
        assert np.all(gap <= _ROUNDING * (1 + self.latency_s)), "the parts sum to the latency"
        assert np.all(np.diff(self.busy_s, axis=0) >= -_ROUNDING), "used CPU only grows"


class Recorder:
    """Collects the observations of the first ``measured`` requests to start."""

    def __init__(
        self, measured: int, stations: int, snapshots: int = 50, *, log_tries: bool = False
    ) -> None:
        self.measured = measured
        self.open = measured
        self._start = np.zeros(measured)
        self._latency = np.zeros(measured)
        self._entry = np.zeros(measured, dtype=np.int64)
        self._outcome = np.zeros(measured, dtype=np.int64)
        self._spent = np.zeros((measured, len(Part)))
        self._calls: list[tuple[int, int, float, int, int]] = []
        self._tries: list[tuple[int, int, int, float, float, int, int, int]] | None = (
            [] if log_tries else None
        )
        self._stations = stations
        self._every = snapshot_every(measured, snapshots)
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

    def call(self, edge: int, ordinal: int, latency_s: float, outcome: int, tries: int) -> None:
        """One call along an edge was answered, or given up by its caller."""
        if ordinal < self.measured:
            self._calls.append((edge, ordinal, latency_s, outcome, tries))

    def answered_try(
        self,
        key: int,
        ordinal: int,
        edge: int,
        start_s: float,
        end_s: float,
        outcome: int,
        pod: int,
        worker: int,
    ) -> None:
        """One try of a call was answered."""
        if self._tries is not None and ordinal < self.measured:
            self._tries.append((key, ordinal, edge, start_s, end_s, outcome, pod, worker))

    def request(
        self,
        ordinal: int,
        entry: int,
        start_s: float,
        latency_s: float,
        outcome: int,
        spent_s: list[float],
    ) -> None:
        """One request from outside was answered, or given up."""
        if ordinal >= self.measured:
            return
        self._start[ordinal] = start_s
        self._latency[ordinal] = latency_s
        self._entry[ordinal] = entry
        self._outcome[ordinal] = outcome
        self._spent[ordinal] = spent_s
        self.open -= 1

    def observations(self, connections: IntArray, pod_requests: IntArray) -> Observations:
        """The finished observations."""
        calls = sorted(self._calls, key=lambda call: call[1])
        edge, ordinal, latency, outcome, tries = zip(*calls, strict=True) if calls else ((),) * 5
        times, ordinals, busy = zip(*self._snapshots, strict=True)
        return Observations(
            start_s=self._start,
            latency_s=self._latency,
            entry=self._entry,
            outcome=self._outcome,
            spent_s=self._spent,
            edge=np.array(edge, dtype=np.int64),
            edge_request=np.array(ordinal, dtype=np.int64),
            edge_latency_s=np.array(latency, dtype=np.float64),
            edge_outcome=np.array(outcome, dtype=np.int64),
            edge_tries=np.array(tries, dtype=np.int64),
            snapshot_s=np.array(times, dtype=np.float64),
            snapshot_request=np.array(ordinals, dtype=np.int64),
            busy_s=np.array(busy, dtype=np.float64).reshape(len(times), self._stations),
            connections=connections,
            pod_requests=pod_requests,
            tries=self._try_log(),
        )

    def _try_log(self) -> TryLog | None:
        if self._tries is None:
            return None
        key, request, edge, start, end, outcome, pod, worker = (
            zip(*self._tries, strict=True) if self._tries else ((),) * 8
        )
        return TryLog(
            key=np.array(key, dtype=np.uint64),
            request=np.array(request, dtype=np.int64),
            edge=np.array(edge, dtype=np.int64),
            start_s=np.array(start, dtype=np.float64),
            end_s=np.array(end, dtype=np.float64),
            outcome=np.array(outcome, dtype=np.int64),
            pod=np.array(pod, dtype=np.int64),
            worker=np.array(worker, dtype=np.int64),
        )


def snapshot_every(measured: int, snapshots: int = 50) -> int:
    """The stations are read before every so many requests."""
    return max(1, measured // snapshots)

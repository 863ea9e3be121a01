"""Sections of replications of which every request was kept: one section each, or ten groups."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from meshsim.lowering.program import IntArray
from meshsim.solvers.observations import Observations
from meshsim.stats import FloatArray, Kept, Pool, grouped, warm_up
from meshsim.studies.plan import SECTIONS

Pick = Callable[[Observations, int], FloatArray]
"""From one replication and the warm-up, the observations that count."""


class RecordedSections:
    """Replications with each request, as :class:`~meshsim.studies.sections.Sections`."""

    def __init__(self, replications: Sequence[Observations], deleted: int | None = None) -> None:
        self._replications = tuple(replications)
        shortest = min(len(observations.latency_s) for observations in replications)
        found = warm_up(np.mean([o.latency_s[:shortest] for o in replications], axis=0))
        self.deleted = found.deleted if deleted is None else deleted
        self.settled = found.settled
        self._latency: dict[int | None, Pool[Kept]] = {}
        self._calls = [_Calls.of(observations) for observations in replications]

    def of(self, pick: Pick) -> Pool[Kept]:
        """The sections of what ``pick`` takes from each replication."""
        each = [Kept(pick(observations, self.deleted)) for observations in self._replications]
        return Pool(grouped(each, SECTIONS))

    def latency(self, entry: int | None = None) -> Pool[Kept]:
        """Latencies [s] of all requests, or of those of one entry point."""
        if entry not in self._latency:
            self._latency[entry] = self.of(lambda o, d: of_entry(o.latency_s, o, d, entry))
        return self._latency[entry]

    def failed(self, entry: int | None = None) -> Pool[Kept]:
        """1 for each failed request, 0 for the others."""
        return self.of(lambda o, d: of_entry(o.failed.astype(np.float64), o, d, entry))

    def edge(self, *edges: int) -> Pool[Kept]:
        """Latencies [s] of the calls along one edge, or along several taken together."""
        each = [Kept(calls.along(edges, self.deleted)) for calls in self._calls]
        return Pool(grouped(each, SECTIONS))

    def spent(self, entry: int | None = None) -> FloatArray:
        """Mean seconds per part, over all requests that count."""
        rows = [of_entry(o.spent_s, o, self.deleted, entry) for o in self._replications]
        together = np.concatenate(rows)
        if len(together) == 0:
            return np.zeros(together.shape[1])
        return np.asarray(together.mean(axis=0), dtype=np.float64)

    def busy_cores(self) -> list[FloatArray]:
        """CPU used by each station after the warm-up [cores], one array per replication."""
        return [_busy_cores(observations, self.deleted) for observations in self._replications]

    def connections(self) -> list[IntArray]:
        """Connections open at each proxy at the end, one array per replication."""
        return [observations.connections for observations in self._replications]


@dataclass(frozen=True)
class _Calls:
    """The calls of one replication, edge by edge: each edge is asked for in turn."""

    observations: Observations
    order: IntArray
    """Calls in the order of edges, those of one edge in the order of time."""
    first: IntArray
    """Where the calls of each edge begin in ``order``, and where the last ones end."""

    @classmethod
    def of(cls, observations: Observations) -> _Calls:
        edge = observations.edge
        last = int(edge.max(initial=-1))
        order = np.argsort(edge.astype(np.int32), kind="stable")
        first = np.searchsorted(edge[order], np.arange(last + 2))
        return cls(observations, order, first)

    def along(self, edges: Sequence[int], deleted: int) -> FloatArray:
        """Latencies [s] of the calls along some edges, in the order of time."""
        known = [edge for edge in edges if edge < len(self.first) - 1]
        runs = [self.order[self.first[edge] : self.first[edge + 1]] for edge in known]
        at = np.sort(np.concatenate(runs)) if len(runs) > 1 else [*runs, self.order[:0]][0]
        return self.observations.edge_latency_s[at[self.observations.edge_request[at] >= deleted]]


def of_entry(
    values: FloatArray, observations: Observations, deleted: int, entry: int | None
) -> FloatArray:
    """Rows after the warm-up, of all requests or of one entry point."""
    counted = values[deleted:]
    if entry is None:
        return counted
    return np.asarray(counted[observations.entry[deleted:] == entry], dtype=np.float64)


def _busy_cores(observations: Observations, deleted: int) -> FloatArray:
    """From the first reading after the warm-up to the last reading."""
    first = int(np.searchsorted(observations.snapshot_request, deleted))
    first = min(first, len(observations.snapshot_s) - 2)
    seconds = observations.snapshot_s[-1] - observations.snapshot_s[first]
    used = observations.busy_s[-1] - observations.busy_s[first]
    return np.asarray(used / seconds, dtype=np.float64)

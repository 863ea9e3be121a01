"""Replications cut down to what may be counted: warm-up removed, sections made.

All replications lose the same warm-up: MSER-5 on their mean latency, request by request in order of
arrival, averaged over the replications as in Welch's procedure (The Statistical Analysis of
Simulation Results, 1983). A cut of its own for each replication would follow its noise: it cuts off
high beginnings and keeps low ones, so that means come out low and their intervals miss the truth.

What remains of all replications forms ten sections or, with fewer than twenty replications, one
section each: intervals come from the spread of the sections, because latencies within one are
autocorrelated.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from meshsim.solvers.observations import Observations
from meshsim.stats import warm_up
from meshsim.studies.plan import SECTIONS

FloatArray = npt.NDArray[np.float64]
Pick = Callable[[Observations, int], FloatArray]
"""From one replication and the warm-up, the observations that count."""


class Sections:
    """The replications of one scenario with their common warm-up."""

    def __init__(self, replications: Sequence[Observations], deleted: int | None = None) -> None:
        self.replications = tuple(replications)
        shortest = min(len(observations.latency_s) for observations in replications)
        found = warm_up(np.mean([o.latency_s[:shortest] for o in replications], axis=0))
        self.deleted = found.deleted if deleted is None else deleted
        self.settled = found.settled

    def of(self, pick: Pick) -> list[FloatArray]:
        """The sections of what ``pick`` takes from each replication."""
        each = [pick(observations, self.deleted) for observations in self.replications]
        count = len(each)
        if count < 2 * SECTIONS:
            return each
        return [np.concatenate(each[number::SECTIONS]) for number in range(SECTIONS)]

    def latency(self, entry: int | None = None) -> list[FloatArray]:
        """Latencies [s] of all requests, or of those of one entry point."""
        return self.of(lambda o, d: of_entry(o.latency_s, o, d, entry))

    def failed(self, entry: int | None = None) -> list[FloatArray]:
        """1 for each failed request, 0 for the others."""
        return self.of(lambda o, d: of_entry(o.failed.astype(np.float64), o, d, entry))

    def edge(self, *edges: int) -> list[FloatArray]:
        """Latencies [s] of the calls along one edge, or along several taken together."""
        return self.of(
            lambda o, d: o.edge_latency_s[np.isin(o.edge, edges) & (o.edge_request >= d)]
        )

    def spent(self, entry: int | None = None) -> FloatArray:
        """Mean seconds per part, over all requests that count."""
        rows = [of_entry(o.spent_s, o, self.deleted, entry) for o in self.replications]
        together = np.concatenate(rows)
        if len(together) == 0:
            return np.zeros(together.shape[1])
        return np.asarray(together.mean(axis=0), dtype=np.float64)

    def busy_cores(self) -> list[FloatArray]:
        """CPU used by each station after the warm-up [cores], one array per replication."""
        return [_busy_cores(observations, self.deleted) for observations in self.replications]


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

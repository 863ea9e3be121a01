"""What one long run of a program observed, summed up while it went: no request is kept.

The same questions are answered as from :class:`~meshsim.solvers.observations.Observations`, from
memory that does not grow with the number of requests. The measured requests are cut into W windows
of equal numbers of requests, in the order of their start: request i of n lies in window

    floor(i W / n).

A window holds a histogram of latencies for each entry point. Windows show what has to be cut off as
warm-up (by the mean latency in up to 5,000 finer ones), and how much the run varies with time.
Calls along edges are counted in coarser windows where there are many edges, so that memory stays
bounded; a call belongs to the window of its request.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from meshsim.lowering.program import FloatArray, IntArray
from meshsim.solvers.observations import Observations, Part
from meshsim.stats.histogram import BUCKETS, bucket_of, buckets_of
from meshsim.stats.packed import PackedCounts

C = TypeVar("C", bound=np.generic)

WINDOWS_MAX = 64
"""A power of two, so that coarser windows of edges are whole windows of requests."""

SERIES_MAX = 5_000
"""Windows of the series that the warm-up is found in: batches of five make 1,000 batches."""

EDGE_BYTES_MAX = 500_000_000
"""Memory for the histograms of edges while a run goes on; 2,000 edges have eight windows then."""

_EDGE_WINDOWS_MIN = 2
"""So that a warm-up of up to half of the run can be left out."""


@dataclass(frozen=True, eq=False)
class Tally:
    """One replication, summed up: W windows, E entry points, W_e windows of edges.

    Arrays are written into by a solver while it runs; :func:`empty_tally` makes them.
    """

    measured: int
    """Requests measured."""
    window_first: IntArray
    """Ordinal of the first request of each window [W]."""
    window_start_s: FloatArray
    """When it started [W]."""
    entry_counts: IntArray
    """Latencies by bucket [W × E × BUCKETS]."""
    entry_sum_s: FloatArray
    """Sum of latencies [W × E]."""
    entry_min_s: FloatArray
    """Least latency [W × E]; infinite where there is no request."""
    entry_max_s: FloatArray
    """Greatest latency [W × E]; zero where there is no request."""
    entry_failed: IntArray
    """Requests answered with an error [W × E]."""
    spent_s: FloatArray
    """Sums of the seconds that went to each part [W × E × parts]."""
    series_sum_s: FloatArray
    """Sum of latencies in each window of the fine series [F]."""
    series_count: IntArray
    """Requests in each window of the fine series [F]."""
    edge_counts: NDArray[np.int32]
    """Latencies of calls by bucket [W_e × edges × BUCKETS]."""
    edge_sum_s: FloatArray
    """Sum of latencies of calls [W_e × edges]."""
    edge_min_s: FloatArray
    """Least latency of a call [W_e × edges]; infinite where there is no call."""
    edge_max_s: FloatArray
    """Greatest latency of a call [W_e × edges]; zero where there is no call."""
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
    """Whether the run was stopped because more requests were inside than memory has room for."""

    def packed(self) -> PackedTally:
        """What is to be kept of the tally when the run is over."""
        return PackedTally(
            entry_counts=PackedCounts.of(
                self.entry_counts, _used(self.entry_min_s, self.entry_max_s)
            ),
            edge_counts=PackedCounts.of(self.edge_counts, _used(self.edge_min_s, self.edge_max_s)),
            sums=replace(
                self,
                entry_counts=_without_buckets(self.entry_counts),
                edge_counts=_without_buckets(self.edge_counts),
            ),
        )


@dataclass(frozen=True, eq=False)
class PackedTally:
    """A finished tally, with the buckets of its histograms that are in use."""

    entry_counts: PackedCounts
    """Latencies by bucket [W × E]."""
    edge_counts: PackedCounts
    """Latencies of calls by bucket [W_e × edges]."""
    sums: Tally
    """Everything else; its own histograms have no buckets."""


def window_of(ordinal: int, windows: int, measured: int) -> int:
    """The window of a request, of so many windows over ``measured`` requests. Can be compiled."""
    return ordinal * windows // measured


def windows_of(measured: int) -> int:
    """Number of windows W of requests: the largest power of two up to 64 that fits."""
    return int(min(WINDOWS_MAX, 1 << (max(1, measured).bit_length() - 1)))


def edge_windows_of(measured: int, edges: int) -> int:
    """Number of windows W_e of edges: W, halved until their histograms fit into memory."""
    windows = windows_of(measured)
    while windows > _EDGE_WINDOWS_MIN and windows * edges * BUCKETS * 4 > EDGE_BYTES_MAX:
        windows //= 2
    return windows


def first_ordinals(windows: int, measured: int) -> IntArray:
    """Ordinal of the first request of each window [windows]."""
    return -(-np.arange(windows, dtype=np.int64) * measured // windows)


def empty_tally(
    measured: int,
    entries: int,
    edges: int,
    stations: int,
    instances: int,
    pods: int,
    snapshots: int | None = None,
) -> Tally:
    """A tally of nothing, to be written into.

    Without a number of ``snapshots`` there is one at the start of each window and one when the last
    measured request has started, and ``snapshot_request`` says so.
    """
    windows, fine = windows_of(measured), min(SERIES_MAX, measured)
    coarse = edge_windows_of(measured, edges)
    firsts = first_ordinals(windows, measured)
    readings = windows + 1 if snapshots is None else snapshots
    requests = np.zeros(readings, dtype=np.int64)
    if snapshots is None:
        requests[:] = [*firsts, measured]
    return Tally(
        measured=measured,
        window_first=firsts,
        window_start_s=np.zeros(windows),
        entry_counts=np.zeros((windows, entries, BUCKETS), dtype=np.int64),
        entry_sum_s=np.zeros((windows, entries)),
        entry_min_s=np.full((windows, entries), np.inf),
        entry_max_s=np.zeros((windows, entries)),
        entry_failed=np.zeros((windows, entries), dtype=np.int64),
        spent_s=np.zeros((windows, entries, len(Part))),
        series_sum_s=np.zeros(fine),
        series_count=np.zeros(fine, dtype=np.int64),
        edge_counts=np.zeros((coarse, edges, BUCKETS), dtype=np.int32),
        edge_sum_s=np.zeros((coarse, edges)),
        edge_min_s=np.full((coarse, edges), np.inf),
        edge_max_s=np.zeros((coarse, edges)),
        snapshot_s=np.zeros(readings),
        snapshot_request=requests,
        busy_s=np.zeros((readings, stations)),
        connections=np.zeros(instances, dtype=np.int64),
        pod_requests=np.zeros(pods, dtype=np.int64),
    )


def tally_of(observations: Observations, entries: int, edges: int) -> Tally:
    """The tally of a run whose requests were all kept: what a solver that keeps none must give."""
    measured = len(observations.latency_s)
    tally = empty_tally(
        measured,
        entries,
        edges,
        stations=observations.busy_s.shape[1],
        instances=len(observations.connections),
        pods=len(observations.pod_requests),
        snapshots=len(observations.snapshot_s),
    )
    tally.window_start_s[:] = observations.start_s[tally.window_first]
    _count_requests(tally, observations)
    _count_calls(tally, observations)
    tally.snapshot_s[:] = observations.snapshot_s
    tally.snapshot_request[:] = observations.snapshot_request
    tally.busy_s[:] = observations.busy_s
    tally.connections[:] = observations.connections
    tally.pod_requests[:] = observations.pod_requests
    return tally


def _count_requests(tally: Tally, observations: Observations) -> None:
    ordinals = np.arange(tally.measured)
    latency_s = observations.latency_s
    where = (_windows(ordinals, tally, len(tally.window_first)), observations.entry)
    np.add.at(tally.entry_counts, (*where, buckets_of(latency_s)), 1)
    np.add.at(tally.entry_sum_s, where, latency_s)
    np.minimum.at(tally.entry_min_s, where, latency_s)
    np.maximum.at(tally.entry_max_s, where, latency_s)
    np.add.at(tally.entry_failed, where, observations.failed.astype(np.int64))
    np.add.at(tally.spent_s, where, observations.spent_s)
    fine = _windows(ordinals, tally, len(tally.series_sum_s))
    np.add.at(tally.series_sum_s, fine, latency_s)
    np.add.at(tally.series_count, fine, 1)


def _count_calls(tally: Tally, observations: Observations) -> None:
    latency_s = observations.edge_latency_s
    window = _windows(observations.edge_request, tally, len(tally.edge_counts))
    where = (window, observations.edge)
    np.add.at(tally.edge_counts, (*where, buckets_of(latency_s)), 1)
    np.add.at(tally.edge_sum_s, where, latency_s)
    np.minimum.at(tally.edge_min_s, where, latency_s)
    np.maximum.at(tally.edge_max_s, where, latency_s)


def _windows(ordinals: IntArray, tally: Tally, windows: int) -> IntArray:
    return ordinals * windows // tally.measured


def _used(min_s: FloatArray, max_s: FloatArray) -> slice:
    """The buckets from the least to the greatest of some values."""
    least, greatest = min_s.min(initial=np.inf), max_s.max(initial=0.0)
    return slice(bucket_of(least), bucket_of(greatest) + 1) if least <= greatest else slice(0)


def _without_buckets(counts: NDArray[C]) -> NDArray[C]:
    return counts[:, :, :0].copy()

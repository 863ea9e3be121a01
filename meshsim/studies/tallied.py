"""Sections of replications that were summed up while they ran.

The warm-up ends where a window ends. Three or more replications are a section each, or ten groups;
one or two long ones are cut into ten sections of whole windows, equally long. These touch each
other and are nearly independent because they are long: the method of batch means (A. M. Law,
"Simulation Modeling and Analysis", 5th edition, McGraw-Hill 2015, section 9.5.3).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from meshsim.lowering.program import IntArray
from meshsim.solvers.tally import PackedTally, Tally, first_ordinals
from meshsim.stats import Counted, FloatArray, Histogram, Pool, Share, grouped, warm_up
from meshsim.stats.intervals import SECTIONS_MIN
from meshsim.stats.section import PIECES
from meshsim.studies.plan import SECTIONS

Span = tuple[int, int]
"""First window, and the one after the last."""


class TalliedSections:
    """Replications as tallies, as :class:`~meshsim.studies.sections.Sections`."""

    def __init__(self, replications: Sequence[PackedTally], deleted: int | None = None) -> None:
        self._tallies = tuple(replications)
        self._sums = tuple(tally.sums for tally in replications)
        self._measured = self._sums[0].measured
        assert {sums.measured for sums in self._sums} == {self._measured}, "runs of one plan"
        found = warm_up(_series(self._sums))
        windows = len(self._sums[0].series_count)
        until = first_ordinals(windows, self._measured)[found.deleted]
        self.deleted = int(until) if deleted is None else deleted
        self.settled = found.settled
        few = len(self._tallies) < SECTIONS_MIN
        self._latency: dict[int | None, Pool[Counted]] = {}
        self._parts = -(-SECTIONS // len(self._tallies)) if few else 1

    def latency(self, entry: int | None = None) -> Pool[Counted]:
        """Latencies [s] of all requests, or of those of one entry point."""
        if entry not in self._latency:
            self._latency[entry] = self._latencies(entry)
        return self._latency[entry]

    def _latencies(self, entry: int | None) -> Pool[Counted]:
        each = [
            Counted.of([latencies([tally], piece, entry) for piece in _pieces(span)])
            for tally in self._tallies
            for span in self._cut(tally.entry_counts.windows)
        ]
        return Pool(grouped(each, SECTIONS))

    def failed(self, entry: int | None = None) -> Pool[Share]:
        """How many requests failed, of how many."""
        columns = columns_of(entry)
        each = [
            Share(
                int(tally.sums.entry_failed[first:end, columns].sum()),
                _requests(tally, (first, end), entry),
            )
            for tally, (first, end) in self._spans()
        ]
        return Pool(grouped(each, SECTIONS))

    def edge(self, *edges: int) -> Pool[Counted]:
        """Latencies [s] of the calls along one edge, or along several taken together."""
        each = [
            Counted.of([_calls(tally, piece, edges) for piece in _pieces(span)])
            for tally in self._tallies
            for span in self._cut(tally.edge_counts.windows)
        ]
        return Pool(grouped(each, SECTIONS))

    def spent(self, entry: int | None = None) -> FloatArray:
        """Mean seconds per part, over all requests that count."""
        columns = columns_of(entry)
        spent_s = [
            tally.sums.spent_s[first:end, columns].sum(axis=(0, 1))
            for tally, (first, end) in self._spans()
        ]
        count = sum(_requests(tally, span, entry) for tally, span in self._spans())
        return np.asarray(np.sum(spent_s, axis=0) / max(count, 1), dtype=np.float64)

    def busy_cores(self) -> list[FloatArray]:
        """CPU used by each station [cores], one array per section of a replication."""
        spans = self._cut(len(self._sums[0].window_first))
        return [used for sums in self._sums for used in _busy_cores(sums, spans)]

    def connections(self) -> list[IntArray]:
        """Connections open at each proxy at the end, one array per replication."""
        return [sums.connections for sums in self._sums]

    def _spans(self) -> Iterator[tuple[PackedTally, Span]]:
        for tally in self._tallies:
            for span in self._cut(tally.entry_counts.windows):
                yield tally, span

    def _cut(self, windows: int) -> list[Span]:
        """The sections of one replication as spans of so many windows, all after the warm-up."""
        firsts = first_ordinals(windows, self._measured)
        kept = windows - int(np.searchsorted(firsts, self.deleted))
        parts = min(self._parts, kept)
        size = kept // max(parts, 1)
        return [
            (windows - size * left, windows - size * (left - 1)) for left in range(parts, 0, -1)
        ]


def _series(each: Sequence[Tally]) -> FloatArray:
    """Mean latency of the windows [s], to where all runs came: one may have been stopped."""
    counts = np.array([sums.series_count for sums in each])
    reached = int(np.logical_and.accumulate(counts.min(axis=0) > 0).sum())
    means = [sums.series_sum_s[:reached] / sums.series_count[:reached] for sums in each]
    return np.asarray(np.mean(means, axis=0), dtype=np.float64)


def columns_of(entry: int | None) -> slice:
    """The columns of one entry point, or of all."""
    return slice(None) if entry is None else slice(entry, entry + 1)


def _pieces(span: Span) -> list[Span]:
    """At most eight consecutive spans, whose lengths differ by one at most."""
    first, end = span
    count = min(PIECES, end - first)
    ends = np.linspace(first, end, count + 1).astype(int).tolist()
    return list(pairwise(ends))


def latencies(tallies: Sequence[PackedTally], span: Span, entry: int | None) -> Histogram:
    """Latencies of the requests in some windows of each tally, of one entry point or of all."""
    where = slice(*span), columns_of(entry)
    return Histogram.merged(
        Histogram(
            tally.entry_counts.together(span, None if entry is None else (entry,)),
            float(tally.sums.entry_sum_s[where].sum()),
            float(tally.sums.entry_min_s[where].min()),
            float(tally.sums.entry_max_s[where].max()),
        )
        for tally in tallies
    )


def _requests(tally: PackedTally, span: Span, entry: int | None) -> int:
    return latencies([tally], span, entry).count


def _calls(tally: PackedTally, span: Span, edges: Sequence[int]) -> Histogram:
    where = slice(*span), list(edges)
    return Histogram(
        tally.edge_counts.together(span, edges),
        float(tally.sums.edge_sum_s[where].sum()),
        float(tally.sums.edge_min_s[where].min()),
        float(tally.sums.edge_max_s[where].max()),
    )


def _busy_cores(tally: Tally, spans: Sequence[Span]) -> list[FloatArray]:
    """From the first reading at the start of each span, or after it, to that of the next."""
    bounds = [int(tally.window_first[first]) for first, _ in spans]
    at = np.searchsorted(tally.snapshot_request, [*bounds, tally.measured])
    at[-1] = int(np.argmax(tally.snapshot_s))  # the last that was made, of a run that was stopped
    at[:-1] = np.minimum(at[:-1], at[-1] - 1)
    at = np.unique(at)  # readings may be fewer than sections
    seconds = np.diff(tally.snapshot_s[at])
    return list(np.diff(tally.busy_s[at], axis=0) / seconds[:, None])

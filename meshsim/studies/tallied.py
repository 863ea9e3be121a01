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
from meshsim.solvers.tally import Tally, first_ordinals
from meshsim.stats import Counted, FloatArray, Histogram, Share, grouped, warm_up
from meshsim.stats.intervals import SECTIONS_MIN
from meshsim.stats.section import PIECES
from meshsim.studies.plan import SECTIONS

Span = tuple[int, int]
"""First window, and the one after the last."""


class TalliedSections:
    """Replications as tallies, as :class:`~meshsim.studies.sections.Sections`."""

    def __init__(self, replications: Sequence[Tally], deleted: int | None = None) -> None:
        self._tallies = tuple(replications)
        first = self._tallies[0]
        assert {tally.measured for tally in self._tallies} == {first.measured}, "runs of one plan"
        series = np.mean([t.series_sum_s / t.series_count for t in self._tallies], axis=0)
        found = warm_up(series)
        until = first_ordinals(len(series), first.measured)[found.deleted]
        self.deleted = int(until) if deleted is None else deleted
        self.settled = found.settled
        few = len(self._tallies) < SECTIONS_MIN
        self._parts = -(-SECTIONS // len(self._tallies)) if few else 1

    def latency(self, entry: int | None = None) -> list[Counted]:
        """Latencies [s] of all requests, or of those of one entry point."""
        entries = entries_of(entry)
        each = [
            Counted(tuple(latencies([tally], piece, entries) for piece in _pieces(span)))
            for tally, span in self._spans()
        ]
        return grouped(each, SECTIONS)

    def failed(self, entry: int | None = None) -> list[Share]:
        """How many requests failed, of how many."""
        entries = entries_of(entry)
        each = [
            Share(
                int(tally.entry_failed[first:end, entries].sum()),
                int(tally.entry_counts[first:end, entries].sum()),
            )
            for tally, (first, end) in self._spans()
        ]
        return grouped(each, SECTIONS)

    def edge(self, *edges: int) -> list[Counted]:
        """Latencies [s] of the calls along one edge, or along several taken together."""
        each = [
            Counted(tuple(_calls(tally, piece, list(edges)) for piece in _pieces(span)))
            for tally, span in self._edge_spans()
        ]
        return grouped(each, SECTIONS)

    def spent(self, entry: int | None = None) -> FloatArray:
        """Mean seconds per part, over all requests that count."""
        entries = entries_of(entry)
        sums = np.zeros(self._tallies[0].spent_s.shape[2])
        count = 0
        for tally, (first, end) in self._spans():
            sums += tally.spent_s[first:end, entries].sum(axis=(0, 1))
            count += int(tally.entry_counts[first:end, entries].sum())
        return sums / max(count, 1)

    def busy_cores(self) -> list[FloatArray]:
        """CPU used by each station [cores], one array per section of a replication."""
        return [
            used
            for tally in self._tallies
            for used in _busy_cores(tally, self._cut(len(tally.window_first)))
        ]

    def connections(self) -> list[IntArray]:
        """Connections open at each proxy at the end, one array per replication."""
        return [tally.connections for tally in self._tallies]

    def _spans(self) -> Iterator[tuple[Tally, Span]]:
        for tally in self._tallies:
            for span in self._cut(len(tally.window_first)):
                yield tally, span

    def _edge_spans(self) -> Iterator[tuple[Tally, Span]]:
        for tally in self._tallies:
            for span in self._cut(len(tally.edge_counts)):
                yield tally, span

    def _cut(self, windows: int) -> list[Span]:
        """The sections of one replication as spans of so many windows, all after the warm-up."""
        firsts = first_ordinals(windows, self._tallies[0].measured)
        kept = windows - int(np.searchsorted(firsts, self.deleted))
        parts = min(self._parts, kept)
        size = kept // max(parts, 1)
        return [
            (windows - size * left, windows - size * (left - 1)) for left in range(parts, 0, -1)
        ]


def entries_of(entry: int | None) -> slice:
    """The columns of one entry point, or of all."""
    return slice(None) if entry is None else slice(entry, entry + 1)


def _pieces(span: Span) -> list[Span]:
    """At most eight consecutive spans, whose lengths differ by one at most."""
    first, end = span
    count = min(PIECES, end - first)
    ends = np.linspace(first, end, count + 1).astype(int).tolist()
    return list(pairwise(ends))


def latencies(tallies: Sequence[Tally], span: Span, entries: slice) -> Histogram:
    """Latencies of the requests in some windows of each tally, of some entry points."""
    windows = slice(*span)
    return Histogram.merged(
        Histogram(
            tally.entry_counts[windows, entries].sum(axis=(0, 1)),
            float(tally.entry_sum_s[windows, entries].sum()),
            float(tally.entry_min_s[windows, entries].min()),
            float(tally.entry_max_s[windows, entries].max()),
        )
        for tally in tallies
    )


def _calls(tally: Tally, span: Span, edges: list[int]) -> Histogram:
    windows = slice(*span)
    return Histogram(
        tally.edge_counts[windows, edges].sum(axis=(0, 1), dtype=np.int64),
        float(tally.edge_sum_s[windows, edges].sum()),
        float(tally.edge_min_s[windows, edges].min()),
        float(tally.edge_max_s[windows, edges].max()),
    )


def _busy_cores(tally: Tally, spans: Sequence[Span]) -> list[FloatArray]:
    """From the first reading at the start of each span, or after it, to that of the next."""
    bounds = [int(tally.window_first[first]) for first, _ in spans]
    at = np.searchsorted(tally.snapshot_request, [*bounds, tally.measured])
    at[-1] = len(tally.snapshot_s) - 1
    at[:-1] = np.minimum(at[:-1], at[-1] - 1)
    at = np.unique(at)  # readings may be fewer than sections
    seconds = np.diff(tally.snapshot_s[at])
    return list(np.diff(tally.busy_s[at], axis=0) / seconds[:, None])

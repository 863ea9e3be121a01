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

from collections.abc import Iterable, Sequence
from typing import Protocol

from meshsim.lowering.program import IntArray
from meshsim.solvers.observations import Observations
from meshsim.solvers.tally import PackedTally
from meshsim.stats import Averaged, FloatArray, Section
from meshsim.studies.recorded import RecordedSections
from meshsim.studies.tallied import TalliedSections
from meshsim.studies.task import Replication


class Readings(Protocol):
    """What stations and proxies showed."""

    def busy_cores(self) -> list[FloatArray]:
        """CPU used by each station after the warm-up [cores], one array per replication or, of one
        long run, per section.
        """

    def connections(self) -> list[IntArray]:
        """Connections open at each proxy at the end, one array per replication."""


class Sections(Readings, Protocol):
    """The replications of one scenario with their common warm-up."""

    deleted: int
    """Requests of the warm-up, of each replication."""
    settled: bool
    """Whether what remains looks settled."""

    def latency(self, entry: int | None = None) -> Sequence[Section]:
        """Latencies [s] of all requests, or of those of one entry point."""

    def failed(self, entry: int | None = None) -> Sequence[Averaged]:
        """Failed requests: the total is their number, the mean their share."""

    def edge(self, *edges: int) -> Sequence[Section]:
        """Latencies [s] of the calls along one edge, or along several taken together."""

    def spent(self, entry: int | None = None) -> FloatArray:
        """Mean seconds per part, over all requests that count."""


class Replications(list[Replication]):
    """The replications of one scenario, which may become more; sections are made once of each."""

    def __init__(self, replications: Iterable[Replication] = ()) -> None:
        super().__init__(replications)
        self._made: dict[tuple[int, int | None], Sections] = {}

    def sections(self, deleted: int | None = None) -> Sections:
        """See :func:`sections_of`."""
        key = len(self), deleted
        if key not in self._made:
            self._made = {known: made for known, made in self._made.items() if known[0] == key[0]}
            self._made[key] = _sections(self, deleted)
            self._made.setdefault((len(self), self._made[key].deleted), self._made[key])
        return self._made[key]


def sections_of(replications: Sequence[Replication], deleted: int | None = None) -> Sections:
    """The sections of all replications; without ``deleted`` requests the warm-up is found."""
    if isinstance(replications, Replications):
        return replications.sections(deleted)
    return _sections(replications, deleted)


def _sections(replications: Sequence[Replication], deleted: int | None) -> Sections:
    tallies = [each for each in replications if isinstance(each, PackedTally)]
    kept = [each for each in replications if isinstance(each, Observations)]
    assert not (tallies and kept), "replications of one kind"
    return TalliedSections(tallies, deleted) if tallies else RecordedSections(kept, deleted)

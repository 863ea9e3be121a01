"""Walks all cells again and again, with a slice of the reference between any two.

    round 1:  R T(a) R T(b) R T(c) R      round 2:  R T(c) R T(a) R T(b) R      ...

Each T has an R on either side, and neighbours share it. The order changes from round to round.
Cells that are precise enough drop out, and the time limit ends it; so a disturbance of some seconds
hits one pair of many cells and not all pairs of one. If the time is short for all cells, a round
has only the first of them, as many as can have six pairs in the time that is left; the next ones
follow when these are settled.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from meshsim.calibration.measuring.bench import Target, reference
from meshsim.calibration.measuring.cells import Cell
from meshsim.calibration.measuring.load import Failed, Slice
from meshsim.calibration.measuring.pairing import Pair, is_settled
from meshsim.solvers.streams import Purpose, mix, uniform

WARM_SECONDS = 0.03
OPEN_WARM_SECONDS = 0.05
SLICE_SECONDS = 0.25
_REQUESTS_WANTED = 80
_SLICE_SECONDS_MAX = 1.0
_REACHED = 0.8
_PAIRS_PLANNED = 6
_CONNECT_SECONDS = 0.05
"""About what it takes to open and close the connections of a slice."""
_ATTEMPTS_MAX = 3
_SEED = 20


class Loader(Protocol):
    """What a :class:`~meshsim.calibration.measuring.bench.Bench` does."""

    def closed(self, target: Target, warm_s: float, seconds: float) -> Slice:
        """Saturate the target."""

    def open_loop(
        self, target: Target, rate_per_s: float, warm_s: float, seconds: float, key: int
    ) -> Slice:
        """Poisson arrivals."""


@dataclass
class CellRecord:
    """What was seen of a cell: pairs of each role, latencies and lags of open load."""

    cell: Cell
    pairs: dict[str, list[Pair]] = field(default_factory=dict)
    latencies_s: list[float] = field(default_factory=list)
    lags_s: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    count: int = 0

    def ratios(self, role: str) -> list[float]:
        """Ratios of one role, in order."""
        return [pair.ratio for pair in self.pairs.get(role, [])]

    @property
    def is_finished(self) -> bool:
        """Whether all its roles are known well enough, or it cannot be measured."""
        if not self.count:
            return len(self.failures) >= _ATTEMPTS_MAX
        return all(is_settled(self.ratios(role)) for role in self.cell.roles)


@dataclass
class Rounds:
    """All that was seen: of each cell, and of the reference, in order."""

    records: list[CellRecord]
    references: list[Slice] = field(default_factory=list)


def measure_cells(
    loader: Loader,
    cells: Sequence[Cell],
    end_s: float,
    *,
    clock: Callable[[], float] = time.monotonic,
    tell: Callable[[], None] = lambda: None,
) -> Rounds:
    """Measure until every cell is settled or ``clock`` says ``end_s``; ``tell`` after each pair.

    The first round is in the order of ``cells``. Raises Failed if the reference itself fails.
    """
    seen = Rounds([CellRecord(cell) for cell in cells])
    begin_s, planned_s, number = clock(), 0.0, 0
    before = _reference(loader, seen)
    while left := [record for record in seen.records if not record.is_finished]:
        pace = max(1.0, (clock() - begin_s) / planned_s) if planned_s else 1.0
        for record in _shuffled(fitting(left, (end_s - clock()) / pace), number):
            if clock() >= end_s:
                return seen
            subject = _subject(loader, record, number)
            after = _reference(loader, seen)
            if subject is not None:
                _note(record, subject, before, after)
            before = after
            planned_s += pair_seconds(record.cell)
            tell()
        number += 1
    return seen


def fitting(records: Sequence[CellRecord], seconds: float) -> list[CellRecord]:
    """The first of these cells, as many as can have some pairs in so many seconds; at least one."""
    chosen: list[CellRecord] = []
    for record in records:
        needed = max(1, _PAIRS_PLANNED - record.count)
        seconds -= needed * pair_seconds(record.cell)
        if chosen and seconds < 0:
            break
        chosen.append(record)
    return chosen


def pair_seconds(cell: Cell) -> float:
    """About how long a pair takes, its slice of the reference included."""
    rate = cell.rate_per_s
    subject = SLICE_SECONDS if rate is None else slice_seconds(rate)
    return subject + SLICE_SECONDS + 2 * (WARM_SECONDS + _CONNECT_SECONDS)


def _shuffled(records: Sequence[CellRecord], number: int) -> list[CellRecord]:
    if number == 0:
        return list(records)
    keys = [uniform(mix(_SEED, number), position) for position in range(len(records))]
    return [
        record for _, record in sorted(zip(keys, records, strict=True), key=lambda pair: pair[0])
    ]


def _reference(loader: Loader, seen: Rounds) -> Slice:
    made = loader.closed(reference(), WARM_SECONDS, SLICE_SECONDS)
    if made.errors or not made.requests:
        raise Failed("the reference proxy answered with errors")
    seen.references.append(made)
    return made


def _subject(loader: Loader, record: CellRecord, number: int) -> Slice | None:
    """A slice of the cell; None, and a note, if it did not go well."""
    cell = record.cell
    try:
        if cell.rate_per_s is None:
            made = loader.closed(cell.target, WARM_SECONDS, SLICE_SECONDS)
        else:
            key = mix(mix(_SEED, Purpose.ARRIVAL), number)
            seconds = slice_seconds(cell.rate_per_s)
            made = loader.open_loop(cell.target, cell.rate_per_s, OPEN_WARM_SECONDS, seconds, key)
    except Failed as failure:
        record.failures.append(str(failure))
        return None
    reason = _unusable(cell, made)
    if reason:
        record.failures.append(reason)
        return None
    return made


def slice_seconds(rate_per_s: float) -> float:
    """Long enough for some 80 requests, within reason."""
    return min(_SLICE_SECONDS_MAX, max(SLICE_SECONDS, _REQUESTS_WANTED / rate_per_s))


def _unusable(cell: Cell, made: Slice) -> str:
    if made.errors or not made.requests:
        return f"{made.errors} of {made.requests + made.errors} requests failed"
    if cell.rate_per_s is not None and made.rate_per_s < _REACHED * cell.rate_per_s:
        return f"only {made.rate_per_s:.0f} of {cell.rate_per_s:g} requests/s were reached"
    return ""


def _note(record: CellRecord, subject: Slice, before: Slice, after: Slice) -> None:
    for role, process in record.cell.roles.items():
        both = [one.cpu_per_request_s("reference") for one in (before, after)]
        pair = Pair(
            number=record.count,
            rate_per_s=subject.rate_per_s,
            cpu_s=subject.cpu_per_request_s(process),
            reference_cpu_s=sum(both) / 2,
            foreign_cores=subject.foreign_cores,
        )
        record.pairs.setdefault(role, []).append(pair)
    record.latencies_s += subject.latencies_s
    record.lags_s += subject.lags_s
    record.count += 1

"""A whole measurement: what is planned, run within its time, and what came of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from meshsim.calibration.measuring.bench import WORKERS, Bench, bench
from meshsim.calibration.measuring.cells import PAIRED, Part, full_cells, quick_cells
from meshsim.calibration.measuring.extra import PLACE, check_extra
from meshsim.calibration.measuring.handshakes import HandshakeRow, measure_handshakes
from meshsim.calibration.measuring.idle_connections import measure_idle_connections
from meshsim.calibration.measuring.load import Failed
from meshsim.calibration.measuring.machine import (
    Machine,
    ReferenceCost,
    reference_cost,
    this_machine,
)
from meshsim.calibration.measuring.memory import MemoryRow, measure_holdings
from meshsim.calibration.measuring.pairing import Ratio, ratio_of
from meshsim.calibration.measuring.placement import placement
from meshsim.calibration.measuring.rounds import CellRecord, Rounds, measure_cells
from meshsim.calibration.measuring.verdict import doubts
from meshsim.errors import InputError, Problem

QUICK_SECONDS = 120.0
FULL_SECONDS = 1200.0
_WEIGHTS = {Part.HANDSHAKES: 1.0, Part.MEMORY: 2.0}
_CELLS_WEIGHT = 12.0
_NULL_WEIGHT = 0.5
"""Of the time, for each of what is not cells, for cells, and for the null test if it is alone."""

Progress = Callable[[int, int], None]
"""Told the seconds that have passed and those that are allowed."""


@dataclass(frozen=True)
class Plan:
    """What to measure, and for how long at most. ``quick`` has fewer cells of the same kinds."""

    parts: frozenset[Part]
    seconds_max: float
    quick: bool = False

    @property
    def has_cells(self) -> bool:
        """Whether anything is measured side by side with the reference."""
        return bool(self.parts & PAIRED)


@dataclass(frozen=True)
class Measured:
    """Everything that was measured."""

    plan: Plan
    machine: Machine
    reference: ReferenceCost
    null: Ratio | None
    cells: tuple[CellRecord, ...]
    handshakes: tuple[HandshakeRow, ...]
    memory: tuple[MemoryRow, ...]
    seconds: float
    doubts: tuple[str, ...]


def plan_of(parts: Collection[Part], *, quick: bool, seconds_max: float | None) -> Plan:
    """A plan; without parts, those of the profile: all of them, or topologies and loads."""
    chosen = frozenset(parts or ({Part.TOPOLOGIES, Part.LOADS} if quick else Part))
    return Plan(chosen, seconds_max or (QUICK_SECONDS if quick else FULL_SECONDS), quick)


def measure(plan: Plan, progress: Progress | None = None) -> Measured:
    """Carry out a plan. Raises InputError if this machine cannot."""
    check_extra()
    clock = _Clock(plan.seconds_max, progress)
    workers = WORKERS if Part.WORKERS in plan.parts else ()
    with bench(workers=workers) as ready:
        version = ready.envoy_version
        seen = _cells(plan, ready, clock)
        handshakes = _handshakes(plan, ready, clock)
    memory = _memory(plan, clock)
    clock.finish()
    reference = reference_cost(seen.references)
    null = _null(seen.records)
    return Measured(
        plan,
        this_machine(placement().cores, version),
        reference,
        null,
        tuple(seen.records),
        tuple(handshakes),
        tuple(memory),
        clock.passed_s,
        tuple(doubts(null, reference)),
    )


class _Clock:
    """Time since the start, told to whoever wants to know."""

    def __init__(self, seconds_max: float, progress: Progress | None) -> None:
        self.start_s, self._max_s = time.monotonic(), seconds_max
        self._progress = progress or (lambda _done, _total: None)
        self._progress(0, round(seconds_max))

    @property
    def passed_s(self) -> float:
        return time.monotonic() - self.start_s

    def end_s(self, share: float) -> float:
        """When so large a share of the time has passed."""
        return self.start_s + share * self._max_s

    def tell(self) -> None:
        self._progress(min(round(self.passed_s), round(self._max_s)), round(self._max_s))

    def finish(self) -> None:
        self._progress(round(self._max_s), round(self._max_s))


def _share_until(plan: Plan, last: Part | None) -> float:
    """The share of the time that has passed when cells, handshakes or memory (``last``) end."""
    parts = [part for part in _WEIGHTS if part in plan.parts]
    weights = [_CELLS_WEIGHT if plan.has_cells else _NULL_WEIGHT]
    weights += [_WEIGHTS[part] for part in parts]
    until = 1 if last is None else parts.index(last) + 2
    return sum(weights[:until]) / sum(weights)


def _cells(plan: Plan, ready: Bench, clock: _Clock) -> Rounds:
    cells = (quick_cells if plan.quick else full_cells)(plan.parts, ready.headers)
    end_s = clock.end_s(_share_until(plan, None))
    try:
        return measure_cells(ready, cells, end_s, tell=clock.tell)
    except Failed as failure:
        rule = f"Envoy must answer on loopback, and did not: {failure}"
        cure = "see whether a firewall or a limit of this machine stands in the way"
        raise InputError([Problem(PLACE, "", rule, "", cure)]) from None


def _handshakes(plan: Plan, ready: Bench, clock: _Clock) -> list[HandshakeRow]:
    if Part.HANDSHAKES not in plan.parts:
        return []
    end_s = clock.end_s(_share_until(plan, Part.HANDSHAKES))
    return measure_handshakes(ready, end_s, tell=clock.tell)


def _memory(plan: Plan, clock: _Clock) -> list[MemoryRow]:
    if Part.MEMORY not in plan.parts:
        return []
    core = placement().proxies
    half_s = (time.monotonic() + clock.end_s(1.0)) / 2
    rows = measure_idle_connections(core, half_s, tell=clock.tell)
    return rows + measure_holdings(core, clock.end_s(1.0), tell=clock.tell)


def _null(records: Sequence[CellRecord]) -> Ratio | None:
    (record,) = [record for record in records if record.cell.is_null]
    return ratio_of(record.ratios("proxy"))

"""What a measurement says in short: cost of each cell, of a handshake, of an object in memory.

A cell's ratio has the error of its pairs and that of the state of the machine, and its cost is that
times the level of the reference. A handshake is the difference to a plain connection of the same
repeat, averaged over repeats. The memory of an object is the slope of the resident size over their
number, by least squares. Intervals are 95%, by Student's distribution.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import stats

from meshsim.calibration.measuring.cells import Cell
from meshsim.calibration.measuring.handshakes import HandshakeRow
from meshsim.calibration.measuring.machine import ReferenceCost
from meshsim.calibration.measuring.memory import MemoryRow
from meshsim.calibration.measuring.pairing import Ratio, ratio_of
from meshsim.calibration.measuring.rounds import CellRecord
from meshsim.stats import Interval, NotEnough

_CONFIDENCE = 0.95
_BASE = "clusters"
_PLAIN = "plain"

Value = Interval | NotEnough


@dataclass(frozen=True)
class CellEstimate:
    """One role of a cell; ``reason`` says why there is no ratio."""

    cell: Cell
    role: str
    pairs: int
    ratio: Interval | None
    cpu_s: Interval | None
    reason: str = ""


@dataclass(frozen=True)
class Named:
    """A value and what it is of."""

    name: str
    value: Value


def cell_estimates(records: Iterable[CellRecord], reference: ReferenceCost) -> list[CellEstimate]:
    """Ratio and cost of each role of each cell."""
    return [_estimate(record, role, reference) for record in records for role in record.cell.roles]


def _estimate(record: CellRecord, role: str, reference: ReferenceCost) -> CellEstimate:
    ratios = record.ratios(role)
    found = ratio_of(ratios)
    if found is None:
        reason = record.failures[-1] if record.failures else "there was no time for more pairs"
        return CellEstimate(record.cell, role, len(ratios), None, None, reason)
    ratio = found.interval if record.cell.is_null else widened(found, reference.state_error)
    level_s = reference.level_s
    cpu = replace(
        ratio, estimate=ratio.estimate * level_s, low=ratio.low * level_s, high=ratio.high * level_s
    )
    return CellEstimate(record.cell, role, len(ratios), ratio, cpu)


def widened(ratio: Ratio, relative_error: float) -> Interval:
    """The interval of a ratio with a further, independent error."""
    factor = math.hypot(ratio.relative_error, relative_error) / ratio.relative_error
    middle, half = ratio.median, ratio.interval.half_width * factor
    return replace(ratio.interval, low=middle - half, high=middle + half)


def handshake_estimates(rows: Sequence[HandshakeRow]) -> list[Named]:
    """CPU that TLS adds to a new connection, by side, key and mode, in seconds."""
    plain = {(row.side, row.repeat): row.cpu_s for row in rows if row.key == _PLAIN}
    added: dict[str, list[float]] = {}
    for row in rows:
        before = plain.get((row.side, row.repeat))
        if row.key != _PLAIN and before is not None:
            added.setdefault(_handshake_name(row), []).append(row.cpu_s - before)
    opened = [cpu_s for (side, _), cpu_s in plain.items() if side == "server"]
    connection = [Named("plain connection with its request, server", _mean(opened))]
    return (connection if opened else []) + [Named(k, _mean(v)) for k, v in added.items()]


def _handshake_name(row: HandshakeRow) -> str:
    key = {"rsa": "RSA-2048", "ec": "ECDSA P-256"}[row.key]
    kind = "mutual TLS" if row.mutual else "TLS"
    return f"{kind}, {key}{', resumed' if row.resumption else ''}, {row.side.replace('_', ' ')}"


def memory_estimates(rows: Sequence[MemoryRow]) -> list[Named]:
    """Resident bytes of one more object, by kind."""
    bases = [row for row in rows if row.kind == _BASE and row.number == 0]
    found = []
    for kind, workers in dict.fromkeys((row.kind, row.concurrency) for row in rows):
        ours = [row for row in rows if (row.kind, row.concurrency) == (kind, workers)]
        if all(row.number for row in ours):
            ours += [row for row in bases if row.concurrency == workers]
        name = kind if workers == rows[0].concurrency else f"{kind}, {workers} workers"
        found.append(Named(name, _slope(ours)))
    return found


def _slope(rows: Sequence[MemoryRow]) -> Value:
    numbers = np.array([row.number for row in rows], dtype=np.float64)
    if len(set(numbers)) < 3:
        return NotEnough(3, len(set(numbers)), "numbers of objects")
    fit = stats.linregress(numbers, [row.rss_bytes for row in rows])
    half = float(stats.t.ppf((1 + _CONFIDENCE) / 2, len(rows) - 2)) * float(fit.stderr)
    slope = float(fit.slope)
    return Interval(slope, slope - half, slope + half, _CONFIDENCE, len(rows))


def _mean(values: Sequence[float]) -> Value:
    count = len(values)
    if count < 2:
        return NotEnough(2, count, "repeats")
    mean, error = float(np.mean(values)), float(stats.sem(values))
    half = float(stats.t.ppf((1 + _CONFIDENCE) / 2, count - 1)) * error
    return Interval(mean, mean - half, mean + half, _CONFIDENCE, count)

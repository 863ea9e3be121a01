"""What a measurement says in short: cost of each cell, of a handshake, of an object in memory.

A cell's cost is its ratio times the level of the reference, the lower quartile of its slices. A
handshake is the difference to a plain connection of the same repeat, averaged over repeats. The
memory of an object is the slope of the resident size over their number, by least squares. Intervals
are 95%, by Student's distribution.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from meshsim.calibration.measuring.cells import Cell
from meshsim.calibration.measuring.handshakes import HandshakeRow
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
    rate_per_s: float | None
    ratio: Ratio | None
    cpu_s: Interval | None
    reason: str = ""


@dataclass(frozen=True)
class Named:
    """A value and what it is of."""

    name: str
    value: Value


def cell_estimates(records: Iterable[CellRecord], reference_s: float) -> list[CellEstimate]:
    """Ratio and cost of each role of each cell."""
    return [
        _estimate(record, role, reference_s) for record in records for role in record.cell.roles
    ]


def _estimate(record: CellRecord, role: str, reference_s: float) -> CellEstimate:
    pairs = record.pairs.get(role, [])
    rate = float(np.median([pair.rate_per_s for pair in pairs])) if pairs else None
    ratio = ratio_of(record.ratios(role))
    if ratio is None:
        reason = record.failures[-1] if record.failures else "there was no time for more pairs"
        return CellEstimate(record.cell, role, rate, None, None, reason)
    across = ratio.interval
    cpu = Interval(
        across.estimate * reference_s,
        across.low * reference_s,
        across.high * reference_s,
        across.confidence,
        across.observations,
    )
    return CellEstimate(record.cell, role, rate, ratio, cpu)


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

"""Paired measurements: slices of a proxy between slices of a reference, one row per slice.

The ratio of neighbours cancels the state of the machine. A cell is the median ratio of its slices
times the level of the reference, which is the lower quartile of all reference slices of the file:
other programs and slow moments of a shared machine only ever add, so the fast quarter is what
repeats. Rows of both sidecars of a pair belong to one sitting.

A closed loop saturates the workers only if its generator is fast enough. Where the proxies of a
sitting used less than 60% of a core together, they had gaps; such cells are taken for open load at
the rate that was reached, which is an approximation and said.
"""

from __future__ import annotations

import math
import statistics
from dataclasses import replace
from pathlib import Path

from meshsim.calibration.readers.cells import PROTOCOLS, CpuCell, Reading, median_error
from meshsim.calibration.readers.tables import Row, Table
from meshsim.errors import Place

COLUMNS = frozenset({"test", "protocol", "mode", "rps", "cpu_us", "ref_cpu_us"})
"""Columns that make a table one of paired slices."""

_SATURATION_SHARE = 0.6
"""Of the core that workers have, which a closed loop must use to count as saturated."""
_MEASURED_ON = 2
"""Cores that a measurement takes: workers have one of them, the generator the other."""
_NOT_SATURATED = (
    "closed loops that left their workers idle (the generator was the bottleneck) count as open "
    "load at the rate that they reached"
)
_KEY = ("block", "test", "role", "protocol", "tls", "payload_bytes", "req_bytes", "mode")
Groups = dict[tuple[str, ...], list[tuple[Row, float, float]]]


def read_paired(path: Path, table: Table, reference_s: float | None) -> Reading:
    """Cells of a paired table; ``reference_s`` in place of the level found in the file."""
    reading = Reading()
    groups: Groups = {}
    for row in table.rows:
        used = row.number("cpu_us", math.nan, 1e-6) * 1e-6
        reference = row.number("ref_cpu_us", math.nan, 1e-6) * 1e-6
        if row.text("protocol") not in PROTOCOLS:
            row.wrong("protocol must be h1, h2 or tcp", row.text("protocol"), "write e.g. h1")
        if row.text("mode") not in ("closed", "open"):
            row.wrong("mode must be closed or open", row.text("mode"), "write e.g. closed")
        if math.isnan(used) or math.isnan(reference):
            reading.tally.skip("row", "no CPU of proxy or reference", str(row.place))
            continue
        reading.references_s.append(reference)
        groups.setdefault(tuple(row.text(c) for c in _KEY), []).append((row, used, reference))
    table.check()
    if groups:
        level = reference_s or _level(reading.references_s)
        reading.cpu = _with_gaps([_cell(path, slices, level) for slices in groups.values()], groups)
        if any(one.arrivals == "open" and one.place in _closed(groups) for one in reading.cpu):
            reading.tally.assume(_NOT_SATURATED)
        reading.tally.use("slice", sum(map(len, groups.values())))
    table.check()
    return reading


def _closed(groups: Groups) -> set[Place]:
    """Where cells of closed loops stand."""
    firsts = (slices[0][0] for slices in groups.values())
    return {row.place for row in firsts if row.text("mode") == "closed"}


def _with_gaps(cells: list[CpuCell], groups: Groups) -> list[CpuCell]:
    """Cells of closed loops that left their workers idle, as open load."""
    used: dict[str, float] = {}
    left: dict[str, float] = {}
    for cell, slices in zip(cells, groups.values(), strict=True):
        cores = statistics.median(row.number("rps") * cpu_s for row, cpu_s, _ in slices)
        used[cell.sitting] = used.get(cell.sitting, 0.0) + cores
        # A little below nothing where two clocks differ.
        foreign = statistics.median(row.number("foreign_cpu", 0.0, -1.0) for row, _, _ in slices)
        # What other programs use is not there to be used, however much there is to do.
        left[cell.sitting] = max(1.0 - max(foreign, 0.0) / _MEASURED_ON, 0.0)
    return [
        replace(cell, arrivals="open")
        if used[cell.sitting] < _SATURATION_SHARE * left[cell.sitting]
        else cell
        for cell in cells
    ]


def _level(references_s: list[float]) -> float:
    if len(references_s) == 1:
        return references_s[0]
    return statistics.quantiles(references_s, n=4, method="inclusive")[0]


def _cell(path: Path, slices: list[tuple[Row, float, float]], level_s: float) -> CpuCell:
    row = slices[0][0]
    ratio, error = median_error(used / reference for _, used, reference in slices)
    workers = row.number("workers", 1.0, 1.0)
    rate = statistics.median(one.number("rps") for one, _, _ in slices)
    tls = row.number("tls", 0.0)
    body = row.number("payload_bytes", 0.0) + row.number("req_bytes", 0.0)
    test = row.text("test")
    return CpuCell(
        place=row.place,
        test=test,
        role=row.text("role", "proxy"),
        protocol=PROTOCOLS[row.text("protocol")],
        passes=int(row.number("passes", tls)),
        body_bytes=body,
        rate_per_s=rate / workers,
        arrivals="open" if row.text("mode") == "open" else "saturated",
        filters=filters_of(test) if row.text("block") == "filter" else (),
        cpu_s=ratio * level_s,
        error=error,
        count=len(slices),
        is_paired=True,
        sitting=f"{path.name}:{row.text('block')}:{test}:{body:g}:{row.text('req_bytes')}",
    )


def filters_of(test: str) -> tuple[str, ...]:
    """Names of filters from the word of a test: ``istio_like(a+b)`` → ``istio-like``."""
    name = test.partition("(")[0].strip().lower().replace("_", "-").replace(" ", "-")
    return () if name in ("", "none") else (name,)

"""Unpaired measurements: one row per run, CPU of each process and quantiles of latency.

The CPU is absolute and carries the state of the machine, unless a row's remark says that it is by
ratio to a reference; what a paired file has as well is then a copy of it. Rows marked as
contaminated (other programs took part of the processors) are left out. A closed loop of one
connection sends one request after another; with eight connections and more it keeps the worker
busy; between the two the gaps are not known, and the row is not used.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from meshsim.calibration.readers.cells import (
    PROTOCOLS,
    Arrivals,
    CpuCell,
    LatencyCell,
    Reading,
    median_error,
)
from meshsim.calibration.readers.paired import filters_of
from meshsim.calibration.readers.tables import Row, Table

COLUMNS = frozenset({"scenario", "protocol", "arrivals", "achieved_rps"})
"""Columns that make a table one of unpaired runs."""

ROLES = ("proxy", "client_sidecar", "server_sidecar")
_SATURATING_CONNECTIONS = 8
_BY_RATIO = "by ratio to the reference"
_KEY = (
    "scenario",
    "concurrency",
    "protocol",
    "tls",
    "payload_bytes",
    "req_bytes",
    "connections",
    "arrivals",
    "target_rps",
)


def read_unpaired(path: Path, table: Table) -> Reading:
    """Cells of an unpaired table."""
    reading = Reading()
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in table.rows:
        if row.text("protocol") not in PROTOCOLS:
            row.wrong("protocol must be h1, h2 or tcp", row.text("protocol"), "write e.g. h1")
        if row.text("arrivals") not in ("poisson", "constant", "closed"):
            cure = "write poisson, constant or closed"
            row.wrong("arrivals must be a known process", row.text("arrivals"), cure)
        if row.number("contaminated", 0.0):
            reading.tally.skip("run", "other programs took processors", str(row.place))
        else:
            groups.setdefault(tuple(row.text(c) for c in _KEY), []).append(row)
    table.check()
    for rows in groups.values():
        reading.cpu += _cpu_cells(path, rows, reading)
        reading.latencies += _latency_cells(rows)
        reading.tally.use("run", len(rows))
    table.check()
    return reading


def arrivals_of(row: Row) -> Arrivals | None:
    """How requests came; None if the gaps of the worker cannot be known."""
    if row.text("arrivals") != "closed":
        return "open"
    connections = row.number("connections", 0.0)
    if connections == 1:
        return "sequential"
    return "saturated" if connections >= _SATURATING_CONNECTIONS else None


def _cpu_cells(path: Path, rows: list[Row], reading: Reading) -> Iterator[CpuCell]:
    first = rows[0]
    arrivals = arrivals_of(first)
    name = first.text("scenario")
    if "lua" in name:
        reading.tally.skip("run", "CPU burnt in Lua is no cost of a proxy", str(first.place))
        return
    body = first.number("payload_bytes", 0.0) + first.number("req_bytes", 0.0)
    tls = int(first.number("tls", 0.0))
    workers = first.number("concurrency", 1.0, 1.0)
    rate = statistics.median(row.number("achieved_rps", 0.0) for row in rows) / workers
    by_ratio = _BY_RATIO in first.text("note")
    for role in ROLES:
        used = [row.number(f"cpu_us_{role}") * 1e-6 for row in rows]
        known = [value for value in used if value > 0]
        if not known:
            continue
        if arrivals is None:
            why = "a closed loop of 2 to 7 connections leaves gaps that are not known"
            reading.tally.skip("run", why, str(first.place), len(known))
            continue
        cpu_s, error = median_error(known)
        yield CpuCell(
            place=first.place,
            test=name,
            role=role,
            protocol=PROTOCOLS[first.text("protocol")],
            passes=tls,
            body_bytes=body,
            rate_per_s=rate,
            arrivals=arrivals,
            filters=filters_of(name.partition("filter:")[2]) if "filter:" in name else (),
            cpu_s=cpu_s,
            error=error,
            count=len(known),
            is_paired=by_ratio,
            sitting=f"{path.name}:{':'.join(first.text(c) for c in _KEY)}",
            is_copy=by_ratio and workers == 1,
        )


def _latency_cells(rows: list[Row]) -> Iterator[LatencyCell]:
    first = rows[0]
    arrivals: Literal["open", "closed"] = "closed" if first.text("arrivals") == "closed" else "open"
    proxies = 2 if _cpu(rows, "client_sidecar") > 0 else int(_cpu(rows, "proxy") > 0)
    cpu_s = _cpu(rows, "proxy") if proxies < 2 else _both(rows)
    for statistic in ("mean", "p50", "p90", "p99"):
        known = [row.number(f"{statistic}_ms") * 1e-3 for row in rows]
        known = [value for value in known if value > 0]
        if known:
            yield LatencyCell(
                place=first.place,
                test=first.text("scenario"),
                statistic=statistic,
                protocol=PROTOCOLS[first.text("protocol")],
                tls=first.number("tls", 0.0) > 0,
                proxies=proxies,
                body_bytes=first.number("payload_bytes", 0.0) + first.number("req_bytes", 0.0),
                rate_per_s=statistics.median(row.number("achieved_rps", 0.0) for row in rows),
                connections=int(first.number("connections", 0.0)),
                arrivals=arrivals,
                latency_s=statistics.median(known),
                cpu_s=cpu_s,
            )


def _cpu(rows: list[Row], role: str) -> float:
    """Median CPU per request of a role [s]; NaN if no row has it."""
    used = [row.number(f"cpu_us_{role}") for row in rows]
    known = [value for value in used if value > 0]
    return statistics.median(known) * 1e-6 if known else math.nan


def _both(rows: list[Row]) -> float:
    return (_cpu(rows, "client_sidecar") + _cpu(rows, "server_sidecar")) / 2

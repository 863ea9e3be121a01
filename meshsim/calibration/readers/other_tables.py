"""Our other tables: memory against what a proxy holds, CPU of new connections, worker latencies."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Literal

from meshsim.calibration.readers.cells import ConnectionCell, LatencyCell, MemoryCell, Reading
from meshsim.calibration.readers.tables import Row, Table

MEMORY_COLUMNS = frozenset({"kind", "n", "rss_mb"})
"""Columns that make a table one of memory."""
HANDSHAKE_COLUMNS = frozenset({"side", "key", "cpu_us_per_conn"})
"""Columns that make a table one of new connections."""
QUEUE_COLUMNS = frozenset({"tag", "rate", "meas_p50"})
"""Columns that make a table one of latencies of one worker."""

_KEYS: dict[str, Literal["plain", "rsa", "ecdsa"]] = {
    "plain": "plain",
    "rsa": "rsa",
    "ec": "ecdsa",
    "ecdsa": "ecdsa",
}
_THINGS = {
    "clusters": "cluster",
    "clusters_tls_ec": "cluster",
    "clusters_tls_rsa": "cluster",
    "clusters_tls": "cluster",
    "endpoints": "endpoint",
    "vhosts": "route",
    "routes": "route",
    "listeners": "listener",
}
_MEBIBYTE = 2**20


def read_memory(_path: Path, table: Table) -> Reading:
    """Cells of a table of memory. A column ``rss_mb`` counts in MB of 2²⁰ bytes, as Linux does."""
    reading = Reading()
    for row in table.rows:
        counts = _counts(row)
        rss = row.number("rss_mb", math.nan, 1e-3)
        if counts is None:
            why = f"no term of the memory model is about {row.text('kind')!r}"
            reading.tally.skip("row of memory", why, str(row.place))
        elif math.isnan(rss):
            reading.tally.skip("row of memory", "no resident memory", str(row.place))
        else:
            workers = int(row.number("concurrency", 1.0, 1.0))
            cell = MemoryCell(row.place, row.text("kind"), workers, counts, rss * _MEBIBYTE)
            reading.memory.append(cell)
            reading.tally.use("row of memory")
    table.check()
    return reading


def _counts(row: Row) -> tuple[tuple[str, float], ...] | None:
    """What the proxy of a row held; None if the model has no term for it."""
    kind, number = row.text("kind"), row.number("n", 0.0)
    if kind.startswith("idle_conn_"):
        return (("connection." + kind.removeprefix("idle_conn_").replace("_", "-"), number),)
    thing = _THINGS.get(kind)
    if thing is None:
        return None
    if thing != "cluster":
        return ((thing, number),)
    endpoints = number * row.number("endpoints_per_cluster", 1.0)
    tls = number if row.number("tls", 0.0) or "_tls" in kind else 0.0
    return (("cluster", number), ("endpoint", endpoints), ("cluster.tls", tls))


def read_handshakes(_path: Path, table: Table) -> Reading:
    """Cells of a table of new connections; the rate is read from a column or the remark."""
    reading = Reading()
    for row in table.rows:
        if row.text("key") not in _KEYS:
            row.wrong("key must be plain, rsa or ec", row.text("key"), "write e.g. ec")
            continue
        used = row.number("cpu_us_per_conn", math.nan, 1e-3)
        if math.isnan(used):
            reading.tally.skip("row of connections", "no CPU", str(row.place))
            continue
        reading.connections.append(
            ConnectionCell(
                place=row.place,
                role=row.text("side", "server"),
                key=_KEYS[row.text("key")],
                is_mutual=row.number("mtls", 0.0) > 0,
                is_resumed=row.number("resumption", 0.0) > 0,
                repeat=f"{row.place.file}:{row.text('repeat', '0')}",
                rate_per_s=row.number("rate", _rate_of(row.text("note"))),
                cpu_s=used * 1e-6,
            )
        )
        reading.tally.use("row of connections")
    table.check()
    return reading


def _rate_of(note: str) -> float:
    """``700/s new connection …`` → 700."""
    head = note.partition("/s")[0]
    return float(head) if head.isdigit() else math.nan


def read_queue(_path: Path, table: Table) -> Reading:
    """Latencies of one worker under open load, in µs; its service time is not the proxy's own."""
    reading = Reading()
    for row in table.rows:
        if row.number("contaminated", 0.0):
            reading.tally.skip("run", "other programs took processors", str(row.place))
            continue
        if row.text("tag") != "native":
            why = "CPU burnt in Lua is no cost of a proxy"
            reading.tally.skip("run", why, str(row.place))
            continue
        for statistic in ("mean", "p50", "p90", "p99"):
            value = row.number(f"meas_{statistic}", math.nan, 1e-3)
            if not math.isnan(value):
                reading.latencies.append(_queue_cell(row, statistic, value * 1e-6))
        reading.tally.use("run")
    table.check()
    return reading


def _queue_cell(row: Row, statistic: str, latency_s: float) -> LatencyCell:
    return LatencyCell(
        place=row.place,
        test=row.text("tag"),
        statistic=statistic,
        protocol="http1",
        tls=False,
        proxies=1,
        body_bytes=1024.0,
        rate_per_s=row.number("rate", math.nan, 1e-6),
        connections=128,
        arrivals="open",
        latency_s=latency_s,
        cpu_s=row.number("cpu_us") * 1e-6,
    )

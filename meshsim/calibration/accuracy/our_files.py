"""Reads the files that ``meshsim measure`` writes about an Envoy: five layouts.

``paired``            CPU next to a reference proxy in alternating slices; the ratio is the figure
``unpaired``          CPU, latency and memory under closed and open load
``memory``            memory of an Envoy that holds so many of something
``queue_validation``  latency of one proxy from little load to much

``handshake`` (CPU of a new connection) is recognised and not rebuilt: no scenario here opens a
connection per request.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from meshsim.calibration.accuracy.cells import Cell
from meshsim.calibration.accuracy.published import number, truth

Row = Mapping[str, str]
_REFERENCE_US = 31.3
"""CPU of the reference proxy that all other costs of the mesh files are relative to."""
_PROTOCOLS = {"h1": "http1", "h2": "http2", "tcp": "tcp"}
_CONNECTIONS_PAIRED = 16
_CONNECTIONS_OPEN = 128


@dataclass(frozen=True)
class Layout:
    """A file layout, and the columns that give it away."""

    name: str
    columns: frozenset[str]


PAIRED = Layout("paired", frozenset({"test", "role", "ratio", "ref_cpu_us", "mode"}))
UNPAIRED = Layout("unpaired", frozenset({"scenario", "arrivals", "target_rps", "p50_ms"}))
MEMORY = Layout("memory", frozenset({"kind", "n", "rss_mb", "concurrency"}))
QUEUE = Layout("queue_validation", frozenset({"tag", "rate", "meas_p50", "meas_p99"}))
HANDSHAKE = Layout("handshake", frozenset({"side", "key", "cpu_us_per_conn"}))


def cells_of(
    layout: Layout, source: str, rows: Iterable[tuple[str, Row]]
) -> tuple[list[Cell], list[str]]:
    """The cells of numbered rows (place, row), and the places of rows that give none."""
    make = {"paired": _paired, "unpaired": _unpaired, "memory": _memory}
    make["queue_validation"] = _queue
    cells: list[Cell] = []
    unread: list[str] = []
    for place, row in rows:
        found = list(make[layout.name](row)) if layout.name in make else []
        cells += [replace(cell, source=source, place=place) for cell in found]
        if not found:
            unread.append(place)
    return cells, unread


def _cell(metric: str, value: float | None, **more: object) -> Iterator[Cell]:
    if value is not None and value > 0:
        ours = Cell("", metric, value, mesh="envoy", workers=1, ours=True)
        yield replace(ours, **more)  # type: ignore[arg-type]


def _paired(row: Row) -> Iterator[Cell]:
    test, role = row["test"], row["role"]
    ratio, rate = number(row["ratio"]), number(row["rps"])
    closed = row["mode"] == "closed"
    name, _, asked = test.partition("@")
    yield from _cell(
        "cpu_us_per_request",
        None if ratio is None else ratio * _REFERENCE_US,
        mode="sidecar" if role.endswith("_sidecar") else "one-proxy",
        component=_role(role),
        encrypted=truth(row["tls"]),
        protocol=_PROTOCOLS.get(row["protocol"], row["protocol"]),
        payload_bytes=number(row["payload_bytes"]),
        request_bytes=number(row.get("req_bytes")) or 0.0,
        rate_per_s=None if closed else number(asked) or rate,
        connections=_CONNECTIONS_PAIRED,
        generator="closed loop" if closed else "open loop, Poisson",
        configuration=f"filter {name}" if row["block"] == "filter" and name != "none" else "",
        fixed_machine=True,
    )


def _role(role: str) -> str:
    return {"client_sidecar": "client-proxy", "server_sidecar": "server-proxy"}.get(
        role, "one-proxy"
    )


def _unpaired(row: Row) -> Iterator[Cell]:
    if truth(row.get("contaminated")):
        return
    common = _unpaired_circumstances(row)
    for column in ("client_sidecar", "server_sidecar", "proxy"):
        value = number(row.get(f"cpu_us_{column}"))
        yield from _cell("cpu_us_per_request", value, component=_role(column), **common)
    if row["arrivals"] == "poisson":
        for name in ("p50", "p90", "p99"):
            yield from _cell(f"latency_{name}_ms", number(row.get(f"{name}_ms")), **common)


def _unpaired_circumstances(row: Row) -> dict[str, object]:
    scenario, closed = row["scenario"], row["arrivals"] == "closed"
    alone = "direct" in scenario
    name = scenario.partition(":")[2]
    if scenario.startswith("queue_lua"):
        name = scenario
    return {
        "mesh": "none" if alone else "envoy",
        "mode": "none" if alone else ("sidecar" if "two_" in scenario else "one-proxy"),
        "encrypted": truth(row["tls"]),
        "protocol": _PROTOCOLS.get(row["protocol"], row["protocol"]),
        "payload_bytes": number(row["payload_bytes"]),
        "request_bytes": number(row.get("req_bytes")) or 0.0,
        "rate_per_s": None if closed else number(row["target_rps"]),
        "connections": round(number(row["connections"]) or 1),
        "workers": round(number(row["concurrency"]) or 1),
        "generator": "closed loop" if closed else "open loop, Poisson",
        "configuration": f"filter {name}" if name not in {"", "none"} else "",
    }


def _memory(row: Row) -> Iterator[Cell]:
    value = number(row["rss_mb"])
    yield from _cell(
        "memory_mb",
        value,
        unit="MB",
        mode="one-proxy",
        component="one-proxy",
        encrypted=truth(row.get("tls")) or False,
        workers=round(number(row["concurrency"]) or 1),
        configuration=f"holds {row['n']} {row['kind']} of {_endpoints(row):g} endpoints",
        fixed_machine=True,
    )


def _endpoints(row: Row) -> float:
    return number(row.get("endpoints_per_cluster")) or 1.0


def _queue(row: Row) -> Iterator[Cell]:
    if truth(row.get("contaminated")):
        return
    for name in ("p50", "p90", "p99"):
        value = number(row[f"meas_{name}"])
        yield from _cell(
            f"latency_{name}_ms", None if value is None else value / 1e3, **_queued(row)
        )
    yield from _cell("cpu_us_per_request", number(row.get("cpu_us")), **_queued(row))


def _queued(row: Row) -> dict[str, object]:
    native = row["tag"] == "native"
    return {
        "mode": "one-proxy",
        "component": "one-proxy",
        "encrypted": False,
        "protocol": "http1",
        "payload_bytes": 1024.0 if native else 0.0,
        "request_bytes": 0.0,
        "rate_per_s": number(row["rate"]),
        "connections": _CONNECTIONS_OPEN,
        "generator": "open loop, Poisson",
        "configuration": "" if native else f"filter {row['tag']}",
    }

"""Reads published figures: one row a number, with its source and its circumstances.

Columns: ``source_id, mesh, mesh_version, mode, mtls, protocol, payload_bytes, rps, connections,
hops, proxies_in_path, config, component, metric, value, unit, hardware, loadgen``, and some more
that are not needed here.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from meshsim.calibration.accuracy.cells import Cell

COLUMNS = frozenset({"source_id", "mesh", "metric", "value", "unit", "config", "component"})
"""Those without which a row says nothing."""

Row = Mapping[str, str]


def read(rows: Iterable[tuple[str, Row]]) -> tuple[list[Cell], list[str]]:
    """The cells of numbered rows (place, row), and the places of rows without a number."""
    cells: list[Cell] = []
    unread: list[str] = []
    for place, row in rows:
        value = number(row.get("value"))
        if value is None:
            unread.append(place)
        else:
            cells.append(_cell(row, value, place))
    return cells, unread


def _cell(row: Row, value: float, place: str) -> Cell:
    return Cell(
        source=_text(row, "source_id"),
        metric=_text(row, "metric"),
        value=value,
        unit=_text(row, "unit"),
        mesh=_text(row, "mesh") or "none",
        version=_text(row, "mesh_version"),
        mode=_text(row, "mode"),
        encrypted=truth(row.get("mtls")),
        protocol=_text(row, "protocol"),
        payload_bytes=number(row.get("payload_bytes")),
        rate_per_s=_positive(row.get("rps")),
        connections=_whole(row.get("connections")),
        hops=_whole(row.get("hops")) or 1,
        proxies=number(row.get("proxies_in_path")),
        configuration=_text(row, "config"),
        component=_text(row, "component"),
        hardware=_text(row, "hardware"),
        generator=_text(row, "loadgen"),
        use=_text(row, "suggested_use"),
        place=place,
    )


def number(text: str | None) -> float | None:
    """A finite number, or None."""
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def truth(text: str | None) -> bool | None:
    """A truth value as tables write it, or None."""
    return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}.get(
        (text or "").strip().lower().removesuffix(".0")
    )


def _text(row: Row, name: str) -> str:
    return (row.get(name) or "").strip()


def _positive(text: str | None) -> float | None:
    value = number(text)
    return value if value is not None and value > 0 else None


def _whole(text: str | None) -> int | None:
    value = number(text)
    return round(value) if value is not None and value >= 1 else None

"""The tables under the drawing of a topology: its services and the calls between them."""

from __future__ import annotations

from meshsim import units
from meshsim.app.drawing import CLIENTS, Link, Picture
from meshsim.app.frames import Cell, Column, Table, interval_cells, interval_columns
from meshsim.stats import NotEnough, quantile_name
from meshsim.studies.result import QUANTILES, Value

_NOT_RUN = NotEnough(1, 0, "runs")


def service_table(drawn: Picture) -> Table:
    """Pods and utilisation of each service."""
    columns = (
        Column("service", "service"),
        Column("pods", "pods", _count),
        Column("utilisation", "utilisation", units.show_percentage),
    )
    rows = [(n.name, n.pods, n.utilisation) for n in drawn.nodes if n.name != CLIENTS]
    return Table("services", columns, tuple(rows))


def call_table(drawn: Picture, service: str | None = None) -> Table:
    """The calls between services, or those from and to one of them."""
    columns = (
        Column("caller", "caller"),
        Column("callee", "callee"),
        Column("calls_per_request", "calls per request", _significant),
        Column("calls_per_s", "calls per second", units.show_rate),
        *(
            column
            for p in QUANTILES
            for column in interval_columns(
                f"latency_s_{quantile_name(p)}", quantile_name(p), units.show_duration
            )
        ),
    )
    rows = [_row(e) for e in drawn.links if service is None or service in (e.caller, e.callee)]
    return Table("calls", columns, tuple(rows))


def _row(link: Link) -> tuple[Cell, ...]:
    missing: tuple[Value, ...] = (_NOT_RUN,) * len(QUANTILES)
    values = missing if link.latency is None else link.latency.latency.quantiles
    cells = [cell for value in values for cell in interval_cells(value)]
    return (link.caller, link.callee, link.per_request, link.per_second, *cells)


def _count(number: float) -> str:
    return f"{number:,.0f}"


def _significant(number: float) -> str:
    return f"{number:.3g}"

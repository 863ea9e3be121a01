"""The report of a control plane for a terminal; ranges are central 90% intervals."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from meshsim.reports.control_plane_words import SCOPES, TOLD, show_rare, to_yaml
from meshsim.reports.phrases import Show, counted
from meshsim.reports.terminal import WIDTH, render
from meshsim.reports.text_tables import Cell, heading, one_line, paragraph, point, table, two_lines
from meshsim.stats import Interval
from meshsim.studies.control_plane_result import (
    PROBABILITIES,
    ControlPlaneResult,
    Following,
    PartRow,
    ScopeRow,
)
from meshsim.units import show_cpu, show_duration, show_memory, show_percentage

_LITTLE = 0.01
_LINE = {
    "waiting for quiet": "changes wait for each other before a push begins (debouncing)",
    "the line of proxies": "proxies wait for their turn",
    "delivery": "the way from Kubernetes and into the proxy, which no setting shortens",
}


def control_plane_to_text(
    result: ControlPlaneResult, *, width: int = WIDTH, color: bool = False
) -> str:
    """The report as text of at most ``width`` columns where the names allow it."""
    return render(_parts(result), width, color=color)


def _parts(result: ControlPlaneResult) -> Iterator[RenderableType]:
    yield from _head(result)
    yield heading("control plane, each replica")
    yield table(
        ["", "replicas", "CPU", "memory", "requests"], [_part_cells(p) for p in result.parts]
    )
    yield paragraph("")
    yield from _scopes(result)
    if result.following is not None:
        yield from _following(result.following)
    if result.warnings:
        yield heading("mind")
        yield from (Text(f"! {warning}", style="yellow") for warning in result.warnings)
        yield paragraph("")
    yield heading("to paste")
    yield from (one_line(line) for line in to_yaml(result).splitlines())


def _head(result: ControlPlaneResult) -> Iterator[RenderableType]:
    estate, changes = result.estate, result.changes
    yield heading("", f"{estate.name} under {result.mesh.title} ({result.mesh.name})")
    sizes = [
        counted(estate.services, "service"),
        counted(estate.endpoints, "pod"),
        _clients(result),
        counted(estate.namespaces, "namespace"),
    ]
    yield paragraph(", ".join(sizes))
    assumed = " (assumed: each pod replaced once a day)" if result.assumed_changes else ""
    yield paragraph(
        f"changes: {show_rare(changes.endpoint_per_s)} of endpoints, "
        f"{show_rare(changes.config_per_s)} of configuration{assumed}"
    )
    yield paragraph(f"each proxy is told {SCOPES[result.scope]}")
    yield paragraph("ranges hold the truth with 90%, by the ranges of the mesh file")
    yield paragraph("")


def _clients(result: ControlPlaneResult) -> str:
    number = round(result.proxies)
    if number and not result.mesh.proxies:
        return counted(number, "application that it tells", "applications that it tells")
    return counted(number, "proxy", "proxies")


def _part_cells(row: PartRow) -> list[str]:
    requests = [
        *([show_cpu(row.cpu_requested)] if row.cpu_requested else []),
        *([show_memory(row.memory_requested)] if row.memory_requested else []),
    ]
    return [
        row.name,
        f"{row.replicas:,}",
        _range(row.cpu_cores, show_cpu),
        _range(row.memory_bytes, show_memory),
        ", ".join(requests) or "none",
    ]


def _scopes(result: ControlPlaneResult) -> Iterator[RenderableType]:
    if not result.scopes:
        return
    yield heading("a proxy, by what it is told; without connections")
    headings = ["", "services", "pods", "configuration", "as a dump", "memory", "of all"]
    yield table(headings, [_scope_cells(row) for row in result.scopes])
    yield paragraph("")


def _scope_cells(row: ScopeRow) -> list[Cell]:
    return [
        TOLD[row.scope],
        f"{row.services:,.3g}" if row.services < 100 else f"{row.services:,.0f}",
        f"{row.endpoints:,.3g}" if row.endpoints < 100 else f"{row.endpoints:,.0f}",
        _sized(row.configuration_bytes),
        "—" if row.dump_bytes is None else show_memory(row.dump_bytes.estimate),
        _sized(row.proxy_memory_bytes),
        show_memory(row.all_memory_bytes.estimate),
    ]


def _following(part: Following) -> Iterator[RenderableType]:
    yield heading("where the CPU goes in", part.name)
    yield from _causes(part)
    yield from _pushes(part)
    if part.convergence:
        yield heading("from a change until it is in force")
        names = [f"p{p * 100:g}" for p in PROBABILITIES]
        rows = [
            [row.what, *(_range(q, show_duration) for q in row.quantiles)]
            for row in part.convergence
        ]
        yield table(["", *names], rows)
        stage, time_s = part.slowest
        yield paragraph(f"most of it: {stage}, {show_duration(time_s)}; {_LINE[stage]}")
        yield paragraph("")
    yield from _certificates(part)


def _causes(part: Following) -> Iterator[RenderableType]:
    """What is next to nothing even at its high end is named without a number."""
    little = _LITTLE * sum(cores.estimate for _, cores in part.cpu_causes)
    rows = [[n, _range(c, show_cpu)] for n, c in part.cpu_causes if c.high >= little]
    yield table(["", "CPU"], rows)
    rest = [name for name, cores in part.cpu_causes if cores.high < little]
    if rest:
        yield paragraph(f"less than {show_percentage(_LITTLE)} each: {', '.join(rest)}")
    yield paragraph("")


def _pushes(part: Following) -> Iterator[RenderableType]:
    pushes = part.pushes
    yield heading("pushes of", f"{part.name}, each replica")
    rows = [
        ["pushes begun", show_rare(pushes.per_s)],
        ["of these with configuration", show_rare(pushes.config_per_s)],
        ["proxies served at once", f"{pushes.slots:,}"],
        [
            "CPU to send a proxy the pods of a service",
            _range(pushes.endpoint_push_s, show_duration),
        ],
        ["CPU to send a proxy everything", _range(pushes.full_push_s, show_duration)],
        ["pods of a service to all who see it", _range(pushes.all_endpoints_s, show_duration)],
        ["everything to all, as after a restart", _range(pushes.all_full_s, show_duration)],
        ["share of the time that pushes take", _share(pushes.utilisation)],
    ]
    yield table(["", ""], rows)
    yield paragraph("")


def _certificates(part: Following) -> Iterator[RenderableType]:
    load = part.certificates
    if load is None:
        return
    yield heading("certificates, all replicas")
    yield point(
        f"{show_rare(load.per_s)} if renewals have spread over the day: "
        f"{_range(load.cpu_cores, show_cpu)} CPU"
    )
    yield point(
        f"{show_rare(load.together_per_s)} if all proxies began at one moment: "
        f"{_range(load.together_cpu_cores, show_cpu)} CPU"
    )
    yield paragraph("")


def _share(value: Interval) -> str:
    if value.high < _LITTLE:
        return f"below {show_percentage(_LITTLE)}"
    return _range(value, show_percentage)


def _range(value: Interval, show: Show) -> str:
    """``725m (267m to 3.15)``."""
    if value.low == value.high:
        return show(value.estimate)
    return f"{show(value.estimate)} ({show(value.low)} to {show(value.high)})"


def _sized(size: Interval | None) -> Text | str:
    """A size with its range in the line below."""
    if size is None:
        return "—"
    return two_lines(
        show_memory(size.estimate), f"{show_memory(size.low)} to {show_memory(size.high)}"
    )

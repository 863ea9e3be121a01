"""A topology in readable form: what to look at, its services, load, nodes and sources."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType

from meshsim.model import flows
from meshsim.model.callgraph import EndpointKey
from meshsim.model.topology import Service, Topology
from meshsim.reports.phrases import counted, load_of, title_of
from meshsim.reports.text_tables import Cell, heading, paragraph, point, table
from meshsim.units import (
    print_cpu,
    show_cpu,
    show_duration,
    show_memory,
    show_money,
    show_percentage,
)

_UNSET = "—"


def topology_parts(topology: Topology) -> Iterator[RenderableType]:
    """The parts of the explanation."""
    yield heading("", f"{title_of(topology)} ({topology.name})")
    if topology.look_at:
        yield paragraph(f"\n{' '.join(topology.look_at.split())}")
    yield paragraph("")
    yield from _services(topology)
    yield from _load(topology)
    yield from _nodes(topology)
    if topology.sources:
        yield heading("sources")
        for source in topology.sources:
            yield point(source)


def _services(topology: Topology) -> Iterator[RenderableType]:
    visits, busy = flows.visits(topology), flows.utilisation(topology)
    rows = [_service_row(service, visits, busy) for service in topology.services]
    headings = ["", "pods", "protocol", "CPU\nrequest", "CPU\nlimit", "memory\nrequest"]
    yield heading("services")
    yield table([*headings, "endpoints", "calls per\nrequest", "busy"], rows)
    yield paragraph("busy: CPU that the load asks for, over CPU that the pods may use; no mesh\n")


def _service_row(
    service: Service, visits: dict[EndpointKey, float], busy: dict[str, float]
) -> list[Cell]:
    requests, limits = service.resources.requests, service.resources.limits
    calls = sum(count for (name, _), count in visits.items() if name == service.name)
    return [
        service.name,
        f"{service.replicas:,}",
        service.protocol,
        _UNSET if requests.cpu is None else show_cpu(requests.cpu),
        _UNSET if limits.cpu is None else show_cpu(limits.cpu),
        _UNSET if requests.memory is None else show_memory(requests.memory),
        f"{len(service.endpoints):,}",
        f"{calls:,.2f}",
        show_percentage(busy[service.name], 2),
    ]


def _load(topology: Topology) -> Iterator[RenderableType]:
    shares = flows.entry_shares(topology)
    unloaded = flows.unloaded_time(topology)
    calls = flows.calls_per_request(topology)
    rows = [
        [
            "/".join(entry),
            show_percentage(share, 2),
            show_duration(unloaded[entry]),
            ", ".join(topology.slo.get("/".join(entry), ())),
        ]
        for entry, share in shares.items()
    ]
    yield heading("load")
    yield paragraph(f"{load_of(topology)}; {calls:,.1f} calls per request")
    yield table(["entry point", "share", "time alone", "objectives"], rows, words=[0, 3], wrap=[3])
    yield paragraph("time alone: mean, without other requests and without a mesh\n")


def _nodes(topology: Topology) -> Iterator[RenderableType]:
    rows = [
        [
            pool.name,
            f"{pool.count:,}",
            print_cpu(pool.cores),
            show_memory(pool.memory),
            counted(len(pool.zones), "zone"),
            f"{show_money(pool.price_per_hour)}/h",
        ]
        for pool in topology.nodes
    ]
    yield heading("nodes")
    yield table(["", "nodes", "cores", "memory", "spread over", "price"], rows)
    yield paragraph("")

"""Findings MS01: CPU, memory, pods and worker slots against what the load asks for."""

from __future__ import annotations

import math
from collections.abc import Iterator

from meshsim import units
from meshsim.model import flows
from meshsim.model.callgraph import target
from meshsim.model.finding_case import Case, Hit, Remark, together
from meshsim.model.finding_codes import BUSY
from meshsim.model.nodes import Location
from meshsim.model.topology import ResourceAmounts, Service, Topology
from meshsim.model.validation import requested


def capacity_remarks(case: Case) -> Iterator[Remark]:
    """What is unwise about the size of pods and nodes."""
    yield from _busy_services(case)
    yield from _busy_nodes(case)
    yield from _requests(case)
    yield from _pending_pods(case)
    yield from _few_workers(case)


def _busy_services(case: Case) -> Iterator[Remark]:
    offered = flows.offered_cpu(case.topology)
    for index, service in enumerate(case.topology.services):
        cores = flows.cpu_capacity(case.topology, service)
        utilisation = offered[service.name] / cores
        if utilisation < BUSY:
            continue
        code = "MS0101" if utilisation < 1 or case.is_closed else "MS0102"
        message = (
            f"the load asks for {units.show_cpu(offered[service.name])} of "
            f"{units.show_cpu(cores)} cores ({units.show_percentage(utilisation)}); "
        )
        message += _more_cpu(service, offered[service.name], cores)
        yield Remark(code, ("services", index, "replicas"), service.name, message)


def _more_cpu(service: Service, offered_cores: float, cores: float) -> str:
    limit = service.resources.limits.cpu
    if limit is None or cores < service.replicas * limit:
        return "add nodes, or lower the rate"
    replicas = math.floor(offered_cores / (BUSY * limit)) + 1
    return f"set replicas to {replicas} or more, or raise the CPU limit"


def _busy_nodes(case: Case) -> Iterator[Remark]:
    offered = math.fsum(flows.offered_cpu(case.topology).values())
    room = allocatable(case.topology).cpu or 0.0
    if offered >= room:
        message = (
            f"the load asks for {units.show_cpu(offered)} cores in all services together, the "
            f"nodes have {units.show_cpu(room)} after what is reserved; add nodes"
        )
        yield Remark("MS0103", ("nodes",), "nodes", message)


def _requests(case: Case) -> Iterator[Remark]:
    no_cpu, no_memory, throttled, single = [], [], [], []
    entries = {target(entry.to)[0] for entry in case.topology.load.entries}
    for index, service in enumerate(case.topology.services):
        amounts, limit = requested(service.resources), service.resources.limits.cpu
        here: Location = ("services", index)
        if amounts.cpu is None:
            no_cpu.append(Hit((*here, "resources"), service.name))
        if amounts.memory is None:
            no_memory.append(Hit((*here, "resources"), service.name))
        if limit is not None and limit < 1:
            throttled.append(Hit((*here, "resources", "limits", "cpu"), service.name))
        if service.name in entries and service.replicas == 1:
            single.append(Hit((*here, "replicas"), service.name))
    yield from together("MS0104", no_cpu, "no CPU is reserved; set resources.requests.cpu")
    yield from together("MS0105", no_memory, "no memory is reserved; set resources.requests.memory")
    quota = (
        "a pod with a CPU limit below one core stands still, after a burst, for most of a period "
        "of 100 ms; raise the limit to 1 where the tail matters"
    )
    yield from together("MS0106", throttled, quota)
    yield from together("MS0108", single, "clients depend on one pod; set replicas to 2 or more")


def _pending_pods(case: Case) -> Iterator[Remark]:
    message = shortage(requested_by_pods(case.topology), allocatable(case.topology))
    if message:
        yield Remark("MS0107", ("nodes",), "nodes", f"the pods request {message}")


def requested_by_pods(topology: Topology) -> ResourceAmounts:
    """What the application containers of all pods request together."""
    cpu = memory = 0.0
    for service in topology.services:
        amounts = requested(service.resources)
        cpu += service.replicas * (amounts.cpu or 0.0)
        memory += service.replicas * (amounts.memory or 0.0)
    return ResourceAmounts.model_construct(cpu=cpu, memory=memory)


def allocatable(topology: Topology) -> ResourceAmounts:
    """What all nodes can set aside together."""
    return ResourceAmounts.model_construct(
        cpu=math.fsum(p.count * (p.cores - p.reserved_cpu) for p in topology.nodes),
        memory=math.fsum(p.count * (p.memory - p.reserved_memory) for p in topology.nodes),
    )


def shortage(wanted: ResourceAmounts, room: ResourceAmounts) -> str:
    """What is wanted beyond the room, in words; empty if all fits."""
    parts = []
    if (wanted.cpu or 0) > (room.cpu or 0):
        parts.append(f"{units.show_cpu(wanted.cpu or 0)} of {units.show_cpu(room.cpu or 0)} cores")
    if (wanted.memory or 0) > (room.memory or 0):
        low, high = units.show_memory(wanted.memory or 0), units.show_memory(room.memory or 0)
        parts.append(f"{low} of {high} of memory")
    return f"{' and '.join(parts)}; add nodes or lower the requests" if parts else ""


def _few_workers(case: Case) -> Iterator[Remark]:
    times = flows.unloaded_time(case.topology)
    for index, service in enumerate(case.topology.services):
        if service.workers == "unlimited":
            continue
        held_s = math.fsum(
            case.visits[service.name, endpoint.name] * times[service.name, endpoint.name]
            for endpoint in service.endpoints
        )
        in_use = case.rate * held_s if held_s > 0 else 0.0
        slots = service.replicas * service.workers
        if in_use < BUSY * slots:
            continue
        code = "MS0109" if in_use < slots or case.is_closed else "MS0110"
        workers = math.floor(in_use / (BUSY * service.replicas)) + 1
        message = (
            f"{in_use:.3g} of {slots} worker slots are held at any time "
            f"({units.show_duration(held_s)} per request without any waiting); "
            f"set workers to {workers} or more"
        )
        yield Remark(code, ("services", index, "workers"), service.name, message)

"""Findings MS05: a mesh, by itself and under the topology at hand."""

from __future__ import annotations

import math
from collections.abc import Iterator

from meshsim import units
from meshsim.model.finding_capacity import allocatable, requested_by_pods, shortage
from meshsim.model.finding_case import Case, Hit, Remark, together
from meshsim.model.mesh import Mesh, Proxy, ProxyResources
from meshsim.model.mesh_validation import split_element
from meshsim.model.topology import ResourceAmounts, Resources, Service, Topology
from meshsim.model.validation import requested


def mesh_remarks(case: Case, mesh: Mesh) -> Iterator[Remark]:
    """What is unwise about the mesh, and about the mesh under this topology."""
    on_path = {split_element(element)[1] for element in (*mesh.path.inside, *mesh.path.entry)}
    for index, proxy in enumerate(mesh.proxies):
        limit, workers = proxy.resources.limits.cpu, proxy.worker_threads.value
        location = ("proxies", index)
        if limit is not None and limit < workers:
            message = (
                f"{workers} worker threads share a limit of {units.show_cpu(limit)} cores, whose "
                "throttling is not simulated; make them equal"
            )
            yield Remark("MS0501", (*location, "resources"), proxy.name, message, is_of_mesh=True)
        if proxy.name not in on_path:
            message = "no request passes it; add it to the path or remove it"
            yield Remark("MS0504", location, proxy.name, message, is_of_mesh=True)
    yield from _pinned(case, mesh)
    yield from _costly_sidecars(case.topology, mesh)
    yield from _tcp(case, mesh)
    yield from _room(case.topology, mesh)


def _pinned(case: Case, mesh: Mesh) -> Iterator[Remark]:
    layers = {mesh.proxy(split_element(element)[1]).layer for element in mesh.path.inside}
    if 7 in layers:
        return
    called = _called(case)
    hits = [
        Hit(("services", index, "protocol"), service.name)
        for index, service in enumerate(case.topology.services)
        if service.name in called
        and service.protocol in ("http2", "grpc")
        and service.replicas > 1
        and service.balancing == "per_connection"
    ]
    message = (
        f"HTTP/2 and gRPC keep a caller's requests on one connection, which the mesh {mesh.name!r} "
        "gives to one pod for good; use a layer 7 proxy, or set balancing if the clients choose"
    )
    yield from together("MS0502", hits, message)


def _called(case: Case) -> set[str]:
    """The services that others call."""
    return {callee[0] for callees in case.graph.calls.values() for callee in callees}


def _costly_sidecars(topology: Topology, mesh: Mesh) -> Iterator[Remark]:
    sidecars = [proxy for proxy in mesh.proxies if proxy.scope == "pod"]
    proxies_cores = sum(_requested(proxy.resources).cpu or 0.0 for proxy in sidecars)
    hits = [
        Hit(("services", index, "resources"), service.name)
        for index, service in enumerate(topology.services)
        if proxies_cores > (requested(service.resources).cpu or math.inf)
    ]
    message = (
        f"the mesh {mesh.name!r} requests {units.show_cpu(proxies_cores)} CPU in each pod, more "
        "than the application beside it; lower the proxy's requests"
    )
    yield from together("MS0503", hits, message)


def _tcp(case: Case, mesh: Mesh) -> Iterator[Remark]:
    called = _called(case)
    entered = {entry.to.partition("/")[0] for entry in case.topology.load.entries}
    for index, service in enumerate(case.topology.services):
        if service.protocol != "tcp":
            continue
        path = mesh.path.inside if service.name in called else ()
        path += mesh.path.entry if service.name in entered else ()
        names = dict.fromkeys(split_element(element)[1] for element in path)
        lacking = [name for name in names if mesh.proxy(name).cost.tcp is None]
        if lacking:
            message = (
                f"the mesh {mesh.name!r} does not say what TCP traffic costs in "
                f"{', '.join(lacking)}; add cost.tcp"
            )
            yield Remark("MS0505", ("services", index, "protocol"), service.name, message)


def _room(topology: Topology, mesh: Mesh) -> Iterator[Remark]:
    room, pods = allocatable(topology), requested_by_pods(topology)
    proxies = _requested_by_mesh(topology, mesh)
    total = ResourceAmounts.model_construct(
        cpu=(pods.cpu or 0.0) + (proxies.cpu or 0.0),
        memory=(pods.memory or 0.0) + (proxies.memory or 0.0),
    )
    message = shortage(total, room)
    if message and not shortage(pods, room):
        message = f"with the mesh {mesh.name!r} the pods request {message}"
        yield Remark("MS0506", ("nodes",), "nodes", message)


def _requested_by_mesh(topology: Topology, mesh: Mesh) -> ResourceAmounts:
    nodes = sum(pool.count for pool in topology.nodes)
    parts = [(proxy.resources, _instances(proxy, topology, nodes)) for proxy in mesh.proxies]
    for component in mesh.control_plane:
        number = nodes if component.scope == "node" else component.replicas
        parts.append((component.resources, number))
    amounts = [(_requested(resources), number) for resources, number in parts]
    return ResourceAmounts.model_construct(
        cpu=sum(number * (each.cpu or 0.0) for each, number in amounts),
        memory=sum(number * (each.memory or 0.0) for each, number in amounts),
    )


def _instances(proxy: Proxy, topology: Topology, nodes: int) -> int:
    """How many of a proxy there are."""
    services: tuple[Service, ...] = topology.services
    replicas = proxy.replicas.value if proxy.replicas is not None else 1
    return {
        "pod": sum(service.replicas for service in services),
        "node": nodes,
        "service": replicas * len(services),
        "namespace": replicas * len({service.namespace for service in services}),
    }[proxy.scope]


def _requested(resources: ProxyResources) -> ResourceAmounts:
    return requested(Resources(requests=resources.requests, limits=resources.limits))

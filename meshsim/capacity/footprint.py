"""What a scenario asks of the cluster: every kind of container with its requests.

The scheduler, and the bill, follow requests and not use. A sidecar's request is added to its pod; a
proxy per node and a node agent are taken off every node; waypoints and the control plane are pods
of their own, as many as its autoscaler would keep if the mesh changes as little as
:func:`~meshsim.capacity.control_plane.quiet_changes` assumes. A container with a limit and no
request requests its limit, as Kubernetes does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from meshsim.capacity.control_plane import quiet_changes
from meshsim.capacity.control_plane_use import replicas_of
from meshsim.capacity.estate import estate_of, proxy_groups
from meshsim.model.mesh import Mesh, Proxy
from meshsim.model.topology import ResourceAmounts, Service, Topology

Owner = Literal["app", "proxy", "control_plane"]


@dataclass(frozen=True)
class Request:
    """CPU and memory set aside for one container."""

    cpu_cores: float = 0.0
    memory_bytes: float = 0.0

    def __add__(self, other: Request) -> Request:
        return Request(self.cpu_cores + other.cpu_cores, self.memory_bytes + other.memory_bytes)


@dataclass(frozen=True)
class Containers:
    """Equal containers: ``count`` of them, or one on each node if they run ``on`` nodes.

    ``on`` tells what they run in: a pod of their own, every application pod, or every node.
    """

    owner: Owner
    name: str
    count: int
    request: Request
    on: Literal["own pod", "app pod", "node"]


@dataclass(frozen=True)
class Pods:
    """Equal pods that the scheduler places: the sum of their containers' requests."""

    name: str
    count: int
    request: Request


@dataclass(frozen=True)
class Footprint:
    """All containers, the pods to place, and what every node sets aside beside them."""

    containers: tuple[Containers, ...]
    pods: tuple[Pods, ...]
    per_node: Request

    def requested(self, owner: Owner, nodes: int) -> Request:
        """The sum of an owner's requests on a cluster of so many nodes."""
        total = Request()
        for containers in self.containers:
            if containers.owner == owner:
                count = nodes if containers.on == "node" else containers.count
                total += Request(
                    containers.request.cpu_cores * count, containers.request.memory_bytes * count
                )
        return total


def footprint(topology: Topology, mesh: Mesh) -> Footprint:
    """The footprint of one scenario."""
    containers = (
        *(_application(service) for service in topology.services),
        *(_proxies(proxy, topology) for proxy in mesh.proxies),
        *_control_plane(topology, mesh),
    )
    sidecars = sum((c.request for c in containers if c.on == "app pod"), Request())
    pods = [
        Pods(c.name, c.count, c.request + sidecars if c.owner == "app" else c.request)
        for c in containers
        if c.on == "own pod"
    ]
    per_node = sum((c.request for c in containers if c.on == "node"), Request())
    return Footprint(containers, tuple(pods), per_node)


def _application(service: Service) -> Containers:
    request = _request(service.resources.requests, service.resources.limits)
    return Containers("app", service.name, service.replicas, request, "own pod")


def _proxies(proxy: Proxy, topology: Topology) -> Containers:
    request = _request(proxy.resources.requests, proxy.resources.limits)
    replicas = proxy.replicas.value if proxy.replicas else 1
    if proxy.scope == "node":
        return Containers("proxy", proxy.name, 0, request, "node")
    if proxy.scope == "pod":
        pods = sum(service.replicas for service in topology.services)
        return Containers("proxy", proxy.name, pods, request, "app pod")
    owners = len(topology.services)
    if proxy.scope == "namespace":
        owners = len({service.namespace for service in topology.services})
    return Containers("proxy", proxy.name, owners * replicas, request, "own pod")


def _control_plane(topology: Topology, mesh: Mesh) -> Iterator[Containers]:
    estate = estate_of(topology)
    groups, changes = proxy_groups(estate, mesh, "none"), quiet_changes(estate)
    for part in mesh.control_plane:
        request = _request(part.resources.requests, part.resources.limits)
        if part.scope == "node":
            yield Containers("control_plane", part.name, 0, request, "node")
        else:
            count = replicas_of(part, estate, groups, changes)
            yield Containers("control_plane", part.name, count, request, "own pod")


def _request(requests: ResourceAmounts, limits: ResourceAmounts) -> Request:
    return Request(
        requests.cpu or limits.cpu or 0.0,
        requests.memory or limits.memory or 0.0,
    )

"""What a control plane must know and whom it must tell: services, pods, proxies, who sees what.

A proxy that is sent everything sees all services of the mesh. With *scoping* (Istio's ``Sidecar``
resource) it sees only what its service calls, by the call graph, or what any service of its
namespace calls. Only proxies of a pod are scoped; a proxy of a node hears of everything, and one of
a service or namespace of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from meshsim.model.callgraph import call_steps, target
from meshsim.model.mesh import Mesh, Proxy
from meshsim.model.topology import Service, Topology

Scope = Literal["none", "namespace", "auto"]
"""``auto`` is what each service calls; ``namespace`` what any service of the namespace calls."""

SCOPES: tuple[Scope, ...] = get_args(Scope)


@dataclass(frozen=True)
class Seen:
    """What one proxy is told of."""

    services: float
    endpoints: float
    tcp_services: float
    """Those among the services that speak opaque TCP."""
    changed: float
    """Endpoints of a service whose endpoints change, on average: large services change more."""


@dataclass(frozen=True)
class Workload:
    """Equal services: how many, with how many pods each, and what their proxies see."""

    name: str
    namespace: str
    services: int
    pods: int
    """Of each service."""
    seen: Mapping[Scope, Seen]
    own: Seen
    """The service itself."""


@dataclass(frozen=True)
class Estate:
    """A mesh of some size."""

    name: str
    workloads: tuple[Workload, ...]
    namespaces: int
    nodes: int
    ports: int
    """Ports of each service."""
    calls: Mapping[str, tuple[str, ...]]
    """Services called, by service; empty where no call graph is known."""

    @property
    def services(self) -> int:
        """Services of the mesh."""
        return sum(w.services for w in self.workloads)

    @property
    def endpoints(self) -> int:
        """Pods of all services."""
        return sum(w.services * w.pods for w in self.workloads)


@dataclass(frozen=True)
class ProxyGroup:
    """Equal proxies, or pods that are told of the mesh themselves."""

    proxy: Proxy | None
    """None for pods without a proxy."""
    count: float
    seen: Seen
    certificates: float = 1.0
    """Identities that each holds a certificate of."""

    @property
    def layer(self) -> int:
        """4 or 7: what it is told; a pod without a proxy is told what an Envoy is."""
        return 7 if self.proxy is None else self.proxy.layer

    @property
    def comes_with_pods(self) -> bool:
        """Whether a new pod brings a new one."""
        return self.proxy is None or self.proxy.scope == "pod"


def estate_of(topology: Topology, ports: int = 1) -> Estate:
    """The estate of a topology; who calls whom follows from its endpoints' steps."""
    calls = {
        service.name: tuple(
            sorted(
                {
                    target(step.call)[0]
                    for endpoint in service.endpoints
                    for _, step in call_steps(endpoint.steps)
                }
                - {service.name}
            )
        )
        for service in topology.services
    }
    spaces: dict[str, set[str]] = {}
    for service in topology.services:
        spaces.setdefault(service.namespace, set()).update(calls[service.name])
    everything = _seen(topology.services)
    by_name = {service.name: service for service in topology.services}
    of_space = {name: _seen(by_name[c] for c in called) for name, called in spaces.items()}
    workloads = tuple(
        Workload(
            service.name,
            service.namespace,
            1,
            service.replicas,
            {
                "none": everything,
                "namespace": of_space[service.namespace],
                "auto": _seen(by_name[c] for c in calls[service.name]),
            },
            _seen([service]),
        )
        for service in topology.services
    )
    nodes = sum(pool.count for pool in topology.nodes)
    return Estate(topology.name, workloads, len(spaces), nodes, ports, calls)


def uniform_estate(
    services: int, pods: int, callees: int, namespaces: int, nodes: int, ports: int = 1
) -> Estate:
    """Equal services with so many pods each, each of which calls ``callees`` others.

    Without a call graph the services of a namespace are taken to call different ones, so that a
    scope of the namespace is as wide as can be.
    """
    each = -(-services // namespaces)
    wide = {
        "none": services,
        "namespace": min(services, each * callees),
        "auto": min(services, callees),
    }
    seen: dict[Scope, Seen] = {
        scope: Seen(wide[scope], wide[scope] * pods, 0, pods) for scope in SCOPES
    }
    workload = Workload("service", "default", services, pods, seen, Seen(1, pods, 0, pods))
    name = "1 service" if services == 1 else f"{services:,} services"
    return Estate(name, (workload,), namespaces, nodes, ports, {})


def proxy_groups(estate: Estate, mesh: Mesh, scope: Scope) -> tuple[ProxyGroup, ...]:
    """All proxies that a control plane has to tell, in groups that see the same."""
    groups = [group for proxy in mesh.proxies for group in _groups(proxy, estate, scope)]
    if any(
        part.scaling is not None and part.scaling.clients == "pods" for part in mesh.control_plane
    ):
        groups += [ProxyGroup(None, w.services * w.pods, w.seen[scope]) for w in estate.workloads]
    return tuple(groups)


def _groups(proxy: Proxy, estate: Estate, scope: Scope) -> Iterable[ProxyGroup]:
    everything = _everything(estate)
    if proxy.scope == "node":
        return [ProxyGroup(proxy, estate.nodes, everything, _identities_per_node(estate))]
    if proxy.scope == "pod":
        return [ProxyGroup(proxy, w.services * w.pods, w.seen[scope]) for w in estate.workloads]
    replicas = proxy.replicas.value if proxy.replicas else 1
    if proxy.scope == "service":
        return [ProxyGroup(proxy, replicas * w.services, w.own) for w in estate.workloads]
    share = 1 / estate.namespaces
    own = Seen(
        everything.services * share,
        everything.endpoints * share,
        everything.tcp_services * share,
        everything.changed,
    )
    return [ProxyGroup(proxy, replicas * estate.namespaces, own)]


def _identities_per_node(estate: Estate) -> float:
    """Services with a pod on a node, on average, if pods go to nodes at random.

    A proxy of a node holds a certificate of each of them.
    """
    return sum(w.services * (1 - (1 - 1 / estate.nodes) ** w.pods) for w in estate.workloads)


def _everything(estate: Estate) -> Seen:
    return estate.workloads[0].seen["none"]


def _seen(services: Iterable[Service]) -> Seen:
    known = tuple(services)
    endpoints = sum(service.replicas for service in known)
    squares = sum(service.replicas**2 for service in known)
    return Seen(
        services=len(known),
        endpoints=endpoints,
        tcp_services=sum(service.protocol == "tcp" for service in known),
        changed=squares / endpoints if endpoints else 0.0,
    )

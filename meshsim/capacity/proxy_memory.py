"""Memory of the proxies of a mesh: what each has in its configuration, and what that takes.

Without scoping, the control plane sends every service to every proxy. A service is a cluster; an
HTTP or gRPC service has a virtual host with its route, a TCP service a listener; two listeners, one
each way, carry all of HTTP.
"""

from __future__ import annotations

from collections.abc import Iterable

from meshsim.model.mesh import Proxy
from meshsim.model.sourced import Sourced
from meshsim.model.topology import Service, Topology
from meshsim.physics.memory import Configuration, MemoryTerms, proxy_memory_bytes

HTTP_LISTENERS = 2
"""Of all outgoing and of all incoming connections."""


def whole_configuration(topology: Topology) -> Configuration:
    """What a proxy holds that is sent everything."""
    return configuration(topology.services)


def configuration(services: Iterable[Service]) -> Configuration:
    """What a proxy holds that is sent these services."""
    known = tuple(services)
    opaque = sum(service.protocol == "tcp" for service in known)
    return Configuration(
        clusters=len(known),
        endpoints=sum(service.replicas for service in known),
        routes=len(known) - opaque,
        listeners=HTTP_LISTENERS + opaque,
    )


def memory_bytes(proxy: Proxy, held: Configuration, connections: float) -> float:
    """Memory of one instance [bytes]."""
    workers = proxy.worker_threads.value
    return proxy_memory_bytes(memory_terms(proxy), held, connections, workers)


def memory_terms(proxy: Proxy) -> MemoryTerms:
    """What one unit of each thing takes in a proxy; terms that it does not have are 0."""
    memory = proxy.memory
    return MemoryTerms(
        base=memory.base.value,
        per_connection=memory.per_connection.value,
        per_cluster=memory.per_cluster.value,
        per_endpoint=memory.per_endpoint.value,
        per_route=_value(memory.per_route),
        per_listener=_value(memory.per_listener),
        per_cluster_per_worker=_value(memory.per_cluster_per_worker),
    )


def _value(term: Sourced[float] | None) -> float:
    return 0.0 if term is None else term.value

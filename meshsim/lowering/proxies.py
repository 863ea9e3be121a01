"""Proxies of a mesh as tables: kinds with their costs, instances with their workers, data paths."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from meshsim.lowering.program import (
    Balancing,
    FloatArray,
    Hop,
    Path,
    Placement,
    ProxyInstances,
    ProxyKinds,
    Scope,
    Segment,
    Services,
    Side,
)
from meshsim.model.mesh import Mesh, ProtocolCost, Proxy
from meshsim.model.topology import Topology

KIB = 1024.0
PASSES = 3
"""A proxy stands between two connections: none, one or both of them are encrypted."""
_SIDES = {"caller": Side.CALLER, "service": Side.SERVICE, "callee": Side.CALLEE}


def lower_path(
    mesh: Mesh, elements: tuple[str, ...], policy: int = -1, first_number: int = 0
) -> Path:
    """Cut a data path into segments at the proxies that look into requests (layer 7).

    The host is chosen by the last of them that stands before the callee's side; it also keeps the
    call policy ``policy``, a row.
    """
    segments: list[Segment] = []
    hops: list[Hop] = []
    picker = 0
    open_s = 0.0
    encrypted = _encrypted(mesh, elements)
    for place, element in enumerate(elements):
        proxy = mesh.proxy(element.partition(".")[2])
        hop = _hop(mesh, element, encrypted[place], encrypted[place + 1])
        hops.append(hop)
        if proxy.layer == 7:
            segments.append(Segment(tuple(hops), True, first_number + len(segments), open_s))
            hops = []
            open_s = _open_s(mesh, proxy, encrypted[place + 1])
            if hop.side is not Side.CALLEE:
                picker = len(segments)
    if hops or picker == len(segments):
        segments.append(Segment(tuple(hops), False, first_number + len(segments), open_s))
    return Path(tuple(segments), picker, policy if picker > 0 else -1)


def _hop(mesh: Mesh, element: str, before: bool, after: bool) -> Hop:
    """A proxy of a path, with the connections before and after it encrypted or not.

    At layer 4 both are opened with the one; at layer 7 the proxy opens those behind it on its own.
    """
    side_name, _, proxy_name = element.partition(".")
    proxy = mesh.proxy(proxy_name)
    open_s = _open_s(mesh, proxy, before)
    if proxy.layer == 4:
        open_s += _open_s(mesh, proxy, after)
    kind = [other.name for other in mesh.proxies].index(proxy_name)
    return Hop(_SIDES[side_name], kind, before + after, 2 if before else 1, open_s)


def _open_s(mesh: Mesh, proxy: Proxy, encrypted: bool) -> float:
    """CPU [s] of one end of a new connection."""
    plain, more = proxy.cost.connect, proxy.cost.handshake
    cost_s = 0.0 if plain is None else plain.value
    if encrypted and more is not None:
        cost_s += more.value
    return mesh.machine_factor.value * cost_s


def _encrypted(mesh: Mesh, elements: tuple[str, ...]) -> list[bool]:
    """Which connections of a path are encrypted, from that to its first proxy on: those of two
    proxies on different sides.
    """
    sides = [element.partition(".")[0] for element in elements]
    secret = mesh.policies.mtls != "off"
    inner = [secret and one != other for one, other in pairwise(sides)]
    return [False, *inner, False]


def lower_kinds(mesh: Mesh, topology: Topology, services: Services, nodes: int) -> ProxyKinds:
    """One row per kind of proxy."""
    proxies = mesh.proxies
    counts = [_instances_of(proxy, topology, services, nodes) for proxy in proxies]
    costs = [proxy.cost for proxy in proxies]
    factor = mesh.machine_factor.value
    return ProxyKinds(
        names=tuple(proxy.name for proxy in proxies),
        scope=np.array([Scope[proxy.scope.upper()] for proxy in proxies], dtype=np.int64),
        layer=np.array([proxy.layer for proxy in proxies], dtype=np.int64),
        workers=np.array([proxy.worker_threads.value for proxy in proxies], dtype=np.int64),
        exact_balance=np.array([p.connection_balance == "exact" for p in proxies], dtype=np.bool_),
        balancing=np.array(
            [Balancing[p.load_balancing.policy.upper()] for p in proxies], dtype=np.int64
        ),
        choices=np.array([p.load_balancing.choices for p in proxies], dtype=np.int64),
        busy_s=factor * _with_passes(proxies, topology, "busy", "per_request"),
        per_byte_s=factor / KIB * _with_passes(proxies, topology, "per_kib", "per_kib"),
        idle_scale_s=factor * _by_service(proxies, topology, "idle_scale"),
        idle_exponent=_by_service(proxies, topology, "idle_exponent"),
        request_share=np.array([cost.request_share.value for cost in costs]),
        wake_up_s=np.array([cost.wake_up_delay.value for cost in costs]),
        stall_probability=np.full(
            len(proxies), mesh.stalls.probability.value if mesh.stalls else 0.0
        ),
        stall_s=np.full(len(proxies), mesh.stalls.length.value if mesh.stalls else 0.0),
        replicas=np.array([_replicas(proxy) for proxy in proxies], dtype=np.int64),
        instance_first=np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.int64)
        if counts
        else np.zeros(0, dtype=np.int64),
    )


def _replicas(proxy: Proxy) -> int:
    return proxy.replicas.value if proxy.replicas is not None else 1


def _instances_of(proxy: Proxy, topology: Topology, services: Services, nodes: int) -> int:
    if proxy.scope == "pod":
        return int(services.pod_count.sum())
    if proxy.scope == "node":
        return nodes
    if proxy.scope == "service":
        return len(topology.services) * _replicas(proxy)
    return (int(services.namespace.max()) + 1) * _replicas(proxy)


def _by_service(proxies: tuple[Proxy, ...], topology: Topology, field: str) -> FloatArray:
    """Cost [kinds × services] by the protocol of the called service."""
    table = np.zeros((len(proxies), len(topology.services)))
    for k, proxy in enumerate(proxies):
        for s, service in enumerate(topology.services):
            table[k, s] = getattr(protocol_cost(proxy, service.protocol), field).value
    return table


def _with_passes(
    proxies: tuple[Proxy, ...], topology: Topology, plain: str, added: str
) -> FloatArray:
    """Cost [passes × kinds × services]: in plain text, filters, encryption for each pass."""
    tls = [p.cost.tls for p in proxies]
    each = np.array([0.0 if t is None else getattr(t, added).value for t in tls]).reshape(-1, 1)
    filters = np.array([_filters(proxy, added) for proxy in proxies]).reshape(-1, 1)
    encryption = np.arange(PASSES)[:, None, None] * each
    return np.asarray(_by_service(proxies, topology, plain) + filters + encryption)


def _filters(proxy: Proxy, added: str) -> float:
    """What the filters add that are on."""
    costs = [getattr(f, added) for f in proxy.cost.filters if f.enabled]
    return float(sum(cost.value for cost in costs if cost is not None))


def protocol_cost(proxy: Proxy, protocol: str) -> ProtocolCost:
    """The cost row that a proxy uses for a protocol; layer 4 proxies see opaque bytes only."""
    row = "tcp" if proxy.layer == 4 else {"grpc": "http2"}.get(protocol, protocol)
    cost: ProtocolCost | None = getattr(proxy.cost, row)
    assert cost is not None, f"validation lets no proxy without a {row} cost through"
    return cost


def lower_instances(
    kinds: ProxyKinds, services: Services, placement: Placement, stations_first: int
) -> ProxyInstances:
    """One row per running proxy; those of a service or namespace stand on the nodes in turn."""
    kind_of: list[int] = []
    node_of: list[int] = []
    nodes = len(placement.node_zone)
    for kind in range(len(kinds.names)):
        scope = Scope(kinds.scope[kind])
        if scope is Scope.POD:
            where = placement.pod_node.tolist()
        elif scope is Scope.NODE:
            where = list(range(nodes))
        else:
            owners = len(services.names)
            if scope is Scope.NAMESPACE:
                owners = int(services.namespace.max()) + 1
            where = [number % nodes for number in range(owners * int(kinds.replicas[kind]))]
        kind_of.extend([kind] * len(where))
        node_of.extend(where)
    kind_array = np.array(kind_of, dtype=np.int64)
    workers = kinds.workers[kind_array] if kind_of else np.zeros(0, dtype=np.int64)
    first = stations_first + np.concatenate([[0], np.cumsum(workers)])[: len(kind_of)]
    return ProxyInstances(
        kind=kind_array,
        node=np.array(node_of, dtype=np.int64),
        station_first=first.astype(np.int64),
    )

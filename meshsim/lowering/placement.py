"""Pods onto nodes, as a scheduler that spreads would do it.

Each pod goes to the next of its service's zones in turn, and there to the node with the most CPU
left by requests; ties go to the node with the fewest pods, then the lowest number. Only the
application's requests count, so that all meshes of a comparison place the pods alike. A pod that
fits nowhere goes to the node with the most CPU left all the same: ``meshsim check`` says so, and
the plan of nodes is made by :mod:`meshsim.capacity`, not here.
"""

from __future__ import annotations

import numpy as np

from meshsim.lowering.program import FloatArray, IntArray, Placement
from meshsim.model.topology import Network, NodePool, Service, Topology


def place(topology: Topology) -> Placement:
    """Nodes and zones numbered, every pod on a node."""
    zones = zone_names(topology.nodes)
    node_pool, node_zone = _nodes(topology.nodes, zones)
    free_cores = np.array(
        [topology.nodes[p].cores - topology.nodes[p].reserved_cpu for p in node_pool]
    )
    pods_on = np.zeros(len(node_pool), dtype=np.int64)
    pod_service: list[int] = []
    pod_node: list[int] = []
    for index, service in enumerate(topology.services):
        request_cores = requested_cores(service)
        for replica in range(service.replicas):
            wanted = service.zones or zones
            zone = zones.index(wanted[replica % len(wanted)])
            node = _freest(free_cores, pods_on, node_zone, zone)
            free_cores[node] -= request_cores
            pods_on[node] += 1
            pod_service.append(index)
            pod_node.append(node)
    pod_cores = [
        _pod_cores(topology.services[s], topology.nodes[node_pool[n]])
        for s, n in zip(pod_service, pod_node, strict=True)
    ]
    return Placement(
        pod_service=np.array(pod_service, dtype=np.int64),
        pod_node=np.array(pod_node, dtype=np.int64),
        pod_cores=np.array(pod_cores, dtype=np.float64),
        node_zone=node_zone,
        node_pool=node_pool,
        zones=zones,
        same_node_s=topology.network.same_node,
        zone_round_trip_s=_round_trips(topology.network, zones),
        client_round_trip_s=topology.network.client,
        bandwidth_bytes_per_s=topology.network.bandwidth,
    )


def requested_cores(service: Service) -> float:
    """CPU request of one pod [cores]: the request, else the limit, else 0, as Kubernetes does."""
    resources = service.resources
    return resources.requests.cpu or resources.limits.cpu or 0.0


def _pod_cores(service: Service, pool: NodePool) -> float:
    """CPU that one pod can use: its limit, and never more than its node has."""
    limit_cores = service.resources.limits.cpu
    return pool.cores if limit_cores is None else min(limit_cores, pool.cores)


def zone_names(pools: tuple[NodePool, ...]) -> tuple[str, ...]:
    """All zones of the node pools, in order of appearance."""
    return tuple(dict.fromkeys(zone for pool in pools for zone in pool.zones))


def _nodes(pools: tuple[NodePool, ...], zones: tuple[str, ...]) -> tuple[IntArray, IntArray]:
    node_pool = [index for index, pool in enumerate(pools) for _ in range(pool.count)]
    node_zone = [
        zones.index(pool.zones[number % len(pool.zones)])
        for pool in pools
        for number in range(pool.count)
    ]
    return np.array(node_pool, dtype=np.int64), np.array(node_zone, dtype=np.int64)


def _freest(free_cores: FloatArray, pods_on: IntArray, node_zone: IntArray, zone: int) -> int:
    candidates = np.flatnonzero(node_zone == zone)
    if len(candidates) == 0:  # a zone of a pool with fewer nodes than zones
        candidates = np.arange(len(free_cores))
    order = np.lexsort((candidates, pods_on[candidates], -free_cores[candidates]))
    return int(candidates[order[0]])


def _round_trips(network: Network, zones: tuple[str, ...]) -> FloatArray:
    matrix = np.full((len(zones), len(zones)), network.between_zones)
    np.fill_diagonal(matrix, network.same_zone)
    for pair in network.zone_pairs:
        a, b = zones.index(pair.zones[0]), zones.index(pair.zones[1])
        matrix[a, b] = matrix[b, a] = pair.round_trip
    return matrix

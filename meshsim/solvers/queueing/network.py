"""Time on the wire of a call, there and back, in the mean over where its pods stand.

A call leaves the caller's node, may pass through a proxy of the called service (a waypoint), and
ends at the callee's node; between two of these it takes a round trip and, between different nodes,
the bytes over the bandwidth. Pods of both sides are taken to be chosen independently.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from meshsim.lowering.program import FloatArray, IntArray, Path, Program, Scope, Side
from meshsim.solvers.queueing.arrays import totals
from meshsim.solvers.queueing.passages import Links


@dataclass(frozen=True)
class Places:
    """Where something stands: nodes with probabilities, one row per owner."""

    nodes: sparse.csr_matrix
    zones: FloatArray


def network_s(program: Program, calls: Links) -> tuple[FloatArray, FloatArray]:
    """Mean [s] and variance [s²] of the time on the wire of each link."""
    mean, variance = np.zeros(len(calls.callee)), np.zeros(len(calls.callee))
    pods = _pods(program)
    for path, part in calls.path_of(program):
        before: tuple[Places, IntArray] | None = None  # clients stand nowhere
        if part.start == 0:
            before = (pods, calls.caller[part])
        size = calls.request_bytes[part] + calls.response_bytes[part]
        for after in _stops(program, path, pods, calls.callee[part]):
            if before is None:
                mean[part] += program.placement.client_round_trip_s
            else:
                one, two = _leg(program, before, after, size)
                mean[part] += one
                variance[part] += np.maximum(two - one**2, 0.0)
            before = after
    return mean, variance


def _stops(
    program: Program, path: Path, pods: Places, callee: IntArray
) -> list[tuple[Places, IntArray]]:
    """The places at which a call changes sides."""
    stops: list[tuple[Places, IntArray]] = []
    side = Side.CALLER
    for hop in (hop for segment in path.segments for hop in segment.hops):
        if hop.side != side and hop.side == Side.SERVICE:
            stops.append((_replicas(program, hop.kind), _owner(program, hop.kind, callee)))
        elif hop.side != side:
            stops.append((pods, callee))
        side = hop.side
    if side != Side.CALLEE:
        stops.append((pods, callee))
    return stops


def _leg(
    program: Program,
    start: tuple[Places, IntArray],
    end: tuple[Places, IntArray],
    size_bytes: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """First two moments of a leg, there and back."""
    placement = program.placement
    trip = placement.zone_round_trip_s
    from_node, to_node = start[0].nodes[start[1]], end[0].nodes[end[1]]
    together = from_node.multiply(to_node).tocsr()
    same = np.asarray(together.sum(axis=1)).ravel()
    inside = np.diag(trip)[placement.node_zone]
    wire = size_bytes / placement.bandwidth_bytes_per_s
    moments = []
    for k in (1, 2):
        apart = trip[None, :, :] if k == 1 else (trip[None, :, :] + wire[:, None, None]) ** 2
        every = np.einsum(
            "lz,lzy,ly->l",
            start[0].zones[start[1]],
            np.broadcast_to(apart, (len(wire), *trip.shape)),
            end[0].zones[end[1]],
        )
        if k == 1:
            here = np.asarray(together @ inside).ravel()
            moments.append(every - here + wire * (1 - same) + same * placement.same_node_s)
        else:
            here = np.asarray(together @ inside**2).ravel()
            here += 2 * wire * np.asarray(together @ inside).ravel() + wire**2 * same
            moments.append(every - here + same * placement.same_node_s**2)
    return moments[0], moments[1]


def _pods(program: Program) -> Places:
    """The pods of each service."""
    placement = program.placement
    weight = 1 / program.services.pod_count[placement.pod_service]
    return _places(
        program, placement.pod_service, placement.pod_node, weight, len(program.services.names)
    )


def _replicas(program: Program, kind: int) -> Places:
    """The replicas of each owner of a kind of proxy."""
    kinds, instances = program.kinds, program.instances
    mine = np.flatnonzero(instances.kind == kind)
    replicas = int(kinds.replicas[kind])
    owner = np.arange(len(mine)) // replicas
    weight = np.full(len(mine), 1 / replicas)
    return _places(program, owner, instances.node[mine], weight, int(owner[-1]) + 1)


def _owner(program: Program, kind: int, callee: IntArray) -> IntArray:
    if program.kinds.scope[kind] == Scope.NAMESPACE:
        return program.services.namespace[callee]
    return callee


def _places(
    program: Program, owner: IntArray, node: IntArray, weight: FloatArray, count: int
) -> Places:
    placement = program.placement
    nodes = sparse.csr_matrix((weight, (owner, node)), shape=(count, len(placement.node_zone)))
    zones = len(placement.zones)
    by_zone = totals(owner * zones + placement.node_zone[node], weight, count * zones)
    return Places(nodes, by_zone.reshape(count, zones))

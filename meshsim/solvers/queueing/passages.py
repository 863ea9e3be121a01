"""Passages through proxies: which calls meet which instances, at what cost.

A *link* is a call site or an entry point. A call visits each hop of its path twice, on the way in
and on the way back. Pods of a service are taken to send and receive equal shares of its calls, and
replicas of a proxy to share alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from meshsim.lowering.program import FloatArray, Hop, IntArray, Path, Program, Scope, Side
from meshsim.solvers.queueing.arrays import totals


@dataclass(frozen=True)
class Links:
    """All calls of a program: its call sites, then its entry points."""

    caller: IntArray
    """Calling service; -1 for clients."""
    callee: IntArray
    """Called service."""
    endpoint: IntArray
    """Called endpoint."""
    request_bytes: FloatArray
    response_bytes: FloatArray
    sites: int
    """Number of call sites, which take the inside path; the rest takes the entry path."""

    def path_of(self, program: Program) -> tuple[tuple[Path, slice], ...]:
        """The two paths with the links that take them."""
        inside, entry = slice(0, self.sites), slice(self.sites, len(self.callee))
        return (program.inside, inside), (program.entry, entry)


def links(program: Program, row_endpoint: IntArray, site_row: IntArray) -> Links:
    """The links of a program."""
    steps, endpoints, load = program.steps, program.endpoints, program.load
    endpoint = np.concatenate([steps.call_endpoint, load.entry_endpoint])
    outside = np.full(len(load.entry_endpoint), -1, dtype=np.int64)
    return Links(
        caller=np.concatenate([endpoints.service[row_endpoint[site_row]], outside]),
        callee=endpoints.service[endpoint],
        endpoint=endpoint,
        request_bytes=np.concatenate(
            [steps.call_request_bytes, endpoints.request_bytes[load.entry_endpoint]]
        ),
        response_bytes=np.concatenate(
            [steps.call_response_bytes, endpoints.response_bytes[load.entry_endpoint]]
        ),
        sites=len(steps.call_endpoint),
    )


@dataclass(frozen=True)
class ProxyLoad:
    """What an instance of a proxy has to do, without the idle cost."""

    passages_per_s: FloatArray
    """Passages [instances]."""
    busy_s: FloatArray
    """Mean CPU of a passage at saturation [instances]."""
    visit_s2: FloatArray
    """Mean square of the CPU of a visit [instances]."""
    visit_s3: FloatArray
    """Mean cube of the CPU of a visit [instances]."""
    idle_scale_s: FloatArray
    """Mean scale of the idle cost over the passages [instances]."""
    idle_exponent: FloatArray
    """Its exponent, each passage counting by its scale [instances]."""


def hop_cost_s(program: Program, calls: Links, part: slice, hop: Hop) -> FloatArray:
    """CPU of a passage of each link through a hop, at saturation [links of the part]."""
    kinds = program.kinds
    size = calls.request_bytes[part] + calls.response_bytes[part]
    callee = calls.callee[part]
    busy_s, per_byte_s = (
        table[hop.passes, hop.kind, callee] for table in (kinds.busy_s, kinds.per_byte_s)
    )
    return np.asarray(busy_s + per_byte_s * size)


def proxy_load(program: Program, calls: Links, link_per_s: FloatArray) -> ProxyLoad:
    """The work of all proxies when calls come at ``link_per_s``."""
    sums = np.zeros((6, len(program.instances.kind)))
    for path, part in calls.path_of(program):
        rate = link_per_s[part]
        for hop in (hop for segment in path.segments for hop in segment.hops):
            cost = hop_cost_s(program, calls, part, hop)
            share = float(program.kinds.request_share[hop.kind])
            scale = rate * program.kinds.idle_scale_s[hop.kind, calls.callee[part]]
            columns = [rate] + [
                rate * cost**k * (share**k + (1 - share) ** k) / (1 if k == 1 else 2)
                for k in (1, 2, 3)
            ]
            columns += [scale, scale * program.kinds.idle_exponent[hop.kind, calls.callee[part]]]
            _spread(program, calls, part, hop, np.array(columns), sums)
    passages = sums[0]
    each = sums[1:] / np.maximum(passages, 1e-300)
    exponent = sums[5] / np.maximum(sums[4], 1e-300)
    return ProxyLoad(passages, each[0], each[1], each[2], each[3], exponent)


def standing_at(calls: Links, part: slice, hop: Hop) -> IntArray:
    """The service whose pods decide which instance a link meets at a hop."""
    return calls.caller[part] if hop.side == Side.CALLER else calls.callee[part]


def _spread(
    program: Program, calls: Links, part: slice, hop: Hop, columns: FloatArray, sums: FloatArray
) -> None:
    """Add columns [quantities × links] to the instances that the links meet."""
    services = len(program.services.names)
    where = standing_at(calls, part, hop)
    by_service = np.array([totals(where, column, services) for column in columns])
    first = int(program.kinds.instance_first[hop.kind])
    added = np.array([_to_instances(program, hop.kind, values) for values in by_service])
    sums[:, first : first + added.shape[1]] += added


def _to_instances(program: Program, kind: int, by_service: FloatArray) -> FloatArray:
    """A quantity per service, dealt out to the instances of a kind."""
    placement, services = program.placement, program.services
    scope, replicas = program.kinds.scope[kind], int(program.kinds.replicas[kind])
    if scope in {Scope.POD, Scope.NODE}:
        per_pod = (by_service / services.pod_count)[placement.pod_service]
        if scope == Scope.POD:
            return np.asarray(per_pod)
        return totals(placement.pod_node, per_pod, len(placement.node_zone))
    if scope == Scope.NAMESPACE:
        by_service = totals(services.namespace, by_service, int(services.namespace.max()) + 1)
    return np.repeat(by_service / replicas, replicas)


def from_instances(program: Program, kind: int, by_instance: FloatArray) -> FloatArray:
    """A quantity per instance of a kind, averaged over the instances that a service's pods meet."""
    placement, services = program.placement, program.services
    scope, replicas = program.kinds.scope[kind], int(program.kinds.replicas[kind])
    count = len(services.names)
    first = int(program.kinds.instance_first[kind])
    if scope in {Scope.POD, Scope.NODE}:
        index = placement.pod_node if scope == Scope.NODE else np.arange(program.pods)
        sums = totals(placement.pod_service, by_instance[first + index], count)
        return np.asarray(sums / services.pod_count)
    owners = np.arange(count) if scope == Scope.SERVICE else services.namespace
    return np.asarray(by_instance[first + owners * replicas])

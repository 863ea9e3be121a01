"""CPU and memory, used and set aside, of the application, the proxies and the control plane."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from meshsim.capacity import proxy_memory
from meshsim.capacity.control_plane import quiet_changes
from meshsim.capacity.control_plane_use import ComponentUse, component_use
from meshsim.capacity.estate import estate_of, proxy_groups
from meshsim.capacity.footprint import Containers, Footprint
from meshsim.lowering.program import IntArray, Program
from meshsim.model.mesh import Proxy
from meshsim.model.scenario import Scenario
from meshsim.model.topology import Service
from meshsim.stats import FloatArray, Interval, mean_interval
from meshsim.studies.result import UsageRow, Value
from meshsim.studies.sections import Readings, Sections


def usage_rows(
    scenario: Scenario,
    program: Program,
    sections: Readings,
    footprint: Footprint,
    nodes: int,
    confidence: float,
) -> tuple[UsageRow, ...]:
    """One row per service, per kind of proxy and per part of the control plane."""
    busy = np.array(sections.busy_cores())
    containers = {(c.owner, c.name): c for c in footprint.containers}
    rows = [
        _service_row(number, service, program, busy, containers["app", service.name], confidence)
        for number, service in enumerate(scenario.topology.services)
    ]
    held = proxy_memory.whole_configuration(scenario.topology)
    for kind, proxy in enumerate(scenario.mesh.proxies):
        opened = _connections(kind, program, sections)
        memory_bytes = proxy_memory.memory_bytes(proxy, held, opened)
        container = containers["proxy", proxy.name]
        count = nodes if container.on == "node" else container.count
        rows.append(
            _proxy_row(kind, proxy, program, busy, container, count, memory_bytes, confidence)
        )
    estate = estate_of(scenario.topology)
    groups, changes = proxy_groups(estate, scenario.mesh, "none"), quiet_changes(estate)
    for part in scenario.mesh.control_plane:
        container = containers["control_plane", part.name]
        most = part.resources.limits.cpu or scenario.topology.nodes[0].cores
        use = component_use(part, estate, groups, changes, container.count or None, most)
        rows.append(_control_plane_row(use, container, nodes, confidence))
    return tuple(rows)


def proxy_instances(program: Program, kind: int) -> IntArray:
    """The instances of one kind of proxy."""
    return np.flatnonzero(program.instances.kind == kind).astype(np.int64)


def _service_row(
    number: int,
    service: Service,
    program: Program,
    busy: FloatArray,
    container: Containers,
    confidence: float,
) -> UsageRow:
    first = int(program.services.pod_first[number])
    pods = slice(first, first + service.replicas)
    used = busy[:, pods]
    cores = program.placement.pod_cores[pods]
    memory_bytes = (
        container.request.memory_bytes if service.working_set is None else service.working_set
    )
    return UsageRow(
        owner="app",
        name=service.name,
        instances=service.replicas,
        cpu_used=_interval(used.sum(axis=1), confidence),
        cpu_requested=container.request.cpu_cores * container.count,
        memory_used=memory_bytes * service.replicas,
        memory_requested=container.request.memory_bytes * container.count,
        cpu_used_busiest=float(used.mean(axis=0).max()),
        utilisation=float(used.sum(axis=1).mean() / cores.sum()),
        utilisation_busiest=float((used.mean(axis=0) / cores).max()),
        memory_is_request=service.working_set is None,
    )


def _proxy_row(
    kind: int,
    proxy: Proxy,
    program: Program,
    busy: FloatArray,
    container: Containers,
    count: int,
    memory_bytes: float,
    confidence: float,
) -> UsageRow:
    """``count`` instances; those of a proxy per node are the planned nodes, which may be fewer than
    the nodes of the simulation. ``memory_bytes`` is the mean of one instance.
    """
    instances = proxy_instances(program, kind)
    workers = int(program.kinds.workers[kind])
    first = program.instances.station_first[instances]
    stations = first[:, None] + np.arange(workers)
    used = busy[:, stations]
    return UsageRow(
        owner="proxy",
        name=proxy.name,
        instances=count,
        cpu_used=_interval(used.sum(axis=(1, 2)), confidence),
        cpu_requested=container.request.cpu_cores * count,
        memory_used=memory_bytes * count,
        memory_requested=container.request.memory_bytes * count,
        cpu_used_busiest=float(used.mean(axis=0).sum(axis=1).max()),
        utilisation=float(used.mean()),
        utilisation_busiest=float(used.mean(axis=0).max()),
    )


def _connections(kind: int, program: Program, sections: Readings) -> float:
    """Mean number of connections of an instance of a kind, of those that the runs opened."""
    instances = proxy_instances(program, kind)
    return float(np.mean([each[instances].mean() for each in sections.connections()]))


def _control_plane_row(
    use: ComponentUse, container: Containers, nodes: int, confidence: float
) -> UsageRow:
    count = nodes if container.on == "node" else container.count
    each = use.cpu_cores
    cpu_used = Interval(
        each.estimate * count, each.low * count, each.high * count, confidence, observations=0
    )
    return UsageRow(
        owner="control_plane",
        name=container.name,
        instances=count,
        cpu_used=cpu_used,
        cpu_requested=container.request.cpu_cores * count,
        memory_used=use.memory_bytes.estimate * count,
        memory_requested=container.request.memory_bytes * count,
        cpu_used_busiest=each.estimate,
        utilisation=None,
        utilisation_busiest=None,
    )


def _interval(per_replication: FloatArray, confidence: float) -> Value:
    return mean_interval([np.array([value]) for value in per_replication], confidence)


def simulated_cpu(program: Program, sections: Sections) -> Sequence[float]:
    """CPU used by all simulated stations, one value per replication, or per section [cores]."""
    return [float(used.sum()) for used in sections.busy_cores()]

"""Rules of a topology that one field alone cannot break.

A fault here means that the topology cannot be simulated or that what is written cannot be meant;
what can be simulated but is unwise is a finding (:mod:`meshsim.model.findings`). Rules about names
stand in :mod:`meshsim.model.references`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from meshsim import units
from meshsim.model.callgraph import CallGraph, EndpointKey, call_graph, call_steps, target, written
from meshsim.model.faults import Fault
from meshsim.model.flows import calls_per_request, pools_of
from meshsim.model.load import ScheduleArrivals, TraceArrivals
from meshsim.model.nodes import Location
from meshsim.model.slo import parse_objective
from meshsim.model.topology import (
    NodePool,
    ResourceAmounts,
    Resources,
    Service,
    Topology,
)

CALLS_PER_REQUEST_MAX = 1_000_000
"""More calls than this below one request from outside are refused."""

_ENDLESS_FROM = 1 - 1e-9  # eigenvalues of a cycle come with rounding errors


def value_faults(topology: Topology) -> Iterator[Fault]:
    """Values that contradict each other; no name is followed."""
    for index, service in enumerate(topology.services):
        resources: Location = ("services", index, "resources")
        yield from limit_faults(service.resources.requests, service.resources.limits, resources)
    for index, pool in enumerate(topology.nodes):
        yield from _pool_faults(pool, ("nodes", index))
    yield from _arrival_faults(topology)
    yield from _objective_faults(topology)


def system_faults(topology: Topology) -> Iterator[Fault]:
    """Pods that fit nowhere and calls that never end, in a topology that is right otherwise."""
    for index, service in enumerate(topology.services):
        yield from _fit_faults(topology, service, ("services", index))
    yield from _call_faults(topology)


def limit_faults(
    requests: ResourceAmounts, limits: ResourceAmounts, location: Location
) -> Iterator[Fault]:
    """Limits of a container that lie below its requests; ``location`` is that of both."""
    for name, low, high, text in (
        ("cpu", limits.cpu, requests.cpu, units.print_cpu),
        ("memory", limits.memory, requests.memory, units.print_memory),
    ):
        if low is not None and high is not None and low < high:
            rule = f"a limit must not lie below the request, which is {text(high)!r}"
            cure = "raise the limit or lower the request"
            yield Fault((*location, "limits", name), rule, text(low), cure)


def requested(resources: Resources) -> ResourceAmounts:
    """What the scheduler sets aside: the requests, or the limits where there are none."""
    requests, limits = resources.requests, resources.limits
    return ResourceAmounts.model_construct(
        cpu=limits.cpu if requests.cpu is None else requests.cpu,
        memory=limits.memory if requests.memory is None else requests.memory,
    )


def _fit_faults(topology: Topology, service: Service, location: Location) -> Iterator[Fault]:
    """Requests of a pod that no single node can set aside."""
    pools = pools_of(topology, service)
    amounts = requested(service.resources)
    cpu, memory = amounts.cpu or 0.0, amounts.memory or 0.0
    if any(cpu <= _cpu(pool) and memory <= _memory(pool) for pool in pools):
        return
    cpu_max, memory_max = max(map(_cpu, pools)), max(map(_memory, pools))
    rule = f"a pod must fit on one node, which can set aside {_amounts(cpu_max, memory_max)}"
    which = "requests" if service.resources.requests != ResourceAmounts() else "limits"
    cure = "ask for less or use larger nodes"
    yield Fault((*location, "resources", which), rule, _amounts(cpu, memory), cure)


def _amounts(cpu_cores: float, memory_bytes: float) -> str:
    parts = [f"{units.show_cpu(cpu_cores)} CPU"] if cpu_cores else []
    parts += [f"{units.show_memory(memory_bytes)} of memory"] if memory_bytes else []
    return " and ".join(parts)


def _cpu(pool: NodePool) -> float:
    return pool.cores - pool.reserved_cpu


def _memory(pool: NodePool) -> float:
    return pool.memory - pool.reserved_memory


def _pool_faults(pool: NodePool, location: Location) -> Iterator[Fault]:
    cure = "reserve less or use larger nodes"
    if _cpu(pool) <= 0:
        rule = f"must leave some of the node's {units.print_cpu(pool.cores)} cores"
        value = units.print_cpu(pool.reserved_cpu)
        yield Fault((*location, "reserved_cpu"), rule, value, cure)
    if _memory(pool) <= 0:
        rule = f"must leave some of the node's {units.print_memory(pool.memory)} of memory"
        value = units.print_memory(pool.reserved_memory)
        yield Fault((*location, "reserved_memory"), rule, value, cure)


def _arrival_faults(topology: Topology) -> Iterator[Fault]:
    location: Location = ("load", "arrivals")
    match topology.load.arrivals:
        case ScheduleArrivals() as schedule:
            yield from _schedule_faults(schedule, (*location, "points"))
        case TraceArrivals() as trace:
            yield from _trace_faults(trace, (*location, "times"))
        case _:
            return


def _schedule_faults(schedule: ScheduleArrivals, location: Location) -> Iterator[Fault]:
    points = schedule.points
    if points[0].at != 0:
        value = units.print_duration(points[0].at)
        rule = "the first point of a schedule is at '0s'"
        yield Fault((*location, 0, "at"), rule, value, "add a point at '0s' before it")
    for index in range(1, len(points)):
        if points[index].at <= points[index - 1].at:
            before = units.print_duration(points[index - 1].at)
            rule = f"must be later than the point before, which is at {before!r}"
            value = units.print_duration(points[index].at)
            yield Fault((*location, index, "at"), rule, value, "put the points in order of time")
    if all(point.rate == 0 for point in points):
        yield Fault(location, "some rate must be more than zero", "", "give a point a rate")


def _trace_faults(trace: TraceArrivals, location: Location) -> Iterator[Fault]:
    times = trace.times
    for index in range(1, len(times)):
        if times[index] < times[index - 1]:
            before = units.print_duration(times[index - 1])
            rule = f"must not be earlier than the time before, {before!r}"
            value = units.print_duration(times[index])
            yield Fault((*location, index), rule, value, "sort the times")
            return  # one unsorted list is one fault
    if times[-1] == 0:
        rule = "a recording lasts longer than zero"
        yield Fault(location, rule, "", "let the last arrival be later than '0s'")


def _objective_faults(topology: Topology) -> Iterator[Fault]:
    for key, texts in topology.slo.items():
        for index, text in enumerate(texts):
            try:
                parse_objective(text)
            except units.UnitError as error:
                yield Fault(("slo", key, index), error.rule, error.value, error.cure)


def _call_faults(topology: Topology) -> Iterator[Fault]:
    """Calls that never end, or that end only after more than can be simulated."""
    graph = call_graph(topology)
    endless = [c for c in graph.cyclic if graph.growth(c) >= _ENDLESS_FROM]
    for component in endless:
        yield _endless(topology, graph, component)
    if endless:
        return
    calls = calls_per_request(topology)
    if calls > CALLS_PER_REQUEST_MAX or math.isnan(calls):
        rule = f"a request may lead to at most {CALLS_PER_REQUEST_MAX:,} calls in the mean"
        yield Fault(
            ("services",), rule, f"{calls:,.0f}", "lower the counts along the chain of calls"
        )


def _endless(topology: Topology, graph: CallGraph, component: tuple[EndpointKey, ...]) -> Fault:
    cycle = graph.cycle(component)
    way = " → ".join(written(key) for key in cycle)
    rule = "calls in a cycle must die out, each run through it leading to less than one more"
    cure = "give a call of the cycle a lower probability, or take it out"
    return Fault(call_location(topology, cycle[0], cycle[1]), rule, way, cure)


def call_location(topology: Topology, caller: EndpointKey, callee: EndpointKey) -> Location:
    """Where the first call from one endpoint to the other stands, its key ``call`` included."""
    services = {service.name: index for index, service in enumerate(topology.services)}
    service = topology.services[services[caller[0]]]
    index = [endpoint.name for endpoint in service.endpoints].index(caller[1])
    above: Location = ("services", services[caller[0]], "endpoints", index, "steps")
    for location, step in call_steps(service.endpoints[index].steps, above):
        if target(step.call) == callee and step.probability > 0:
            return (*location, "call")
    raise AssertionError(f"{caller} does not call {callee}")

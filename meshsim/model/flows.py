"""Flows of a topology in the mean: executions, calls and CPU per request and per second.

With ``s`` the shares of the entry points and ``W`` the expected calls per execution
(:mod:`meshsim.model.callgraph`), the expected executions per request from outside solve

    v = s + Wᵀ v

which is solved component by component, callers first, so that only cycles need linear algebra.
CPU follows from the utilisation law (P. Denning and J. Buzen, "The operational analysis of queueing
network models", ACM Computing Surveys 10 (1978) 225-261): cores = rate × visits × CPU per
execution. Errors and time-outs are left out, which cut work short, and so are retries, which
repeat it. So is the CPU of proxies, which depends on the mesh.

Open load offers its rate, at the highest point of a schedule. Closed load is taken at its
optimistic bound, users / (think time + time of an answer without any waiting).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from meshsim.model.call_policy import patience_s
from meshsim.model.callgraph import CallGraph, EndpointKey, call_graph, target
from meshsim.model.distribution import Constant, Distribution, Empirical
from meshsim.model.load import (
    ClosedArrivals,
    ConstantArrivals,
    PacedArrivals,
    PoissonArrivals,
    ScheduleArrivals,
    TraceArrivals,
)
from meshsim.model.topology import (
    CallStep,
    ComputeStep,
    Endpoint,
    NodePool,
    ParallelStep,
    Service,
    Step,
    Topology,
    WaitStep,
)

_RELATIVE_PRECISION = 1e-12
_ROUNDS_MAX = 1_000


@dataclass(frozen=True)
class Edge:
    """The calls from one endpoint (None: from outside) to another."""

    caller: EndpointKey | None
    callee: EndpointKey
    per_request: float
    """Expected calls per request from outside."""
    per_second: float
    """Expected calls per second at the peak rate [1/s]."""


@dataclass(frozen=True)
class ServiceEdge:
    """The calls from one service (None: from outside) to another, over all their endpoints."""

    caller: str | None
    callee: str
    per_request: float
    """Expected calls per request from outside."""
    per_second: float
    """Expected calls per second at the peak rate [1/s]."""


def entry_shares(topology: Topology) -> dict[EndpointKey, float]:
    """Share of the requests from outside that each entry point gets; they sum to one."""
    total = math.fsum(entry.weight for entry in topology.load.entries)
    return {target(entry.to): entry.weight / total for entry in topology.load.entries}


def visits(topology: Topology) -> dict[EndpointKey, float]:
    """Expected executions of each endpoint per request from outside; 0 for those never reached.

    The calls must all name an endpoint and die out, which validation has seen to.
    """
    graph = call_graph(topology)
    shares = entry_shares(topology)
    found = {key: shares.get(key, 0.0) for key in graph.calls}
    for component in reversed(graph.components):
        if graph.is_cyclic(component):
            inflow = np.array([found[key] for key in component])
            matrix = np.eye(len(component)) - graph.weights(component).T
            solution = np.linalg.solve(matrix, inflow)
            found.update(zip(component, solution.tolist(), strict=True))
        inside = set(component)
        for caller in component:
            for callee, calls in graph.calls[caller].items():
                if callee not in inside:
                    found[callee] += found[caller] * calls
    return found


def calls_per_request(topology: Topology) -> float:
    """Expected calls between endpoints per request from outside."""
    return sum(visits(topology).values()) - 1.0


def edges(topology: Topology) -> tuple[Edge, ...]:
    """All pairs of endpoints with calls, requests from outside first; never-reached callers too."""
    rate = peak_rate(topology)
    executions = visits(topology)
    outside = [
        Edge(None, callee, share, share * rate) for callee, share in entry_shares(topology).items()
    ]
    inside = [
        Edge(caller, callee, executions[caller] * calls, executions[caller] * calls * rate)
        for caller, callees in call_graph(topology).calls.items()
        for callee, calls in callees.items()
    ]
    return (*outside, *inside)


def service_edges(topology: Topology) -> tuple[ServiceEdge, ...]:
    """The edges between services, in the order in which :func:`edges` first meets them."""
    rate = peak_rate(topology)
    per_request: dict[tuple[str | None, str], float] = {}
    for edge in edges(topology):
        pair = (edge.caller[0] if edge.caller else None, edge.callee[0])
        per_request[pair] = per_request.get(pair, 0.0) + edge.per_request
    return tuple(
        ServiceEdge(caller, callee, calls, calls * rate)
        for (caller, callee), calls in per_request.items()
    )


def cpu_per_request(topology: Topology) -> dict[str, float]:
    """Expected CPU time that a request from outside takes in each service [s]."""
    executions = visits(topology)
    return {
        service.name: math.fsum(
            executions[service.name, endpoint.name] * _compute_s(endpoint.steps)
            for endpoint in service.endpoints
        )
        for service in topology.services
    }


def offered_cpu(topology: Topology) -> dict[str, float]:
    """CPU that the load asks of each service at its peak rate [cores], proxies not included."""
    rate = peak_rate(topology)
    return {
        name: rate * cpu_s if cpu_s > 0 else 0.0
        for name, cpu_s in cpu_per_request(topology).items()
    }


def utilisation(topology: Topology) -> dict[str, float]:
    """Offered CPU over the CPU that a service's pods can get; 1 and more is an overload.

    For closed load this is the optimistic bound: users who wait for answers offer less.
    """
    offered = offered_cpu(topology)
    return {s.name: offered[s.name] / cpu_capacity(topology, s) for s in topology.services}


def cpu_capacity(topology: Topology, service: Service) -> float:
    """Cores that the pods of a service can use together.

    Replicas × CPU limit; pods without a limit share the nodes they may stand on, each at most one
    whole node.
    """
    pools = pools_of(topology, service)
    all_nodes = math.fsum(pool.cores * pool.count for pool in pools)
    per_pod = max(pool.cores for pool in pools)
    if service.resources.limits.cpu is not None:
        per_pod = min(per_pod, service.resources.limits.cpu)
    return min(service.replicas * per_pod, all_nodes)


def pools_of(topology: Topology, service: Service) -> tuple[NodePool, ...]:
    """The node pools that have a node in a zone of the service."""
    zones = set(service.zones)
    return tuple(p for p in topology.nodes if not zones or zones.intersection(node_zones(p)))


def node_zones(pool: NodePool) -> tuple[str, ...]:
    """The zones in which a pool has a node: it deals its nodes to its zones in turn."""
    return pool.zones[: pool.count]


def peak_rate(topology: Topology) -> float:
    """Requests per second from outside [1/s], at the highest point of a schedule.

    A recording counts with its mean rate, closed load with its optimistic bound, which is infinite
    if users neither think nor wait.
    """
    arrivals = topology.load.arrivals
    match arrivals:
        case PoissonArrivals() | ConstantArrivals() | PacedArrivals():
            return arrivals.rate
        case ScheduleArrivals():
            return max(point.rate for point in arrivals.points)
        case TraceArrivals():
            return len(arrivals.times) / arrivals.times[-1]
        case ClosedArrivals():
            cycle_s = arrivals.think.mean + _answer_s(topology)
            return arrivals.users / cycle_s if cycle_s > 0 else math.inf


def unloaded_time(topology: Topology) -> dict[EndpointKey, float]:
    """Mean time from admission to reply of each endpoint when nothing ever waits [s].

    A lower bound of the true mean: branches in parallel count with the largest of their means, and
    each call with the shortest round trip of the network and without proxies. A call that is given
    up before its mean time counts with what its caller waits, and ends an endpoint that needs it;
    there the true mean may be less, if the call's time is random.
    """
    return _times(topology, lambda distribution: distribution.mean, _expected_calls)


def least_time(topology: Topology) -> dict[EndpointKey, float]:
    """Time below which no execution of an endpoint can stay [s]: what is constant and certain."""
    return _times(topology, _least, _certain_calls)


def shortest_round_trip(topology: Topology) -> float:
    """The shortest round trip between two pods that the network knows [s]."""
    network = topology.network
    pairs = [pair.round_trip for pair in network.zone_pairs]
    return min(network.same_node, network.same_zone, network.between_zones, *pairs)


def _answer_s(topology: Topology) -> float:
    times = unloaded_time(topology)
    shares = entry_shares(topology)
    answer_s = topology.network.client + math.fsum(times[key] * shares[key] for key in shares)
    return min(answer_s, patience_s(topology.load.timeout, topology.load.retries))


def _compute_s(steps: tuple[Step, ...]) -> float:
    """Mean CPU time of one run through ``steps`` [s], calls not included."""
    total = 0.0
    for step in steps:
        if isinstance(step, ComputeStep):
            total += step.compute.mean
        elif isinstance(step, ParallelStep):
            total += math.fsum(
                _compute_s(branch if isinstance(branch, tuple) else (branch,))
                for branch in step.parallel
            )
    return total


def _least(distribution: Distribution) -> float:
    match distribution:
        case Constant():
            return distribution.mean
        case Empirical():
            return min(distribution.values)
        case _:
            return 0.0


def _expected_calls(step: CallStep) -> float:
    return step.count * step.probability


def _certain_calls(step: CallStep) -> float:
    return step.count if step.probability == 1 else 0


def _times(
    topology: Topology,
    duration: Callable[[Distribution], float],
    number: Callable[[CallStep], float],
) -> dict[EndpointKey, float]:
    """Fixed point of "time = own steps + calls × (round trip + callee's time)", callees first.

    Iteration from zero rises to it, because the calls die out.
    """
    graph = call_graph(topology)
    endpoints = {(s.name, e.name): e for s in topology.services for e in s.endpoints}
    found = dict.fromkeys(graph.calls, 0.0)
    timing = _Timing(found, shortest_round_trip(topology), duration, number)
    for component in graph.components:
        _settle(graph, component, endpoints, timing)
    return found


@dataclass(frozen=True)
class _Timing:
    """How long steps take, given what is known of the endpoints so far."""

    found: dict[EndpointKey, float]
    round_trip_s: float
    duration: Callable[[Distribution], float]
    number: Callable[[CallStep], float]

    def sequence(self, steps: tuple[Step, ...]) -> float:
        times_s = []
        for step in steps:
            times_s.append(self.step(step))
            if isinstance(step, CallStep) and self._fails(step):
                break
        return math.fsum(times_s)

    def step(self, step: Step) -> float:
        match step:
            case ComputeStep():
                return self.duration(step.compute)
            case WaitStep():
                return self.duration(step.wait)
            case CallStep():
                number = 1 if self._fails(step) else self.number(step)
                return number * min(self._answer_s(step), patience_s(step.timeout, step.retries))
            case ParallelStep():
                branches = [b if isinstance(b, tuple) else (b,) for b in step.parallel]
                return max(self.sequence(branch) for branch in branches)

    def _answer_s(self, step: CallStep) -> float:
        return self.round_trip_s + self.found[target(step.call)]

    def _fails(self, step: CallStep) -> bool:
        """Whether the step is sure to be made and to be given up, and ends its endpoint then."""
        given_up = self._answer_s(step) > patience_s(step.timeout, step.retries)
        return given_up and step.on_error == "fail" and self.number(step) >= 1


def _settle(
    graph: CallGraph,
    component: tuple[EndpointKey, ...],
    endpoints: dict[EndpointKey, Endpoint],
    timing: _Timing,
) -> None:
    """Set the times of one component whose callees outside it are known.

    A cycle that hardly dies out is left after some rounds: each round's times are lower bounds.
    """
    for _ in range(_ROUNDS_MAX):
        times = {key: timing.sequence(endpoints[key].steps) for key in component}
        change = max(abs(times[key] - timing.found[key]) for key in component)
        timing.found.update(times)
        if not graph.is_cyclic(component) or change <= _RELATIVE_PRECISION * max(times.values()):
            return

"""From a scenario to the program that the solvers run."""

from __future__ import annotations

import numpy as np

from meshsim.lowering import placement as placing
from meshsim.lowering.call_policies import PolicyTable
from meshsim.lowering.program import Balancing, Load, Program, Services
from meshsim.lowering.proxies import lower_instances, lower_kinds, lower_path
from meshsim.lowering.steps import DistributionTable, StepCompiler, compile_endpoints
from meshsim.model.distribution import Constant
from meshsim.model.load import (
    ClosedArrivals,
    ConstantArrivals,
    PacedArrivals,
    PoissonArrivals,
    ScheduleArrivals,
    TraceArrivals,
)
from meshsim.model.scenario import Scenario
from meshsim.model.topology import Topology


def lower(scenario: Scenario) -> Program:
    """The program of a validated scenario."""
    topology, mesh = scenario.topology, scenario.mesh
    distributions = DistributionTable()
    policies = PolicyTable()
    compiler = StepCompiler(topology, distributions, policies)
    endpoints = compile_endpoints(topology, compiler)
    load = _lower_load(topology, compiler, distributions, policies)
    entry_edge = [compiler.edge(-1, int(e)) for e in load.entry_endpoint]
    services = _lower_services(topology)
    placement = placing.place(topology)
    kinds = lower_kinds(mesh, topology, services, len(placement.node_zone))
    pods = len(placement.pod_service)
    mesh_policy = policies.add_mesh(mesh.policies)
    inside = lower_path(mesh, mesh.path.inside, mesh_policy)
    entry = lower_path(mesh, mesh.path.entry, mesh_policy, first_number=len(inside.segments))
    return Program(
        scenario_hash=scenario.hash(),
        services=services,
        endpoints=endpoints,
        steps=compiler.table(),
        policies=policies.table(),
        edges=tuple(compiler.edges),
        entry_edge=np.array(entry_edge, dtype=np.int64),
        placement=placement,
        kinds=kinds,
        instances=lower_instances(kinds, services, placement, pods),
        inside=inside,
        entry=entry,
        load=load,
    )


def _lower_services(topology: Topology) -> Services:
    services = topology.services
    namespaces = list(dict.fromkeys(service.namespace for service in services))
    counts = np.array([service.replicas for service in services], dtype=np.int64)
    return Services(
        names=tuple(service.name for service in services),
        namespace=np.array([namespaces.index(s.namespace) for s in services], dtype=np.int64),
        pod_first=np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.int64),
        pod_count=counts,
        first_come=np.array([s.cpu_sharing == "first_come" for s in services], dtype=np.bool_),
        workers=np.array(
            [0 if s.workers == "unlimited" else s.workers for s in services], dtype=np.int64
        ),
        multiplexed=np.array([s.protocol in {"http2", "grpc"} for s in services], dtype=np.bool_),
        balancing=np.array([Balancing[s.balancing.upper()] for s in services], dtype=np.int64),
        connection_requests=np.array(
            [s.requests_per_connection or 0 for s in services], dtype=np.int64
        ),
        stops=np.array([s.when_cancelled == "stop" for s in services], dtype=np.bool_),
    )


def _lower_load(
    topology: Topology,
    compiler: StepCompiler,
    distributions: DistributionTable,
    policies: PolicyTable,
) -> Load:
    load = topology.load
    weights = np.array([entry.weight for entry in load.entries])
    arrivals = load.arrivals
    users, think, interval_s = 0, -1, 0.0
    rate: list[float] = []
    at: list[float] = [0.0]
    times: tuple[float, ...] = ()
    if isinstance(arrivals, PoissonArrivals | ConstantArrivals):
        rate = [arrivals.rate]
    elif isinstance(arrivals, ScheduleArrivals):
        rate = [point.rate for point in arrivals.points]
        at = [point.at for point in arrivals.points]
    elif isinstance(arrivals, TraceArrivals):
        times = arrivals.times
    elif isinstance(arrivals, ClosedArrivals):
        users, think = arrivals.users, distributions.add(arrivals.think)
    else:
        users, think = arrivals.connections, distributions.add(Constant(mean="0s"))
        rate, interval_s = [arrivals.rate], arrivals.connections / arrivals.rate
    return Load(
        process=arrivals.process,
        rate_per_s=np.array(rate, dtype=np.float64),
        at_s=np.array(at, dtype=np.float64),
        ramps=isinstance(arrivals, ScheduleArrivals) and arrivals.shape == "ramps",
        even=isinstance(arrivals, ConstantArrivals)
        or (isinstance(arrivals, ScheduleArrivals) and arrivals.spacing == "constant"),
        times_s=np.array(times, dtype=np.float64),
        users=users,
        think=think,
        entry_endpoint=np.array(
            [compiler.endpoint_index[entry.to] for entry in load.entries], dtype=np.int64
        ),
        entry_share=weights / weights.sum(),
        client_connections=load.client_connections,
        policy=policies.add_client(load.timeout, load.retries),
        connection_requests=load.requests_per_connection or 0,
        interval_s=interval_s,
        jitter=arrivals.jitter if isinstance(arrivals, PacedArrivals) else 0.0,
        tick_s=arrivals.clock_tick if isinstance(arrivals, PacedArrivals) else 0.0,
    )

"""What-if changes of a topology: another rate, other replicas. Each gives a new frozen value."""

from __future__ import annotations

from collections.abc import Mapping

from meshsim.errors import InputError, Place, Problem
from meshsim.model.flows import peak_rate
from meshsim.model.load import ClosedArrivals, Load, TraceArrivals
from meshsim.model.topology import Topology


def with_rate(topology: Topology, rate_per_s: float) -> Topology:
    """The same system at another rate of open load [1/s]; a schedule keeps its shape.

    Raises InputError for closed load and for a trace of arrivals, which have no rate to set.
    """
    arrivals = topology.load.arrivals
    if isinstance(arrivals, ClosedArrivals | TraceArrivals):
        cure = "leave the rate as it is, or write 'process: poisson' into the topology"
        rule = f"a rate can be set for open load only, and this is {arrivals.process!r}"
        raise InputError([Problem(Place(topology.name), "load.arrivals", rule, "", cure)])
    factor = rate_per_s / peak_rate(topology)
    if hasattr(arrivals, "points"):
        points = tuple(
            point.model_copy(update={"rate": point.rate * factor}) for point in arrivals.points
        )
        changed = arrivals.model_copy(update={"points": points})
    else:
        changed = arrivals.model_copy(update={"rate": rate_per_s})
    load: Load = topology.load.model_copy(update={"arrivals": changed})
    return topology.model_copy(update={"load": load})


def with_replicas(topology: Topology, replicas: Mapping[str, int]) -> Topology:
    """The same system with other numbers of pods for some services.

    Raises InputError for a service that does not exist and for a number below one.
    """
    known = {service.name for service in topology.services}
    problems = []
    for name, count in replicas.items():
        if name not in known:
            cure = f"known: {', '.join(sorted(known))}"
            problems.append(
                Problem(Place(topology.name), name, "no service of this name", "", cure)
            )
        elif count < 1:
            cure = "write a whole number from 1 on"
            problems.append(Problem(Place(topology.name), name, "needs a pod", str(count), cure))
    if problems:
        raise InputError(problems)
    services = tuple(
        service.model_copy(update={"replicas": replicas.get(service.name, service.replicas)})
        for service in topology.services
    )
    return topology.model_copy(update={"services": services})

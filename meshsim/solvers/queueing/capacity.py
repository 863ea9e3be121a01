"""The busiest station of a program, and the load that it could carry.

In an open network without retries all flows grow in step with the requests from outside, so that
cores and workers are saturated at the present rate over their load. A worker is saturated when
λ × busy = 1: its idle cost vanishes as it gets busy, so the CPU that it uses now, which is concave
in its load, says too little about what it could carry. Worker slots are held for as long as
answers take, which grows with the load: see :mod:`meshsim.solvers.queueing.solve`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from meshsim.lowering.program import FloatArray, Program, Scope
from meshsim.solvers.queueing.flows import flows, offered_per_s
from meshsim.solvers.queueing.loads import Loads, loads
from meshsim.solvers.queueing.passages import links
from meshsim.solvers.queueing.structure import structure

StationKind = Literal["cores", "slots", "proxy"]


@dataclass(frozen=True)
class Bottleneck:
    """The station that saturates first."""

    kind: StationKind
    name: str
    """The service whose pods it belongs to, or the proxy with whom it serves."""
    load: float
    """Rate over the rate at which it is saturated; 1 and more is an overload."""
    carries_per_s: float
    """Requests from outside at which it is saturated [1/s]; infinite if nothing is ever used."""

    @property
    def overloaded(self) -> bool:
        """Whether there is no steady state."""
        return self.load >= 1.0

    def __str__(self) -> str:
        """In a sentence."""
        what = {
            "cores": f"the CPU of a pod of {self.name}",
            "slots": f"the worker slots of a pod of {self.name}",
            "proxy": f"a worker of {self.name}",
        }[self.kind]
        return f"{what} is at {self.load:.0%}; it is saturated at {self.carries_per_s:.4g}/s"


def bottleneck(program: Program, outside_per_s: float | None = None) -> Bottleneck:
    """The busiest cores or proxy workers of a program with open load.

    ``outside_per_s`` replaces the load's rate. Quick: no waiting is worked out, so worker slots are
    left out. With closed load, whose rate adapts, give a rate to see its share of the capacity.
    """
    shape = structure(program)
    calls = links(program, shape.row_endpoint, shape.site_row)
    rate = offered_per_s(program) if outside_per_s is None else outside_per_s
    return busiest(program, loads(program, shape, calls, flows(program, shape, rate)), rate)


def capacity_per_s(program: Program) -> float:
    """Requests from outside [1/s] at which the first cores or workers are saturated."""
    return bottleneck(program, 1.0).carries_per_s


def busiest(
    program: Program, found: Loads, outside_per_s: float, slot_load: FloatArray | None = None
) -> Bottleneck:
    """The busiest station, slots included if their load per service is given."""
    everything = np.concatenate(
        [found.core_load, found.proxy_load, [] if slot_load is None else slot_load]
    )
    index = int(np.argmax(everything))
    load = float(everything[index])
    carries = outside_per_s / load if load > 0 else np.inf
    pods, instances = program.pods, len(program.instances.kind)
    names = program.services.names
    if index < pods:
        return Bottleneck("cores", names[program.placement.pod_service[index]], load, carries)
    if index < pods + instances:
        return Bottleneck("proxy", instance_name(program, index - pods), load, carries)
    return Bottleneck("slots", names[index - pods - instances], load, carries)


def instance_name(program: Program, instance: int) -> str:
    """``kind of owner``: the owner is a service, a node, or the services of a namespace."""
    kind = int(program.instances.kind[instance])
    number = instance - int(program.kinds.instance_first[kind])
    name, scope = program.kinds.names[kind], program.kinds.scope[kind]
    services = program.services.names
    if scope == Scope.POD:
        return f"{name} of {services[program.placement.pod_service[number]]}"
    if scope == Scope.NODE:
        return f"{name} of node {number}"
    owner = number // int(program.kinds.replicas[kind])
    if scope == Scope.SERVICE:
        return f"{name} of {services[owner]}"
    members = np.flatnonzero(program.services.namespace == owner)
    more = " and others" if len(members) > 1 else ""
    return f"{name} of the namespace of {services[members[0]]}{more}"

"""What the checks for findings look at: one topology, perhaps under a mesh, with its flows."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from meshsim.model import flows
from meshsim.model.call_policy import patience_s
from meshsim.model.callgraph import CallGraph, EndpointKey, call_graph, call_steps
from meshsim.model.load import ClosedArrivals, Load, PacedArrivals
from meshsim.model.mesh import Mesh
from meshsim.model.nodes import Location
from meshsim.model.topology import CallStep, Topology

_NAMES_MAX = 4


@dataclass(frozen=True)
class Remark:
    """A finding before it is known where in a file it stands."""

    code: str
    location: Location
    resource: str
    message: str
    is_of_mesh: bool = False
    """Whether ``location`` is one of the mesh file."""


@dataclass(frozen=True)
class Hit:
    """A service that has what a remark is about, and where that stands."""

    location: Location
    service: str


def together(code: str, hits: Sequence[Hit], message: str) -> Iterator[Remark]:
    """One remark, at the first hit, for what is often true of many services at once."""
    if hits:
        names = [hit.service for hit in hits[:_NAMES_MAX]]
        if len(hits) > _NAMES_MAX:
            names.append(f"{len(hits) - _NAMES_MAX} more")
        yield Remark(code, hits[0].location, ", ".join(names), message)


@dataclass(frozen=True)
class Case:
    """A topology and perhaps a mesh; what several checks need is computed once."""

    topology: Topology
    mesh: Mesh | None = None

    @cached_property
    def graph(self) -> CallGraph:
        """The call graph."""
        return call_graph(self.topology)

    @cached_property
    def visits(self) -> dict[EndpointKey, float]:
        """Expected executions per request from outside."""
        return flows.visits(self.topology)

    @cached_property
    def rate(self) -> float:
        """Peak rate of requests from outside [1/s]."""
        return flows.peak_rate(self.topology)

    @cached_property
    def is_closed(self) -> bool:
        """Whether users wait for their answers, so that no queue can grow for ever."""
        return isinstance(self.topology.load.arrivals, ClosedArrivals | PacedArrivals)

    @cached_property
    def calls(self) -> dict[EndpointKey, list[tuple[Location, CallStep]]]:
        """The call steps of each endpoint that are ever made, with their places."""
        return {
            (service.name, endpoint.name): [
                (location, step)
                for location, step in call_steps(
                    endpoint.steps, ("services", index, "endpoints", number, "steps")
                )
                if step.probability > 0
            ]
            for index, service in enumerate(self.topology.services)
            for number, endpoint in enumerate(service.endpoints)
        }

    @cached_property
    def is_impatient(self) -> bool:
        """Whether anybody gives a call up."""
        steps = [step for calls in self.calls.values() for _, step in calls]
        keepers: list[Load | CallStep] = [self.topology.load, *steps]
        return any(patience_s(k.timeout, k.retries) < math.inf for k in keepers)

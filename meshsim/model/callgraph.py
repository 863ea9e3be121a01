"""The call graph of a topology: who calls whom, how often, and which calls lead back.

A vertex is an endpoint, written ``(service, endpoint)``. The weight of an edge is the expected
number of calls that one execution of the caller makes: the sum of count × probability over its
call steps, those inside parallel branches included. Errors are left out: every step is counted as
if all before it had succeeded.

Strongly connected components follow R. Tarjan, "Depth-first search and linear graph algorithms",
SIAM J. Comput. 1 (1972) 146-160, with an explicit stack so that a long chain cannot exhaust
Python's. A component's calls die out exactly if the spectral radius of its weights is below one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from meshsim.model.nodes import Location
from meshsim.model.topology import CallStep, ParallelStep, Step, Topology

EndpointKey = tuple[str, str]
"""``(service, endpoint)``."""


def target(text: str) -> EndpointKey:
    """Service and endpoint named by ``service/endpoint``; an endpoint may contain slashes."""
    service, _, endpoint = text.partition("/")
    return service, endpoint


def written(key: EndpointKey) -> str:
    """``service/endpoint``, as files write it."""
    return "/".join(key)


def call_steps(
    steps: Sequence[Step | tuple[Step, ...]], location: Location = ()
) -> Iterator[tuple[Location, CallStep]]:
    """The call steps among ``steps``, those inside parallel branches included, in file order.

    Each comes with its location in the file, if ``location`` is that of ``steps``.
    """
    for index, step in enumerate(steps):
        here: Location = (*location, index)
        if isinstance(step, tuple):
            yield from call_steps(step, here)
        elif isinstance(step, CallStep):
            yield here, step
        elif isinstance(step, ParallelStep):
            yield from call_steps(step.parallel, (*here, "parallel"))


@dataclass(frozen=True)
class CallGraph:
    """Expected calls per execution, by caller and callee; every endpoint is a key of ``calls``."""

    calls: Mapping[EndpointKey, Mapping[EndpointKey, float]]

    @cached_property
    def components(self) -> tuple[tuple[EndpointKey, ...], ...]:
        """Strongly connected components, each callee's before its callers'."""
        return tuple(_components(self.calls))

    @cached_property
    def cyclic(self) -> tuple[tuple[EndpointKey, ...], ...]:
        """The components from which a call can come back to where it started."""
        return tuple(c for c in self.components if self.is_cyclic(c))

    def is_cyclic(self, component: tuple[EndpointKey, ...]) -> bool:
        """Whether a call inside the component can come back to where it started."""
        return len(component) > 1 or component[0] in self.calls[component[0]]

    def weights(self, component: tuple[EndpointKey, ...]) -> npt.NDArray[np.float64]:
        """Expected calls within a component, shape (n, n), row = caller, column = callee."""
        rows = [[self.calls[a].get(b, 0.0) for b in component] for a in component]
        return np.array(rows, dtype=np.float64)

    def growth(self, component: tuple[EndpointKey, ...]) -> float:
        """Spectral radius of a component's weights: below one its calls die out."""
        return float(np.abs(np.linalg.eigvals(self.weights(component))).max())

    def cycle(self, component: tuple[EndpointKey, ...]) -> tuple[EndpointKey, ...]:
        """A shortest way from the component's first endpoint back to it, both ends included."""
        start, inside = component[0], set(component)
        came_from: dict[EndpointKey, EndpointKey] = {}
        frontier = [start]
        while start not in came_from:
            reached = []
            for caller in frontier:
                for callee in self.calls[caller]:
                    if callee in inside and callee not in came_from:
                        came_from[callee] = caller
                        reached.append(callee)
            frontier = reached
        way = [start, came_from[start]]
        while way[-1] != start:
            way.append(came_from[way[-1]])
        return tuple(reversed(way))


def call_graph(topology: Topology) -> CallGraph:
    """The call graph of a topology whose calls all name an endpoint."""
    calls: dict[EndpointKey, dict[EndpointKey, float]] = {}
    for service in topology.services:
        for endpoint in service.endpoints:
            out = calls.setdefault((service.name, endpoint.name), {})
            for _, step in call_steps(endpoint.steps):
                if step.probability > 0:
                    callee = target(step.call)
                    out[callee] = out.get(callee, 0.0) + step.count * step.probability
    return CallGraph(calls)


def _components(
    calls: Mapping[EndpointKey, Mapping[EndpointKey, float]],
) -> Iterator[tuple[EndpointKey, ...]]:
    """Tarjan's algorithm; ``low`` is the earliest vertex on the stack that is known reachable."""
    order: dict[EndpointKey, int] = {}
    low: dict[EndpointKey, int] = {}
    stack: list[EndpointKey] = []
    on_stack: set[EndpointKey] = set()
    for root in calls:
        if root in order:
            continue
        work = [(root, iter(calls[root]))]
        order[root] = low[root] = len(order)
        stack.append(root)
        on_stack.add(root)
        while work:
            vertex, callees = work[-1]
            callee = next(callees, None)
            if callee is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[vertex])
                if low[vertex] == order[vertex]:
                    yield _popped(stack, on_stack, vertex)
            elif callee not in order:
                order[callee] = low[callee] = len(order)
                stack.append(callee)
                on_stack.add(callee)
                work.append((callee, iter(calls[callee])))
            elif callee in on_stack:
                low[vertex] = min(low[vertex], order[callee])


def _popped(
    stack: list[EndpointKey], on_stack: set[EndpointKey], root: EndpointKey
) -> tuple[EndpointKey, ...]:
    """Take a finished component off the stack, in the order in which it was found."""
    start = len(stack) - 1
    while stack[start] != root:
        start -= 1
    component = tuple(stack[start:])
    del stack[start:]
    on_stack.difference_update(component)
    return component

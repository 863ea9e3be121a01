"""Findings MS02: what is odd about the call graph."""

from __future__ import annotations

from collections.abc import Iterator

from meshsim import units
from meshsim.model import flows
from meshsim.model.callgraph import CallGraph, EndpointKey, call_steps, written
from meshsim.model.finding_case import Case, Remark
from meshsim.model.finding_codes import CALLS_DEEP, CALLS_IN_A_ROW, CALLS_MANY
from meshsim.model.validation import call_location


def call_remarks(case: Case) -> Iterator[Remark]:
    """What is unwise about who calls whom."""
    yield from _never_reached(case)
    yield from _cycles(case)
    yield from _deep_chain(case)
    yield from _many_calls(case)
    yield from _calls_in_a_row(case)


def _never_reached(case: Case) -> Iterator[Remark]:
    for index, service in enumerate(case.topology.services):
        unused = [e.name for e in service.endpoints if case.visits[service.name, e.name] == 0]
        if len(unused) == len(service.endpoints):
            message = "no request leads to it; add the missing call or remove the service"
            yield Remark("MS0201", ("services", index), service.name, message)
            continue
        for number, endpoint in enumerate(service.endpoints):
            if endpoint.name in unused:
                key = (service.name, endpoint.name)
                message = "no request leads to it; add the missing call or remove the endpoint"
                location = ("services", index, "endpoints", number)
                yield Remark("MS0202", location, written(key), message)


def _cycles(case: Case) -> Iterator[Remark]:
    for component in case.graph.cyclic:
        cycle = case.graph.cycle(component)
        way = " → ".join(written(key) for key in cycle)
        growth = units.show_percentage(case.graph.growth(component))
        message = (
            f"calls come back to where they started, {way}; they die out, as each round leads to "
            f"{growth} of another one: check that this is meant"
        )
        location = call_location(case.topology, cycle[0], cycle[1])
        yield Remark("MS0203", location, written(cycle[0]), message)


def _deep_chain(case: Case) -> Iterator[Remark]:
    chain = _longest_chain(case.graph, list(flows.entry_shares(case.topology)))
    depth = len(chain) - 1
    if depth > CALLS_DEEP:
        first, last = written(chain[0]), written(chain[-1])
        message = (
            f"{depth} calls lie below one another, from {first} down to {last}; "
            "each adds its latency and that of its proxies: look for hops to leave out"
        )
        yield Remark("MS0204", ("services",), first, message)


def _longest_chain(graph: CallGraph, entries: list[EndpointKey]) -> list[EndpointKey]:
    """The longest way down from an entry; a cycle counts as the one endpoint where it is met."""
    component_of = {key: component for component in graph.components for key in component}
    depth: dict[EndpointKey, int] = {}
    deepest: dict[EndpointKey, EndpointKey | None] = {}
    for component in graph.components:
        outside = [
            callee
            for caller in component
            for callee in graph.calls[caller]
            if component_of[callee] is not component
        ]
        below = max(outside, key=depth.__getitem__, default=None)
        for key in component:
            deepest[key] = below
            depth[key] = 0 if below is None else depth[below] + 1
    here: EndpointKey | None = max(entries, key=depth.__getitem__)
    chain = []
    while here is not None:
        chain.append(here)
        here = deepest[here]
    return chain


def _many_calls(case: Case) -> Iterator[Remark]:
    calls = sum(case.visits.values()) - 1
    if calls > CALLS_MANY:
        message = (
            f"a request from outside leads to {calls:,.0f} calls in the mean; "
            "check counts and probabilities"
        )
        yield Remark("MS0205", ("services",), "services", message)


def _calls_in_a_row(case: Case) -> Iterator[Remark]:
    for index, service in enumerate(case.topology.services):
        for number, endpoint in enumerate(service.endpoints):
            above = ("services", index, "endpoints", number, "steps")
            for location, step in call_steps(endpoint.steps, above):
                if step.count >= CALLS_IN_A_ROW:
                    message = (
                        f"calls {step.call} {step.count} times one after the other; "
                        "ask for a list in one call, or call in parallel"
                    )
                    resource = f"{service.name}/{endpoint.name}"
                    yield Remark("MS0206", (*location, "count"), resource, message)

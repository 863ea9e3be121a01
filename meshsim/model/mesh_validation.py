"""Rules of a mesh file that one field alone cannot break.

The data path is the heart: each element names a proxy and the side on which a call meets it, and
the proxy's scope says which sides it can stand on. Sources are checked so that no number cites one
that the file does not describe.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, get_args

from pydantic import BaseModel

from meshsim.model.faults import Fault
from meshsim.model.mesh import ControlPlaneComponent, Mesh, PassageCost, Proxy
from meshsim.model.nodes import Location
from meshsim.model.references import nearest
from meshsim.model.sourced import Sourced, SourcedNumber
from meshsim.model.validation import limit_faults

Side = Literal["caller", "service", "callee"]
"""Where on the way of a call a proxy stands, in the order in which the call meets them."""

SIDES: tuple[Side, ...] = get_args(Side)

_SCOPES_OF_SIDE = {
    "caller": ("pod", "node"),
    "service": ("service", "namespace"),
    "callee": ("pod", "node"),
}
_PROTOCOLS_OF_LAYER = {4: ("tcp",), 7: ("http1", "http2", "tcp")}


def mesh_faults(mesh: Mesh) -> Iterator[Fault]:
    """What is wrong with a mesh whose fields are each in order."""
    yield from _duplicates([proxy.name for proxy in mesh.proxies], ("proxies",))
    yield from _duplicates([part.name for part in mesh.control_plane], ("control_plane",))
    yield from _path_faults(mesh, mesh.path.inside, ("path", "inside"))
    yield from _path_faults(mesh, mesh.path.entry, ("path", "entry"))
    if mesh.machine_factor.range[0] <= 0:
        rule, cure = "must be more than zero over its whole range", "write e.g. [0.8, 1.2]"
        yield Fault(("machine_factor", "range"), rule, str(mesh.machine_factor.range[0]), cure)
    for index, proxy in enumerate(mesh.proxies):
        yield from _proxy_faults(proxy, ("proxies", index))
    for index, component in enumerate(mesh.control_plane):
        yield from _component_faults(component, ("control_plane", index))
    if mesh.stalls is not None:
        yield from _share_faults(mesh.stalls.probability, ("stalls", "probability"))
    yield from _source_faults(mesh, mesh, ())


def split_element(element: str) -> tuple[str, str]:
    """Side and proxy of an element of the data path, ``side.proxy``."""
    side, _, proxy = element.partition(".")
    return side, proxy


def proxy_chooses(mesh: Mesh, path: tuple[str, ...]) -> bool:
    """Whether a layer 7 proxy on a data path chooses the pod, and so keeps the mesh's policies."""
    hops = [split_element(element) for element in path]
    return any(side != "callee" and mesh.proxy(name).layer == 7 for side, name in hops)


def _duplicates(names: list[str], location: Location) -> Iterator[Fault]:
    for index, name in enumerate(names):
        if name in names[:index]:
            rule = "each name stands once in this list"
            yield Fault((*location, index, "name"), rule, name, "rename or remove one")


def _path_faults(mesh: Mesh, path: tuple[str, ...], location: Location) -> Iterator[Fault]:
    reached = 0
    for index, element in enumerate(path):
        fault = _element_fault(mesh, element, (*location, index))
        if fault is not None:
            yield fault
            continue
        order = [str(side) for side in SIDES].index(split_element(element)[0])
        if order < reached:
            rule = "a call meets the caller's proxies first, then the service's, then the callee's"
            yield Fault((*location, index), rule, element, "put the elements in this order")
        if order == 0 and location[-1] == "entry":
            rule = "requests from outside have no caller's proxy"
            yield Fault((*location, index), rule, element, "leave it out")
        reached = max(reached, order)


def _element_fault(mesh: Mesh, element: str, location: Location) -> Fault | None:
    side, name = split_element(element)
    known = [proxy.name for proxy in mesh.proxies]
    if side not in SIDES or not name:
        rule = "must be side.proxy, the side being caller, service or callee"
        example = f"callee.{known[0] if known else 'sidecar'}"
        return Fault(location, rule, element, f"write e.g. {example!r}")
    if name not in known:
        near = nearest(name, known)
        cure = f"did you mean {side + '.' + near!r}? " if near else ""
        cure += f"proxies: {', '.join(known)}" if known else "describe it under proxies"
        return Fault(location, "must name a proxy of this mesh", element, cure)
    scope = mesh.proxy(name).scope
    if scope not in _SCOPES_OF_SIDE[side]:
        fitting = [s for s in SIDES if scope in _SCOPES_OF_SIDE[s]]
        rule = f"a proxy of the scope {scope!r} stands on the side {' or '.join(fitting)}"
        return Fault(location, rule, element, f"write {fitting[0] + '.' + name!r}")
    return None


def _proxy_faults(proxy: Proxy, location: Location) -> Iterator[Fault]:
    yield from _replica_faults(proxy, location)
    yield from _cost_faults(proxy.cost, (*location, "cost"))
    requests, limits = proxy.resources.requests, proxy.resources.limits
    yield from limit_faults(requests, limits, (*location, "resources"))
    for protocol in _PROTOCOLS_OF_LAYER[proxy.layer]:
        if getattr(proxy.cost, protocol) is None:
            rule = f"a proxy of layer {proxy.layer} needs the cost of {protocol} traffic"
            yield Fault((*location, "cost"), rule, "", f"add the key {protocol!r}")


def _replica_faults(proxy: Proxy, location: Location) -> Iterator[Fault]:
    is_shared = proxy.scope in ("service", "namespace")
    if is_shared and proxy.replicas is None:
        rule = f"a proxy of the scope {proxy.scope!r} needs a number of replicas"
        yield Fault(location, rule, "", "add the key 'replicas'")
    elif is_shared and proxy.replicas is not None and proxy.replicas.range[0] < 1:
        rule = "must be at least 1 over its whole range"
        value = str(proxy.replicas.range[0])
        yield Fault((*location, "replicas", "range"), rule, value, "raise its lower end")
    elif not is_shared and proxy.replicas is not None:
        rule = f"a proxy of the scope {proxy.scope!r} stands once in each {proxy.scope}"
        yield Fault((*location, "replicas"), rule, "", "remove the key 'replicas'", at_key=True)


def _cost_faults(cost: PassageCost, location: Location) -> Iterator[Fault]:
    yield from _share_faults(cost.request_share, (*location, "request_share"))
    for protocol in _PROTOCOLS_OF_LAYER[7]:
        traffic = getattr(cost, protocol)
        if traffic is not None:
            at = (*location, protocol, "idle_exponent")
            yield from _share_faults(traffic.idle_exponent, at)
    names = [feature.name for feature in cost.filters]
    yield from _duplicates(names, (*location, "filters"))


def _share_faults(number: SourcedNumber, location: Location) -> Iterator[Fault]:
    low, high = number.range
    if low < 0 or high > 1:
        rule = "must lie between 0 and 1 over its whole range"
        yield Fault((*location, "range"), rule, f"[{low}, {high}]", "narrow the range")


def _component_faults(component: ControlPlaneComponent, location: Location) -> Iterator[Fault]:
    resources = component.resources
    yield from limit_faults(resources.requests, resources.limits, (*location, "resources"))
    if component.scope == "node" and component.replicas != 1:
        rule = "a component of the scope 'node' stands once on each node"
        value = str(component.replicas)
        yield Fault((*location, "replicas"), rule, value, "remove the key 'replicas'")


def _source_faults(mesh: Mesh, value: object, location: Location) -> Iterator[Fault]:
    """Walk the whole mesh; ``source`` is a key of ``sources`` wherever it stands."""
    if isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from _source_faults(mesh, item, (*location, index))
    if not isinstance(value, BaseModel):
        return
    source = getattr(value, "source", None)
    if isinstance(source, str) and source not in mesh.sources:
        near = nearest(source, mesh.sources)
        cure = f"did you mean {near!r}? " if near else ""
        cure += f"sources: {', '.join(mesh.sources)}" if mesh.sources else "describe it there"
        yield Fault((*location, "source"), "must be a key of 'sources'", source, cure)
    if isinstance(value, Sourced):
        return
    for name in type(value).model_fields:
        yield from _source_faults(mesh, getattr(value, name), (*location, name))

"""Names in a topology that must be unique, and names that must be known.

These rules read the data of the file and not the model made from it, and pass over whatever has
the wrong type: so that a wrong name and a missing unit are reported together.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from meshsim.model.faults import Fault
from meshsim.model.nodes import Location

_LISTED_MAX = 8
_WORD_LENGTH_MAX = 200


@dataclass(frozen=True)
class _Named:
    """A text and the location where it stands."""

    text: str
    location: Location


def reference_faults(data: object) -> Iterator[Fault]:
    """Names that stand twice, and names of services, endpoints, zones and entries not known."""
    yield from _duplicates(_texts(data, "services", "name"), "service")
    yield from _duplicates(_texts(data, "nodes", "name"), "node pool")
    for index, service in _mappings(data, "services"):
        names = list(_texts(service, "endpoints", "name", ("services", index)))
        yield from _duplicates(names, "endpoint of the service")
        yield from _duplicates(_listed(service, "zones", ("services", index)), "zone")
    for index, pool in _mappings(data, "nodes"):
        yield from _duplicates(_listed(pool, "zones", ("nodes", index)), "zone of the pool")
    yield from _target_faults(data)
    yield from _entry_faults(data)
    yield from _zone_faults(data)


def _target_faults(data: object) -> Iterator[Fault]:
    endpoints = _endpoints(data)
    for entry in _texts(_get(data, "load"), "entries", "to", ("load",)):
        yield from _unknown_target(entry, endpoints)
    for service_index, service in _mappings(data, "services"):
        for index, endpoint in _mappings(service, "endpoints"):
            location = ("services", service_index, "endpoints", index, "steps")
            for call in _calls(_get(endpoint, "steps"), location):
                yield from _unknown_target(call, endpoints)


def _unknown_target(named: _Named, endpoints: Mapping[str, Sequence[str]]) -> list[Fault]:
    """The fault of a target that is not among the endpoints, if it is not."""
    service, slash, endpoint = named.text.partition("/")
    if service not in endpoints:
        rule = "must name a service of this topology and, after a slash, its endpoint"
        cure = _service_cure(service, endpoint, endpoints)
        return [Fault(named.location, rule, named.text, cure)] if endpoints else []
    if endpoint in endpoints[service]:
        return []
    whole = [f"{service}/{name}" for name in endpoints[service]]
    rule = f"must name an endpoint of the service {service!r}"
    cure = _cure(named.text, whole) if slash else f"write {_list(whole, ' or ')}"
    return [Fault(named.location, rule, named.text, cure)] if whole else []


def _service_cure(service: str, endpoint: str, endpoints: Mapping[str, Sequence[str]]) -> str:
    """The nearest service with the endpoint, if it has that, or with its first."""
    near = nearest(service, endpoints)
    if near is None or not endpoints[near]:
        return f"known services: {_list(list(endpoints), ', ')}"
    meant = endpoint if endpoint in endpoints[near] else endpoints[near][0]
    return f"did you mean {near + '/' + meant!r}?"


def _entry_faults(data: object) -> Iterator[Fault]:
    entries = list(_texts(_get(data, "load"), "entries", "to", ("load",)))
    yield from _duplicates(entries, "entry point", "add up their weights in one entry")
    known = [entry.text for entry in entries]
    endpoints = _endpoints(data)
    slo = _get(data, "slo")
    if not isinstance(slo, Mapping) or any(_unknown_target(e, endpoints) for e in entries):
        return  # objectives of a misspelt entry would only repeat the fault
    for key in slo:
        if key not in known:
            rule = "objectives are set for entry points, those listed in load.entries"
            cure = _cure(str(key), known)
            yield Fault(("slo", str(key)), rule, str(key), cure, at_key=True)


def _zone_faults(data: object) -> Iterator[Fault]:
    held = list(dict.fromkeys(_zones(data, with_nodes=True)))
    for index, service in _mappings(data, "services"):
        for zone in _listed(service, "zones", ("services", index)):
            if held and zone.text not in held:
                rule = "must be a zone in which a node pool has a node"
                yield Fault(zone.location, rule, zone.text, _cure(zone.text, held))
    yield from _zone_pair_faults(data, list(dict.fromkeys(_zones(data))))


def _zone_pair_faults(data: object, known: Sequence[str]) -> Iterator[Fault]:
    seen: set[frozenset[str]] = set()
    for index, pair in _mappings(_get(data, "network"), "zone_pairs"):
        location: Location = ("network", "zone_pairs", index)
        zones = list(_listed(pair, "zones", location))
        for zone in zones:
            if known and zone.text not in known:
                rule = "must be a zone of a node pool"
                yield Fault(zone.location, rule, zone.text, _cure(zone.text, known))
        both = frozenset(zone.text for zone in zones)
        if len(zones) == 2 and len(both) == 1:
            rule, cure = "must be two different zones", "write same_zone for one zone"
            yield Fault((*location, "zones"), rule, zones[0].text, cure)
        elif both in seen:
            rule, cure = "must stand once per pair, in either order", "keep one of them"
            yield Fault((*location, "zones"), rule, ", ".join(sorted(both)), cure)
        seen.add(both)


def _zones(data: object, *, with_nodes: bool = False) -> Iterator[str]:
    """Zones of the node pools; a pool deals its nodes to its zones in turn."""
    for _, pool in _mappings(data, "nodes"):
        zones = pool.get("zones", ["zone-a"])
        count = pool.get("count")
        if isinstance(zones, Sequence) and not isinstance(zones, str):
            held = zones[:count] if with_nodes and isinstance(count, int) and count > 0 else zones
            yield from (zone for zone in held if isinstance(zone, str))


def _endpoints(data: object) -> dict[str, list[str]]:
    """The names of the endpoints of each service."""
    found: dict[str, dict[str, None]] = {}
    for _, service in _mappings(data, "services"):
        if isinstance(name := service.get("name"), str):
            names = (endpoint.text for endpoint in _texts(service, "endpoints", "name"))
            found.setdefault(name, {}).update(dict.fromkeys(names))
    return {name: list(names) for name, names in found.items()}


def _calls(steps: object, location: Location) -> Iterator[_Named]:
    """The targets of all call steps, those inside parallel branches included."""
    if not isinstance(steps, Sequence) or isinstance(steps, str):
        return
    for index, step in enumerate(steps):
        if isinstance(step, Mapping):
            if isinstance(call := step.get("call"), str):
                yield _Named(call, (*location, index, "call"))
            yield from _calls(step.get("parallel"), (*location, index, "parallel"))
        else:
            yield from _calls(step, (*location, index))


def _get(data: object, key: str) -> object:
    return data.get(key) if isinstance(data, Mapping) else None


def _mappings(data: object, key: str) -> Iterator[tuple[int, Mapping[str, object]]]:
    """The mappings in the list under ``key``, with their indices."""
    items = _get(data, key)
    if isinstance(items, Sequence):
        for index, item in enumerate(items):
            if isinstance(item, Mapping):
                yield index, item


def _texts(data: object, key: str, inner: str, above: Location = ()) -> Iterator[_Named]:
    """The texts under ``inner`` of each mapping in the list under ``key``."""
    for index, item in _mappings(data, key):
        if isinstance(text := item.get(inner), str):
            yield _Named(text, (*above, key, index, inner))


def _listed(data: Mapping[str, object], key: str, above: Location) -> Iterator[_Named]:
    """The texts in the list under ``key``."""
    items = data.get(key)
    if isinstance(items, Sequence) and not isinstance(items, str):
        for index, item in enumerate(items):
            if isinstance(item, str):
                yield _Named(item, (*above, key, index))


def _duplicates(
    names: Iterator[_Named] | Sequence[_Named], noun: str, cure: str = "rename or remove one"
) -> Iterator[Fault]:
    first: dict[str, _Named] = {}
    for named in names:
        if named.text in first:
            rule = f"each {noun} stands once"
            yield Fault(named.location, rule, named.text, cure)
        first.setdefault(named.text, named)


def _cure(text: str, known: Sequence[str]) -> str:
    near = nearest(text, known)
    listed = f"known: {_list(known, ', ')}"
    return f"did you mean {near!r}? {listed}" if near else listed


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word most like ``word``, if one is like it."""
    near = difflib.get_close_matches(word[:_WORD_LENGTH_MAX], known, n=1)
    return near[0] if near else None


def _list(names: Sequence[str], separator: str) -> str:
    more = len(names) - _LISTED_MAX
    shown = separator.join(repr(name) for name in names[:_LISTED_MAX])
    return f"{shown} and {more} more" if more > 0 else shown

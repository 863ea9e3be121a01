"""Findings MS06: time-outs and retries that do not fit the work or each other."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from meshsim import units
from meshsim.model import flows
from meshsim.model.call_policy import Retries, patience_s
from meshsim.model.callgraph import EndpointKey, target, written
from meshsim.model.finding_case import Case, Remark
from meshsim.model.mesh import RetryDefaults
from meshsim.model.mesh_validation import proxy_chooses
from meshsim.model.nodes import Location

_ANY_FAILURE = "5xx"
"""The condition under which an answer that is an error is tried again."""


@dataclass(frozen=True)
class _Keeper:
    """Who keeps a policy: a call step, or the clients for one entry point."""

    location: Location
    name: str
    callee: EndpointKey
    round_trip_s: float
    timeout_s: float | None
    retries: Retries | None

    @property
    def per_try_s(self) -> float | None:
        return None if self.retries is None else self.retries.per_try_timeout


def policy_remarks(case: Case) -> Iterator[Remark]:
    """What is unwise about who gives up when, and who tries again what."""
    keepers = list(_keepers(case))
    yield from _too_short(case, keepers)
    yield from _too_short_in_mesh(case)
    yield from _multiplied(case)
    yield from _too_late(case)
    yield from _never(keepers)


def _keepers(case: Case) -> Iterator[_Keeper]:
    round_trip_s = flows.shortest_round_trip(case.topology)
    for caller, calls in case.calls.items():
        for location, step in calls:
            name, callee = written(caller), target(step.call)
            yield _Keeper(location, name, callee, round_trip_s, step.timeout, step.retries)
    load = case.topology.load
    for entry in load.entries:
        client_s = case.topology.network.client
        callee = target(entry.to)
        yield _Keeper(("load",), "clients", callee, client_s, load.timeout, load.retries)


def _too_short(case: Case, keepers: list[_Keeper]) -> Iterator[Remark]:
    if not case.is_impatient:
        return
    alone_s = flows.unloaded_time(case.topology)
    for keeper in keepers:
        needed_s = keeper.round_trip_s + alone_s[keeper.callee]
        fields: list[tuple[float | None, Location]] = [
            (keeper.timeout_s, ("timeout",)),
            (keeper.per_try_s, ("retries", "per_try_timeout")),
        ]
        for limit_s, field in fields:
            if limit_s is not None and limit_s < needed_s:
                message = (
                    f"gives {written(keeper.callee)} up after {units.show_duration(limit_s)}, "
                    f"which takes {units.show_duration(needed_s)} in the mean without any waiting; "
                    "raise the time-out"
                )
                yield Remark("MS0601", (*keeper.location, *field), keeper.name, message)


def _too_short_in_mesh(case: Case) -> Iterator[Remark]:
    mesh = case.mesh
    limit_s = None if mesh is None else mesh.policies.request_timeout
    if mesh is None or limit_s is None or not proxy_chooses(mesh, mesh.path.inside):
        return
    alone_s = flows.unloaded_time(case.topology)
    called = (target(step.call) for calls in case.calls.values() for _, step in calls)
    slow = [written(callee) for callee in called if alone_s[callee] > limit_s]
    if slow:
        message = (
            f"gives up after {units.show_duration(limit_s)}, less than {slow[0]} takes in the mean "
            "without any waiting; raise the time-out"
        )
        location = ("policies", "request_timeout")
        yield Remark("MS0601", location, mesh.name, message, is_of_mesh=True)


def _tries(retries: Retries | RetryDefaults | None) -> int:
    """Tries of a call that is answered with an error."""
    return 1 if retries is None or _ANY_FAILURE not in retries.retry_on else 1 + retries.attempts


@dataclass(frozen=True)
class _Way:
    """A way down through calls: the levels that try again, and how many tries they make."""

    tries: int = 1
    levels: tuple[str, ...] = ()
    end: EndpointKey | None = None

    def below(self, name: str, callee: EndpointKey, tries: int) -> _Way:
        """The same way under one more call, tried so many times."""
        levels = (name, *self.levels) if tries > 1 else self.levels
        return _Way(tries * self.tries, levels, self.end or callee)


def _multiplied(case: Case) -> Iterator[Remark]:
    """The worst way down; calls inside a cycle are left out."""
    mesh = case.mesh
    kept = mesh is not None and proxy_chooses(mesh, mesh.path.inside)
    by_mesh = _tries(mesh.policies.retries) if mesh and kept else 1
    ways: dict[EndpointKey, _Way] = {}
    for component in case.graph.components:
        found = {key: _worst_below(case, key, component, ways, by_mesh) for key in component}
        ways.update(found)
    own = _tries(case.topology.load.retries)
    entries = [target(entry.to) for entry in case.topology.load.entries]
    way = max((ways[e].below("clients", e, own) for e in entries), key=lambda w: w.tries)
    if len(way.levels) < 2 or way.end is None:
        return
    message = (
        f"if {written(way.end)} fails, one request makes up to {way.tries:,} tries of it, since "
        f"{len(way.levels)} levels try again: {', '.join(way.levels)}; try again at one only"
    )
    yield Remark("MS0602", ("services",), written(way.end), message)


def _worst_below(
    case: Case,
    key: EndpointKey,
    component: tuple[EndpointKey, ...],
    ways: dict[EndpointKey, _Way],
    by_mesh: int,
) -> _Way:
    worst = _Way()
    for _, step in case.calls[key]:
        callee = target(step.call)
        if callee not in component:
            way = ways[callee].below(f"the mesh before {written(callee)}", callee, by_mesh)
            way = way.below(written(key), callee, _tries(step.retries))
            worst = max(worst, way, key=lambda w: w.tries)
    return worst


def _too_late(case: Case) -> Iterator[Remark]:
    """Time-outs that come when all callers of the caller have given up."""
    limit_s = _longest_waits(case)
    for caller, calls in case.calls.items():
        for location, step in calls:
            if step.timeout is not None and step.timeout >= limit_s[caller]:
                message = (
                    f"gives {step.call} up after {units.show_duration(step.timeout)}, but is "
                    f"itself given up after {units.show_duration(limit_s[caller])} at the latest; "
                    "lower it"
                )
                yield Remark("MS0603", (*location, "timeout"), written(caller), message)


def _longest_waits(case: Case) -> dict[EndpointKey, float]:
    """Longest time that anybody waits for each endpoint [s]: its callers, and theirs above."""
    load = case.topology.load
    outside_s = _single_s(load.timeout, load.retries)
    found = {target(entry.to): outside_s for entry in load.entries}
    for component in reversed(case.graph.components):
        for caller in component:
            above_s = found.setdefault(caller, math.inf) if len(component) == 1 else math.inf
            for _, step in case.calls[caller] if case.visits[caller] > 0 else ():
                callee = target(step.call)
                waits_s = min(above_s, _single_s(step.timeout, step.retries))
                found[callee] = max(found.get(callee, 0.0), waits_s)
    return {key: found.get(key, math.inf) for key in case.calls}


def _single_s(timeout_s: float | None, retries: Retries | None) -> float:
    """How long one try is waited for [s]."""
    per_try_s = None if retries is None else retries.per_try_timeout
    return min(patience_s(timeout_s, None), patience_s(per_try_s, None))


def _never(keepers: list[_Keeper]) -> Iterator[Remark]:
    for keeper in {(k.location, k.name): k for k in keepers}.values():
        retries, timeout_s, per_try_s = keeper.retries, keeper.timeout_s, keeper.per_try_s
        if per_try_s is not None and timeout_s is not None and per_try_s >= timeout_s:
            message = (
                f"a try has {units.show_duration(per_try_s)}, the whole call "
                f"{units.show_duration(timeout_s)}; lower per_try_timeout"
            )
            location = (*keeper.location, "retries", "per_try_timeout")
            yield Remark("MS0604", location, keeper.name, message)
        if retries is not None and per_try_s is None and set(retries.retry_on) == {"reset"}:
            message = "reset means a try given up here, and no try is; set per_try_timeout"
            location = (*keeper.location, "retries", "retry_on")
            yield Remark("MS0605", location, keeper.name, message)

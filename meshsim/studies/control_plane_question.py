"""What a user asks of a control plane, checked, and the study that answers it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from meshsim.capacity.control_plane import Changes, quiet_changes
from meshsim.capacity.estate import SCOPES, Estate, Scope, estate_of, uniform_estate
from meshsim.errors import InputError, Place, Problem
from meshsim.model.mesh import Mesh
from meshsim.model.topology import Topology
from meshsim.studies.control_plane import CORES, following, study
from meshsim.studies.control_plane_result import ControlPlaneResult
from meshsim.studies.scoping import scopes_of

PODS_PER_NODE = 30
"""Pods on a node where nobody says how many nodes there are. An assumption."""

_PLACE = Place("options")
_MOST = 100_000
_PODS_MOST = 1_000_000


@dataclass(frozen=True)
class Question:
    """An estate without a topology, and how it changes; None stands for what is usual."""

    services: int | None = None
    """Equal services; None if a topology has them."""
    pods_per_service: int = 1
    callees: int = 5
    """Other services that each calls: 5 on average at Auto Trader, which has 400 (2020)."""
    namespaces: int = 1
    nodes: int | None = None
    ports: int = 1
    """Of each service."""
    endpoint_changes_per_s: float | None = None
    config_changes_per_s: float | None = None
    scope: str = "none"
    replicas: int | None = None
    cores: float | None = None
    """CPU that a replica may use."""
    seed: int = 1


def answer(question: Question, mesh: Mesh, topology: Topology | None = None) -> ControlPlaneResult:
    """The study of the estate of a topology, or of the one that the question describes.

    Raises InputError with all that is wrong.
    """
    problems = list(_problems(question, mesh, topology))
    if problems:
        raise InputError(problems)
    estate = _estate(question, topology)
    return study(
        estate,
        mesh,
        _changes(question, estate),
        _scope(question.scope),
        question.replicas,
        question.cores or _cores(mesh, topology),
        question.seed,
    )


def _estate(question: Question, topology: Topology | None) -> Estate:
    if topology is not None:
        return estate_of(topology, question.ports)
    assert question.services is not None, "a topology or a number of services"
    pods = question.services * question.pods_per_service
    return uniform_estate(
        question.services,
        question.pods_per_service,
        question.callees,
        question.namespaces,
        question.nodes or math.ceil(pods / PODS_PER_NODE),
        question.ports,
    )


def _changes(question: Question, estate: Estate) -> Changes | None:
    """None if nothing was said about them."""
    endpoints, config = question.endpoint_changes_per_s, question.config_changes_per_s
    if endpoints is None and config is None:
        return None
    usual = quiet_changes(estate)
    return Changes(
        usual.endpoint_per_s if endpoints is None else endpoints,
        usual.config_per_s if config is None else config,
    )


def _cores(mesh: Mesh, topology: Topology | None) -> float:
    """The limit of the part that follows the mesh, or a node of the topology."""
    part = following(mesh)
    if part is not None and part.resources.limits.cpu is not None:
        return part.resources.limits.cpu
    return topology.nodes[0].cores if topology is not None else CORES


def _scope(text: str) -> Scope:
    return next(scope for scope in SCOPES if scope == text)


def _problems(question: Question, mesh: Mesh, topology: Topology | None) -> Iterator[Problem]:
    if not mesh.control_plane:
        rule, cure = "has no control plane", "name another mesh, such as istio-sidecar"
        yield Problem(Place(mesh.name), "", rule, "", cure)
    yield from _sizes(question, topology)
    for name in ("endpoint_changes_per_s", "config_changes_per_s"):
        rate = getattr(question, name)
        if rate is not None and not 0 <= rate <= _MOST:
            rule, cure = f"must be a rate from 0 to {_MOST:,} per second", "write e.g. 5/s"
            yield Problem(_PLACE, name, rule, str(rate), cure)
    known = scopes_of(following(mesh))
    if question.scope not in SCOPES:
        cure = f"write one of {', '.join(SCOPES)}"
        yield Problem(_PLACE, "scope", "no such scope", question.scope, cure)
    elif question.scope not in known:
        rule = f"the proxies of {mesh.name} cannot be told less than everything"
        yield Problem(_PLACE, "scope", rule, question.scope, "leave it out")
    if question.cores is not None and not 0 < question.cores <= 1_000:
        rule, cure = "must be more than 0 and at most 1,000 cores", "write e.g. 4"
        yield Problem(_PLACE, "cores", rule, str(question.cores), cure)
    yield from _whole("replicas", question.replicas, 1_000)
    if not 0 <= question.seed < 2**63:
        rule = "must be a whole number from 0 to 9223372036854775807"
        yield Problem(_PLACE, "seed", rule, str(question.seed), "write e.g. 1")


def _sizes(question: Question, topology: Topology | None) -> Iterator[Problem]:
    if (topology is None) == (question.services is None):
        rule = "needs either a topology or a number of services"
        cure = "name a topology, or give --services (services=)"
        yield Problem(_PLACE, "services", rule, "", cure)
    for name in ("services", "pods_per_service", "namespaces", "nodes"):
        yield from _whole(name, getattr(question, name), _MOST)
    yield from _whole("ports", question.ports, 1_000)
    if not 0 <= question.callees <= _MOST:
        rule, cure = f"must be a whole number from 0 to {_MOST:,}", "write e.g. 5"
        yield Problem(_PLACE, "callees", rule, str(question.callees), cure)
    if (question.services or 1) * question.pods_per_service > _PODS_MOST:
        pods = (question.services or 1) * question.pods_per_service
        rule, cure = f"must be at most {_PODS_MOST:,} pods in all", "ask for fewer"
        yield Problem(_PLACE, "pods_per_service", rule, f"{pods:,}", cure)


def _whole(name: str, value: int | None, most: int) -> Iterator[Problem]:
    if value is not None and not 1 <= value <= most:
        rule = f"must be a whole number from 1 to {most:,}"
        yield Problem(_PLACE, name, rule, str(value), "write e.g. 10")

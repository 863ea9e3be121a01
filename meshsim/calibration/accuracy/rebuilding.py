"""From a measured figure to a scenario that can be simulated, or to the reason why not."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Literal

from meshsim.calibration.accuracy.cells import Cell, Kind
from meshsim.calibration.accuracy.wording import (
    Generator,
    features_of,
    generator_of,
    sizes_of,
    unknown_part,
)
from meshsim.capacity.proxy_memory import HTTP_LISTENERS
from meshsim.physics.memory import Configuration

Course = Literal["direct", "both", "server", "client", "mesh"]
"""Which proxies a call passes: none, both sides', one side's; or all of the mesh file's path."""

MESHES = {
    ("istio", "ambient-l4"): ("istio-ambient",),
    ("istio", "ambient"): ("istio-ambient",),
    ("istio", "ambient-l7"): ("istio-ambient-waypoint",),
    ("istio", "proxyless-grpc"): ("grpc-proxyless",),
    ("istio", ""): ("istio-sidecar",),
    ("linkerd", ""): ("linkerd",),
    ("osm", ""): ("open-service-mesh", "osm", "istio-sidecar"),
    ("consul", ""): ("consul", "istio-sidecar"),
    ("kuma", ""): ("kuma", "istio-sidecar"),
    ("appmesh", ""): ("app-mesh", "istio-sidecar"),
    ("gcp-csm", ""): ("google-cloud-service-mesh", "istio-sidecar"),
    ("envoy", ""): ("envoy", "istio-sidecar"),
    ("envoy-gateway", ""): ("envoy", "istio-sidecar"),
    ("cilium", ""): ("cilium",),
    ("cilium", "l7"): ("cilium-l7",),
    ("cilium", "l7-envoy"): ("cilium-l7",),
    ("traefik", ""): ("traefik-mesh",),
}
"""Mesh and mode (empty for any) → mesh files that may stand for it, the best first; other meshes
are looked for by their names."""
_COURSES: dict[str, Course] = {
    "none": "direct",
    "baseline": "direct",
    "sidecar-server-only": "server",
    "sidecar-client-only": "client",
    "ingress-gateway": "server",
    "l7-envoy": "server",
    "one-proxy": "server",
}
_PROTOCOLS = {"": "http1", "http1": "http1", "http": "http1", "http2": "http2", "h1": "http1"}
_PROTOCOLS |= {"h2": "http2", "grpc": "grpc", "tcp": "tcp"}
_LATENCY = re.compile(r"(added_)?latency_(p\d+|mean)_ms$")
_ROLES = {
    "client-proxy": "client",
    "server-proxy": "server",
    "one-proxy": "mean",
    "one-proxy (mean)": "mean",
    "sidecar": "mean",
    "waypoint": "waypoint",
    "ztunnel": "ztunnel",
    "": "mean",
}
_LITTLE = Configuration(2, 2, 2, 2)
"""Of clusters, endpoints, routes and listeners."""
_MEGA = {"MB": 1e6, "MiB": 1024.0**2}
_MEMORY_UNIT = re.compile(r"(MB|MiB)( \(container_memory_usage.*)?$")
_LIMIT = re.compile(r"CPU limit (\d+)m\b")


@dataclass(frozen=True)
class Setup:
    """All that decides what a simulation gives, but for the machine."""

    meshes: tuple[str, ...]
    """Names of mesh files; the first that exists is taken."""
    course: Course
    encrypted: bool
    protocol: str
    request_bytes: float
    response_bytes: float
    generator: Generator
    rate_per_s: float | None
    """None for as fast as answers come."""
    workers: int | None = None
    """Worker threads; None for what the mesh file says."""
    features: tuple[str, ...] = ()
    """Optional features that are on, as :data:`FEATURES` names them."""
    details: str = ""
    """The words about them, by which the best of several filters is chosen."""
    hops: int = 1
    never_idle: bool = False
    """Whether all proxies share one core, so that none of them ever finds it idle."""


@dataclass(frozen=True)
class Reading:
    """What of a simulation is compared with the figure, in SI units."""

    kind: Kind
    measured: float
    """CPU per request [s], latency [s] or memory [bytes]."""
    probability: float | None = None
    """Of a quantile; None for the mean."""
    added: bool = False
    """Whether the latency without a mesh is taken off."""
    role: str = "mean"
    """Of CPU and memory: which proxy."""
    held: Configuration = _LITTLE
    connections: int = 0
    one_more: str = ""
    """Of memory: the thing of which one more is asked for, instead of the whole."""

    @property
    def name(self) -> str:
        """``cpu``, ``memory``, ``p50``, ``added p99``."""
        if self.kind is not Kind.LATENCY:
            return self.kind.value
        name = "mean" if self.probability is None else f"p{self.probability * 100:g}"
        return f"added {name}" if self.added else name


@dataclass(frozen=True)
class Rebuilt:
    """A figure with its scenario."""

    cell: Cell
    setup: Setup
    reading: Reading


class NotRebuilt(Exception):  # noqa: N818 - a reason, not an error of the user
    """Why a figure has no scenario."""


def rebuild(cell: Cell) -> Rebuilt:
    """The scenario of a figure. Raises NotRebuilt with the reason."""
    missing = unknown_part(cell)
    if missing:
        raise NotRebuilt(f"has {missing}")
    reading = _reading(cell)
    return Rebuilt(cell, _setup(cell, reading), reading)


def _setup(cell: Cell, reading: Reading) -> Setup:
    course = _course(cell)
    if reading.kind is not Kind.MEMORY and cell.rate_per_s is None:
        _must_be_closed(cell)
    protocol = _PROTOCOLS.get(cell.protocol.lower().partition(" ")[0])
    if protocol is None or "handshake" in cell.protocol.lower():
        raise NotRebuilt("a protocol or a way of using it that no scenario has")
    payload = 1024.0 if cell.payload_bytes is None else cell.payload_bytes
    return Setup(
        meshes=_meshes(cell, course),
        course=course,
        encrypted=cell.encrypted is not False,
        protocol=protocol,
        request_bytes=payload if cell.request_bytes is None else cell.request_bytes,
        response_bytes=payload,
        generator=generator_of(cell),
        rate_per_s=None if generator_of(cell).process == "closed" else cell.rate_per_s,
        workers=cell.workers or _workers(cell),
        features=features_of(cell),
        details=cell.configuration if features_of(cell) else "",
        hops=cell.hops,
        never_idle=cell.ours and cell.generator == "closed loop",
    )


def _workers(cell: Cell) -> int | None:
    """As many as the CPU limit has whole cores, if there is one."""
    limit = _LIMIT.search(cell.configuration)
    return max(1, math.ceil(int(limit.group(1)) / 1000)) if limit else None


def _course(cell: Cell) -> Course:
    mode = cell.mode.lower()
    if cell.mesh == "none":
        return "direct"
    if "gateway (1" in mode:
        return "server"
    if mode in _COURSES:
        return _COURSES[mode]
    return "both" if mode in {"", "sidecar"} and cell.mesh not in {"linkerd", "cilium"} else "mesh"


def _meshes(cell: Cell, course: Course) -> tuple[str, ...]:
    if course == "direct":
        return ("none",)
    if cell.mode in {"node-encryption", "ebpf"}:
        raise NotRebuilt(f"no mesh file has the mode {cell.mode!r}")
    by_mode, by_mesh = (cell.mesh, cell.mode), (cell.mesh, "")
    return MESHES.get(by_mode) or MESHES.get(by_mesh) or (cell.mesh,)


def _must_be_closed(cell: Cell) -> None:
    if generator_of(cell).process != "closed" or "closed" not in cell.generator:
        raise NotRebuilt("its source does not say the rate")


def _reading(cell: Cell) -> Reading:
    found = _LATENCY.match(cell.metric)
    if found:
        return _latency(cell, *found.groups())
    if cell.metric in {"cpu_cores", "cpu_vcpu_per_1000rps", "cpu_us_per_request"}:
        role = _role(cell)
        return Reading(Kind.CPU, _cpu_s(cell), role=role)
    if cell.metric == "memory_mb" and _MEMORY_UNIT.match(cell.unit):
        return _memory(cell)
    one_more = {
        "memory_bytes_per_cluster": "services",
        "memory_bytes_per_host": "endpoints",
        "memory_bytes_per_connection": "connections",
    }.get(cell.metric)
    if one_more is not None and cell.unit == "bytes":
        return Reading(Kind.MEMORY, cell.value, role=_role(cell), one_more=one_more)
    raise NotRebuilt(f"the metric {cell.metric} ({cell.unit}) is not simulated")


def _latency(cell: Cell, added: str | None, which: str) -> Reading:
    if cell.value <= 0:
        raise NotRebuilt("a latency of zero or below has no relative error")
    digits = which.removeprefix("p")
    probability = None if which == "mean" else float(f"0.{digits}")
    return Reading(Kind.LATENCY, cell.value / 1e3, probability, added is not None)


def _cpu_s(cell: Cell) -> float:
    """CPU per request [s]."""
    if cell.value <= 0:
        raise NotRebuilt("a CPU of zero was not recorded")
    if cell.metric == "cpu_us_per_request":
        return cell.value * 1e-6
    if cell.metric == "cpu_vcpu_per_1000rps":
        return cell.value / 1000.0
    if cell.rate_per_s is None:
        raise NotRebuilt("its source does not say the rate")
    return cell.value / cell.rate_per_s


def _role(cell: Cell) -> str:
    role = _ROLES.get(cell.component)
    if role is None:
        raise NotRebuilt(f"the component {cell.component!r} is not a proxy in the path")
    return role


def _memory(cell: Cell) -> Reading:
    """The memory of a proxy that holds what the configuration says, and little where it does not.

    A mesh of two services is assumed, with two connections through each proxy for each of the
    load generator's.
    """
    sizes = sizes_of(cell)
    each = sizes.get("each")
    if each is None:
        services = sizes.get("service", sizes.get("route", 2))
        routes, listeners = sizes.get("route", services), sizes.get("listener", HTTP_LISTENERS)
        connections = sizes.get("connection", 2 * (cell.connections or 0))
        endpoints = sizes.get("endpoint", services)
    else:
        services = sizes.get("service", 1 if "endpoint" in sizes else 0)
        routes, listeners = sizes.get("route", 0), sizes.get("listener", 0)
        connections = sizes.get("connection", 0)
        endpoints = sizes.get("endpoint", services * each)
    held = Configuration(services, endpoints, routes, listeners)
    measured = cell.value * _MEGA[cell.unit.partition(" ")[0]]
    return Reading(Kind.MEMORY, measured, role=_role(cell), held=held, connections=connections)

"""What the words of a figure say: load generator, features in the path, size of the mesh.

Tables of figures describe these in prose. Words that are known are listed here; where a source is
silent, what is assumed instead is returned as a sentence, so that a report can count it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from meshsim.calibration.accuracy.cells import Cell

Process = Literal["paced", "constant", "poisson", "closed"]
_PACED = ("fortio",)
_EVEN = ("nighthawk", "vegeta", "k6", "wrk2", "artillery", "jmeter", "ghz", "locust", "gatling")
_CLOSED = ("closed", "wrk", "hey", "ab ", "apachebench", "h2load", "oha", "bombardier", "netperf")
_USERS_OF_FORTIO = "istio"
"""Sources whose names begin so: the project has always used it for its figures."""
_AS_FAST = re.compile(r"; *max\b|\bmax qps\b|\bas fast as\b|-qps 0\b")
_FORTIO_JITTER = 0.1
_FORTIO_TICK_S = 1e-3
_CONNECTIONS = 16
"""Where a source is silent; in the middle of what load generators take unasked (4 to 64)."""

FEATURES = {
    "jwt": ("jwt",),
    "extauthz": ("externalcheck", "external authori"),
    "rbac": ("rbac", "authz ", "authorizationpolicy", "authz policies"),
    "accesslog": ("accesslog", "access log", "access-log", "sd-full"),
    "wasm": ("wasm",),
    "lua": ("lua",),
    "gzip": ("gzip", "compress"),
    "tracing": ("tracing", "otel"),
    "ratelimit": ("ratelimit", "rate limit", "rate-limit"),
    "cors": ("cors",),
    "fault": ("fault",),
    "headermutation": ("header_mutation", "header mutation"),
}
"""Features by a part of the name that a filter of a mesh file has, letters and digits only → words
for them."""
_ABSENT = ("not applied", "ext-authz off", "without", "no policy", "no access", "nologging")
_GONE = {
    "mixer": "Mixer, a part of Istio until 1.4 that no mesh file describes",
    "fault+cors": "several filters at once",
    "lua_const": "a script that uses up CPU",
    "lua_exp": "a script that uses up CPU",
}
_SIZES = re.compile(
    r"([\d,]+)\s*(?:visible\s+)?(services?|clusters?|httproutes?|routes?|vhosts?|listeners?|"
    r"endpoints?|hosts?|connections?|idle_conn\w*)",
    re.IGNORECASE,
)
_HOLDS = re.compile(r"holds (\d+) (\w+) of ([\d.]+) endpoints$")


@dataclass(frozen=True)
class Generator:
    """The way the load was made."""

    process: Process
    connections: int
    jitter: float = 0.0
    tick_s: float = 0.0
    assumed: tuple[str, ...] = ()
    """What the source does not say."""


def generator_of(cell: Cell) -> Generator:
    """The load generator of a figure."""
    words = f"{cell.generator} {cell.configuration}".lower()
    assumed = [] if cell.connections else [f"{_CONNECTIONS} connections"]
    connections = cell.connections or _CONNECTIONS
    named = next((n for n in (*_PACED, *_EVEN, *_CLOSED) if n in words), "")
    if not named and cell.source.startswith(_USERS_OF_FORTIO):
        named, assumed = "fortio", [*assumed, "fortio as load generator"]
    if cell.rate_per_s is None or named in _CLOSED or _AS_FAST.search(words):
        return Generator("closed", connections, assumed=tuple(assumed))
    if named in _EVEN:
        return Generator("constant", connections, assumed=tuple(assumed))
    if not named or "open loop" in words:
        assumed += [] if "open loop" in words else ["requests that arrive independently"]
        return Generator("poisson", connections, assumed=tuple(assumed))
    jitter = _FORTIO_JITTER if "jitter" in words and "no jitter" not in words else 0.0
    return Generator("paced", connections, jitter, _FORTIO_TICK_S, tuple(assumed))


def features_of(cell: Cell) -> tuple[str, ...]:
    """Names of the features that the configuration speaks of, in the order of the table."""
    words = cell.configuration.lower()
    if any(absent in words for absent in _ABSENT):
        return ()
    words = words.replace("ext-authz", "externalcheck").replace("ext_authz", "externalcheck")
    return tuple(name for name, said in FEATURES.items() if any(each in words for each in said))


def unknown_part(cell: Cell) -> str:
    """A part of the configuration that no scenario can have; empty if there is none."""
    words = cell.configuration.lower().replace("nomix", "")
    return next((what for word, what in _GONE.items() if word in words), "")


def sizes_of(cell: Cell) -> dict[str, int]:
    """What a proxy holds, as far as the configuration says: ``{"service": 500}``.

    In the words of our own files, ``holds 1000 clusters of 3 endpoints``, nothing else is held, and
    the key ``each`` has the endpoints of a cluster.
    """
    holds = _HOLDS.match(cell.configuration)
    if holds:
        count, thing, each = holds.groups()
        return {_singular(thing.lower()): int(count), "each": round(float(each))}
    found: dict[str, int] = {}
    for count, thing in _SIZES.findall(cell.configuration):
        found[_singular(thing.lower())] = int(count.replace(",", ""))
    return found


def _singular(thing: str) -> str:
    if thing.startswith(("idle_conn", "connection")):
        return "connection"
    word = thing.partition("_")[0].removesuffix("s")
    return {"cluster": "service", "httproute": "route", "vhost": "route", "host": "endpoint"}.get(
        word, word
    )

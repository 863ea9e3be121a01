"""The data paths that are measured, and the listeners and clusters that make them.

    proxy       generator -> one HTTP proxy -> upstream
    sidecar_*   generator -> client sidecar -> server sidecar -> upstream, HTTP/1.1 or HTTP/2 and
                plain text or mutual TLS between the two
    tcp_plain   generator -> one TCP proxy -> upstream
    tcp_mtls    as a pair, TCP proxies with mutual TLS between them (the layer 4 path)

One Envoy, the *client*, has a listener for each of them, and for each filter variant; the *server*
has the far ends of the pairs. Only one is under load at a time. A listener that is not used costs
nothing per request.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from meshsim.calibration.measuring.certificates import Identity
from meshsim.calibration.measuring.envoy_config import (
    Json,
    Tls,
    cluster,
    direct_response,
    http_connections,
    http_filter,
    listener,
    route,
    tcp_proxy,
)
from meshsim.calibration.measuring.envoy_filters import (
    AUTHORISER,
    COLLECTOR,
    Variant,
    variant_listener,
)

UPSTREAM = "upstream"
CLIENT, SERVER, REFERENCE = "client", "server", "reference"
ROLES_OF_ONE = {"proxy": CLIENT}
ROLES_OF_A_PAIR = {"server_sidecar": SERVER, "client_sidecar": CLIENT}
"""Role to process, in the order of the measurement files."""
_BODY_MAX = 1 << 20


@dataclass(frozen=True)
class Topology:
    """A data path: protocol between the proxies (or of the proxy), and whether it is encrypted."""

    name: str
    protocol: str
    tls: bool = False
    pair: bool = False

    @property
    def roles(self) -> Mapping[str, str]:
        """Role of each proxy on the path, and the process that plays it."""
        return ROLES_OF_A_PAIR if self.pair else ROLES_OF_ONE


@dataclass(frozen=True)
class Handshake:
    """A pair that opens a connection between its sidecars for each request."""

    key: str
    mutual: bool = False
    resumption: bool = False

    @property
    def name(self) -> str:
        """Name of its listeners."""
        return f"handshake_{self.key}_{self.mutual:d}_{self.resumption:d}"


TOPOLOGIES = {
    topology.name: topology
    for topology in (
        Topology("proxy", "h1"),
        Topology("sidecar_h1_plain", "h1", pair=True),
        Topology("sidecar_h1", "h1", tls=True, pair=True),
        Topology("sidecar_h2_plain", "h2", pair=True),
        Topology("sidecar_h2", "h2", tls=True, pair=True),
        Topology("tcp_plain", "tcp"),
        Topology("tcp_mtls", "tcp", tls=True, pair=True),
    )
}
HANDSHAKES = (
    Handshake("plain"),
    *(
        Handshake(key, mutual, resumption)
        for key in ("rsa", "ec")
        for mutual, resumption in ((False, False), (True, False), (True, True))
    ),
)


def upstream_listeners(payloads: Sequence[int]) -> list[Json]:
    """What answers ``/N`` with N bytes once the request is complete, and helpers of filters."""
    whole = http_filter("buffer", "buffer.v3.Buffer", max_request_bytes=_BODY_MAX)
    routes = [direct_response(f"/{size}", size) for size in sorted(set(payloads))]
    empty = {"match": {"prefix": "/"}, "direct_response": {"status": 200}}
    plain_text = [{"header": {"key": "content-type", "value": "text/plain"}}]
    for one in routes:
        one["response_headers_to_add"] = plain_text
    return [
        listener(UPSTREAM, http_connections(routes, [whole])),
        listener(AUTHORISER, http_connections([empty], [whole])),
        listener(COLLECTOR, http_connections([empty], [whole])),
    ]


def reference_parts(upstream: Mapping[str, int]) -> tuple[list[Json], list[Json]]:
    """Listeners and clusters of the reference: one HTTP/1.1 hop without filters."""
    return [_hop("proxy", UPSTREAM)], [cluster(UPSTREAM, [upstream[UPSTREAM]])]


def server_parts(
    upstream: Mapping[str, int], identities: Mapping[str, Identity]
) -> tuple[list[Json], list[Json]]:
    """Listeners and clusters of the server's side of all pairs."""
    listeners = [
        _server_end(topology, identities) for topology in TOPOLOGIES.values() if topology.pair
    ]
    listeners += [_hop(shake.name, UPSTREAM, _tls_of(shake, identities)) for shake in HANDSHAKES]
    return listeners, [cluster(UPSTREAM, [upstream[UPSTREAM]])]


def client_parts(
    upstream: Mapping[str, int],
    server: Mapping[str, int],
    identities: Mapping[str, Identity],
    filters: Mapping[str, Variant],
) -> tuple[list[Json], list[Json]]:
    """Listeners and clusters of the side that the generator talks to."""
    listeners, clusters = [], [cluster(name, [port]) for name, port in upstream.items()]
    for topology in TOPOLOGIES.values():
        target = topology.name if topology.pair else UPSTREAM
        is_tcp = topology.protocol == "tcp"
        listeners.append(
            listener(topology.name, tcp_proxy(target)) if is_tcp else _hop(topology.name, target)
        )
        if topology.pair:
            tls = Tls(identities["ec"]) if topology.tls else None
            h2 = topology.protocol == "h2"
            clusters.append(cluster(topology.name, [server[topology.name]], tls, h2=h2))
    for shake in HANDSHAKES:
        listeners.append(_hop(shake.name, shake.name))
        tls = _tls_of(shake, identities)
        ports = [server[shake.name]]
        clusters.append(cluster(shake.name, ports, tls, requests_per_connection=1))
    listeners += [
        variant_listener(filter_target(name), variant, UPSTREAM)
        for name, variant in filters.items()
    ]
    return listeners, clusters


def filter_target(name: str) -> str:
    """Name of the listener of a filter variant."""
    return f"filter {name}"


def _hop(name: str, target: str, tls: Tls | None = None, h2: bool = False) -> Json:
    return listener(name, http_connections([route(target)]), tls, h2)


def _server_end(topology: Topology, identities: Mapping[str, Identity]) -> Json:
    tls = Tls(identities["ec"]) if topology.tls else None
    if topology.protocol == "tcp":
        return listener(topology.name, tcp_proxy(UPSTREAM), tls)
    return _hop(topology.name, UPSTREAM, tls, h2=topology.protocol == "h2")


def _tls_of(shake: Handshake, identities: Mapping[str, Identity]) -> Tls | None:
    if shake.key == "plain":
        return None
    return Tls(identities[shake.key], mutual=shake.mutual, resumption=shake.resumption)

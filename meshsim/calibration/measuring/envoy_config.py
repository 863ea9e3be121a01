"""Configuration of an Envoy: listeners, clusters and their parts, as the JSON that it reads.

Only what a measurement needs. All addresses are on loopback, all ports are given by the kernel.
Source of the field names: Envoy's API reference, version 3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from meshsim.calibration.measuring.certificates import Identity

Json = dict[str, Any]

_TYPE = "type.googleapis.com/envoy."
_BODY_MAX = 1 << 20
_PLENTY = 100_000
_SESSIONS = 64
"""A ticket serves once, so connections that open at a time need as many."""


@dataclass(frozen=True)
class Tls:
    """TLS of one leg: whose certificate, whether the client shows one, whether sessions resume."""

    identity: Identity
    mutual: bool = True
    resumption: bool = True


def typed(kind: str, **fields: object) -> Json:
    """A message of an Envoy type, such as ``extensions.filters.http.lua.v3.Lua``."""
    return {"@type": f"{_TYPE}{kind}", **fields}


def http_filter(name: str, kind: str, **fields: object) -> Json:
    """An HTTP filter ``envoy.filters.http.NAME`` of a type below ``extensions.filters.http``."""
    config = typed(f"extensions.filters.http.{kind}", **fields)
    return {"name": f"envoy.filters.http.{name}", "typed_config": config}


def bootstrap(admin: str, listeners: Sequence[Json], clusters: Sequence[Json]) -> Json:
    """All of an Envoy's configuration; ``admin`` is the name of its abstract socket."""
    return {
        "admin": {"address": {"pipe": {"path": f"@{admin}"}}},
        "static_resources": {"listeners": list(listeners), "clusters": list(clusters)},
    }


def listener(name: str, network_filter: Json, tls: Tls | None = None, h2: bool = False) -> Json:
    """A listener at a port of the kernel's choice."""
    chain: Json = {"filters": [network_filter]}
    if tls is not None:
        context = typed(
            "extensions.transport_sockets.tls.v3.DownstreamTlsContext",
            common_tls_context=_common_tls(tls, h2, own=True, check=tls.mutual),
            require_client_certificate=tls.mutual,
            disable_stateless_session_resumption=not tls.resumption,
            disable_stateful_session_resumption=not tls.resumption,
        )
        chain["transport_socket"] = _tls_socket(context)
    return {"name": name, "address": address(0), "filter_chains": [chain]}


def address(port: int) -> Json:
    """A port on loopback; 0 lets the kernel choose."""
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


def http_connections(
    routes: Sequence[Json], filters: Sequence[Json] = (), **fields: object
) -> Json:
    """The network filter that speaks HTTP/1.1 and HTTP/2, with one virtual host."""
    return http_hosts(
        [{"name": "all", "domains": ["*"], "routes": list(routes)}], filters, **fields
    )


def http_hosts(hosts: Sequence[Json], filters: Sequence[Json] = (), **fields: object) -> Json:
    """The network filter that speaks HTTP, with these virtual hosts."""
    router = http_filter("router", "router.v3.Router", suppress_envoy_headers=True)
    config = typed(
        "extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        stat_prefix="http",
        route_config={
            "max_direct_response_body_size_bytes": _BODY_MAX,
            "virtual_hosts": list(hosts),
        },
        http_filters=[*filters, router],
        **fields,
    )
    return {"name": "envoy.filters.network.http_connection_manager", "typed_config": config}


def tcp_proxy(cluster_name: str) -> Json:
    """The network filter that forwards bytes."""
    kind = "extensions.filters.network.tcp_proxy.v3.TcpProxy"
    config = typed(kind, stat_prefix="tcp", cluster=cluster_name)
    return {"name": "envoy.filters.network.tcp_proxy", "typed_config": config}


def route(cluster_name: str) -> Json:
    """A route of all paths to a cluster."""
    return {"match": {"prefix": "/"}, "route": {"cluster": cluster_name}}


def direct_response(path: str, body_bytes: int) -> Json:
    """A route that answers by itself with so many bytes."""
    response: Json = {"status": 200}
    if body_bytes:
        response["body"] = {"inline_string": "x" * body_bytes}
    return {"match": {"path": path}, "direct_response": response}


def cluster(
    name: str,
    ports: Sequence[int],
    tls: Tls | None = None,
    *,
    h2: bool = False,
    requests_per_connection: int | None = None,
    **fields: object,
) -> Json:
    """A cluster of endpoints on loopback, without limits that could be met."""
    endpoints = [{"endpoint": {"address": address(port)}} for port in ports]
    limits = dict.fromkeys(("max_connections", "max_pending_requests", "max_requests"), _PLENTY)
    made: Json = {
        "name": name,
        "type": "STATIC",
        "connect_timeout": "5s",
        "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": endpoints}]},
        "circuit_breakers": {"thresholds": [limits]},
        **fields,
    }
    if h2 or requests_per_connection is not None:
        made["typed_extension_protocol_options"] = _protocol(h2, requests_per_connection)
    if tls is not None:
        context = typed(
            "extensions.transport_sockets.tls.v3.UpstreamTlsContext",
            common_tls_context=_common_tls(tls, h2, own=tls.mutual, check=True),
            max_session_keys=_SESSIONS if tls.resumption else 0,
            sni="localhost",
        )
        made["transport_socket"] = _tls_socket(context)
    return made


def _protocol(h2: bool, requests_per_connection: int | None) -> Json:
    version = "http2_protocol_options" if h2 else "http_protocol_options"
    options = typed(
        "extensions.upstreams.http.v3.HttpProtocolOptions", explicit_http_config={version: {}}
    )
    if requests_per_connection is not None:
        options["common_http_protocol_options"] = {
            "max_requests_per_connection": requests_per_connection
        }
    return {"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": options}


def _common_tls(tls: Tls, h2: bool, *, own: bool, check: bool) -> Json:
    made: Json = {"tls_params": {"tls_minimum_protocol_version": "TLSv1_3"}}
    made["tls_params"]["tls_maximum_protocol_version"] = "TLSv1_3"
    if h2:
        made["alpn_protocols"] = ["h2"]
    if own:
        chain = {"inline_string": tls.identity.certificate}
        key = {"inline_string": tls.identity.private_key}
        made["tls_certificates"] = [{"certificate_chain": chain, "private_key": key}]
    if check:
        made["validation_context"] = {"trusted_ca": {"inline_string": tls.identity.authority}}
    return made


def _tls_socket(context: Json) -> Json:
    return {"name": "envoy.transport_sockets.tls", "typed_config": context}

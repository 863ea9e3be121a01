"""The filters whose cost is measured: one-hop listeners that differ in one thing each.

Names are those of the measurement files. Every request passes every filter without being stopped:
policies allow, limits are never reached, tokens are valid.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from meshsim.calibration.measuring.certificates import ISSUER, Token
from meshsim.calibration.measuring.envoy_config import (
    Json,
    http_connections,
    http_filter,
    listener,
    route,
    typed,
)

AUTHORISER = "authoriser"
COLLECTOR = "collector"


@dataclass(frozen=True)
class Variant:
    """Filters before the router, other fields of the connection manager, headers of requests."""

    filters: tuple[Json, ...] = ()
    fields: Json = field(default_factory=dict)
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Surroundings:
    """What filters refer to: a token, and a file that a log is appended to."""

    token: Token
    log_path: str


def variant_listener(name: str, variant: Variant, cluster_name: str) -> Json:
    """The listener of one hop with this variant's filters."""
    network = http_connections([route(cluster_name)], variant.filters, **variant.fields)
    return listener(name, network)


def variants(around: Surroundings) -> dict[str, Variant]:
    """All variants by the name of their test; ``none`` is the proxy without any."""
    return {name: make(around) for name, make in _VARIANTS.items()}


def variant_names() -> tuple[str, ...]:
    """Names of all variants."""
    return tuple(_VARIANTS)


def _rbac(policies: int) -> Variant:
    """Policies for other paths, and at last one for the path that is asked for."""
    others = {f"policy-{i:03}": _policy(f"/nothing/{i}", f"user-{i}") for i in range(policies - 1)}
    allowed = {"permissions": [{"any": True}], "principals": [{"any": True}]}
    rules = {"action": "ALLOW", "policies": {**others, "policy-last": allowed}}
    return Variant((http_filter("rbac", "rbac.v3.RBAC", rules=rules),))


def _policy(path: str, user: str) -> Json:
    header = {"name": "x-user", "string_match": {"exact": user}}
    return {
        "permissions": [{"url_path": {"path": {"exact": path}}}],
        "principals": [{"header": header}],
    }


def _jwt(token: Token, cache: bool) -> Variant:
    provider: Json = {"issuer": ISSUER, "local_jwks": {"inline_string": token.key_set}}
    if cache:
        provider["jwt_cache_config"] = {"jwt_cache_size": 100}
    rule = {"match": {"prefix": "/"}, "requires": {"provider_name": "one"}}
    made = http_filter(
        "jwt_authn",
        "jwt_authn.v3.JwtAuthentication",
        providers={"one": provider},
        rules=[rule],
    )
    return Variant((made,), headers=(("authorization", f"Bearer {token.text}"),))


def _local_rate_limit() -> Variant:
    bucket = {"max_tokens": 10_000_000, "tokens_per_fill": 10_000_000, "fill_interval": "1s"}
    always = {"default_value": {"numerator": 100, "denominator": "HUNDRED"}}
    made = http_filter(
        "local_ratelimit",
        "local_ratelimit.v3.LocalRateLimit",
        stat_prefix="limit",
        token_bucket=bucket,
        filter_enabled=always,
        filter_enforced=always,
    )
    return Variant((made,))


def _access_log(path: str) -> Json:
    config = typed("extensions.access_loggers.file.v3.FileAccessLog", path=path)
    return {"access_log": [{"name": "envoy.access_loggers.file", "typed_config": config}]}


def _tracing(percent: float) -> Variant:
    exporter = {"cluster": COLLECTOR, "uri": "http://127.0.0.1/v1/traces", "timeout": "1s"}
    config = typed(
        "config.trace.v3.OpenTelemetryConfig",
        service_name="meshsim",
        http_service={"http_uri": exporter},
    )
    provider = {"name": "envoy.tracers.opentelemetry", "typed_config": config}
    tracing = {"provider": provider, "random_sampling": {"value": percent}}
    return Variant(fields={"tracing": tracing, "generate_request_id": True})


def _ext_authz() -> Variant:
    server = {"uri": "http://127.0.0.1", "cluster": AUTHORISER, "timeout": "2s"}
    made = http_filter("ext_authz", "ext_authz.v3.ExtAuthz", http_service={"server_uri": server})
    return Variant((made,))


def _lua() -> Variant:
    code = "function envoy_on_request(handle) end\nfunction envoy_on_response(handle) end\n"
    source = {"inline_string": code}
    return Variant((http_filter("lua", "lua.v3.Lua", default_source_code=source),))


def _header_mutation(count: int) -> Variant:
    added = [
        {"append": {"header": {"key": f"x-added-{i}", "value": "value"}}} for i in range(count)
    ]
    made = http_filter(
        "header_mutation",
        "header_mutation.v3.HeaderMutation",
        mutations={"request_mutations": added},
    )
    return Variant((made,))


def _gzip() -> Variant:
    library = {
        "name": "gzip",
        "typed_config": typed("extensions.compression.gzip.compressor.v3.Gzip"),
    }
    common = {"min_content_length": 30, "content_type": ["text/plain"]}
    made = http_filter(
        "compressor",
        "compressor.v3.Compressor",
        compressor_library=library,
        response_direction_config={"common_config": common},
    )
    return Variant((made,), headers=(("accept-encoding", "gzip"),))


def _fault() -> Json:
    abort = {"http_status": 503, "percentage": {"numerator": 0}}
    return http_filter("fault", "fault.v3.HTTPFault", abort=abort)


def _cors() -> Json:
    return http_filter("cors", "cors.v3.Cors")


def _istio_like(_: Surroundings) -> Variant:
    statistics = http_filter("grpc_stats", "grpc_stats.v3.FilterConfig", emit_filter_state=True)
    return Variant((_fault(), _cors(), statistics), _access_log("/dev/null"))


_VARIANTS: dict[str, Callable[[Surroundings], Variant]] = {
    "none": lambda _: Variant(),
    "rbac_1policy": lambda _: _rbac(1),
    "rbac_100policies": lambda _: _rbac(100),
    "jwt_rs256": lambda around: _jwt(around.token, cache=False),
    "jwt_rs256_cache": lambda around: _jwt(around.token, cache=True),
    "local_ratelimit": lambda _: _local_rate_limit(),
    "accesslog_devnull": lambda _: Variant(fields=_access_log("/dev/null")),
    "accesslog_file": lambda around: Variant(fields=_access_log(around.log_path)),
    "otel_tracing_1pct": lambda _: _tracing(1.0),
    "otel_tracing_100pct": lambda _: _tracing(100.0),
    "fault_0pct": lambda _: Variant((_fault(),)),
    "lua_empty": lambda _: _lua(),
    "cors": lambda _: Variant((_cors(),)),
    "header_mutation5": lambda _: _header_mutation(5),
    "ext_authz_http": lambda _: _ext_authz(),
    "gzip": lambda _: _gzip(),
    "istio_like(fault+cors+grpc_stats+accesslog)": _istio_like,
}

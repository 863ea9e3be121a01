"""Goal: each filter variant differs from the bare proxy as its name says. Method: its parts."""

import pytest

from meshsim.calibration.measuring.certificates import Token
from meshsim.calibration.measuring.envoy_filters import (
    Surroundings,
    variant_listener,
    variant_names,
    variants,
)

FOUND = variants(Surroundings(Token("head.claims.sign", "{}"), "/dev/fd/7"))


def names_of(variant):
    return [one["name"].removeprefix("envoy.filters.http.") for one in variant.filters]


@pytest.mark.parametrize(
    ("name", "filters"),
    [
        ("none", []),
        ("rbac_1policy", ["rbac"]),
        ("jwt_rs256", ["jwt_authn"]),
        ("local_ratelimit", ["local_ratelimit"]),
        ("ext_authz_http", ["ext_authz"]),
        ("gzip", ["compressor"]),
        ("accesslog_file", []),
        ("istio_like(fault+cors+grpc_stats+accesslog)", ["fault", "cors", "grpc_stats"]),
    ],
)
def test_filters_by_name(name, filters):
    assert names_of(FOUND[name]) == filters


@pytest.mark.parametrize(("name", "policies"), [("rbac_1policy", 1), ("rbac_100policies", 100)])
def test_policies(name, policies):
    (rbac,) = FOUND[name].filters
    assert len(rbac["typed_config"]["rules"]["policies"]) == policies


def test_requests_carry_what_filters_look_for():
    assert FOUND["jwt_rs256"].headers == (("authorization", "Bearer head.claims.sign"),)
    assert FOUND["gzip"].headers == (("accept-encoding", "gzip"),)
    assert FOUND["none"].headers == ()


@pytest.mark.parametrize(
    ("name", "percent"), [("otel_tracing_1pct", 1), ("otel_tracing_100pct", 100)]
)
def test_tracing_samples(name, percent):
    assert FOUND[name].fields["tracing"]["random_sampling"] == {"value": percent}


def test_the_log_goes_to_the_file():
    (log,) = FOUND["accesslog_file"].fields["access_log"]
    assert log["typed_config"]["path"] == "/dev/fd/7"


def test_a_listener_has_the_router_last():
    assert set(FOUND) == set(variant_names())
    (chain,) = variant_listener("x", FOUND["cors"], "upstream")["filter_chains"]
    filters = chain["filters"][0]["typed_config"]["http_filters"]
    assert [one["name"].rpartition(".")[2] for one in filters] == ["cors", "router"]

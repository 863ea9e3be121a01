"""Words about load generators, features and sizes mean what people mean by them."""

import measured_figures as figures
import pytest

from meshsim.calibration.accuracy.wording import (
    features_of,
    generator_of,
    sizes_of,
    unknown_part,
)


def made_by(words, **more):
    return generator_of(figures.cell(generator=words, **more))


@pytest.mark.parametrize(
    ("words", "process", "jitter"),
    [
        ("fortio", "paced", 0.0),
        ("fortio, jitter", "paced", 0.1),
        ("fortio, NO jitter", "paced", 0.0),
        ("nighthawk", "constant", 0.0),
        ("wrk2", "constant", 0.0),
        ("wrk", "closed", 0.0),
        ("open loop, Poisson", "poisson", 0.0),
        ("closed loop", "closed", 0.0),
    ],
)
def test_generators(words, process, jitter):
    made = made_by(words)
    assert (made.process, made.jitter, made.connections, made.assumed) == (process, jitter, 4, ())


def test_fortio_has_a_clock_in_milliseconds():
    assert made_by("fortio").tick_s == 1e-3
    assert made_by("nighthawk").tick_s == 0.0


def test_jitter_may_stand_in_the_configuration():
    assert made_by("fortio", configuration="stats; jitter (inferred)").jitter == 0.1


@pytest.mark.parametrize("words", ["gateway; max", "max qps"])
def test_as_fast_as_possible_is_a_closed_loop(words):
    assert made_by("", configuration=words).process == "closed"


def test_without_a_rate_it_is_a_closed_loop():
    assert made_by("fortio", rate_per_s=None).process == "closed"


def test_what_is_assumed_is_told():
    unknown = made_by("", connections=None)
    assert (unknown.process, unknown.connections) == ("poisson", 16)
    assert unknown.assumed == ("16 connections", "requests that arrive independently")
    istio = made_by("see page", source="istio-docs")
    assert (istio.process, istio.assumed) == ("paced", ("fortio as load generator",))


@pytest.mark.parametrize(
    ("words", "features"),
    [
        ("", ()),
        ("stats filter", ()),
        ("filter jwt_rs256_cache", ("jwt",)),
        ("ext-authz on", ("extauthz",)),
        ("ext-authz off", ()),
        ("authz 1000 principals", ("rbac",)),
        ("sidecar, no policy", ()),
        ("v2-sd-full-nullvm", ("accesslog",)),
        ("stats-wasm with access logs", ("accesslog", "wasm")),
    ],
)
def test_features(words, features):
    assert features_of(figures.cell(configuration=words)) == features


def test_parts_that_no_scenario_has():
    assert "Mixer" in unknown_part(figures.cell(configuration="mixer (default)"))
    assert unknown_part(figures.cell(configuration="nomixer; jitter")) == ""
    assert "script" in unknown_part(figures.cell(configuration="filter queue_lua_exp"))


@pytest.mark.parametrize(
    ("words", "sizes"),
    [
        ("", {}),
        ("100 Services visible, each with 1 endpoint", {"service": 100, "endpoint": 1}),
        ("1,000 HTTPRoutes, scaling-up", {"route": 1000}),
        ("325 clusters / 466 endpoints", {"service": 325, "endpoint": 466}),
        ("holds 1000 clusters_tls_ec of 3 endpoints", {"service": 1000, "each": 3}),
        ("holds 500 idle_conn_h1_mtls of 1 endpoints", {"connection": 500, "each": 1}),
        ("holds 100 vhosts of 1 endpoints", {"route": 100, "each": 1}),
        ("200 connections", {"connection": 200}),
    ],
)
def test_sizes(words, sizes):
    assert sizes_of(figures.cell(configuration=words)) == sizes

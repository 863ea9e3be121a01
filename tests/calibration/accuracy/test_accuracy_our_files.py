"""Rows of the files of our own measurements become cells, each layout by literal rows."""

import pytest

from meshsim.calibration.accuracy.our_files import HANDSHAKE, MEMORY, PAIRED, QUEUE, UNPAIRED
from meshsim.calibration.accuracy.our_files import cells_of as read

PAIR = {
    "block": "topo",
    "test": "sidecar_h1",
    "role": "client_sidecar",
    "protocol": "h1",
    "tls": "1",
    "payload_bytes": "16384",
    "req_bytes": "0",
    "mode": "closed",
    "rps": "9384",
    "ratio": "1.5",
    "ref_cpu_us": "31",
}
ALONE = {
    "scenario": "b_one_proxy",
    "concurrency": "2",
    "protocol": "h2",
    "tls": "0",
    "payload_bytes": "1024",
    "req_bytes": "5",
    "connections": "64",
    "arrivals": "poisson",
    "target_rps": "2000",
    "cpu_us_proxy": "120",
    "p50_ms": "0.3",
    "p90_ms": "0.5",
    "p99_ms": "2",
    "contaminated": "0",
}
QUEUED = {
    "tag": "native",
    "rate": "5000",
    "cpu_us": "96",
    "meas_p50": "285.6",
    "meas_p90": "444",
    "meas_p99": "2946",
    "contaminated": "0",
}
FULL = {"kind": "clusters", "n": "1000", "rss_mb": "118", "concurrency": "4"}


def cells_of(layout, row, **changes):
    return read(layout, "ours", [("f.csv:2", {**row, **changes})])[0]


def test_a_pair_in_a_closed_loop():
    (cell,) = cells_of(PAIRED, PAIR)
    assert (cell.source, cell.place, cell.ours, cell.fixed_machine) == (
        "ours",
        "f.csv:2",
        True,
        True,
    )
    assert (cell.metric, cell.value) == ("cpu_us_per_request", pytest.approx(1.5 * 31.3))
    assert (cell.mesh, cell.mode, cell.component) == ("envoy", "sidecar", "client-proxy")
    assert (cell.encrypted, cell.protocol, cell.payload_bytes) == (True, "http1", 16384.0)
    assert (cell.rate_per_s, cell.generator, cell.workers) == (None, "closed loop", 1)


def test_one_proxy_in_an_open_loop_has_the_rate_that_was_asked_for():
    changes = {"test": "proxy@300", "role": "proxy", "mode": "open", "rps": "304", "block": "load"}
    (cell,) = cells_of(PAIRED, PAIR, **changes)
    assert (cell.mode, cell.component, cell.rate_per_s) == ("one-proxy", "one-proxy", 300.0)
    assert cell.generator == "open loop, Poisson"


@pytest.mark.parametrize(("test", "words"), [("jwt_rs256", "filter jwt_rs256"), ("none", "")])
def test_filters_are_named(test, words):
    (cell,) = cells_of(PAIRED, PAIR, block="filter", test=test)
    assert cell.configuration == words


def test_a_ratio_that_is_missing_gives_no_cell():
    assert read(PAIRED, "ours", [("f:2", {**PAIR, "ratio": ""})]) == ([], ["f:2"])


def test_an_open_run_gives_cpu_and_three_quantiles():
    cells = cells_of(UNPAIRED, ALONE)
    assert [(cell.metric, cell.value) for cell in cells] == [
        ("cpu_us_per_request", 120.0),
        ("latency_p50_ms", 0.3),
        ("latency_p90_ms", 0.5),
        ("latency_p99_ms", 2.0),
    ]
    assert {(c.workers, c.connections, c.rate_per_s, c.request_bytes) for c in cells} == {
        (2, 64, 2000.0, 5.0)
    }


def test_a_closed_run_gives_cpu_alone():
    cells = cells_of(UNPAIRED, ALONE, arrivals="closed", target_rps="")
    assert [(cell.metric, cell.rate_per_s) for cell in cells] == [("cpu_us_per_request", None)]


def test_runs_without_a_proxy_and_with_two():
    direct = cells_of(UNPAIRED, ALONE, scenario="a_direct", cpu_us_proxy="")
    assert {(cell.mesh, cell.mode) for cell in direct} == {("none", "none")}
    pair = cells_of(UNPAIRED, ALONE, scenario="c_two_sidecars_mtls_rsa", cpu_us_client_sidecar="9")
    assert ("client-proxy", "sidecar") in {(cell.component, cell.mode) for cell in pair}


@pytest.mark.parametrize(
    ("scenario", "words"),
    [
        ("e_filter:lua_empty", "filter lua_empty"),
        ("e_filter:none", ""),
        ("queue_lua_exp", "filter queue_lua_exp"),
    ],
)
def test_features_of_runs(scenario, words):
    assert {cell.configuration for cell in cells_of(UNPAIRED, ALONE, scenario=scenario)} == {words}


@pytest.mark.parametrize(("layout", "row"), [(UNPAIRED, ALONE), (QUEUE, QUEUED)])
def test_disturbed_runs_are_left_out(layout, row):
    assert cells_of(layout, row, contaminated="1") == []


def test_latency_of_one_proxy_is_in_milliseconds():
    cells = cells_of(QUEUE, QUEUED)
    assert [(cell.metric, cell.value) for cell in cells] == [
        ("latency_p50_ms", pytest.approx(0.2856)),
        ("latency_p90_ms", 0.444),
        ("latency_p99_ms", 2.946),
        ("cpu_us_per_request", 96.0),
    ]
    assert cells[0].payload_bytes == 1024.0
    (other, *_) = cells_of(QUEUE, QUEUED, tag="lua_const", meas_p50="")
    assert (other.metric, other.configuration) == ("latency_p90_ms", "filter lua_const")


def test_memory():
    (cell,) = cells_of(MEMORY, FULL)
    assert (cell.value, cell.unit, cell.workers) == (118.0, "MB", 4)
    assert cell.configuration == "holds 1000 clusters of 1 endpoints"
    (cell,) = cells_of(MEMORY, FULL, endpoints_per_cluster="20.0")
    assert cell.configuration == "holds 1000 clusters of 20 endpoints"


def test_handshakes_are_not_rebuilt():
    row = {"side": "server", "key": "rsa", "cpu_us_per_conn": "900"}
    assert read(HANDSHAKE, "ours", [("f:2", row)]) == ([], ["f:2"])

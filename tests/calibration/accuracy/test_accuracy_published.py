"""Rows of published figures become cells; what is no number is told."""

import pytest

from meshsim.calibration.accuracy.published import COLUMNS, number, read, truth

ROW = {
    "source_id": "lab",
    "mesh": "istio",
    "mesh_version": "1.24",
    "mode": "sidecar",
    "mtls": "True",
    "protocol": "http1",
    "payload_bytes": "1024.0",
    "rps": "1000.0",
    "connections": "16.0",
    "hops": "2.0",
    "proxies_in_path": "2.0",
    "config": "no jitter",
    "component": "client-proxy",
    "metric": "cpu_cores",
    "value": "0.25",
    "unit": "vCPU",
    "hardware": "metal",
    "loadgen": "fortio",
    "suggested_use": "calibrate",
}


def test_a_row_with_everything():
    (cell,), unread = read([("x.csv:2", ROW)])
    assert unread == []
    assert (cell.source, cell.mesh, cell.version, cell.mode) == ("lab", "istio", "1.24", "sidecar")
    assert (cell.encrypted, cell.payload_bytes, cell.rate_per_s) == (True, 1024.0, 1000.0)
    assert (cell.connections, cell.hops, cell.proxies) == (16, 2, 2.0)
    assert (cell.metric, cell.value, cell.unit, cell.component) == (
        "cpu_cores",
        0.25,
        "vCPU",
        "client-proxy",
    )
    assert (cell.generator, cell.use, cell.place) == ("fortio", "calibrate", "x.csv:2")


def test_a_row_with_the_least():
    least = dict.fromkeys(COLUMNS, "") | {"value": "3", "metric": "memory_mb"}
    (cell,), _ = read([("x.csv:2", least)])
    assert (cell.mesh, cell.encrypted, cell.rate_per_s, cell.connections) == (
        "none",
        None,
        None,
        None,
    )
    assert cell.hops == 1


@pytest.mark.parametrize("value", ["", "63-77", "nan", "inf", None])
def test_what_is_no_number_is_not_read(value):
    assert read([("x.csv:9", {**ROW, "value": value})]) == ([], ["x.csv:9"])


def test_zero_is_no_rate_and_no_number_of_connections():
    (cell,), _ = read([("", {**ROW, "rps": "0", "connections": "0"})])
    assert (cell.rate_per_s, cell.connections) == (None, None)


@pytest.mark.parametrize(
    ("text", "meant"),
    [("True", True), ("1", True), ("1.0", True), ("false", False), ("0", False), ("?", None)],
)
def test_truths(text, meant):
    assert truth(text) is meant


def test_numbers():
    assert number("1e3") == 1000.0
    assert number("x") is None

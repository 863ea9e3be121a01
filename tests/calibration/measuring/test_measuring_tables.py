"""Goal: files have the layouts that readers of measurements know. Method: literal numbers; the
columns are compared with the files of the measurements that meshsim's costs rest on, where these
are at hand.
"""

import csv
import io
import json

import pytest
from measured_sample import measured
from shared_data import shared

from meshsim.calibration.measuring import tables


@pytest.fixture(scope="module")
def files():
    return tables.files(measured())


def rows(files, name):
    return list(csv.DictReader(io.StringIO(files[name])))


def test_a_row_for_each_pair_and_role(files):
    found = rows(files, "paired.csv")
    assert len(found) == 4 + 4 + 4 + 2 * 4
    assert found[0] == {
        "block": "filter", "test": "none", "role": "proxy", "protocol": "h1", "tls": "0",
        "payload_bytes": "1024", "req_bytes": "0", "mode": "closed", "rps": "400", "pair": "0",
        "cpu_us": "31.68", "ref_cpu_us": "32.0", "diff_us": "-0.32", "ratio": "0.99",
        "foreign_cpu": "0.1",
    }  # fmt: skip
    assert found[8]["req_bytes"] == "16384"
    assert [row["role"] for row in found[-2:]] == ["server_sidecar", "client_sidecar"]
    assert found[-1]["mode"] == "open"


def test_latencies_of_open_load(files):
    row, workers = rows(files, "unpaired.csv")
    assert (workers["concurrency"], workers["arrivals"], workers["p50_ms"]) == ("4", "closed", "")
    assert row["scenario"] == "c_two_sidecars_mtls_ecdsa"
    assert (row["target_rps"], row["achieved_rps"], row["arrivals"]) == ("100", "400.0", "poisson")
    assert (row["mean_ms"], row["p50_ms"], row["p90_ms"]) == ("2.0", "2.0", "2.8")
    assert row["lag_p99_ms"] == "0.1"
    assert row["worker_us_client_sidecar"] == row["worker_us_server_sidecar"] == "320.0"
    assert row["cpu_us_client_sidecar"] == "310.0"  # 10 times the lower quartile
    assert row["cpu_us_proxy"] == ""
    assert row["contaminated"] == "0"


def test_handshakes(files):
    found = rows(files, "handshake.csv")
    assert len(found) == 8
    assert found[2]["cpu_us_per_conn"] == "800.0"
    assert (found[3]["mtls"], found[3]["resumption"], found[3]["conns"]) == ("1", "1", "500")


def test_memory(files):
    found = rows(files, "memory.csv")
    assert (found[1]["kind"], found[1]["n"], found[1]["rss_mb"]) == ("clusters", "1000", "113.0")
    assert (found[1]["endpoints_per_cluster"], found[1]["tls"]) == ("1", "")
    assert (found[-1]["tls"], found[-1]["start_s"]) == ("1", "")


def test_the_machine():
    told = json.loads(tables.machine_json(measured()))
    assert told["reference"]["cpu_us_p50"] == 32.0
    assert told["machine_factor"]["value"] == pytest.approx(31 / 31.3, abs=1e-3)
    assert told["null_test"]["ratio"] == 1.0
    assert told["calibrated"]
    noisy = json.loads(tables.machine_json(measured(noisy=True)))
    assert not noisy["calibrated"]
    assert len(noisy["doubts"]) == 2


def test_tables_without_rows_are_left_out():
    from dataclasses import replace

    nothing = replace(measured(), cells=(), handshakes=(), memory=(), null=None)
    assert set(tables.files(nothing)) == {"machine.json"}
    assert json.loads(tables.machine_json(nothing))["null_test"] is None


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("paired", tables.PAIRED_COLUMNS),
        ("unpaired", tables.UNPAIRED_COLUMNS),
        ("handshake", tables.HANDSHAKE_COLUMNS),
        ("memory", tables.MEMORY_COLUMNS),
    ],
)
def test_the_columns_are_those_of_the_stored_measurements(name, columns):
    path = shared(f"data/envoy/{name}.csv")
    assert tuple(path.read_text(encoding="utf-8").splitlines()[0].split(",")) == columns

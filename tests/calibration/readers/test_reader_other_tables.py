"""Memory, new connections and latencies of a worker."""

import math
from pathlib import Path

import measurement_files
import pytest

from meshsim.calibration.readers import other_tables
from meshsim.calibration.readers.tables import read_table
from meshsim.errors import InputError

FILE = Path("data.csv")


def test_memory_by_what_a_proxy_holds():
    table = read_table(FILE, measurement_files.MEMORY)
    reading = other_tables.read_memory(FILE, table)
    clusters, tls, endpoints, routes, listeners, connections = reading.memory
    assert clusters.counts == (("cluster", 10.0), ("endpoint", 20.0), ("cluster.tls", 0.0))
    assert clusters.memory_bytes == 60 * 2**20
    assert tls.count("cluster.tls") == 10.0
    assert endpoints.counts == (("endpoint", 100.0),)
    assert (routes.count("route"), listeners.count("listener")) == (5.0, 5.0)
    assert connections.counts == (("connection.h1-mtls-after1req", 500.0),)
    assert endpoints.workers == 1


def test_memory_without_a_term_or_a_figure_is_listed():
    reading = other_tables.read_memory(FILE, read_table(FILE, measurement_files.MEMORY))
    assert [(item.why, item.example) for item in reading.tally.unused] == [
        ("no term of the memory model is about 'wonders'", "data.csv:8"),
        ("no resident memory", "data.csv:9"),
    ]


def test_new_connections():
    table = read_table(FILE, measurement_files.HANDSHAKE)
    reading = other_tables.read_handshakes(FILE, table)
    plain, ec, rsa = reading.connections
    assert (plain.key, plain.rate_per_s, plain.is_mutual) == ("plain", 700.0, False)
    assert (ec.key, ec.is_mutual, ec.is_resumed) == ("ecdsa", True, True)
    assert ec.cpu_s == pytest.approx(500e-6)
    assert math.isnan(rsa.rate_per_s)
    assert plain.repeat != ec.repeat == rsa.repeat
    assert reading.tally.unused[0].count == 1


def test_a_key_that_is_none():
    text = measurement_files.HANDSHAKE.replace(",ec,", ",dsa,")
    with pytest.raises(InputError, match=r"data.csv:3: key must be plain, rsa or ec, not 'dsa'"):
        other_tables.read_handshakes(FILE, read_table(FILE, text))


def test_latencies_of_a_worker():
    table = read_table(FILE, measurement_files.QUEUE)
    reading = other_tables.read_queue(FILE, table)
    assert [(cell.statistic, cell.latency_s) for cell in reading.latencies] == [
        ("mean", pytest.approx(350e-6)),
        ("p50", pytest.approx(300e-6)),
    ]
    assert reading.latencies[0].cpu_s == pytest.approx(130e-6)
    assert len(reading.tally.unused) == 2

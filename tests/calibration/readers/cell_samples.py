"""Cells for tests."""

import math

from meshsim.calibration.readers.cells import ConnectionCell, CpuCell, LatencyCell, MemoryCell
from meshsim.errors import Place

HERE = Place("data.csv", 2)


def cpu_cell(cpu_s=30e-6, **more):
    known = {
        "place": HERE,
        "test": "one",
        "role": "proxy",
        "protocol": "http1",
        "passes": 0,
        "body_bytes": 0.0,
        "rate_per_s": more.pop("rate", 30_000.0),
        "arrivals": "saturated",
        "filters": (),
        "cpu_s": cpu_s,
        "error": 0.01,
        "count": 5,
        "is_paired": True,
        "sitting": "one",
    }
    return CpuCell(**{**known, **more})


def memory_cell(memory_bytes=60e6, kind="clusters", workers=2, **counts):
    named = {name.replace("__", ".").replace("_", "-"): n for name, n in counts.items()}
    return MemoryCell(HERE, kind, workers, tuple(named.items()), memory_bytes)


def connection_cell(cpu_s, key="plain", repeat="0", **more):
    known = {"role": "server", "is_mutual": key != "plain", "is_resumed": False, "rate": 500.0}
    known |= more
    return ConnectionCell(
        place=HERE,
        role=known["role"],
        key=key,
        is_mutual=known["is_mutual"],
        is_resumed=known["is_resumed"],
        repeat=repeat,
        rate_per_s=known["rate"],
        cpu_s=cpu_s,
    )


def latency_cell(latency_s, proxies, **more):
    known = {
        "place": HERE,
        "test": "one",
        "statistic": "p50",
        "protocol": "http1",
        "tls": False,
        "proxies": proxies,
        "body_bytes": 0.0,
        "rate_per_s": 1000.0,
        "connections": 16,
        "arrivals": "open",
        "latency_s": latency_s,
        "cpu_s": math.nan,
    }
    return LatencyCell(**{**known, **more})

"""Figures for tests, with the circumstances that a test does not care about filled in."""

from dataclasses import replace

from meshsim.calibration.accuracy.cells import Cell, Kind
from meshsim.calibration.accuracy.judged import Judged
from meshsim.calibration.accuracy.rebuilding import Reading, rebuild

SIDECAR = Cell(
    source="bench",
    metric="latency_p50_ms",
    value=1.0,
    unit="ms",
    mesh="istio",
    mode="sidecar",
    encrypted=True,
    protocol="http1",
    payload_bytes=1024.0,
    rate_per_s=1000.0,
    connections=4,
    generator="fortio",
)
ALONE = replace(SIDECAR, mesh="none", mode="none", encrypted=False)


def cell(**more):
    return replace(SIDECAR, **more)


def cpu(cores=0.2, **more):
    return cell(metric="cpu_cores", value=cores, unit="vCPU", component="one-proxy", **more)


def memory(megabytes=60.0, **more):
    return cell(metric="memory_mb", value=megabytes, unit="MB", component="one-proxy", **more)


def judged(predicted=1.0, measured=1.0, kind=Kind.CPU, **more):
    """A row of the table of errors; ``more`` are fields of the row, or of its cell or reading."""
    row = {
        name: more.pop(name)
        for name in ("fitted", "utilisation", "unfitted", "extrapolated")
        if name in more
    }
    reading = {name: more.pop(name) for name in ("probability", "added") if name in more}
    mesh_file = more.pop("mesh_file", "istio-sidecar")
    of = cell(**more)
    row.setdefault("unfitted", predicted)
    setup = rebuild(SIDECAR).setup
    return Judged(of, setup, mesh_file, Reading(kind, measured, **reading), predicted, **row)

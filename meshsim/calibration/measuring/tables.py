"""The files of a measurement: CSV in the layouts that ``meshsim calibrate`` reads, and JSON.

``paired.csv`` has a row for each pair and role, ``unpaired.csv`` one for each cell under open load
with the latencies, ``handshake.csv`` and ``memory.csv`` one for each thing measured. Times are in
microseconds or milliseconds and sizes in MiB, as the names of the columns say: these files are also
made to be read by people.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from meshsim.calibration.measuring.handshakes import HandshakeRow
from meshsim.calibration.measuring.machine import FOREIGN_CORES_MAX, STORED_REFERENCE_S
from meshsim.calibration.measuring.memory import MemoryRow
from meshsim.calibration.measuring.pairing import Pair
from meshsim.calibration.measuring.rounds import CellRecord
from meshsim.calibration.measuring.session import Measured
from meshsim.stats import FloatArray

PAIRED_COLUMNS = (
    "block", "test", "role", "protocol", "tls", "payload_bytes", "req_bytes", "mode", "rps", "pair",
    "cpu_us", "ref_cpu_us", "diff_us", "ratio", "foreign_cpu",
)  # fmt: skip
HANDSHAKE_COLUMNS = (
    "side", "key", "mtls", "resumption", "conns", "cpu_us_per_conn", "foreign_cpu", "repeat",
    "note",
)  # fmt: skip
MEMORY_COLUMNS = (
    "kind", "n", "endpoints_per_cluster", "tls", "detail", "concurrency", "rss_mb", "pss_mb",
    "private_mb", "allocated_mb", "heap_mb", "start_s", "repeat",
)  # fmt: skip
UNPAIRED_COLUMNS = (
    "phase", "scenario", "concurrency", "protocol", "tls", "payload_bytes", "req_bytes",
    "connections", "arrivals", "target_rps", "achieved_rps", "errors", "cpu_us_client_sidecar",
    "cpu_us_server_sidecar", "cpu_us_proxy", "cpu_us_upstream", "cpu_us_loadgen",
    "worker_us_client_sidecar", "worker_us_server_sidecar", "worker_us_proxy",
    "wait_us_client_sidecar", "wait_us_server_sidecar", "wait_us_proxy", "sysfrac_client_sidecar",
    "sysfrac_server_sidecar", "sysfrac_proxy", "switches_per_req_client_sidecar",
    "switches_per_req_server_sidecar", "switches_per_req_proxy", "util_client_sidecar",
    "util_server_sidecar", "util_proxy", "util_upstream", "util_loadgen", "rss_mb_client_sidecar",
    "rss_mb_server_sidecar", "rss_mb_proxy", "rss_mb_upstream", "pss_mb_client_sidecar",
    "pss_mb_server_sidecar", "pss_mb_proxy", "pss_mb_upstream", "mean_ms", "p50_ms", "p90_ms",
    "p99_ms", "p999_ms", "lag_p50_ms", "lag_p99_ms", "repeat", "foreign_cpu", "steal",
    "contaminated", "tries", "note",
)  # fmt: skip
_SCENARIOS = {
    "proxy": "b_one_proxy",
    "sidecar_h1_plain": "c_two_sidecars_plain",
    "sidecar_h2_plain": "c_two_sidecars_plain",
    "sidecar_h1": "c_two_sidecars_mtls_ecdsa",
    "sidecar_h2": "c_two_sidecars_mtls_ecdsa",
    "tcp_plain": "d_tcp_one_proxy_plain",
    "tcp_mtls": "d_tcp_two_proxies_mtls",
}
_QUANTILES = {"p50_ms": 0.5, "p90_ms": 0.9, "p99_ms": 0.99, "p999_ms": 0.999}
_MIB = 1 << 20

Row = Mapping[str, object]


def files(measured: Measured) -> dict[str, str]:
    """Content of each file by its name; tables that nothing was measured for are left out."""
    tables = {
        "paired.csv": (PAIRED_COLUMNS, list(_paired_rows(measured.cells))),
        "unpaired.csv": (UNPAIRED_COLUMNS, list(_unpaired_rows(measured))),
        "handshake.csv": (HANDSHAKE_COLUMNS, [_handshake_row(one) for one in measured.handshakes]),
        "memory.csv": (MEMORY_COLUMNS, [_memory_row(row) for row in measured.memory]),
    }
    made = {name: _csv(columns, rows) for name, (columns, rows) in tables.items() if rows}
    return {**made, "machine.json": machine_json(measured)}


def machine_json(measured: Measured) -> str:
    """What the figures were measured on, and how far they can be trusted."""
    machine, reference, null = measured.machine, measured.reference, measured.null
    factor = reference.machine_factor
    content = {
        "cpu_model": machine.cpu_model,
        "kernel": machine.kernel,
        "cores": machine.cores,
        "cores_used": list(machine.cores_used),
        "envoy_version": machine.envoy_version,
        "seconds": round(measured.seconds, 1),
        "reference": {
            "slices": reference.slices,
            "requests_per_s": round(reference.rate_per_s),
            "cpu_us_p5": _us(reference.p5_s),
            "cpu_us_p25": _us(reference.level_s),
            "cpu_us_p50": _us(reference.p50_s),
            "cpu_us_p95": _us(reference.p95_s),
        },
        "ratio_error_of_state": round(reference.state_error, 4),
        "foreign_cores": round(reference.foreign_cores, 3),
        "contaminated_share": round(reference.disturbed, 3),
        "null_test": null
        and {
            "ratio": round(null.median, 4),
            "standard_error": round(null.standard_error, 4),
            "pairs": null.pairs,
        },
        "machine_factor": {
            "value": round(factor.estimate, 3),
            "range": [round(factor.low, 3), round(factor.high, 3)],
            "confidence": factor.confidence,
            "stored_reference_us": _us(STORED_REFERENCE_S),
        },
        "calibrated": not measured.doubts,
        "doubts": list(measured.doubts),
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _csv(columns: Sequence[str], rows: Iterable[Row]) -> str:
    stream = io.StringIO()
    writer = csv.DictWriter(stream, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


def _paired_rows(records: Iterable[CellRecord]) -> Iterator[Row]:
    for record in records:
        if record.cell.workers > 1:  # these columns cannot tell; unpaired.csv has them
            continue
        for number in range(record.count):
            for role, pairs in record.pairs.items():
                yield {**_cell_columns(record), "role": role, **_pair_columns(pairs[number])}


def _cell_columns(record: CellRecord) -> Row:
    cell = record.cell
    return {
        "block": cell.block,
        "test": cell.test,
        "protocol": cell.protocol,
        "tls": int(cell.tls),
        "payload_bytes": cell.target.payload_bytes,
        "req_bytes": cell.target.request_bytes,
        "mode": cell.mode,
    }


def _pair_columns(pair: Pair) -> Row:
    return {
        "rps": round(pair.rate_per_s),
        "pair": pair.number,
        "cpu_us": _us(pair.cpu_s),
        "ref_cpu_us": _us(pair.reference_cpu_s),
        "diff_us": _us(pair.cpu_s - pair.reference_cpu_s),
        "ratio": round(pair.ratio, 4),
        "foreign_cpu": round(pair.foreign_cores, 3),
    }


def _unpaired_rows(measured: Measured) -> Iterator[Row]:
    """Cells under open load, and those that the columns of paired slices cannot tell."""
    for record in measured.cells:
        if record.count and (record.latencies_s or record.cell.workers > 1):
            yield {
                **_load_columns(record),
                **_cpu_columns(record, measured.reference.level_s),
                **_latency_columns(record),
            }


def _load_columns(record: CellRecord) -> Row:
    cell, target = record.cell, record.cell.target
    pairs = next(iter(record.pairs.values()))
    foreign = float(np.mean([pair.foreign_cores for pair in pairs]))
    return {
        "phase": "measure",
        "scenario": _SCENARIOS.get(target.listener, target.listener),
        "concurrency": cell.workers,
        "protocol": cell.protocol,
        "tls": int(cell.tls),
        "payload_bytes": target.payload_bytes,
        "req_bytes": target.request_bytes,
        "connections": target.connections,
        "arrivals": "closed" if cell.rate_per_s is None else "poisson",
        "target_rps": cell.rate_per_s,
        "achieved_rps": round(float(np.mean([pair.rate_per_s for pair in pairs])), 1),
        "errors": 0,
        "repeat": 0,
        "foreign_cpu": round(foreign, 3),
        "contaminated": int(foreign > FOREIGN_CORES_MAX),
        "tries": record.count + len(record.failures),
        "note": f"{record.count} slices together; cpu_us by ratio to the reference",
    }


def _cpu_columns(record: CellRecord, level_s: float) -> Row:
    """CPU of worker threads: the median ratio times the level of the reference, and as it was."""
    columns = {}
    for role, pairs in record.pairs.items():
        ratio = float(np.median(record.ratios(role)))
        columns[f"cpu_us_{role}"] = _us(ratio * level_s)
        columns[f"worker_us_{role}"] = _us(float(np.mean([pair.cpu_s for pair in pairs])))
    return columns


def _latency_columns(record: CellRecord) -> Row:
    if not record.latencies_s:
        return {}
    latencies_ms, lags_ms = (
        1e3 * np.array(values) for values in (record.latencies_s, record.lags_s)
    )
    return {
        "mean_ms": round(float(np.mean(latencies_ms)), 4),
        **{name: _ms(latencies_ms, share) for name, share in _QUANTILES.items()},
        "lag_p50_ms": _ms(lags_ms, 0.5),
        "lag_p99_ms": _ms(lags_ms, 0.99),
    }


def _handshake_row(row: HandshakeRow) -> Row:
    return {
        "side": row.side,
        "key": row.key,
        "mtls": int(row.mutual),
        "resumption": int(row.resumption),
        "conns": row.connections,
        "cpu_us_per_conn": round(1e6 * row.cpu_s, 1),
        "foreign_cpu": round(row.foreign_cores, 2),
        "repeat": row.repeat,
        "note": row.note,
    }


def _memory_row(row: MemoryRow) -> Row:
    sizes = {
        "rss_mb": row.rss_bytes,
        "pss_mb": row.pss_bytes,
        "private_mb": row.private_bytes,
        "allocated_mb": row.allocated_bytes,
        "heap_mb": row.heap_bytes,
    }
    return {
        "kind": row.kind,
        "n": row.number,
        "endpoints_per_cluster": row.endpoints_per_cluster,
        "tls": None if row.tls is None else int(row.tls),
        "detail": row.detail,
        "concurrency": row.concurrency,
        **{name: round(size / _MIB, 3) for name, size in sizes.items()},
        "start_s": None if row.start_s is None else round(row.start_s, 2),
        "repeat": row.repeat,
    }


def _us(seconds: float) -> float:
    return round(1e6 * seconds, 3)


def _ms(values_ms: FloatArray, share: float) -> float:
    return round(float(np.quantile(values_ms, share)), 4)

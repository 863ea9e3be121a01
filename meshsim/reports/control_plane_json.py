"""The report of a control plane as JSON and as a long table in CSV; SI units, 90% ranges."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from meshsim.reports.json import Plain, head, text_of
from meshsim.stats import Interval
from meshsim.studies.control_plane_result import (
    PROBABILITIES,
    ControlPlaneResult,
    Following,
    ScopeRow,
)

COLUMNS = ("estate", "mesh", "table", "name", "metric", "unit", "estimate", "low", "high")


def control_plane_to_json(result: ControlPlaneResult) -> str:
    """All numbers of a study of a control plane."""
    return text_of(
        {
            **head("control_plane"),
            "estate": {
                "name": result.estate.name,
                "services": result.estate.services,
                "endpoints": result.estate.endpoints,
                "namespaces": result.estate.namespaces,
                "nodes": result.estate.nodes,
                "proxies": result.proxies,
            },
            "mesh": result.mesh.name,
            "scope": result.scope,
            "seed": result.seed,
            "cores": result.cores,
            "endpoint_changes_per_s": result.changes.endpoint_per_s,
            "config_changes_per_s": result.changes.config_per_s,
            "assumed_changes": result.assumed_changes,
            "numbers": [_plain(*cell) for cell in _cells(result)],
            "warnings": list(result.warnings),
        }
    )


def control_plane_to_csv(result: ControlPlaneResult) -> str:
    """One row per number; an empty field is a range that does not exist."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    for table, name, metric, unit, value in _cells(result):
        ends = (value.low, value.high) if isinstance(value, Interval) else ("", "")
        estimate = value.estimate if isinstance(value, Interval) else value
        words = (result.estate.name, result.mesh.name, table, name, metric, unit)
        writer.writerow([*words, estimate, *ends])
    return stream.getvalue()


_Cell = tuple[str, str, str, str, Interval | float]
"""Table, name, metric, unit, value."""


def _plain(table: str, name: str, metric: str, unit: str, value: Interval | float) -> Plain:
    words: Plain = {"table": table, "name": name, "metric": metric, "unit": unit}
    if isinstance(value, Interval):
        return {**words, "estimate": value.estimate, "low": value.low, "high": value.high}
    return {**words, "estimate": value}


def _cells(result: ControlPlaneResult) -> Iterator[_Cell]:
    for part in result.parts:
        yield "parts", part.name, "replicas", "", float(part.replicas)
        yield "parts", part.name, "cpu_each", "cores", part.cpu_cores
        yield "parts", part.name, "memory_each", "bytes", part.memory_bytes
    for row in result.scopes:
        yield from _scope_cells(row)
    if result.following is not None:
        yield from _following_cells(result.following)


def _scope_cells(row: ScopeRow) -> Iterator[_Cell]:
    yield "scopes", row.scope, "services_seen", "", row.services
    yield "scopes", row.scope, "endpoints_seen", "", row.endpoints
    if row.configuration_bytes is not None:
        yield "scopes", row.scope, "configuration", "bytes", row.configuration_bytes
    if row.dump_bytes is not None:
        yield "scopes", row.scope, "dump", "bytes", row.dump_bytes
    yield "scopes", row.scope, "proxy_memory", "bytes", row.proxy_memory_bytes
    yield "scopes", row.scope, "all_proxies_memory", "bytes", row.all_memory_bytes


def _following_cells(part: Following) -> Iterator[_Cell]:
    for name, cores in part.cpu_causes:
        yield "cpu", name, "cpu", "cores", cores
    pushes = part.pushes
    yield "pushes", part.name, "begun", "1/s", pushes.per_s
    yield "pushes", part.name, "with_configuration", "1/s", pushes.config_per_s
    yield "pushes", part.name, "slots", "", float(pushes.slots)
    yield "pushes", part.name, "endpoint_push", "s", pushes.endpoint_push_s
    yield "pushes", part.name, "full_push", "s", pushes.full_push_s
    yield "pushes", part.name, "endpoints_to_all", "s", pushes.all_endpoints_s
    yield "pushes", part.name, "everything_to_all", "s", pushes.all_full_s
    yield "pushes", part.name, "utilisation", "", pushes.utilisation
    for row in part.convergence:
        for p, quantile in zip(PROBABILITIES, row.quantiles, strict=True):
            yield "convergence", row.what, f"p{p * 100:g}", "s", quantile
    if part.certificates is not None:
        yield "certificates", part.name, "spread", "1/s", part.certificates.per_s
        yield "certificates", part.name, "together", "1/s", part.certificates.together_per_s
        yield "certificates", part.name, "cpu_spread", "cores", part.certificates.cpu_cores
        yield (
            "certificates",
            part.name,
            "cpu_together",
            "cores",
            part.certificates.together_cpu_cores,
        )
    yield "advice", part.name, "cpu_request", "cores", part.advice.cpu_cores
    yield "advice", part.name, "memory_request", "bytes", part.advice.memory_bytes
    yield "advice", part.name, "replicas_min", "", float(part.advice.replicas_min)
    yield "advice", part.name, "replicas_max", "", float(part.advice.replicas_max)

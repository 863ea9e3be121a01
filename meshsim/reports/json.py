"""The report as one JSON document, stable and deterministic: docs/guides/command-line.md has it.

All numbers are SI (seconds, cores, bytes, USD per month). An estimate is
``{"estimate", "low", "high", "confidence", "observations"}`` or ``{"not_enough": why}``; where the
parameters were drawn it has the half widths of both causes, ``simulation`` and ``calibration``,
too. What does not exist is null, never NaN. The same seed gives the same bytes.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

from meshsim import __version__
from meshsim.reports.replay import replay_command
from meshsim.solvers.observations import Part
from meshsim.stats import Interval, quantile_name
from meshsim.stats.nested import CombinedInterval
from meshsim.studies.bill import BillRow, bill_rows
from meshsim.studies.estate import MeshTotal, estate
from meshsim.studies.plan import RunPlan
from meshsim.studies.result import (
    QUANTILES,
    BreakdownRow,
    Comparison,
    LatencyDifference,
    LatencyRow,
    ObjectiveRow,
    Precision,
    ResourceDifference,
    Result,
    Uncertainty,
    UsageRow,
    Value,
)
from meshsim.studies.totals import total_cpu_used

SCHEMA = 1
"""Version of the document; raised when a key changes its meaning or goes."""

Plain = dict[str, Any]


def to_json(report: Result | Comparison) -> str:
    """The document of a result or a comparison, with a line feed at its end."""
    return text_of(document(report))


def batch_to_json(comparisons: Sequence[Comparison]) -> str:
    """Several comparisons and the sums over them."""
    return text_of(
        {
            **head("batch"),
            "totals": [_total(total) for total in estate(comparisons)],
            "reports": [document(comparison) for comparison in comparisons],
        }
    )


def totals_to_json(comparisons: Sequence[Comparison]) -> str:
    """The sums alone, as the index of a folder of documents."""
    return text_of({**head("totals"), "totals": [_total(total) for total in estate(comparisons)]})


def document(report: Result | Comparison) -> Plain:
    """The document as plain mappings, lists and scalars."""
    if isinstance(report, Result):
        kind, results = "run", [report]
    else:
        kind, results = "compare", list(report.results)
    plan = results[0].plan
    whole = {
        **head(kind),
        "replay": replay_command(results, kind),
        "topology": results[0].topology,
        "plan": {
            "requests": plan.requests,
            "replications": plan.replications,
            "seed": plan.seed,
            "confidence": plan.confidence,
            "precision": plan.precision,
            "solver": plan.solver,
            **({"uncertainty": plan.draws} if plan.draws else {}),
        },
        "results": [_result(result) for result in results],
    }
    if report.precision is not None:
        whole["precision"] = _precision(report.precision, plan)
    if isinstance(report, Comparison):
        whole["baseline"] = report.baseline.mesh
        whole["latency_differences"] = [_latency_difference(row) for row in report.latency]
        whole["resource_differences"] = [_resource_difference(row) for row in report.resources]
        whole["bill"] = [_bill(row) for row in bill_rows(report)]
    return whole


def _precision(precision: Precision, plan: RunPlan) -> Plain:
    return {
        "of": str(precision.target),
        "asked": precision.asked,
        "reached": precision.reached,
        "mesh": precision.mesh,
        "value": value_of(precision.value),
        "half_width": precision.half_width,
        "replications": precision.replications,
        "replications_needed": precision.replications_needed,
        "replications_max": plan.replications_max,
        "seconds_max": plan.seconds_max,
    }


def head(kind: str) -> Plain:
    """What every document begins with."""
    return {"meshsim": __version__, "schema": SCHEMA, "kind": kind}


def text_of(whole: Plain) -> str:
    """The text of a document, null for every number that is none."""
    return json.dumps(_finite(whole), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _result(result: Result) -> Plain:
    cpu_requested, memory_requested = result.requested()
    return {
        "mesh": result.mesh,
        "mesh_title": result.mesh_title,
        "scenario_hash": result.scenario_hash,
        "replications": result.replications,
        "slo_kept": result.slo_kept,
        "latency_s": [_latency(row) for row in result.latency],
        "breakdown_s": [_breakdown(row) for row in result.breakdown],
        "usage": [_usage(row) for row in result.usage],
        "totals": {
            "cpu_cores_used": value_of(total_cpu_used(result)),
            "cpu_cores_requested": cpu_requested,
            "memory_bytes_used": result.used()[1],
            "memory_bytes_requested": memory_requested,
            **_range(result.uncertainty.memory_used[""] if result.uncertainty else None),
        },
        "outcomes": [
            {
                "entry": row.name,
                "requests": row.requests,
                "errors": row.errors,
                "error_rate": value_of(row.error_rate),
            }
            for row in result.outcomes
        ],
        "objectives": [_objective(row) for row in result.objectives],
        "nodes": _nodes(result),
        "warnings": list(result.warnings),
        **_uncertainty(result.uncertainty),
    }


def _uncertainty(uncertainty: Uncertainty | None) -> Plain:
    if uncertainty is None:
        return {}
    return {"uncertainty": {"draws": uncertainty.draws, "overloaded": uncertainty.overloaded}}


def _range(memory: Value | None) -> Plain:
    """Memory with its interval, where parameters were drawn."""
    return {} if memory is None else {"memory_bytes_used_range": value_of(memory)}


def _latency(row: LatencyRow) -> Plain:
    return {
        "scope": row.scope,
        "name": row.name,
        "requests": row.requests,
        "mean": value_of(row.mean),
        **{
            quantile_name(p): value_of(value)
            for p, value in zip(QUANTILES, row.quantiles, strict=True)
        },
    }


def _breakdown(row: BreakdownRow) -> Plain:
    return {"name": row.name, **{part.name.lower(): row.part(part) for part in Part}}


def _usage(row: UsageRow) -> Plain:
    return {
        "owner": row.owner,
        "name": row.name,
        "instances": row.instances,
        "cpu_cores_used": value_of(row.cpu_used),
        "cpu_cores_requested": row.cpu_requested,
        "cpu_cores_used_busiest": row.cpu_used_busiest,
        "memory_bytes_used": row.memory_used,
        "memory_bytes_requested": row.memory_requested,
        "memory_is_request": row.memory_is_request,
        "utilisation": row.utilisation,
        "utilisation_busiest": row.utilisation_busiest,
        **_range(row.memory_range),
    }


def _objective(row: ObjectiveRow) -> Plain:
    return {
        "entry": row.entry,
        "objective": row.text,
        "value": value_of(row.value),
        "kept": row.kept,
        "certain": row.certain,
    }


def _nodes(result: Result) -> Plain:
    plan = result.nodes
    return {
        "pools": [
            {
                "pool": pool.pool,
                "nodes": pool.nodes,
                "usd_per_node_hour": pool.price_per_hour,
                "usd_per_month": pool.cost_per_month,
            }
            for pool in plan.pools
        ],
        "nodes": plan.nodes,
        "usd_per_month": plan.cost_per_month,
        "filled_nodes": plan.share_of_node,
        "filled_usd_per_month": plan.cost_of_share_per_month,
        "unplaced": list(plan.unplaced),
    }


def _latency_difference(row: LatencyDifference) -> Plain:
    return {
        "mesh": row.mesh,
        "name": row.name,
        "metric": row.metric,
        "difference_s": value_of(row.difference),
        "relative": value_of(row.relative),
    }


def _resource_difference(row: ResourceDifference) -> Plain:
    return {
        "mesh": row.mesh,
        "cpu_cores_used": value_of(row.cpu_used),
        "cpu_cores_requested": row.cpu_requested,
        "memory_bytes_used": row.memory_used,
        "memory_bytes_requested": row.memory_requested,
        "nodes": row.nodes,
        "usd_per_month": row.cost_per_month,
        **_range(row.memory_range),
    }


def _bill(row: BillRow) -> Plain:
    return {
        "mesh": row.mesh,
        "item": row.item,
        "change": row.change,
        "usd_per_unit_month": row.price_per_month,
        "usd_per_month_change": row.cost_change_per_month,
        "relative": row.relative,
    }


def _total(total: MeshTotal) -> Plain:
    return {
        "mesh": total.mesh,
        "topologies": total.topologies,
        "cpu_cores_used": total.cpu_used,
        "cpu_cores_requested": total.cpu_requested,
        "memory_bytes_used": total.memory_used,
        "memory_bytes_requested": total.memory_requested,
        "nodes": total.nodes,
        "usd_per_month": total.cost_per_month,
        "filled_usd_per_month": total.cost_of_share_per_month,
        "filled_usd_per_month_change": total.cost_of_share_change,
        "objectives_broken": total.objectives_broken,
    }


def value_of(value: Value) -> Plain:
    """An estimate with its interval, or why there is none."""
    if not isinstance(value, Interval):
        return {"not_enough": str(value)}
    return {
        "estimate": value.estimate,
        "low": value.low,
        "high": value.high,
        "confidence": value.confidence,
        "observations": value.observations,
        **_parts(value),
    }


def _parts(value: Interval) -> Plain:
    """The half widths that each cause of doubt alone would give."""
    if not isinstance(value, CombinedInterval):
        return {}
    return {"simulation": value.simulation, "calibration": value.calibration}


def _finite(value: object) -> object:
    """The same with null for every number that is none."""
    if isinstance(value, dict):
        return {key: _finite(below) for key, below in value.items()}
    if isinstance(value, list):
        return [_finite(below) for below in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value

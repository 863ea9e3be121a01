"""First looks as JSON, in the units of :mod:`meshsim.reports.json`; estimates have no interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from meshsim.reports.json import Plain, head, text_of
from meshsim.studies.first_look import ERROR_MEAN, ERROR_P99, FirstLook


def estimate_to_json(*topologies: Sequence[FirstLook]) -> str:
    """First looks at one topology under one mesh or several, or a batch of several topologies."""
    reports = [_document(looks) for looks in topologies]
    return text_of(reports[0] if len(reports) == 1 else {**head("batch"), "reports": reports})


def _document(looks: Sequence[FirstLook]) -> Plain:
    return {
        **head("estimate"),
        "topology": looks[0].scenario.topology.name,
        "solver": "queueing",
        "results": [_look(look) for look in looks],
    }


def _look(look: FirstLook) -> Plain:
    busy = look.bottleneck
    return {
        "mesh": look.scenario.mesh.name,
        "scenario_hash": look.scenario_hash,
        "rate_per_s": look.rate_per_s,
        "latency_s": [
            {
                "name": row.name,
                "mean": row.mean_s,
                "p50": row.p50_s,
                "p90": row.p90_s,
                "p99": row.p99_s,
            }
            for row in look.latency
        ],
        "use": [asdict(use) for use in look.use],
        "bottleneck": {
            "name": busy.name,
            "kind": busy.kind,
            "load": busy.load,
            "carries_per_s": busy.carries_per_s,
            "overloaded": busy.overloaded,
        },
        "assumptions": list(look.assumptions),
        "error_seen": None if look.is_rough else {"mean": ERROR_MEAN, "p99": ERROR_P99},
    }

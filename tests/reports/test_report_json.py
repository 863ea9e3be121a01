"""Goal: one stable document with all numbers, byte-identical for the same seed.

Method: read back with the standard library; compared with the results, and between processes.
"""

import json
import math
from dataclasses import replace

import pytest
from report_samples import MISSING, SHOP, bare, comparison, precision, result

from meshsim import __version__
from meshsim.model.loading import topology_from_text
from meshsim.reports.json import batch_to_json, to_json, totals_to_json
from meshsim.studies.plan import RunPlan
from meshsim.studies.study import prepare


def reject(word):
    raise AssertionError(f"{word} is no JSON")


def read(text):
    assert text.endswith("}\n")
    return json.loads(text, parse_constant=reject)


def test_the_head_of_a_comparison():
    document = read(to_json(comparison()))
    assert (document["meshsim"], document["schema"]) == (__version__, 1)
    assert (document["kind"], document["baseline"], document["topology"]) == (
        *("compare", "none"),
        "shop",
    )
    assert document["plan"] == {
        "requests": 120,
        "replications": 4,
        "seed": 1,
        "confidence": 0.95,
        "precision": None,
        "solver": "kernel",
    }
    assert [r["mesh"] for r in document["results"]] == ["none", "istio-sidecar", "linkerd"]


def test_numbers_are_those_of_the_result():
    found = read(to_json(result()))["results"][0]
    first = found["latency_s"][0]
    mean = result().overall.mean
    assert first["mean"] == {
        "estimate": mean.estimate,
        "low": mean.low,
        "high": mean.high,
        "confidence": 0.95,
        "observations": mean.observations,
    }
    assert first["p99"] == {"not_enough": str(result().overall.quantiles[2])}
    parts = found["breakdown_s"][0]
    total = sum(value for key, value in parts.items() if key != "name")
    assert math.isclose(total, mean.estimate)
    assert found["nodes"]["nodes"] == result().nodes.nodes
    assert found["totals"]["cpu_cores_requested"] == result().requested()[0]
    usage = {row["name"]: row for row in found["usage"]}
    assert usage["stock"]["memory_is_request"] is False
    assert usage["web"]["memory_is_request"] is True
    assert usage["istiod"]["utilisation"] is None
    assert [row["kept"] for row in found["objectives"]] == [True, False, None, False]


def test_a_run_has_no_differences():
    document = read(to_json(result()))
    assert document["kind"] == "run"
    assert not {"baseline", "latency_differences", "bill"} & set(document)


def test_differences_and_the_bill():
    document = read(to_json(comparison()))
    assert len(document["latency_differences"]) == len(comparison().latency)
    assert {row["mesh"] for row in document["resource_differences"]} == {"istio-sidecar", "linkerd"}
    items = [row["item"] for row in document["bill"] if row["mesh"] == "linkerd"]
    assert items == ["cpu", "memory", "share_of_nodes", "nodes"]


def test_what_is_not_a_number_is_null():
    usage = tuple(
        replace(row, cpu_used=MISSING, cpu_used_busiest=math.nan, memory_used=math.inf)
        for row in result().usage
    )
    found = read(to_json(replace(result(), usage=usage)))["results"][0]
    assert found["usage"][0]["cpu_cores_used"] == {"not_enough": str(MISSING)}
    assert found["usage"][0]["cpu_cores_used_busiest"] is None
    assert found["usage"][0]["memory_bytes_used"] is None


def test_few_replications_give_a_document_too():
    assert "not_enough" in read(to_json(bare()))["results"][0]["latency_s"][0]["mean"]


@pytest.mark.slow
def test_the_same_seed_gives_the_same_bytes_whatever_the_number_of_processes():
    plan = RunPlan(requests=30, replications=3, seed=5)
    study = prepare(topology_from_text(SHOP), ["none", "linkerd"], plan)
    one = to_json(study.compare())
    assert one == to_json(study.compare(processes=2))
    other = prepare(topology_from_text(SHOP), ["none", "linkerd"], replace(plan, seed=6))
    assert one != to_json(other.compare())


def test_a_batch_has_totals_and_reports():
    document = read(batch_to_json([comparison(), comparison()]))
    assert document["kind"] == "batch"
    assert len(document["reports"]) == 2
    assert document["reports"][0] == read(to_json(comparison()))
    first = document["totals"][0]
    cpu = comparison().baseline.requested()[0]
    assert first["cpu_cores_requested"] == 2 * cpu
    index = read(totals_to_json([comparison(), comparison()]))
    assert index["totals"] == document["totals"]
    assert index["kind"] == "totals"


@pytest.mark.parametrize("sample", [comparison, result])
def test_a_precision_is_there_if_one_was_asked_for(sample):
    assert "precision" not in read(to_json(sample()))
    found = read(to_json(replace(sample(), precision=precision())))["precision"]
    assert found == {
        "of": "p99-difference",
        "asked": 0.02,
        "reached": False,
        "mesh": "linkerd",
        "value": found["value"],
        "half_width": 0.041,
        "replications": 100,
        "replications_needed": 421,
        "replications_max": 200,
        "seconds_max": None,
    }
    assert found["value"]["estimate"] == 0.5

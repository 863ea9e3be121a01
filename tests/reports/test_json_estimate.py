"""Goal: programs can read a first look. Method: the documents of one topology and of two."""

import json

from test_text_estimate import looks

from meshsim.reports.json_estimate import estimate_to_json


def test_a_document_has_everything():
    document = json.loads(estimate_to_json(looks(100)))
    assert (document["kind"], document["topology"], document["solver"]) == (
        *("estimate", "sample"),
        "queueing",
    )
    first, second = document["results"]
    assert (first["mesh"], second["mesh"]) == ("sample", "cars")
    assert first["rate_per_s"] == 100
    assert [row["name"] for row in first["latency_s"]] == ["all requests", "a/get"]
    assert 0.002 <= first["latency_s"][0]["mean"] < first["latency_s"][0]["p99"]
    assert first["use"][0]["kind"] == "cores"
    assert first["bottleneck"]["name"] == "a"
    assert not first["bottleneck"]["overloaded"]
    assert first["error_seen"] == {"mean": 0.05, "p99": 0.15}


def test_an_overload_has_no_latency_and_no_known_error():
    (first,) = json.loads(estimate_to_json(looks(650)[:1]))["results"]
    assert first["latency_s"] == []
    assert first["error_seen"] is None
    assert first["bottleneck"]["overloaded"]


def test_several_topologies_are_one_document():
    document = json.loads(estimate_to_json(looks(100), looks(200)))
    assert document["kind"] == "batch"
    assert [len(report["results"]) for report in document["reports"]] == [2, 2]

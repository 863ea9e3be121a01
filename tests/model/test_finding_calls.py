"""Findings MS02: call graphs with one oddity each, and the same without it."""

import itertools

import topology_samples
from finding_base import PODS

from meshsim.model.findings import analyse


def graph(services, **more):
    options = dict.fromkeys(services, PODS)
    first = next(iter(services))
    entry = f"{first}/{next(iter(services[first]))}"
    slo = {entry: ["avg<10s"]}
    return topology_samples.topology(services, options=options, slo=slo, **more)


def found_in(services, **more):
    return [(f.code, f.resource) for f in analyse(graph(services, **more))]


def test_services_and_endpoints_never_reached():
    services = {
        "a": {"x": [{"call": "b/x"}], "y": [{"call": "c/x"}]},
        "b": {"x": []},
        "c": {"x": [], "y": []},
    }
    assert found_in(services) == [("MS0201", "c"), ("MS0202", "a/y")]


def test_a_call_that_is_never_made_reaches_nothing():
    services = {"a": {"x": [{"call": "b/x", "probability": "0%"}]}, "b": {"x": []}}
    assert found_in(services) == [("MS0201", "b")]


def test_cycles_with_an_exit():
    services = {
        "a": {"x": [{"call": "b/x"}]},
        "b": {"x": [{"call": "a/x", "probability": "25%"}]},
    }
    (finding,) = analyse(graph(services))
    assert (finding.code, finding.resource) == ("MS0203", "a/x")
    assert "a/x → b/x → a/x; they die out, as each round leads to 50.0% of another" in (
        finding.message
    )


def chain(length):
    names = [f"s{number}" for number in range(length + 1)]
    services = {n: {"x": [{"call": f"{m}/x"}]} for n, m in itertools.pairwise(names)}
    return {**services, names[-1]: {"x": []}}


def test_deep_chains():
    nodes = [{**topology_samples.NODES[0], "count": 9}]
    assert found_in(chain(10), nodes=nodes) == []
    (finding,) = analyse(graph(chain(11), nodes=nodes))
    assert (finding.code, finding.resource) == ("MS0204", "s0/x")
    assert finding.message.startswith("11 calls lie below one another, from s0/x down to s11/x;")


def test_a_cycle_in_a_chain_counts_once():
    services = chain(10)
    services["s4"]["x"].append({"call": "s3/x", "probability": "1%"})
    assert found_in(services, nodes=[{**topology_samples.NODES[0], "count": 9}]) == [
        ("MS0203", "s3/x")
    ]


def test_many_calls_per_request():
    def tree(count):
        steps = [{"call": "b/x", "count": 5}, {"call": "c/x", "count": count}]
        below = [{"call": "c/x", "count": 9}, {"call": "c/x", "count": 9}]
        return {"a": {"x": steps}, "b": {"x": below}, "c": {"x": []}}

    assert found_in(tree(5)) == []  # 5 + 5 x 18 + 5 = 100
    assert found_in(tree(6)) == [("MS0205", "services")]


def test_many_calls_in_a_row():
    def row(count):
        return {"a": {"x": [{"parallel": [{"call": "b/x", "count": count}]}]}, "b": {"x": []}}

    assert found_in(row(9)) == []
    (finding,) = analyse(graph(row(10)))
    assert (finding.code, finding.resource) == ("MS0206", "a/x")
    assert finding.message.startswith("calls b/x 10 times one after the other;")

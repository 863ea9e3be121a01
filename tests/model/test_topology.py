"""Topology: steps and branches of every kind, defaults, and what the schema refuses.

Round trips go through the text form, which files and hashes are made of.
"""

import pytest
from pydantic import ValidationError
from topology_samples import NODES, data, topology

from meshsim.model.topology import (
    CallStep,
    ComputeStep,
    ParallelStep,
    ResourceAmounts,
    Topology,
    WaitStep,
)

STEPS = [
    {"compute": "1ms"},
    {"wait": {"distribution": "exponential", "mean": "2ms"}},
    {"call": "a/x", "probability": "1%", "count": 3, "request": "2KiB", "on_error": "ignore"},
    {"parallel": [{"compute": "1ms"}, [{"wait": "1ms"}, {"parallel": [[]]}], []]},
]


def refused(**changes):
    with pytest.raises(ValidationError) as caught:
        Topology.model_validate({**data({"a": {"x": []}}), **changes})
    return caught.value.errors()


def service(**changes):
    return [{"name": "a", "endpoints": [{"name": "x"}], **changes}]


def steps(*listed):
    return service(endpoints=[{"name": "x", "steps": list(listed)}])


def test_steps_of_every_kind():
    compute, wait, call, parallel = topology({"a": {"x": STEPS}}).services[0].endpoints[0].steps
    assert isinstance(compute, ComputeStep)
    assert compute.compute.mean == 0.001
    assert isinstance(wait, WaitStep)
    assert wait.wait.mean == 0.002
    assert isinstance(call, CallStep)
    assert (call.probability, call.count, call.request) == (0.01, 3, 2048.0)
    assert (call.response, call.on_error) == (None, "ignore")
    assert isinstance(parallel, ParallelStep)
    single, sequence, empty = parallel.parallel
    assert isinstance(single, ComputeStep)
    assert [type(step) for step in sequence] == [WaitStep, ParallelStep]
    assert sequence[1].parallel == ((),)
    assert empty == ()


def test_what_is_written_as_text_is_read_as_the_same():
    whole = topology({"a": {"x": STEPS}}, slo={"a/x": ["avg<1s"]})
    assert Topology.model_validate(whole.model_dump(mode="json")) == whole
    assert Topology.model_validate_json(whole.model_dump_json()) == whole
    assert Topology.model_validate(whole) == whole


def test_defaults():
    whole = topology({"a": {"x": []}})
    (only,) = whole.services
    assert (only.namespace, only.version, only.replicas) == ("default", "v1", 1)
    assert (only.workers, only.protocol) == ("unlimited", "http1")
    assert (only.cpu_sharing, only.balancing) == ("processor_sharing", "per_connection")
    assert only.resources.requests == only.resources.limits == ResourceAmounts()
    assert (only.endpoints[0].request, only.endpoints[0].error) == (1024.0, 0.0)
    assert whole.network.same_node == pytest.approx(60e-6)
    assert whole.network.bandwidth == 1.25e9
    assert whole.nodes[0].zones == ("zone-a",)
    assert (whole.slo, whole.sources) == ({}, ())


def test_a_service_is_found_by_its_name():
    whole = topology({"a": {"x": []}, "b": {"x": []}})
    assert whole.service("b") is whole.services[1]
    with pytest.raises(StopIteration):
        whole.service("c")


def test_a_topology_cannot_be_changed():
    with pytest.raises(ValidationError, match="frozen"):
        topology({"a": {"x": []}}).name = "other"


@pytest.mark.parametrize(
    "step", [{}, {"compute": "1ms", "wait": "1ms"}, {"call": "a/x", "parallel": []}, 3, None, "x"]
)
def test_a_step_has_exactly_one_kind(step):
    assert "step_kind" in [error["type"] for error in refused(services=steps(step))]
    nested = steps({"parallel": [step]})
    assert "step_kind" in [error["type"] for error in refused(services=nested)]


@pytest.mark.parametrize(
    "step",
    [
        {"compute": "1ms", "cpu": 2},
        {"call": "a/x", "count": 0},
        {"call": "a/x", "count": 10_001},
        {"call": "a/x", "probability": "101%"},
        {"call": "a/x", "probability": 0.5},
        {"call": "a/x", "on_error": "retry"},
        {"parallel": []},
        {"parallel": {"compute": "1ms"}},
    ],
)
def test_steps_that_are_refused(step):
    assert refused(services=steps(step))


@pytest.mark.parametrize(
    "changes",
    [
        {"meshsim": 2},
        {"name": ""},
        {"services": []},
        {"services": service(name="a/b")},
        {"services": service(replicas=0)},
        {"services": service(replicas=10_001)},
        {"services": service(workers=0)},
        {"services": service(workers="many")},
        {"services": service(protocol="http3")},
        {"services": service(balancing="sticky")},
        {"services": service(endpoints=[])},
        {"services": service(endpoints=[{"name": ""}])},
        {"services": service(endpoints=[{"name": "x", "error": "200%"}])},
        {"services": service(resources={"requests": {"cpu": 0}})},
        {"services": service(replica=2)},
        {"nodes": []},
        {"nodes": [{**NODES[0], "cores": 0}]},
        {"nodes": [{**NODES[0], "count": 0}]},
        {"nodes": [{**NODES[0], "zones": []}]},
        {"nodes": [{**NODES[0], "price_per_hour": -1}]},
        {"network": {"bandwidth": "0bit/s"}},
        {"network": {"zone_pairs": [{"zones": ["a"], "round_trip": "1ms"}]}},
        {"slo": {"a/x": "avg<1s"}},
        {"unknown": 1},
    ],
)
def test_values_that_are_refused(changes):
    assert refused(**changes)

"""Values of a topology that contradict each other: one contradiction per case, fault pinned.

Each rule is also met from its legal side, at the boundary where there is one.
"""

import pytest
from topology_samples import NODES, topology

from meshsim.model.faults import Fault
from meshsim.model.validation import system_faults, value_faults

ONE = {"a": {"x": [{"compute": "1ms"}]}}
RESOURCES = ("services", 0, "resources")


def values(*args, **kwargs):
    return list(value_faults(topology(*args, **kwargs)))


def systems(*args, **kwargs):
    return list(system_faults(topology(*args, **kwargs)))


def loaded(arrivals):
    return {"arrivals": arrivals, "entries": [{"to": "a/x"}]}


def schedule(*points):
    listed = [{"at": at, "rate": rate} for at, rate in points]
    return values(ONE, load=loaded({"process": "schedule", "points": listed}))


def test_a_sound_topology_has_no_fault():
    assert values(ONE) == []
    assert systems(ONE) == []


@pytest.mark.parametrize(
    ("resources", "fault"),
    [
        (
            {"requests": {"cpu": "400m"}, "limits": {"cpu": "250m"}},
            Fault(
                (*RESOURCES, "limits", "cpu"),
                "a limit must not lie below the request, which is '0.4'",
                "250m",
                "raise the limit or lower the request",
            ),
        ),
        (
            {"requests": {"memory": "1Gi"}, "limits": {"memory": "1G"}},
            Fault(
                (*RESOURCES, "limits", "memory"),
                "a limit must not lie below the request, which is '1Gi'",
                "1G",
                "raise the limit or lower the request",
            ),
        ),
    ],
)
def test_limits_below_requests(resources, fault):
    assert values(ONE, options={"a": {"resources": resources}}) == [fault]


@pytest.mark.parametrize(
    "resources",
    [
        {"requests": {"cpu": 1, "memory": "1Gi"}, "limits": {"cpu": 1, "memory": "1Gi"}},
        {"requests": {"cpu": 1}, "limits": {"memory": "1Gi"}},
        {"limits": {"cpu": "100m"}},
    ],
)
def test_limits_that_are_not_below_requests(resources):
    assert values(ONE, options={"a": {"resources": resources}}) == []


def test_a_pool_must_leave_something_for_pods():
    pool = {**NODES[0], "reserved_cpu": 4, "reserved_memory": "17Gi"}
    assert values(ONE, nodes=[pool]) == [
        Fault(
            ("nodes", 0, "reserved_cpu"),
            "must leave some of the node's 4 cores",
            "4",
            "reserve less or use larger nodes",
        ),
        Fault(
            ("nodes", 0, "reserved_memory"),
            "must leave some of the node's 16Gi of memory",
            "17Gi",
            "reserve less or use larger nodes",
        ),
    ]


def test_a_schedule_in_order():
    assert schedule(("0s", "0/s"), ("1s", "5/s"), ("2s", "0/s")) == []


def test_a_schedule_starts_at_zero():
    assert schedule(("1s", "5/s")) == [
        Fault(
            ("load", "arrivals", "points", 0, "at"),
            "the first point of a schedule is at '0s'",
            "1s",
            "add a point at '0s' before it",
        )
    ]


@pytest.mark.parametrize("at", ["1s", "2s"])
def test_the_points_of_a_schedule_follow_one_another(at):
    assert schedule(("0s", "5/s"), ("2s", "6/s"), (at, "7/s")) == [
        Fault(
            ("load", "arrivals", "points", 2, "at"),
            "must be later than the point before, which is at '2s'",
            at,
            "put the points in order of time",
        )
    ]


def test_a_schedule_without_requests():
    assert schedule(("0s", "0/s"), ("1s", "0/s")) == [
        Fault(
            ("load", "arrivals", "points"),
            "some rate must be more than zero",
            "",
            "give a point a rate",
        )
    ]


@pytest.mark.parametrize(
    ("times", "fault"),
    [
        (["0s", "0s", "1s"], None),
        (
            ["0s", "2s", "1s", "0s"],
            Fault(
                ("load", "arrivals", "times", 2),
                "must not be earlier than the time before, '2s'",
                "1s",
                "sort the times",
            ),
        ),
        (
            ["0s", "0s"],
            Fault(
                ("load", "arrivals", "times"),
                "a recording lasts longer than zero",
                "",
                "let the last arrival be later than '0s'",
            ),
        ),
    ],
)
def test_recordings(times, fault):
    found = values(ONE, load=loaded({"process": "trace", "times": times}))
    assert found == ([fault] if fault else [])


def test_objectives_are_read():
    slo = {"a/x": ["p(99)<250ms", "p99<250ms", "avg<3"]}
    assert values(ONE, slo=slo) == [
        Fault(
            ("slo", "a/x", 1),
            "must be a threshold on latency or errors",
            "p99<250ms",
            "write e.g. 'p(99)<250ms', 'avg<40ms' or 'error_rate<0.1%'",
        ),
        Fault(("slo", "a/x", 2), "a duration needs a unit", "3", "write '3ms' or '3s'"),
    ]


@pytest.mark.parametrize(
    ("resources", "which", "value"),
    [
        ({"requests": {"cpu": "3.5"}}, None, ""),
        ({"requests": {"cpu": "3.6"}}, "requests", "3.60 CPU"),
        ({"limits": {"cpu": "3.6"}}, "limits", "3.60 CPU"),
        ({"requests": {"cpu": 1}, "limits": {"cpu": "3.6"}}, None, ""),
        ({"requests": {"memory": "15.5Gi"}}, "requests", "15.5 GiB of memory"),
        (
            {"requests": {"cpu": 1, "memory": "20Gi"}},
            "requests",
            "1.00 CPU and 20.0 GiB of memory",
        ),
    ],
)
def test_a_pod_fits_on_a_node(resources, which, value):
    pool = {**NODES[0], "reserved_cpu": "500m", "reserved_memory": "1Gi"}
    found = systems(ONE, options={"a": {"resources": resources}}, nodes=[pool])
    rule = "a pod must fit on one node, which can set aside 3.50 CPU and 15.0 GiB of memory"
    fault = Fault((*RESOURCES, which), rule, value, "ask for less or use larger nodes")
    assert found == ([fault] if which else [])


def test_a_pod_fits_on_a_node_of_its_zones_only():
    pools = [
        {**NODES[0], "name": "small", "cores": 2, "zones": ["east"]},
        {**NODES[0], "name": "large", "cores": 8, "zones": ["west"]},
    ]
    options = {"a": {"resources": {"requests": {"cpu": 3}}, "zones": ["east"]}}
    assert [fault.value for fault in systems(ONE, options=options, nodes=pools)] == ["3.00 CPU"]
    options["a"]["zones"] = ["east", "west"]
    assert systems(ONE, options=options, nodes=pools) == []


def test_cpu_and_memory_must_fit_on_the_same_node():
    pools = [
        {**NODES[0], "name": "wide", "cores": 8, "memory": "1Gi"},
        {**NODES[0], "name": "tall", "cores": 1, "memory": "64Gi"},
    ]
    options = {"a": {"resources": {"requests": {"cpu": 4, "memory": "32Gi"}}}}
    assert len(systems(ONE, options=options, nodes=pools)) == 1


def cycle(probability, count=1):
    return {
        "a": {"x": [{"compute": "1ms"}, {"call": "b/x"}]},
        "b": {"x": [{"parallel": [[{"call": "c/x", "count": count}]]}]},
        "c": {"x": [{"call": "a/x", "probability": probability}]},
    }


def test_a_cycle_without_an_exit():
    services = cycle("100%")
    services["a"]["x"].insert(0, {"call": "d/x"})
    services["d"] = {"x": []}
    assert systems(services) == [
        Fault(
            ("services", 0, "endpoints", 0, "steps", 2, "call"),
            "calls in a cycle must die out, each run through it leading to less than one more",
            "a/x → b/x → c/x → a/x",
            "give a call of the cycle a lower probability, or take it out",
        )
    ]


@pytest.mark.parametrize(
    ("probability", "count", "is_endless"),
    [("50%", 1, False), ("99%", 1, False), ("50%", 2, True), ("49%", 2, False), ("1%", 101, True)],
)
def test_a_cycle_dies_out_if_a_round_leads_to_less_than_another(probability, count, is_endless):
    assert bool(systems(cycle(probability, count))) is is_endless


def test_a_cycle_that_no_request_reaches_is_refused_too():
    services = {**ONE, "b": {"x": [{"call": "b/x"}]}}
    assert [fault.value for fault in systems(services)] == ["b/x → b/x"]


def test_calls_beyond_counting():
    chain = {
        "a": {"x": [{"call": "b/x", "count": 10_000}]},
        "b": {"x": [{"call": "c/x", "count": 100}]},
        "c": {"x": []},
    }
    assert systems(chain) == [
        Fault(
            ("services",),
            "a request may lead to at most 1,000,000 calls in the mean",
            "1,010,000",
            "lower the counts along the chain of calls",
        )
    ]
    chain["b"]["x"][0]["count"] = 99
    assert systems(chain) == []


def test_calls_beyond_the_largest_float():
    names = [f"s{number}" for number in range(100)]
    services = {
        name: {"x": [{"call": f"{names[number + 1]}/x", "count": 10_000}]}
        for number, name in enumerate(names[:-1])
    }
    assert [fault.value for fault in systems({**services, names[-1]: {"x": []}})] == ["inf"]
    back = [{"call": f"{names[-1]}/x", "probability": "1%"}]
    assert [fault.value for fault in systems({**services, names[-1]: {"x": back}})] != []

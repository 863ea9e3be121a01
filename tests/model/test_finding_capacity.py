"""Findings MS01: each is met by one change to a topology without findings, and just not so.

Every case pins the whole set of codes, so that a change that brings a second one fails too. The
numbers follow by hand: 100/s, 4 ms of CPU in two pods of one core, half a core requested by each.
"""

import pytest
import topology_samples
from finding_base import PODS, RESOURCES, base, closed, codes, load, only, resources

from meshsim.model.finding_case import Hit, together
from meshsim.model.findings import analyse


@pytest.mark.parametrize(
    ("rate", "expected"),
    [
        ("424/s", []),
        ("425/s", ["MS0101"]),  # 1.7 of 2 cores
        ("499/s", ["MS0101"]),
        ("500/s", ["MS0102"]),
        ("900/s", ["MS0102"]),
    ],
)
def test_busy_services(rate, expected):
    assert codes(rate=rate) == expected


def test_a_busy_service_is_told_how_many_replicas_it_needs():
    finding = only(rate="900/s")  # 3.6 cores: 4 pods are 90% busy, 5 are 72%
    assert finding.resource == "front"
    assert finding.message == (
        "the load asks for 3.60 of 2.00 cores (180%); "
        "set replicas to 5 or more, or raise the CPU limit"
    )
    assert codes(rate="900/s", front={"replicas": 5}) == []


def test_a_busy_service_without_a_limit_is_told_to_add_nodes():
    unlimited = {"resources": {"requests": RESOURCES["requests"]}}
    finding = only(rate="1750/s", front=unlimited)  # 7 of 8 cores, on two of three nodes
    assert finding.message.endswith("; add nodes, or lower the rate")


def test_closed_load_saturates_but_does_not_overload():
    # Users think for 1 s and wait for 4 + 4 ms and 60 us of network.
    assert codes(load=closed(400)) == []
    assert codes(load=closed(600)) == ["MS0101"]


@pytest.mark.parametrize(("rate", "expected"), [("2990/s", False), ("3010/s", True)])
def test_busy_nodes(rate, expected):
    # 12 cores less 12 x 0; both services ask for 2 ms of CPU.
    unlimited = {"resources": {"requests": RESOURCES["requests"]}, "replicas": 3}
    steps = [{"compute": "2ms"}, {"call": "back/read"}]
    found = codes(steps, [{"compute": "2ms"}], front=unlimited, back=unlimited, rate=rate)
    assert ("MS0103" in found) is expected


def test_reserved_cpu_is_not_for_pods():
    pool = {**topology_samples.NODES[0], "reserved_cpu": "3500m"}
    assert "MS0103" in codes(rate="400/s", nodes=[pool])
    assert "MS0103" not in codes(rate="370/s", nodes=[pool])


def test_pods_without_requests():
    assert codes(front={"resources": {"limits": {"cpu": 1, "memory": "1Gi"}}}) == []
    assert codes(front={"resources": {"limits": {"memory": "1Gi"}}}) == ["MS0104"]
    assert codes(front={"resources": {"requests": {"cpu": "500m"}}}) == ["MS0105"]


def test_what_many_services_have_in_common_is_one_finding():
    none = {"resources": {"limits": {"memory": "1Gi"}}}
    assert only(front=none, back=none).resource == "front, back"
    hits = [Hit(("services", number), f"s{number}") for number in range(6)]
    (remark,) = together("MS0104", hits, "no CPU is reserved")
    assert remark.resource == "s0, s1, s2, s3, 2 more"
    assert remark.location == ("services", 0)


def test_limits_below_one_core():
    assert codes(front=resources(limits_cpu="999m")) == ["MS0106"]
    assert codes(front=resources(limits_cpu=1)) == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"requests_cpu": "999m"}, ""),
        (
            {"requests_cpu": 3, "limits_cpu": 3},
            "the pods request 13.0 of 12.0 cores; add nodes or lower the requests",
        ),
        (
            {"requests_memory": "12Gi"},
            "the pods request 50.0 GiB of 48.0 GiB of memory; add nodes or lower the requests",
        ),
        (
            {"requests_cpu": 3, "limits_cpu": 3, "requests_memory": "12Gi"},
            "the pods request 13.0 of 12.0 cores and 50.0 GiB of 48.0 GiB of memory; "
            "add nodes or lower the requests",
        ),
    ],
)
def test_requests_beyond_the_nodes(changes, message):
    found = analyse(base(front={**resources(**changes), "replicas": 4}))
    assert [finding.message for finding in found] == ([message] if message else [])
    assert {finding.code for finding in found} <= {"MS0107"}


def test_entry_services_with_one_pod():
    assert codes(front={"replicas": 1}) == ["MS0108"]
    assert codes(back={"replicas": 1}) == []


@pytest.mark.parametrize(
    ("wait", "expected"),
    [("76ms", []), ("82ms", ["MS0109"]), ("95ms", ["MS0109"]), ("97ms", ["MS0110"])],
)
def test_worker_slots_by_littles_law(wait, expected):
    # 100/s x (4 ms + 60 us of network + the wait below) against 2 pods x 5 workers.
    assert codes(below=[{"wait": wait}], front={"workers": 5}) == expected


def test_few_workers_are_told_how_many_they_need():
    finding = only(below=[{"wait": "96ms"}], front={"workers": 3}, network={"same_node": "0s"})
    assert finding.message == (
        "10 of 6 worker slots are held at any time (100 ms per request without any waiting); "
        "set workers to 6 or more"
    )
    assert codes(below=[{"wait": "96ms"}], front={"workers": 6}) == []


def test_closed_load_waits_for_workers_but_does_not_overload_them():
    assert codes(load=closed(400), front={"workers": 1}) == ["MS0109"]
    assert codes(load=closed(100), front={"workers": 1}) == []


def test_workers_of_a_service_that_does_nothing():
    whole = topology_samples.topology(
        {"a": {"x": []}},
        options={"a": {**PODS, "workers": 1}},
        slo={"a/x": ["avg<1s"]},
        load=load({"process": "closed", "users": 1}, "a/x"),
    )
    assert analyse(whole) == ()

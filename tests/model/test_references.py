"""Names that stand twice or lead nowhere: one broken name per case, and the whole fault pinned.

The rules read raw data, so junk of every type is thrown at them too: they must pass over it.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from topology_samples import NODES, data

from meshsim.model.faults import Fault
from meshsim.model.references import nearest, reference_faults

SERVICES = {
    "shop": {"get": [{"call": "stock/read"}], "put": []},
    "stock": {"read": [], "write": []},
}


def faults(*args, **kwargs):
    return list(reference_faults(data(*args, **kwargs)))


def call(target):
    return {**SERVICES, "shop": {"get": [{"call": target}]}}


def test_a_topology_without_fault_has_none():
    assert faults(SERVICES) == []


@pytest.mark.parametrize(
    ("target", "rule", "cure"),
    [
        (
            "stok/write",
            "must name a service of this topology and, after a slash, its endpoint",
            "did you mean 'stock/write'?",
        ),
        (
            "stok/pay",
            "must name a service of this topology and, after a slash, its endpoint",
            "did you mean 'stock/read'?",
        ),
        (
            "bank",
            "must name a service of this topology and, after a slash, its endpoint",
            "known services: 'shop', 'stock'",
        ),
        (
            "stock/wirte",
            "must name an endpoint of the service 'stock'",
            "did you mean 'stock/write'? known: 'stock/read', 'stock/write'",
        ),
        (
            "stock",
            "must name an endpoint of the service 'stock'",
            "write 'stock/read' or 'stock/write'",
        ),
    ],
)
def test_a_call_to_what_is_not_there(target, rule, cure):
    location = ("services", 0, "endpoints", 0, "steps", 0, "call")
    assert faults(call(target)) == [Fault(location, rule, target, cure)]


def test_calls_inside_parallel_branches_are_followed():
    steps = [{"parallel": [{"wait": "1ms"}, [{"wait": "1ms"}, {"parallel": [{"call": "x/y"}]}]]}]
    (fault,) = faults({"shop": {"get": steps}})
    assert fault.location == (
        "services", 0, "endpoints", 0, "steps", 0, "parallel", 1, 1, "parallel", 0, "call",
    )  # fmt: skip


def test_an_entry_to_what_is_not_there_hides_its_objectives():
    found = faults(SERVICES, entries=["shop/gett"], slo={"shop/get": ["avg<1s"]})
    assert found == [
        Fault(
            ("load", "entries", 0, "to"),
            "must name an endpoint of the service 'shop'",
            "shop/gett",
            "did you mean 'shop/get'? known: 'shop/get', 'shop/put'",
        )
    ]


def test_objectives_of_what_is_no_entry():
    found = faults(SERVICES, slo={"shop/put": ["avg<1s"], "shop/get": ["avg<1s"]})
    assert found == [
        Fault(
            ("slo", "shop/put"),
            "objectives are set for entry points, those listed in load.entries",
            "shop/put",
            "did you mean 'shop/get'? known: 'shop/get'",
            at_key=True,
        )
    ]


@pytest.mark.parametrize(
    ("more", "location", "rule"),
    [
        (
            {"services": [{"name": "a"}, {"name": "b"}, {"name": "a"}]},
            ("services", 2, "name"),
            "each service stands once",
        ),
        (
            {"services": [{"name": "a", "endpoints": [{"name": "x"}, {"name": "x"}]}]},
            ("services", 0, "endpoints", 1, "name"),
            "each endpoint of the service stands once",
        ),
        (
            {"nodes": [{"name": "n"}, {"name": "n"}]},
            ("nodes", 1, "name"),
            "each node pool stands once",
        ),
        (
            {"nodes": [{"name": "n", "zones": ["z", "z"]}]},
            ("nodes", 0, "zones", 1),
            "each zone of the pool stands once",
        ),
        (
            {"nodes": [{"zones": ["z"]}], "services": [{"zones": ["z", "z"]}]},
            ("services", 0, "zones", 1),
            "each zone stands once",
        ),
        (
            {"load": {"entries": [{"to": "a/x"}, {"to": "a/x"}]}},
            ("load", "entries", 1, "to"),
            "each entry point stands once",
        ),
    ],
)
def test_names_that_stand_twice(more, location, rule):
    (fault,) = reference_faults(more)
    assert (fault.location, fault.rule) == (location, rule)


def test_two_services_may_have_endpoints_of_the_same_name():
    assert faults({"a": {"x": []}, "b": {"x": []}}) == []


POOL = {**NODES[0], "count": 2, "zones": ["east", "west", "north"]}


def test_a_zone_needs_a_node():
    options = {"shop": {"zones": ["west", "nroth", "north"]}}
    found = faults(SERVICES, options=options, nodes=[POOL])
    rule = "must be a zone in which a node pool has a node"
    assert found == [
        Fault(("services", 0, "zones", 1), rule, "nroth", "known: 'east', 'west'"),
        Fault(("services", 0, "zones", 2), rule, "north", "known: 'east', 'west'"),
    ]


def test_a_pool_without_zones_is_in_zone_a():
    assert faults(SERVICES, options={"shop": {"zones": ["zone-a"]}}) == []


def pairs(*zones):
    return {"zone_pairs": [{"zones": list(both), "round_trip": "1ms"} for both in zones]}


def test_pairs_of_zones_may_name_any_zone_of_a_pool():
    network = pairs(("east", "north"), ("east", "west"))
    assert faults(SERVICES, nodes=[POOL], network=network) == []


@pytest.mark.parametrize(
    ("network", "location", "rule", "value"),
    [
        (pairs(("east", "wst")), (0, "zones", 1), "must be a zone of a node pool", "wst"),
        (pairs(("east", "east")), (0, "zones"), "must be two different zones", "east"),
        (
            pairs(("east", "west"), ("west", "east")),
            (1, "zones"),
            "must stand once per pair, in either order",
            "east, west",
        ),
    ],
)
def test_pairs_of_zones_that_cannot_be_meant(network, location, rule, value):
    (fault,) = faults(SERVICES, nodes=[POOL], network=network)
    assert fault.location == ("network", "zone_pairs", *location)
    assert (fault.rule, fault.value) == (rule, value)


def test_a_long_list_of_known_names_is_cut():
    many = {f"service-{number}": {"x": []} for number in range(30)}
    (fault,) = faults({**many, "a": {"x": []}}, entries=["qqq/x"])
    assert fault.cure.startswith("known services: 'service-0', ")
    assert fault.cure.endswith(" and 23 more")


def test_a_service_whose_endpoints_are_missing_is_not_asked_for_them():
    broken = {"services": [{"name": "a"}], "load": {"entries": [{"to": "a/x"}]}}
    assert list(reference_faults(broken)) == []


def test_the_nearest_name():
    assert nearest("revews", ["details", "reviews"]) == "reviews"
    assert nearest("qqq", ["details", "reviews"]) is None
    assert nearest("a" * 100_000, ["a" * 190]) == "a" * 190


KEYS = st.sampled_from(
    ["services", "name", "endpoints", "steps", "call", "parallel", "load", "entries", "to",
     "nodes", "zones", "count", "network", "zone_pairs", "slo"]
)  # fmt: skip
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 3) | st.sampled_from(["a", "a/x", "", "/"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=30,
)


@given(JUNK)
def test_data_of_any_shape_is_passed_over(junk):
    for fault in reference_faults(junk):
        assert fault.rule
        assert fault.cure

"""Rules of a mesh file: one broken rule per case, met from its legal side as well.

The meshes that ship with meshsim are asked too: they are the widest legal case there is.
"""

import copy

import pytest
from mesh_samples import data, guess, mesh, proxy

from meshsim.model import catalogue
from meshsim.model.faults import Fault
from meshsim.model.loading import load_mesh
from meshsim.model.mesh import Mesh
from meshsim.model.mesh_validation import mesh_faults, split_element

WAYPOINT = proxy("waypoint", "namespace")
ZTUNNEL = proxy("ztunnel", "node", 4)


def faults(*args, **kwargs):
    return list(mesh_faults(mesh(*args, **kwargs)))


def test_an_element_of_the_path_is_side_and_proxy():
    assert split_element("callee.sidecar") == ("callee", "sidecar")
    assert split_element("service.way.point") == ("service", "way.point")
    assert split_element("sidecar") == ("sidecar", "")


def test_a_mesh_without_fault_has_none():
    assert faults() == []
    inside = ["caller.ztunnel", "service.waypoint", "callee.ztunnel"]
    assert faults([ZTUNNEL, WAYPOINT], inside, ["service.waypoint", "callee.ztunnel"]) == []
    assert faults([], [], []) == []


@pytest.mark.parametrize("name", catalogue.names("models"))
def test_shipped_meshes_have_no_fault(name):
    assert list(mesh_faults(load_mesh(name))) == []


@pytest.mark.parametrize(
    ("element", "rule", "cure"),
    [
        (
            "sidecar",
            "must be side.proxy, the side being caller, service or callee",
            "write e.g. 'callee.sidecar'",
        ),
        (
            "client.sidecar",
            "must be side.proxy, the side being caller, service or callee",
            "write e.g. 'callee.sidecar'",
        ),
        (
            "callee.sidcar",
            "must name a proxy of this mesh",
            "did you mean 'callee.sidecar'? proxies: sidecar, waypoint",
        ),
        ("callee.envoy", "must name a proxy of this mesh", "proxies: sidecar, waypoint"),
        (
            "service.sidecar",
            "a proxy of the scope 'pod' stands on the side caller or callee",
            "write 'caller.sidecar'",
        ),
        (
            "callee.waypoint",
            "a proxy of the scope 'namespace' stands on the side service",
            "write 'service.waypoint'",
        ),
    ],
)
def test_elements_of_the_path_that_fit_nowhere(element, rule, cure):
    found = faults([proxy(), WAYPOINT], ["caller.sidecar", element])
    assert found == [Fault(("path", "inside", 1), rule, element, cure)]


def test_a_path_without_any_proxy_to_name():
    (wrong_name,) = faults([], ["callee.sidecar"], [])
    assert wrong_name.cure == "describe it under proxies"
    (no_side,) = faults([], ["sidecar"], [])
    assert no_side.cure == "write e.g. 'callee.sidecar'"


def test_a_call_meets_the_sides_in_their_order():
    assert faults(inside=["callee.sidecar", "caller.sidecar"]) == [
        Fault(
            ("path", "inside", 1),
            "a call meets the caller's proxies first, then the service's, then the callee's",
            "caller.sidecar",
            "put the elements in this order",
        )
    ]


def test_requests_from_outside_have_no_caller():
    assert faults(entry=["caller.sidecar", "callee.sidecar"]) == [
        Fault(
            ("path", "entry", 0),
            "requests from outside have no caller's proxy",
            "caller.sidecar",
            "leave it out",
        )
    ]


def test_names_stand_once():
    part = {"resources": {}, "cpu_used": guess("10m"), "memory_used": guess("1Mi")}
    control_plane = [{"name": "istiod", **part}, {"name": "istiod", **part}]
    found = faults([proxy(), proxy()], control_plane=control_plane)
    assert [(fault.location, fault.value) for fault in found] == [
        (("proxies", 1, "name"), "sidecar"),
        (("control_plane", 1, "name"), "istiod"),
    ]


def test_the_machine_factor_is_above_zero():
    (fault,) = faults(machine_factor=guess(1.0, 0.0))
    assert (fault.location, fault.value) == (("machine_factor", "range"), "0.0")
    assert faults(machine_factor=guess(1.0, 0.1)) == []


def test_shared_proxies_need_replicas():
    shared = {key: value for key, value in WAYPOINT.items() if key != "replicas"}
    (fault,) = faults([shared], ["service.waypoint"], [])
    assert fault == Fault(
        ("proxies", 0),
        "a proxy of the scope 'namespace' needs a number of replicas",
        "",
        "add the key 'replicas'",
    )


def test_replicas_are_at_least_one():
    (fault,) = faults([{**WAYPOINT, "replicas": guess(2, 0)}], ["service.waypoint"], [])
    assert (fault.location, fault.value) == (("proxies", 0, "replicas", "range"), "0")


def test_a_proxy_per_pod_has_no_replicas():
    (fault,) = faults([proxy(replicas=guess(2))])
    assert fault == Fault(
        ("proxies", 0, "replicas"),
        "a proxy of the scope 'pod' stands once in each pod",
        "",
        "remove the key 'replicas'",
        at_key=True,
    )


@pytest.mark.parametrize(
    ("layer", "lacking", "needed"),
    [
        (4, ["http1", "http2"], []),
        (4, ["tcp"], ["tcp"]),
        (7, ["tcp"], ["tcp"]),
        (7, ["http1", "http2"], ["http1", "http2"]),
    ],
)
def test_costs_of_the_protocols_that_a_layer_carries(layer, lacking, needed):
    changed = proxy(layer=layer)
    changed["cost"] = {key: cost for key, cost in changed["cost"].items() if key not in lacking}
    assert faults([changed]) == [
        Fault(
            ("proxies", 0, "cost"),
            f"a proxy of layer {layer} needs the cost of {protocol} traffic",
            "",
            f"add the key {protocol!r}",
        )
        for protocol in needed
    ]


@pytest.mark.parametrize("keys", [("request_share",), ("tcp", "idle_exponent")])
def test_shares_and_exponents_lie_between_zero_and_one(keys):
    changed = copy.deepcopy(proxy())
    *outer, name = keys
    holder = changed["cost"]
    for key in outer:
        holder[key] = dict(holder[key])
        holder = holder[key]
    holder[name] = guess(0.5, -0.1, 1.0)
    assert [fault.value for fault in faults([changed])] == ["[-0.1, 1.0]"]
    holder[name] = guess(0.5, 0.0, 1.1)
    assert faults([changed]) == [
        Fault(
            ("proxies", 0, "cost", *keys, "range"),
            "must lie between 0 and 1 over its whole range",
            "[0.0, 1.1]",
            "narrow the range",
        )
    ]


def test_two_filters_of_one_name():
    changed = proxy()
    feature = {"name": "lua", "per_request": guess("2us")}
    changed["cost"]["filters"] = [feature, feature]
    (fault,) = faults([changed])
    assert fault.location == ("proxies", 0, "cost", "filters", 1, "name")
    assert fault.value == "lua"


def test_limits_below_requests():
    low = {"requests": {"cpu": 1}, "limits": {"cpu": "100m"}}
    part = {"name": "istiod", "cpu_used": guess("10m"), "memory_used": guess("1Mi")}
    found = faults([proxy(resources=low)], control_plane=[{**part, "resources": low}])
    assert [fault.location for fault in found] == [
        ("proxies", 0, "resources", "limits", "cpu"),
        ("control_plane", 0, "resources", "limits", "cpu"),
    ]


def test_a_component_of_each_node_has_no_replicas():
    part = {"resources": {}, "cpu_used": guess("10m"), "memory_used": guess("1Mi")}
    agent = {"name": "agent", "scope": "node", **part}
    assert faults(control_plane=[agent]) == []
    (fault,) = faults(control_plane=[{**agent, "replicas": 2}])
    assert (fault.location, fault.value) == (("control_plane", 0, "replicas"), "2")


def test_every_source_is_described():
    known = {"docs": {"title": "Documentation", "where": "https://example.com"}}
    cited = {"value": 1.0, "range": [1.0, 1.0], "origin": "published", "source": "dosc"}
    found = faults(
        [proxy(resources={"source": "paper"})],
        sources=known,
        machine_factor=cited,
        policies={"source": "docs"},
    )
    rule = "must be a key of 'sources'"
    assert found == [
        Fault(("machine_factor", "source"), rule, "dosc", "did you mean 'docs'? sources: docs"),
        Fault(("proxies", 0, "resources", "source"), rule, "paper", "sources: docs"),
    ]


def test_a_source_when_none_is_described():
    (fault,) = faults(policies={"source": "docs"})
    assert fault.cure == "describe it there"


def test_a_fault_is_found_in_each_proxy():
    whole = data([proxy(), proxy("other")])
    for each in whole["proxies"]:
        del each["cost"]["http1"]
    found = list(mesh_faults(Mesh.model_validate(whole)))
    assert [fault.location for fault in found] == [("proxies", 0, "cost"), ("proxies", 1, "cost")]

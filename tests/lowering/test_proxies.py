"""Proxies as tables: costs by protocol and machine, instances and their workers, cut paths."""

import builders
import mesh_samples
import numpy as np
import pytest
from mesh_samples import guess

from meshsim.lowering.program import Hop, Path, Scope, Segment, Side
from meshsim.lowering.proxies import lower_path, protocol_cost
from meshsim.model.loading import load_mesh

NODE = builders.proxy("ztunnel", scope="node", layer=4)
WAYPOINT = builders.proxy("waypoint", scope="service", layer=7, replicas=1)
SIDECAR = builders.proxy("sidecar", scope="pod", layer=7)

TWO_NODES = "[{name: node, cores: 100, memory: 1Ti, count: 2}]"


def path(*elements):
    described = builders.mesh(SIDECAR, NODE, WAYPOINT)
    return lower_path(described, elements)


def segment(*hops, proxy, number=0):
    return Segment(tuple(Hop(side, kind) for side, kind in hops), proxy, number)


def test_without_proxies_the_caller_chooses_and_one_segment_leads_to_the_pod():
    assert path() == Path((segment(proxy=False),), picker=0)


def test_sidecars_cut_at_each_and_the_callers_chooses():
    caller = segment((Side.CALLER, 0), proxy=True)
    callee = segment((Side.CALLEE, 0), proxy=True, number=1)
    assert path("caller.sidecar", "callee.sidecar") == Path((caller, callee), picker=1)


def test_a_sidecar_of_the_callee_alone_does_not_choose():
    assert path("callee.sidecar") == Path((segment((Side.CALLEE, 0), proxy=True),), picker=0)


def test_a_sidecar_of_the_caller_alone_is_left_by_a_segment_without_hops():
    caller = segment((Side.CALLER, 0), proxy=True)
    assert path("caller.sidecar") == Path((caller, segment(proxy=False, number=1)), picker=1)


def test_layer_4_does_not_cut():
    whole = segment((Side.CALLER, 1), (Side.CALLEE, 1), proxy=False)
    assert path("caller.ztunnel", "callee.ztunnel") == Path((whole,), picker=0)


def test_a_waypoint_cuts_between_two_of_layer_4_and_chooses():
    first = segment((Side.CALLER, 1), (Side.SERVICE, 2), proxy=True)
    second = segment((Side.CALLEE, 1), proxy=False, number=1)
    found = path("caller.ztunnel", "service.waypoint", "callee.ztunnel")
    assert found == Path((first, second), picker=1)


def test_the_last_that_stands_before_the_callee_chooses():
    found = path("caller.sidecar", "service.waypoint", "callee.sidecar")
    assert len(found.segments) == 3
    assert found.picker == 2


def test_layer_4_behind_the_callees_sidecar():
    first = segment((Side.CALLEE, 0), proxy=True)
    second = segment((Side.CALLEE, 1), proxy=False, number=1)
    assert path("callee.sidecar", "callee.ztunnel") == Path((first, second), picker=0)


def test_segments_are_numbered_over_both_paths():
    inside, entry = "[caller.sidecar, callee.sidecar]", "[callee.sidecar]"
    under = builders.mesh(builders.proxy(), inside=inside, entry=entry)
    program = builders.program(builders.topology(services("http1"), "s0/get"), under)
    assert [segment.number for segment in program.inside.segments] == [0, 1]
    assert [segment.number for segment in program.entry.segments] == [2]


def services(*protocols):
    return builders.listed(
        *(
            builders.service(f"s{number}", protocol=protocol, replicas=2)
            for number, protocol in enumerate(protocols)
        )
    )


def test_costs_follow_the_protocol_and_the_machine():
    sidecar = builders.proxy(
        busy="10us", tcp_busy="4us", per_kib="2us", idle_scale="3us", wake_up="40us"
    )
    described = builders.topology(services("http1", "http2", "grpc", "tcp"), "s0/get")
    under = builders.mesh(sidecar, machine_factor=1.5)
    kinds = builders.program(described, under).kinds
    for passes in range(3):
        assert kinds.busy_s[passes] == pytest.approx(np.array([[15e-6, 15e-6, 15e-6, 6e-6]]))
        assert kinds.per_byte_s[passes] == pytest.approx(np.full((1, 4), 3e-6 / 1024))
    assert kinds.idle_scale_s == pytest.approx(np.full((1, 4), 4.5e-6))
    assert kinds.wake_up_s.tolist() == [40e-6]  # latency, not CPU: no factor
    assert kinds.idle_exponent.tolist() == [[0.5] * 4]
    assert kinds.request_share.tolist() == [0.5]


def test_encryption_costs_once_for_each_encrypted_connection():
    waypoint = builders.proxy(busy="10us", tls="2us")
    under = builders.mesh(waypoint, machine_factor=2.0)
    kinds = builders.program(builders.topology(services("http1"), "s0/get"), under).kinds
    assert kinds.busy_s[:, 0, 0] == pytest.approx([20e-6, 24e-6, 28e-6])


AMBIENT = ("caller.ztunnel", "service.waypoint", "callee.ztunnel")


@pytest.mark.parametrize(
    ("mtls", "elements", "expected"),
    [
        ("on", ("caller.sidecar", "callee.sidecar"), [1, 1]),
        ("permissive", AMBIENT, [1, 2, 1]),
        ("off", AMBIENT, [0, 0, 0]),
        ("on", ("callee.sidecar",), [0]),
        ("on", ("caller.sidecar", "caller.ztunnel", "callee.ztunnel"), [0, 1, 1]),
    ],
)
def test_connections_from_side_to_side_are_encrypted(mtls, elements, expected):
    scopes = {"sidecar": "pod", "ztunnel": "node", "waypoint": "namespace"}
    proxies = [
        builders.proxy(name, scope=scope, replicas=1 if scope == "namespace" else None)
        for name, scope in scopes.items()
    ]
    under = builders.mesh(*proxies, policies=f'{{mtls: "{mtls}"}}')
    lowered = lower_path(under, elements)
    assert [hop.passes for part in lowered.segments for hop in part.hops] == expected


def test_filters_cost_when_they_are_on():
    log = {"name": "access-log", "per_request": guess("2us"), "per_kib": guess("1us")}
    rbac = {"name": "rbac", "per_request": guess("5us")}
    one = mesh_samples.proxy()
    one["cost"]["filters"] = [{**log, "enabled": True}, rbac]
    under = mesh_samples.mesh([one], control_plane=[])
    kinds = builders.program(builders.topology(services("http1"), "s0/get"), under).kinds
    assert kinds.busy_s[:, 0, 0] == pytest.approx(32e-6)
    assert kinds.per_byte_s[:, 0, 0] == pytest.approx(2e-6 / 1024)


def test_grpc_costs_what_http2_costs():
    sidecar = load_mesh("istio-sidecar").proxy("sidecar")
    assert protocol_cost(sidecar, "grpc") == sidecar.cost.http2
    assert protocol_cost(sidecar, "http1") == sidecar.cost.http1
    assert protocol_cost(sidecar, "tcp") == sidecar.cost.tcp


def test_layer_4_costs_what_tcp_costs_whatever_is_carried():
    ztunnel = load_mesh("istio-ambient").proxy("ztunnel")
    for protocol in ("http1", "http2", "grpc", "tcp"):
        assert protocol_cost(ztunnel, protocol) == ztunnel.cost.tcp


def instances(*proxies):
    """Two services in two namespaces with two pods each, on two nodes."""
    both = builders.listed(
        builders.service("a", replicas=2), builders.service("b", replicas=2, namespace="other")
    )
    described = builders.topology(both, nodes=TWO_NODES)
    return builders.program(described, builders.mesh(*proxies))


def test_one_sidecar_per_pod():
    program = instances(builders.proxy(workers=2))
    assert program.instances.node.tolist() == program.placement.pod_node.tolist() == [0, 1, 0, 1]
    assert program.instances.station_first.tolist() == [4, 6, 8, 10]
    assert program.stations == 12


def test_one_proxy_per_node():
    program = instances(builders.proxy("ztunnel", scope="node", layer=4, workers=3))
    assert program.instances.node.tolist() == [0, 1]
    assert program.instances.station_first.tolist() == [4, 7]
    assert program.stations == 10


@pytest.mark.parametrize(("scope", "replicas"), [("service", 3), ("namespace", 3)])
def test_replicas_stand_on_the_nodes_in_turn(scope, replicas):
    program = instances(builders.proxy("waypoint", scope=scope, replicas=replicas))
    assert program.instances.node.tolist() == [0, 1, 0, 1, 0, 1]
    assert program.kinds.replicas.tolist() == [3]
    assert program.kinds.scope.tolist() == [Scope[scope.upper()]]


def test_kinds_follow_each_other():
    program = instances(
        builders.proxy("sidecar", workers=1),
        builders.proxy("ztunnel", scope="node", layer=4, workers=2),
        builders.proxy("waypoint", scope="namespace", replicas=1, workers=1),
    )
    assert program.kinds.names == ("sidecar", "ztunnel", "waypoint")
    assert program.kinds.layer.tolist() == [7, 4, 7]
    assert program.kinds.instance_first.tolist() == [0, 4, 6]
    assert program.instances.kind.tolist() == [0, 0, 0, 0, 1, 1, 2, 2]
    assert program.instances.station_first.tolist() == [4, 5, 6, 7, 8, 10, 12, 13]
    assert program.stations == 14


def test_no_proxies():
    program = instances()
    assert program.kinds.names == ()
    assert len(program.instances.kind) == 0
    assert program.stations == program.pods == 4

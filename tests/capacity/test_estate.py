"""Goal: who sees what follows from the call graph. Method: small estates, literal counts."""

import control_plane_samples as samples
import pytest
from builders import listed, service, topology

from meshsim.capacity.estate import Seen, estate_of, proxy_groups, uniform_estate


def three(**more):
    """a calls b and c, b calls c; c is TCP; b and c share a namespace."""
    return topology(
        listed(
            service("a", "[call: b/get, {parallel: [{call: c/get}, {call: b/get}]}]", replicas=2),
            service("b", "[call: c/get]", replicas=3, namespace="deep"),
            service("c", replicas=5, namespace="deep", protocol="tcp"),
        ),
        **more,
    )


EVERYTHING = Seen(3, 10, 1, (4 + 9 + 25) / 10)


def test_an_estate_counts_what_a_topology_has():
    estate = estate_of(three(), ports=2)
    assert (estate.name, estate.services, estate.endpoints) == ("sample", 3, 10)
    assert (estate.namespaces, estate.nodes, estate.ports) == (2, 1, 2)
    assert estate.calls == {"a": ("b", "c"), "b": ("c",), "c": ()}


def test_a_scope_is_what_a_service_or_its_namespace_calls():
    a, b, c = estate_of(three()).workloads
    assert {w.seen["none"] for w in (a, b, c)} == {EVERYTHING}
    assert a.seen["auto"] == Seen(2, 8, 1, (9 + 25) / 8)
    assert b.seen["auto"] == Seen(1, 5, 1, 5)
    assert c.seen["auto"] == Seen(0, 0, 0, 0.0)
    assert a.seen["namespace"] == a.seen["auto"]
    assert c.seen["namespace"] == b.seen["namespace"] == Seen(1, 5, 1, 5)
    assert c.own == Seen(1, 5, 1, 5)


def test_a_service_that_calls_itself_need_not_be_told():
    own = topology(
        listed(service("a", "[{call: a/get, probability: 10%}, {call: b/get}]"), service("b"))
    )
    assert estate_of(own).calls["a"] == ("b",)


def test_equal_services_see_as_many_as_they_call():
    estate = uniform_estate(100, 4, 5, 10, 20, ports=3)
    (workload,) = estate.workloads
    assert (estate.services, estate.endpoints, estate.name) == (100, 400, "100 services")
    assert workload.seen["none"] == Seen(100, 400, 0, 4)
    assert workload.seen["auto"] == Seen(5, 20, 0, 4)
    # ten services in each namespace, which call fifty different ones at most
    assert workload.seen["namespace"] == Seen(50, 200, 0, 4)


def test_nobody_sees_more_services_than_there_are():
    (workload,) = uniform_estate(3, 1, 5, 1, 1).workloads
    assert {seen.services for seen in workload.seen.values()} == {3}
    assert uniform_estate(1, 1, 0, 1, 1).name == "1 service"


@pytest.mark.parametrize("scope", ["none", "namespace", "auto"])
def test_a_sidecar_stands_in_each_pod(scope):
    estate = estate_of(three())
    groups = proxy_groups(estate, samples.mesh(), scope)
    assert [group.count for group in groups] == [2, 3, 5]
    assert [group.seen for group in groups] == [w.seen[scope] for w in estate.workloads]


def test_proxies_of_nodes_services_and_namespaces():
    node = samples.proxy(name="ztunnel", scope="node", layer=4)
    waypoint = samples.proxy(name="waypoint", scope="service", replicas=samples.number(2))
    shared = samples.proxy(name="shared", scope="namespace", replicas=samples.number(3))
    mesh = samples.mesh(proxies=[node, waypoint, shared], inside=())
    groups = proxy_groups(estate_of(three()), mesh, "none")
    assert [(group.proxy.name, group.count) for group in groups] == [
        ("ztunnel", 1),
        ("waypoint", 2),
        ("waypoint", 2),
        ("waypoint", 2),
        ("shared", 6),
    ]
    assert groups[0].seen == EVERYTHING
    assert groups[1].seen == Seen(1, 2, 0, 2)
    assert groups[4].seen == Seen(1.5, 5, 0.5, EVERYTHING.changed)


def test_a_proxy_of_a_node_holds_a_certificate_of_each_service_there():
    node = samples.proxy(name="ztunnel", scope="node", layer=4)
    mesh = samples.mesh(proxies=[node], inside=())
    # one pod of each service on one of four nodes: a quarter of the services on each
    (group,) = proxy_groups(uniform_estate(100, 1, 3, 1, 4), mesh, "none")
    assert group.certificates == pytest.approx(25)
    # two pods of each: 1 - (3/4)^2
    (group,) = proxy_groups(uniform_estate(100, 2, 3, 1, 4), mesh, "none")
    assert group.certificates == pytest.approx(100 * 7 / 16)
    sidecars = proxy_groups(estate_of(three()), samples.mesh(), "none")
    assert {group.certificates for group in sidecars} == {1.0}


def test_pods_that_are_told_themselves():
    part = samples.part(scaling=samples.scaling(clients="pods"))
    mesh = samples.mesh([part], proxies=[], inside=())
    groups = proxy_groups(estate_of(three()), mesh, "auto")
    assert [(group.proxy, group.count) for group in groups] == [(None, 2), (None, 3), (None, 5)]
    assert {(group.layer, group.comes_with_pods) for group in groups} == {(7, True)}
    assert groups[1].seen == Seen(1, 5, 1, 5)

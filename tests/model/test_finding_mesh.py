"""Findings MS05: one change to a mesh, or to a topology under it, that brings one finding."""

import mesh_samples
import pytest
import topology_samples
from finding_base import base, codes
from mesh_samples import proxy

from meshsim.model.findings import analyse


def under(mesh_proxies, inside=None, entry=None, **kwargs):
    more = kwargs.pop("mesh_more", {})
    mesh = mesh_samples.mesh(mesh_proxies, inside, entry, **more)
    return codes(mesh=mesh, **kwargs)


def test_proxies_with_more_workers_than_cores():
    assert under([proxy(resources={"limits": {"cpu": "2"}, "requests": {"cpu": "1m"}})]) == []
    assert under([proxy(resources={"limits": {"cpu": "1900m"}, "requests": {"cpu": "1m"}})]) == [
        "MS0501"
    ]


ZTUNNEL = proxy("ztunnel", "node", 4)
WAYPOINT = proxy("waypoint", "namespace")
LAYER_4 = ([ZTUNNEL], ["caller.ztunnel", "callee.ztunnel"], ["callee.ztunnel"])
LAYER_7 = (
    [ZTUNNEL, WAYPOINT],
    ["caller.ztunnel", "service.waypoint", "callee.ztunnel"],
    ["callee.ztunnel"],
)
NO_MESH = ([], [], [])


@pytest.mark.parametrize(
    ("mesh", "back", "expected"),
    [
        (LAYER_4, {"protocol": "grpc"}, ["MS0502"]),
        (LAYER_4, {"protocol": "http2"}, ["MS0502"]),
        (NO_MESH, {"protocol": "http2"}, ["MS0502"]),
        (LAYER_7, {"protocol": "grpc"}, []),
        (LAYER_4, {"protocol": "http1"}, []),
        (LAYER_4, {"protocol": "grpc", "balancing": "round_robin"}, []),
        (LAYER_4, {"protocol": "grpc", "replicas": 1}, []),
    ],
)
def test_long_connections_under_layer_4(mesh, back, expected):
    assert under(*mesh, back=back) == expected


def test_long_connections_of_clients_outside_are_their_own_affair():
    assert under(*LAYER_4, front={"protocol": "grpc"}) == []


def test_sidecars_that_request_more_than_their_application():
    assert under([proxy(resources={"requests": {"cpu": "500m"}})]) == []
    assert under([proxy(resources={"requests": {"cpu": "501m"}})]) == ["MS0503"]
    assert under([{**ZTUNNEL, "resources": {"requests": {"cpu": 1}}}], *LAYER_4[1:]) == []
    unknown = {"resources": {"requests": {"memory": "1Gi"}}}
    sidecar = proxy(resources={"requests": {"cpu": "100m"}})
    assert under([sidecar], front=unknown) == ["MS0104"]


def test_proxies_on_no_path():
    assert under([proxy(), WAYPOINT]) == ["MS0504"]
    assert under([proxy(), WAYPOINT], None, ["service.waypoint"]) == []


def test_tcp_without_a_cost():
    costly = proxy()
    del costly["cost"]["tcp"]
    assert under([costly]) == []
    assert under([proxy()], back={"protocol": "tcp"}) == []
    assert under([costly], back={"protocol": "tcp"}) == ["MS0505"]
    assert under([costly], front={"protocol": "tcp"}) == ["MS0505"]
    assert under([costly], None, [], front={"protocol": "tcp"}) == []


def agent(scope, cpu, **more):
    part = {"cpu_used": mesh_samples.guess("1m"), "memory_used": mesh_samples.guess("1Mi")}
    requests = {"requests": {"cpu": cpu}}
    return {
        "control_plane": [{"name": "part", "scope": scope, "resources": requests, **part} | more]
    }


@pytest.mark.parametrize(
    ("proxies", "more", "cores"),
    [
        (*([proxy(resources={"requests": {"cpu": "500m"}})], {}), 4.0),  # four pods
        ([proxy(), {**ZTUNNEL, "resources": {"requests": {"cpu": "500m"}}}], {}, 3.5),  # nodes
        (
            [proxy(), {**WAYPOINT, "resources": {"requests": {"cpu": "500m"}}}],
            {},
            3.0,
        ),  # two replicas for the only namespace
        (
            [proxy(), proxy("gate", "service", resources={"requests": {"cpu": "500m"}})],
            {},
            4.0,
        ),  # two replicas for each of two services
        ([proxy()], agent("node", "500m"), 3.5),
        ([proxy()], agent("cluster", "500m", replicas=2), 3.0),
    ],
)
def test_room_for_the_mesh(proxies, more, cores):
    # Four pods request 2 cores; the rest of ``cores`` is the mesh.
    mesh = mesh_samples.mesh(proxies, **more)

    def found(total):
        pool = {**topology_samples.NODES[0], "cores": total / 3}
        return [f.code for f in analyse(base(nodes=[pool]), mesh=mesh)]

    assert "MS0506" not in found(cores + 0.01)
    assert "MS0506" in found(cores - 0.01)
    assert "MS0107" in found(1.98)
    assert "MS0506" not in found(1.98)

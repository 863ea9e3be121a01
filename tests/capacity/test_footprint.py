"""Goal: what a scenario asks of the cluster is the sum of its containers' requests.

Method: hand-made meshes with one proxy of each scope; every sum is a literal.
"""

from builders import listed, mesh, proxy, service, topology

from meshsim.capacity.footprint import Request, footprint
from meshsim.model.loading import load_mesh

MIB = 2**20
REQUESTS = "{requests: {cpu: 250m, memory: 100Mi}}"


def two_services(**more):
    return topology(
        listed(
            service("a", "[call: b/get]", resources=REQUESTS, replicas=3),
            service("b", resources="{limits: {cpu: 1, memory: 50Mi}}", namespace="other", **more),
        )
    )


def with_requests(text, cpu="100m", memory="40Mi"):
    resources = f"resources: {{requests: {{cpu: {cpu}, memory: {memory}}}}},"
    return text.rstrip().removesuffix("}") + resources + "}"


def test_a_request_left_out_is_the_limit_and_without_either_nothing():
    parts = footprint(two_services(), mesh())
    assert [(c.name, c.count, c.request) for c in parts.containers] == [
        ("a", 3, Request(0.25, 100 * MIB)),
        ("b", 1, Request(1.0, 50 * MIB)),
    ]
    assert parts.requested("app", nodes=9) == Request(1.75, 350 * MIB)
    assert parts.requested("proxy", nodes=9) == Request()
    bare = footprint(topology(listed(service())), mesh())
    assert bare.requested("app", nodes=1) == Request(0.0, 0.0)


def test_a_sidecar_is_added_to_every_pod():
    sidecar = mesh(with_requests(proxy()), inside="[caller.sidecar, callee.sidecar]")
    parts = footprint(two_services(), sidecar)
    assert [(p.name, p.count, p.request) for p in parts.pods] == [
        ("a", 3, Request(0.35, 140 * MIB)),
        ("b", 1, Request(1.1, 90 * MIB)),
    ]
    assert parts.requested("proxy", nodes=2) == Request(0.4, 160 * MIB)
    assert parts.per_node == Request()


def test_a_proxy_per_node_is_taken_off_every_node():
    ztunnel = mesh(with_requests(proxy("ztunnel", scope="node", layer=4)))
    parts = footprint(two_services(), ztunnel)
    assert parts.per_node == Request(0.1, 40 * MIB)
    assert parts.requested("proxy", nodes=3) == Request(0.1 + 0.1 + 0.1, 120 * MIB)
    assert [pods.request for pods in parts.pods] == [
        Request(0.25, 100 * MIB),
        Request(1.0, 50 * MIB),
    ]


def test_waypoints_are_pods_of_their_own_per_service_or_namespace():
    for scope, owners in (("service", 2), ("namespace", 2)):
        waypoint = mesh(with_requests(proxy("waypoint", scope=scope, replicas=3)))
        parts = footprint(two_services(), waypoint)
        assert [(p.name, p.count) for p in parts.pods] == [
            ("a", 3),
            ("b", 1),
            ("waypoint", 3 * owners),
        ]
    one_namespace = footprint(topology(listed(service("a"), service("b"))), waypoint)
    assert one_namespace.pods[-1].count == 3


def test_the_control_plane_runs_in_pods_and_on_nodes():
    parts = footprint(two_services(), load_mesh("istio-ambient"))
    names = {c.name: (c.on, c.count) for c in parts.containers if c.owner == "control_plane"}
    assert names == {"istiod": ("own pod", 1), "istio-cni": ("node", 0)}
    assert parts.requested("control_plane", nodes=4).cpu_cores == 0.5 + 4 * 0.1

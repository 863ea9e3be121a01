"""Pods onto nodes and zones, and how far these are from each other."""

import builders
import pytest

from meshsim.lowering.placement import place, requested_cores, zone_names

THREE_ZONES = (
    "[{name: small, cores: 4, memory: 16Gi, count: 3, zones: [east, west]},"
    " {name: large, cores: 8, memory: 64Gi, count: 2, zones: [north]}]"
)
"""Nodes 0 and 2 in the east, 1 in the west, 3 and 4 in the north."""


def pods(name, replicas, requests=None, zones=None, limits=None):
    resources = f"{{requests: {{cpu: '{requests}'}}}}" if requests else "{}"
    resources = f"{{limits: {{cpu: '{limits}'}}}}" if limits else resources
    more = {"zones": zones} if zones else {}
    return builders.service(name, replicas=replicas, resources=resources, **more)


def placed(*services, nodes=THREE_ZONES, network=builders.NO_DELAY):
    described = builders.topology(builders.listed(*services), nodes=nodes, network=network)
    return place(described)


def test_nodes_are_dealt_to_zones_in_turn():
    placement = placed(pods("a", 1))
    assert placement.zones == ("east", "west", "north")
    assert placement.node_zone.tolist() == [0, 1, 0, 2, 2]
    assert placement.node_pool.tolist() == [0, 0, 0, 1, 1]


def test_pods_are_dealt_to_all_zones_in_turn():
    """Pods 0, 3 to the east, 1, 4 to the west, 2, 5 to the north, on the freest node there."""
    placement = placed(pods("a", 6, requests=1))
    assert placement.pod_node.tolist() == [0, 1, 3, 2, 1, 4]
    assert placement.pod_service.tolist() == [0] * 6


def test_pods_keep_to_the_zones_of_their_service():
    placement = placed(pods("a", 3, zones="[north, west]"), pods("b", 2, zones="[east]"))
    assert placement.pod_node.tolist() == [3, 1, 4, 0, 2]
    assert placement.pod_service.tolist() == [0, 0, 0, 1, 1]


def test_the_node_with_the_most_cpu_left_comes_first():
    """In the east 4 cores each: 3 on node 0; 1 and 2 on node 2, which is then as full; node 0."""
    services = [
        pods(name, 1, requests=cpu, zones="[east]")
        for name, cpu in [("a", 3), ("b", 1), ("c", 2), ("d", 0.5)]
    ]
    assert placed(*services).pod_node.tolist() == [0, 2, 2, 0]


def test_equally_free_nodes_take_turns_by_their_pods():
    """Without requests all nodes stay as free as they were."""
    assert placed(pods("a", 5, zones="[east]")).pod_node.tolist() == [0, 2, 0, 2, 0]


def test_cpu_kept_back_for_the_system_is_not_free():
    nodes = (
        "[{name: one, cores: 8, memory: 1Gi, count: 1, reserved_cpu: '5'},"
        " {name: two, cores: 4, memory: 1Gi, count: 1}]"
    )
    assert placed(pods("a", 1), nodes=nodes).pod_node.tolist() == [1]


def test_a_pod_that_fits_nowhere_goes_where_most_is_left():
    placement = placed(pods("a", 4, requests=3, zones="[west]"))
    assert placement.pod_node.tolist() == [1, 1, 1, 1]


def test_a_zone_without_a_node_of_its_own():
    """One node, two zones: the second zone has no node, and its pods go to the first."""
    nodes = "[{name: one, cores: 8, memory: 1Gi, count: 1, zones: [east, west]}]"
    placement = placed(pods("a", 2), nodes=nodes)
    assert placement.zones == ("east", "west")
    assert placement.pod_node.tolist() == [0, 0]


def test_a_limit_is_the_cores_of_a_pod_and_else_its_whole_node():
    placement = placed(pods("a", 1, limits=1.5), pods("b", 1, zones="[north]"))
    assert placement.pod_cores.tolist() == [1.5, 8]


def test_a_limit_gives_no_pod_more_cores_than_its_node_has():
    much = builders.service(resources="{requests: {cpu: '1'}, limits: {cpu: '16'}}", replicas=3)
    assert placed(much).pod_cores.tolist() == [4, 4, 8]


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        ("{requests: {cpu: 250m}, limits: {cpu: '1'}}", 0.25),
        ("{limits: {cpu: '1'}}", 1.0),
        ("{requests: {memory: 1Gi}}", 0.0),
    ],
)
def test_requested_cores(resources, expected):
    described = builders.topology(builders.listed(builders.service(resources=resources)))
    assert requested_cores(described.services[0]) == expected


def test_round_trips():
    network = (
        "{same_node: 10us, same_zone: 200us, between_zones: 1ms, client: 30ms, bandwidth: 8Gbit/s,"
        " zone_pairs: [{zones: [north, east], round_trip: 5ms}]}"
    )
    placement = placed(pods("a", 1), network=network)
    assert placement.zone_round_trip_s.tolist() == [
        [0.0002, 0.001, 0.005],
        [0.001, 0.0002, 0.001],
        [0.005, 0.001, 0.0002],
    ]
    assert placement.same_node_s == 10e-6
    assert placement.client_round_trip_s == 0.03
    assert placement.bandwidth_bytes_per_s == 1e9


def test_zone_names_stand_in_order_of_appearance():
    described = builders.topology(builders.listed(pods("a", 1)), nodes=THREE_ZONES)
    assert zone_names(described.nodes) == ("east", "west", "north")

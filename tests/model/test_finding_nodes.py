"""Findings MS04: zones, prices and round trips, each wrong by one step and right beside it."""

import pytest
import topology_samples
from finding_base import codes, only


def test_zones_without_a_node_of_their_pool():
    pool = {**topology_samples.NODES[0], "count": 2, "zones": ["z1", "z2", "z3"]}
    finding = only(nodes=[pool])
    assert (finding.code, finding.resource) == ("MS0401", "node")
    assert finding.message == ("2 nodes for 3 zones leave none for z3; set count to 3 or more")
    assert codes(nodes=[{**pool, "count": 3}], front={"replicas": 3}, back={"replicas": 3}) == []


def test_nodes_without_a_price():
    assert codes(nodes=[{**topology_samples.NODES[0], "price_per_hour": 0}]) == ["MS0402"]


def test_fewer_pods_than_zones():
    pool = {**topology_samples.NODES[0], "zones": ["z1", "z2", "z3"]}
    finding = only(nodes=[pool], back={"replicas": 3})
    assert (finding.code, finding.resource) == ("MS0403", "front")
    assert codes(nodes=[pool], front={"zones": ["z1", "z2"]}, back={"replicas": 3}) == []


@pytest.mark.parametrize(
    ("network", "number"),
    [
        ({"same_node": "250us", "same_zone": "250us", "between_zones": "250us"}, 0),
        ({"same_node": "251us"}, 1),
        ({"same_zone": "2ms"}, 1),
        ({"same_node": "3ms", "same_zone": "2ms"}, 2),
    ],
)
def test_round_trips_out_of_order(network, number):
    assert codes(network=network) == ["MS0404"] * number


def test_zones_nearer_than_one_zone():
    pool = {**topology_samples.NODES[0], "zones": ["z1", "z2"]}
    pair = {"zones": ["z1", "z2"], "round_trip": "250us"}
    assert codes(nodes=[pool], network={"zone_pairs": [pair]}) == []
    pair["round_trip"] = "249us"
    finding = only(nodes=[pool], network={"zone_pairs": [pair]})
    assert finding.code == "MS0404"
    assert finding.message == "z1 - z2 is 249 µs, same_zone 250 µs; was a unit mistaken?"

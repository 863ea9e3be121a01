"""Memory of a proxy: the sum by hand, and each term on its own."""

import pytest

from meshsim.physics.memory import proxy_memory_bytes

COSTS = {
    "base_bytes": 50e6,
    "per_connection_bytes": 20_000,
    "per_cluster_bytes": 70_000,
    "per_endpoint_bytes": 1_500,
}


def memory(connections=0, clusters=0, endpoints=0):
    return proxy_memory_bytes(
        **COSTS, connections=connections, clusters=clusters, endpoints=endpoints
    )


def test_the_sum():
    assert memory(100, 10, 40) == 50e6 + 2e6 + 0.7e6 + 0.06e6


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, 50_000_000),
        ({"connections": 1}, 50_020_000),
        ({"connections": 0.5}, 50_010_000),
        ({"clusters": 1}, 50_070_000),
        ({"endpoints": 1}, 50_001_500),
    ],
)
def test_each_term(more, expected):
    assert memory(**more) == expected

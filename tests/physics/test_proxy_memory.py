"""Memory of a proxy: the sum by hand, and each term on its own."""

import pytest

from meshsim.physics.memory import Configuration, MemoryTerms, proxy_memory_bytes

TERMS = MemoryTerms(
    base=50e6,
    per_connection=20_000,
    per_cluster=70_000,
    per_endpoint=1_500,
    per_route=5_000,
    per_listener=40_000,
    per_cluster_per_worker=3_000,
)


def memory(connections=0, workers=1, **held):
    counted = {"clusters": 0, "endpoints": 0, **held}
    return proxy_memory_bytes(TERMS, Configuration(**counted), connections, workers)


def test_the_sum():
    whole = memory(100, 3, clusters=10, endpoints=40, routes=8, listeners=4)
    assert whole == 50e6 + 2e6 + 0.76e6 + 0.06e6 + 0.04e6 + 0.16e6


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, 50_000_000),
        ({"connections": 1}, 50_020_000),
        ({"connections": 0.5}, 50_010_000),
        ({"clusters": 1}, 50_070_000),
        ({"clusters": 1, "workers": 2}, 50_073_000),
        ({"endpoints": 1}, 50_001_500),
        ({"routes": 1}, 50_005_000),
        ({"listeners": 1}, 50_040_000),
        ({"workers": 4}, 50_000_000),
    ],
)
def test_each_term(more, expected):
    assert memory(**more) == expected

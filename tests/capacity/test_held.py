"""Goal: the memory of a proxy follows what it sees. Method: literal terms, added up by hand."""

import control_plane_samples as samples
import pytest
from builders import listed, service, topology

from meshsim.capacity.estate import estate_of, proxy_groups, uniform_estate
from meshsim.capacity.held import held, mean_of, memory_numbers, proxy_memory
from meshsim.physics.memory import Configuration


def groups_of(estate, scope="none"):
    return proxy_groups(estate, samples.mesh(), scope)


def test_counts():
    estate = estate_of(
        topology(listed(service("a", replicas=2), service("b", protocol="tcp"))), ports=3
    )
    (group, _) = groups_of(estate)
    assert held(group, estate) == Configuration(clusters=6, endpoints=9, routes=3, listeners=5)


def test_memory_with_and_without_scoping():
    estate = uniform_estate(100, 4, 5, 1, 1)
    (wide,), (narrow,) = groups_of(estate), groups_of(estate, "auto")
    numbers = {path: n.value for path, n in memory_numbers([wide]).items()}
    # two workers: 12 kB per cluster; two listeners
    expected = 50e6 + 100 * 12e3 + 400 * 1e3 + 100 * 5e3 + 2 * 20e3
    assert proxy_memory(numbers, wide, estate) == pytest.approx(expected)
    expected = 50e6 + 5 * 12e3 + 20 * 1e3 + 5 * 5e3 + 2 * 20e3
    assert proxy_memory(numbers, narrow, estate) == pytest.approx(expected)


def test_a_mean_counts_each_proxy_once():
    estate = estate_of(topology(listed(service("a", "[call: b/get]", replicas=3), service("b"))))
    groups = groups_of(estate, "auto")
    assert mean_of(groups, lambda group: group.seen.services) == pytest.approx(3 / 4)

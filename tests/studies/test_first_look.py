"""Goal: a first look shows what the formulas say, and says where they cannot be trusted.

Method: an M/M/1 queue, whose times are known; systems at and above what they can carry.
"""

import builders
import pytest
from builders import cores, listed, service, topology

from meshsim.model.loading import load_mesh, load_topology
from meshsim.model.scenario import Scenario
from meshsim.studies.first_look import first_look

MM1 = "[compute: {distribution: exponential, mean: 2ms}]"


def look(rate, under=None, steps=MM1, **more):
    described = topology(
        listed(service("a", steps, resources=cores(1), **more)),
        arrivals=f"{{process: poisson, rate: {rate}/s}}",
    )
    return first_look(Scenario(described, under or builders.mesh()))


def test_a_queue_that_is_known():
    found = look(250)
    everything, entry = found.latency
    assert (everything.name, entry.name) == ("all requests", "a/get")
    assert entry.mean_s == pytest.approx(0.004, rel=0.01)
    assert entry.p50_s < entry.p90_s < entry.p99_s
    assert (found.rate_per_s, found.scenario_hash) == (250, found.scenario.hash())
    (use,) = found.use
    assert (use.name, use.kind, use.utilisation) == ("a", "cores", pytest.approx(0.5))
    assert found.bottleneck.carries_per_s == pytest.approx(500)
    assert not found.is_rough


def test_high_loads_are_rough():
    assert look(349).is_rough is False
    assert look(351).is_rough is True


def test_without_a_steady_state_there_is_no_latency():
    found = look(650)
    assert found.latency == ()
    assert found.is_rough
    assert found.bottleneck.overloaded
    assert found.use[0].utilisation >= 1


def test_every_station_is_there_the_busiest_first():
    found = look(100, builders.sidecars(busy="1ms"), workers=4)
    assert [(use.kind, use.name) for use in found.use] == [
        ("cores", "a"),
        ("proxy", "sidecar of a"),
        ("slots", "a"),
    ]
    shares = [use.utilisation for use in found.use]
    assert shares == sorted(shares, reverse=True)
    assert shares[:2] == pytest.approx([0.2, 0.1])


def test_pods_that_connections_overload_are_rough():
    found = first_look(Scenario(load_topology("online-boutique"), load_mesh("none")))
    assert any("no steady state" in each for each in found.assumptions) == found.is_rough
    assert found.bottleneck.load < 0.7

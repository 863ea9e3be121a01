"""Goal: a simulated benchmark gives the figures of scenarios that can be worked out by hand.

Method: proxies with constant costs on an idle machine, where latency and CPU are sums.
"""

from dataclasses import replace

import builders
import measured_figures as figures
import numpy as np
import pytest

from meshsim.calibration.accuracy.bench import Meshes
from meshsim.calibration.accuracy.cells import Kind
from meshsim.calibration.accuracy.machine import Machine
from meshsim.calibration.accuracy.rebuilding import NotRebuilt, Reading, rebuild
from meshsim.calibration.accuracy.simulating import Simulator, Size
from meshsim.calibration.accuracy.wording import Generator
from meshsim.physics.memory import Configuration

SETUP = replace(rebuild(figures.SIDECAR).setup, meshes=("sample",), generator=Generator("paced", 1))
MACHINE = Machine(factor=2.0, base_s=1e-3)
DIRECT = replace(SETUP, meshes=("none",), course="direct")
P50 = Reading(Kind.LATENCY, 1.0, 0.5)


def simulator(**costs):
    return Simulator(Meshes([builders.sidecars(**costs)]), Size(400, 2))


def test_latency_without_a_mesh_is_that_of_the_machine_but_for_the_servers_luck():
    """The server's time is exponential with mean 90 µs, whose median is 62 µs."""
    found = simulator().predicted(DIRECT, P50, MACHINE)
    assert found == pytest.approx(1e-3 - 90e-6 * (1 - np.log(2)), abs=12e-6)


def test_two_proxies_add_their_cpu_twice_over_the_factor():
    """2 × 2 × 40 µs, at a load where nobody waits."""
    idle = simulator(busy="40us")
    added = idle.predicted(SETUP, replace(P50, added=True), MACHINE)
    assert added == pytest.approx(160e-6, rel=0.02)
    assert idle.predicted(SETUP, Reading(Kind.LATENCY, 1.0), MACHINE) == pytest.approx(
        1e-3 + 160e-6, rel=0.02
    )


@pytest.mark.parametrize("role", ["mean", "client", "server", "sidecar"])
def test_cpu_per_request(role):
    found = simulator(busy="40us").predicted(SETUP, Reading(Kind.CPU, 1.0, role=role), MACHINE)
    assert found == pytest.approx(80e-6, rel=0.02)


def test_waiting_to_send_is_not_part_of_the_latency():
    """Eight connections at once on one core that works 45 µs to send: only answers are waited for.

    They come 45 µs apart, and taking one takes 90 µs: the last waits 7 × 45 µs.
    """
    setup = replace(DIRECT, generator=Generator("paced", 8), rate_per_s=100.0)
    slowest = Simulator(Meshes(), Size(400, 2)).outcome(setup, MACHINE).latency_s.max()
    assert slowest < 1e-3 + 7 * 45e-6 + 800e-6
    fastest = Simulator(Meshes(), Size(400, 2)).outcome(setup, MACHINE).latency_s.min()
    assert fastest == pytest.approx(1e-3 - 90e-6, rel=0.05)


def test_a_benchmark_is_simulated_once():
    one = simulator()
    assert one.outcome(SETUP, MACHINE) is one.outcome(SETUP, MACHINE)


def test_utilisation_of_the_busiest_worker():
    busy, setup = simulator(busy="200us"), replace(SETUP, generator=Generator("paced", 4))
    assert busy.utilisation(setup, MACHINE) == 0.0
    busy.outcome(setup, MACHINE)
    assert busy.utilisation(setup, MACHINE) == pytest.approx(0.4, abs=0.03)
    assert busy.utilisation(setup, Machine()) == 0.0


def test_an_overloaded_benchmark_is_not_predicted():
    setup = replace(SETUP, generator=Generator("poisson", 4), rate_per_s=10_000.0)
    with pytest.raises(NotRebuilt, match="overloaded"):
        simulator(busy="200us").predicted(setup, P50, MACHINE)


def test_cpu_of_a_proxy_that_is_not_in_the_path():
    with pytest.raises(NotRebuilt, match="is the waypoint"):
        simulator(busy="1us").predicted(SETUP, Reading(Kind.CPU, 1.0, role="waypoint"), MACHINE)
    with pytest.raises(NotRebuilt, match="is the mean"):
        simulator().predicted(DIRECT, Reading(Kind.CPU, 1.0), MACHINE)


def test_memory_follows_what_is_held():
    """10 MB, 3 clusters of 1 kB, 4 endpoints of 100 bytes, 5 connections of 10 kB."""
    reading = Reading(Kind.MEMORY, 1.0, held=Configuration(3, 4), connections=5)
    assert simulator().predicted(SETUP, reading, MACHINE) == 10e6 + 3e3 + 400 + 50e3


@pytest.mark.parametrize(
    ("thing", "bytes_"), [("services", 1e3), ("endpoints", 100), ("connections", 10e3)]
)
def test_memory_of_one_more(thing, bytes_):
    reading = Reading(Kind.MEMORY, 1.0, one_more=thing)
    assert simulator().predicted(SETUP, reading, MACHINE) == bytes_


def test_memory_needs_a_proxy():
    with pytest.raises(NotRebuilt, match="no proxy"):
        simulator().predicted(DIRECT, Reading(Kind.MEMORY, 1.0), MACHINE)


def test_kinds_of_proxies_are_told_apart():
    setup = replace(SETUP, meshes=("istio-ambient-waypoint",), course="mesh")
    cpu = Simulator(Meshes(), Size(300, 1)).outcome(setup, Machine()).cpu_s
    assert set(cpu) == {"mean", "ztunnel", "waypoint"}
    assert cpu["waypoint"] > cpu["ztunnel"] > 0

"""Goal: what ships is valid, sourced, stable, and says what its sources say.

Method: every file goes through the loader that users' files go through. The published and measured
figures stand here as literals, apart from the files, and the files are held to them by the closed
form of docs/sources.md; tolerances are the rounding of the published figures or the error that the
measurement states. Objectives without a mesh are checked by a short simulation with fixed seeds.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from pydantic import BaseModel

from meshsim.capacity.proxy_memory import memory_bytes
from meshsim.lowering.lower import lower
from meshsim.model import catalogue
from meshsim.model.callgraph import call_steps
from meshsim.model.findings import analyse, reaches
from meshsim.model.flows import utilisation
from meshsim.model.loading import load_mesh, load_topology
from meshsim.model.mesh import Mesh, ProtocolCost, Proxy
from meshsim.model.scenario import Scenario
from meshsim.model.slo import parse_objective
from meshsim.model.sourced import Sourced
from meshsim.physics.memory import Configuration
from meshsim.physics.passage import busy_cost_s, idle_cost_s
from meshsim.solvers.simpy_model.run import RunSettings, simulate

KIB = 1024.0
MESHES = ["istio-ambient", "istio-ambient-waypoint", "istio-sidecar", "linkerd", "none"]
TOPOLOGIES = [
    "bookinfo",
    "chain-3",
    "hotel-reservation",
    "online-boutique",
    "social-network",
    "tree-13",
]
ISTIO = ["istio-ambient", "istio-ambient-waypoint", "istio-sidecar"]


def sourced_numbers(value: Any, path: str = "") -> Iterator[tuple[str, Sourced[Any]]]:
    """All Sourced numbers below a value, with their path."""
    if isinstance(value, Sourced):
        yield path, value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from sourced_numbers(getattr(value, name), f"{path}.{name}")
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from sourced_numbers(item, f"{path}[{index}]")


def cited_sources(mesh: Mesh) -> set[str]:
    """Keys of the sources that anything in the mesh cites."""
    cited = {number.source for _, number in sourced_numbers(mesh)}
    cited |= {proxy.load_balancing.source for proxy in mesh.proxies}
    cited |= {proxy.resources.source for proxy in mesh.proxies}
    cited |= {part.resources.source for part in mesh.control_plane}
    cited.add(mesh.policies.source)
    return {key for key in cited if key is not None}


def passage_s(
    proxy: Proxy, cost: ProtocolCost, factor: float, rate_per_worker: float, *, random_gaps: bool
) -> float:
    """CPU of a passage of 1 KiB up and 1 KiB down, by the closed form of docs/sources.md [s].

    Solved by bisection: the right side falls as the cost rises, since the gap shrinks.
    """
    exponent = cost.idle_exponent.value
    spread = math.gamma(1 + exponent) if random_gaps else 1.0
    busy_s = busy_cost_s(cost.busy.value, cost.per_kib.value / KIB, 2 * KIB)
    low_s, high_s = 0.0, 1 / rate_per_worker
    for _ in range(60):
        middle_s = (low_s + high_s) / 2
        gap_s = 1 / rate_per_worker - middle_s
        idle_s = spread * idle_cost_s(cost.idle_scale.value, exponent, gap_s)
        if factor * (busy_s + idle_s) > middle_s:
            low_s = middle_s
        else:
            high_s = middle_s
    return low_s


def cores_at_1000_per_second(mesh: Mesh, proxy: Proxy) -> float:
    """CPU of a proxy at 1,000 requests/s, its workers sharing them evenly [cores]."""
    cost = proxy.cost.tcp if proxy.layer == 4 else proxy.cost.http1
    assert cost is not None
    rate = 1000 / proxy.worker_threads.value
    return 1000 * passage_s(proxy, cost, mesh.machine_factor.value, rate, random_gaps=True)


def test_the_shelves_hold_the_files_tested_here() -> None:
    assert catalogue.names("models") == MESHES
    assert catalogue.names("topologies") == TOPOLOGIES


@pytest.mark.parametrize("name", MESHES)
def test_a_mesh_is_valid_and_called_as_its_file(name: str) -> None:
    mesh = load_mesh(name)
    assert mesh.name == name
    assert mesh.about
    assert mesh.limits, "each mesh says what it leaves out"


@pytest.mark.parametrize("name", MESHES)
def test_every_number_of_a_mesh_has_a_source_or_says_why_it_is_a_guess(name: str) -> None:
    mesh = load_mesh(name)
    numbers = dict(sourced_numbers(mesh))
    assert len(numbers) >= (1 if name == "none" else 16)
    for path, number in numbers.items():
        if number.origin == "guess":
            assert number.note, path
        else:
            assert number.source in mesh.sources, path
        if number.origin == "derived":
            assert number.note, f"{path} must say how it was derived"
    assert cited_sources(mesh) == set(mesh.sources), "no source is unknown or unused"


@pytest.mark.parametrize("name", MESHES)
def test_sources_can_be_found_by_anyone(name: str) -> None:
    for key, source in load_mesh(name).sources.items():
        assert source.title, key
        assert source.version, key
        assert source.date, key
        assert source.where == "docs/sources.md" or source.where.startswith("https://"), key


@pytest.mark.parametrize("name", MESHES)
def test_the_data_path_names_proxies_of_the_mesh(name: str) -> None:
    mesh = load_mesh(name)
    on_the_way = {element.partition(".")[2] for element in mesh.path.inside + mesh.path.entry}
    assert on_the_way == {proxy.name for proxy in mesh.proxies}
    if mesh.proxies:
        assert mesh.path.inside[0].startswith("caller.")
        assert mesh.path.inside[-1].startswith("callee.")


# Istio 1.24, Performance and Scalability: 1,000 requests/s, 1 kB, two workers. The figures are
# given to 0.01 vCPU and 1 MB, so anything within half of that agrees with them.
PUBLISHED = [
    ("istio-sidecar", "sidecar", 0.20, 60e6),
    ("istio-ambient-waypoint", "waypoint", 0.25, 60e6),
    ("istio-ambient-waypoint", "ztunnel", 0.06, 12e6),
    ("istio-ambient", "ztunnel", 0.06, 12e6),
]


@pytest.mark.parametrize(("name", "proxy_name", "cpu_cores", "published_bytes"), PUBLISHED)
def test_istio_files_give_the_published_cpu_and_memory(
    name: str, proxy_name: str, cpu_cores: float, published_bytes: float
) -> None:
    mesh = load_mesh(name)
    proxy = mesh.proxy(proxy_name)
    assert proxy.worker_threads.value == 2
    # Real gaps cost up to 6% less than exponential ones, to which the files are fitted: the figures
    # themselves are held to their last digit by simulation, in tests/theory.
    closed_form = cores_at_1000_per_second(mesh, proxy)
    assert cpu_cores < closed_form < 1.06 * cpu_cores
    found_bytes = memory_bytes(proxy, Configuration(clusters=2, endpoints=4), connections=64)
    assert found_bytes == pytest.approx(published_bytes, abs=0.5e6)


# Our measurement of one worker, 1 KiB, µs per passage at so many requests/s. The fit leaves 10% of
# relative error (RMS) for HTTP/2 and 15% for TCP; the test allows half as much again.
MEASURED = [
    ("istio-sidecar", "sidecar", "http2", {100: 302, 300: 241, 1000: 134, 8000: 59}, 0.15),
    ("istio-ambient", "ztunnel", "tcp", {100: 92, 300: 70, 1000: 53, 8000: 24}, 0.225),
]


@pytest.mark.parametrize(("name", "proxy_name", "protocol", "measured_us", "allowed"), MEASURED)
def test_the_idle_term_follows_our_measurement_over_the_load(
    name: str, proxy_name: str, protocol: str, measured_us: dict[int, float], allowed: float
) -> None:
    proxy = load_mesh(name).proxy(proxy_name)
    cost: ProtocolCost = getattr(proxy.cost, protocol)
    errors = [
        1e6 * passage_s(proxy, cost, 1.0, rate, random_gaps=False) / cost_us - 1
        for rate, cost_us in measured_us.items()
    ]
    assert math.sqrt(sum(error**2 for error in errors) / len(errors)) < allowed


def test_meshes_are_compared_on_one_machine() -> None:
    factors = {name: load_mesh(name).machine_factor.value for name in MESHES if name != "none"}
    assert set(factors.values()) == {factors["istio-sidecar"]}


def test_both_ambient_files_have_one_and_the_same_ztunnel() -> None:
    plain, with_waypoint = load_mesh("istio-ambient"), load_mesh("istio-ambient-waypoint")
    assert plain.proxy("ztunnel") == with_waypoint.proxy("ztunnel")


@pytest.mark.parametrize("name", ISTIO)
def test_istio_files_describe_one_source_alike(name: str) -> None:
    sources, reference = load_mesh(name).sources, load_mesh("istio-sidecar").sources
    assert sources == {key: reference[key] for key in sources}


def test_a_waypoint_is_the_sidecar_scaled_as_its_comment_says() -> None:
    sidecar = load_mesh("istio-sidecar").proxy("sidecar").cost
    waypoint = load_mesh("istio-ambient-waypoint").proxy("waypoint").cost
    assert sidecar.http1 and sidecar.http2 and waypoint.http1 and waypoint.http2  # noqa: PT018
    for ours, theirs in (
        (sidecar.http1.busy, waypoint.http1.busy),
        (sidecar.http2.busy, waypoint.http2.busy),
        (sidecar.http1.idle_scale, waypoint.http1.idle_scale),
    ):
        assert theirs.value / ours.value == pytest.approx(1.27, rel=0.005)


def test_linkerd_is_a_bracket_between_layer_4_and_envoy_and_says_so() -> None:
    mesh = load_mesh("linkerd")
    cost = mesh.proxy("proxy").cost
    envoy = load_mesh("istio-sidecar").proxy("sidecar").cost
    layer4 = load_mesh("istio-ambient").proxy("ztunnel").cost
    assert cost.http1 and envoy.http1 and layer4.tcp  # noqa: PT018
    assert cost.http1.busy.range == (layer4.tcp.busy.value, envoy.http1.busy.value)
    assert cost.http1.idle_scale.range == (
        layer4.tcp.idle_scale.value,
        envoy.http1.idle_scale.value,
    )
    for number in (cost.http1.busy, cost.http1.per_kib, cost.http1.idle_scale):
        assert number.origin == "guess"
    assert 0.06 < cores_at_1000_per_second(mesh, mesh.proxy("proxy")) < 0.20


@pytest.mark.parametrize("name", TOPOLOGIES)
def test_a_topology_is_valid_called_as_its_file_and_explains_itself(name: str) -> None:
    topology = load_topology(name)
    assert topology.name == name
    assert topology.title
    assert topology.sources
    assert any("guess" in source for source in topology.sources), "its guesses are declared"
    sentences = re.split(r"[.?!] (?=[A-Z])", topology.look_at.strip())
    assert 2 <= len(sentences) <= 5, sentences


@pytest.mark.parametrize("name", TOPOLOGIES)
def test_every_call_and_entry_names_an_endpoint_and_every_endpoint_is_used(name: str) -> None:
    topology = load_topology(name)
    known = {f"{s.name}/{e.name}" for s in topology.services for e in s.endpoints}
    called = {
        step.call
        for service in topology.services
        for endpoint in service.endpoints
        for _, step in call_steps(endpoint.steps)
    }
    entries = {entry.to for entry in topology.load.entries}
    assert called | entries == known


@pytest.mark.parametrize("name", TOPOLOGIES)
def test_the_default_load_uses_the_system_without_overloading_it(name: str) -> None:
    busiest = max(utilisation(load_topology(name)).values())
    assert 0.2 <= busiest <= 0.6


@pytest.mark.parametrize("name", TOPOLOGIES)
def test_nodes_have_a_price_and_room_for_the_pods(name: str) -> None:
    topology = load_topology(name)
    assert all(pool.price_per_hour > 0 for pool in topology.nodes)
    assert not reaches(analyse(topology), "warning")


@pytest.mark.parametrize("name", TOPOLOGIES)
def test_the_most_used_entries_have_objectives_that_hold_without_a_mesh(name: str) -> None:
    topology = load_topology(name)
    busiest = max(topology.load.entries, key=lambda entry: entry.weight)
    assert busiest.to in topology.slo
    program = lower(Scenario(topology, load_mesh("none")))
    observed = simulate(program, RunSettings(requests=1500, seed=11))
    for index, entry in enumerate(topology.load.entries):
        mine = (observed.entry == index) & (np.arange(1500) >= 300)
        for text in topology.slo.get(entry.to, ()):
            objective = parse_objective(text)
            if objective.metric == "error_rate":
                value = float(observed.failed[mine].mean())
            else:
                value = float(np.quantile(observed.latency_s[mine], objective.probability))
            assert objective.holds(value), f"{entry.to}: {text}, found {value}"

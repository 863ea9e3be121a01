"""Goal: the topologies that ship are valid, explain themselves, and hold their own objectives.

Method: every file goes through the loader that users' files go through. Objectives without a mesh
are checked by a short simulation with fixed seeds. The meshes are in ``test_shipped_meshes.py``.
"""

from __future__ import annotations

import re

import numpy as np
import pytest

from meshsim.lowering.lower import lower
from meshsim.model import catalogue
from meshsim.model.callgraph import call_steps
from meshsim.model.findings import analyse, reaches
from meshsim.model.flows import utilisation
from meshsim.model.loading import load_mesh, load_topology
from meshsim.model.scenario import Scenario
from meshsim.model.slo import parse_objective
from meshsim.solvers.simpy_model.run import RunSettings, simulate

TOPOLOGIES = [
    "bookinfo",
    "chain-3",
    "hotel-reservation",
    "online-boutique",
    "social-network",
    "tree-13",
]


def test_the_shelf_holds_the_files_tested_here() -> None:
    assert catalogue.names("topologies") == TOPOLOGIES


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

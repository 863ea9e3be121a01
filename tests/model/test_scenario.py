"""Scenario: its name, and a hash that changes with every value and with nothing else."""

import pickle
import string

import mesh_samples
import topology_samples
import yaml

from meshsim.model import loading
from meshsim.model.scenario import Scenario

SERVICES = {"a": {"x": [{"compute": "1ms"}]}}


def scenario(mesh=None, **more):
    return Scenario(topology_samples.topology(SERVICES, **more), mesh or mesh_samples.mesh())


def test_the_name_is_that_of_both():
    assert scenario().name == "sample/sample"
    whole = Scenario(loading.load_topology("bookinfo"), loading.load_mesh("none"))
    assert whole.name == "bookinfo/none"


def test_the_hash_is_twelve_digits():
    digits = scenario().hash()
    assert len(digits) == 12
    assert set(digits) <= set(string.hexdigits.lower())


def test_equal_scenarios_have_equal_hashes():
    assert scenario() == scenario()
    assert scenario().hash() == scenario().hash()
    assert scenario(rate="100/s").hash() == scenario(rate="6000/min").hash()


def test_every_change_changes_the_hash():
    hashes = {
        scenario().hash(),
        scenario(rate="101/s").hash(),
        scenario(options={"a": {"replicas": 2}}).hash(),
        scenario(network={"client": "1ms"}).hash(),
        scenario(mesh=mesh_samples.mesh(machine_factor=mesh_samples.guess(1.1))).hash(),
    }
    assert len(hashes) == 5


def test_the_hash_survives_writing_and_reading():
    whole = Scenario(loading.load_topology("online-boutique"), loading.load_mesh("linkerd"))
    topology = yaml.safe_dump(whole.topology.model_dump(mode="json", exclude_unset=True))
    mesh = yaml.safe_dump(whole.mesh.model_dump(mode="json", exclude_unset=True))
    again = Scenario(loading.topology_from_text(topology), loading.mesh_from_text(mesh))
    assert again.hash() == whole.hash()


def test_a_scenario_can_be_sent_to_another_process():
    scenario = Scenario(
        loading.load_topology("chain-3"), loading.load_mesh("istio-ambient-waypoint")
    )
    assert pickle.loads(pickle.dumps(scenario)) == scenario

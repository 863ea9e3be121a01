"""Goal: every question is answered, or refused with all that is wrong. Method: one mistake each."""

import control_plane_samples as samples
import pytest
from builders import cores, listed, service, topology

from meshsim.capacity.control_plane import CONFIG_CHANGES_PER_S
from meshsim.errors import InputError
from meshsim.model.loading import load_mesh
from meshsim.studies.control_plane_question import Question, answer

MESH = samples.mesh()
SHOP = topology(
    listed(service("a", "[call: b/get]", resources=cores(1)), service("b", replicas=3)),
    nodes="[{name: n, cores: 6, memory: 8Gi, count: 2}]",
)


def problems(mesh=MESH, described=None, **asked):
    with pytest.raises(InputError) as caught:
        answer(Question(**asked), mesh, described)
    return [(problem.path, problem.rule) for problem in caught.value.problems]


def test_an_estate_of_numbers():
    found = answer(
        Question(services=100, pods_per_service=3, callees=4, namespaces=5, ports=2), MESH
    )
    assert (found.estate.services, found.estate.endpoints) == (100, 300)
    assert (found.estate.nodes, found.estate.ports, found.estate.namespaces) == (10, 2, 5)
    assert found.scopes[2].services == 4
    assert (found.cores, found.assumed_changes) == (4.0, True)


def test_an_estate_of_a_topology_has_its_nodes():
    found = answer(Question(scope="auto"), MESH, SHOP)
    assert (found.estate.name, found.estate.endpoints, found.estate.nodes) == ("sample", 4, 2)
    assert found.cores == 6.0
    assert found.estate.calls == {"a": ("b",), "b": ()}


def test_a_limit_goes_before_the_node_and_an_answer_before_both():
    limited = samples.mesh([samples.part(resources={"limits": {"cpu": "2"}})])
    assert answer(Question(), limited, SHOP).cores == 2.0
    assert answer(Question(cores=3.0), limited, SHOP).cores == 3.0


def test_rates_not_said_are_the_usual_ones():
    some = answer(Question(services=10, endpoint_changes_per_s=2.0), MESH)
    assert (some.changes.endpoint_per_s, some.changes.config_per_s) == (2.0, CONFIG_CHANGES_PER_S)
    other = answer(Question(services=432, pods_per_service=100, config_changes_per_s=0.0), MESH)
    assert (other.changes.endpoint_per_s, other.changes.config_per_s) == (1.0, 0.0)
    assert not other.assumed_changes


@pytest.mark.parametrize(
    ("asked", "path"),
    [
        ({"services": 0}, "services"),
        ({"services": 100_001}, "services"),
        ({"services": 10, "pods_per_service": 0}, "pods_per_service"),
        ({"services": 10_000, "pods_per_service": 1_000}, "pods_per_service"),
        ({"services": 10, "callees": -1}, "callees"),
        ({"services": 10, "namespaces": 0}, "namespaces"),
        ({"services": 10, "nodes": 0}, "nodes"),
        ({"services": 10, "ports": 0}, "ports"),
        ({"services": 10, "endpoint_changes_per_s": -1.0}, "endpoint_changes_per_s"),
        ({"services": 10, "config_changes_per_s": float("nan")}, "config_changes_per_s"),
        ({"services": 10, "scope": "wide"}, "scope"),
        ({"services": 10, "replicas": 0}, "replicas"),
        ({"services": 10, "cores": 0.0}, "cores"),
        ({"services": 10, "seed": -1}, "seed"),
        ({}, "services"),
    ],
)
def test_a_mistake_is_refused(asked, path):
    ((found, _),) = problems(**asked)
    assert found == path


def test_a_topology_and_a_number_of_services_exclude_each_other():
    assert problems(described=SHOP, services=3)[0][0] == "services"


def test_all_mistakes_are_told_at_once():
    assert len(problems(services=0, replicas=0, scope="x")) == 3


def test_a_mesh_without_a_control_plane_has_none_to_size():
    assert problems(load_mesh("none"), services=3) == [("", "has no control plane")]


def test_a_mesh_that_cannot_scope_says_so():
    ((path, rule),) = problems(load_mesh("istio-ambient"), services=3, scope="auto")
    assert path == "scope"
    assert rule == "the proxies of istio-ambient cannot be told less than everything"

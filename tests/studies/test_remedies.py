"""Goal: every parameter of every shipped mesh has an advice of its own kind.

Method: all parameters of the catalogue are looked up.
"""

import pytest

from meshsim.model import catalogue
from meshsim.model.loading import load_mesh
from meshsim.model.parameters import parameters
from meshsim.studies.remedies import CHOICE, REMEDIES, remedy_of

MESHES = [load_mesh(name) for name in catalogue.names("models")]
PARAMETERS = [each for mesh in MESHES for each in parameters(mesh)]


def test_each_shipped_parameter_has_more_than_the_last_advice():
    last = REMEDIES[-1]
    assert last.pattern == "*"
    assert [each.path for each in PARAMETERS if remedy_of(each) == last.advice] == []


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("machine_factor", "--quick"),
        ("proxies.sidecar.memory.base", "--only memory"),
        ("proxies.sidecar.cost.http1.idle_scale", "ladder of loads"),
        ("proxies.sidecar.cost.request_share", "perf"),
        ("control_plane.istiod.cpu_used", "kubectl top"),
    ],
)
def test_advice_fits_its_parameter(path, word):
    (found, *_) = [each for each in PARAMETERS if each.path == path]
    assert word in remedy_of(found)


def test_a_choice_is_not_measured():
    (found, *_) = [each for each in PARAMETERS if each.path.endswith("worker_threads")]
    assert remedy_of(found) == CHOICE

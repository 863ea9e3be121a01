"""Goal: every parameter of every shipped mesh has an advice of its own kind.

Method: all parameters of the catalogue are looked up.
"""

import re

import pytest
from command_line import meshsim

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
    ],
)
def test_advice_fits_its_parameter(path, word):
    (found, *_) = [each for each in PARAMETERS if each.path == path]
    assert word in remedy_of(found)


def test_the_control_plane_is_read_from_the_cluster():
    found = [each for each in PARAMETERS if each.path.startswith("control_plane.")]
    uncertain = [each for each in found if each.is_uncertain]
    assert uncertain
    assert all("kubectl top" in remedy_of(each) for each in uncertain)


def test_parts_that_advice_names_can_be_measured():
    named = {found[1] for each in REMEDIES for found in re.finditer(r"--only (\w+)", each.advice)}
    assert {"memory", "filters", "handshakes", "loads"} <= named
    help_text = " ".join(meshsim("measure", "--help").out.split())
    assert [part for part in named if part not in help_text] == []


def test_a_choice_is_not_measured():
    (found, *_) = [each for each in PARAMETERS if each.path.endswith("worker_threads")]
    assert remedy_of(found) == CHOICE

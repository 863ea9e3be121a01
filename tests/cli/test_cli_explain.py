"""Goal: explain answers on stdout and refuses with near names.

Method: one name of each kind, through meshsim.cli.explain.
"""

import pytest
from command_line import meshsim

from meshsim.model import catalogue


@pytest.mark.parametrize(
    ("name", "first_line"),
    [
        ("linkerd", "(linkerd)"),
        ("chain-3", "(chain-3)"),
        ("ms0101", "MS0101: Service close to its capacity (warning)"),
        ("sidecar", "sidecar"),
        ("least_request", "least_request"),
        ("load.client_connections", "load.client_connections"),
    ],
)
def test_each_kind_of_name(name, first_line):
    done = meshsim("explain", name)
    assert (done.code, done.err) == (0, "")
    assert first_line in done.out.splitlines()[0]


def test_without_a_name_it_lists():
    done = meshsim("explain")
    assert done.code == 0
    meshes = ", ".join(catalogue.names("models"))
    assert f"MESHES {meshes} " in " ".join(done.out.split()) + " "


def test_unknown_names_are_refused():
    done = meshsim("explain", "sidecra")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(
        "sidecra: nothing of this name can be explained; did you mean sidecar"
    )

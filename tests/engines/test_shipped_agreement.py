"""Goal: the kernel and the SimPy model agree on all that is shipped. Method: every topology under
every mesh, run by both.
"""

from pathlib import Path

import agreement
import pytest

from meshsim.model.loading import load_mesh, load_topology

ROOT = Path(__file__).resolve().parents[2]
TOPOLOGIES = sorted(path.stem for path in (ROOT / "topologies").glob("*.yaml"))
MESHES = sorted(path.stem for path in (ROOT / "models").glob("*.yaml"))


@pytest.mark.parametrize("topology", TOPOLOGIES)
def test_a_shipped_topology_under_every_shipped_mesh(topology):
    described = load_topology(topology)
    pairs = [(number, described, load_mesh(mesh)) for number, mesh in enumerate(MESHES)]
    agreement.assert_all_agree(pairs, f"{topology} under mesh {{}} of {MESHES}", share=0.9)


def test_there_is_something_to_compare():
    assert len(TOPOLOGIES) >= 6
    assert len(MESHES) >= 5

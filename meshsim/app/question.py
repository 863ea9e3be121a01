"""What the user asks: a topology, what is changed in it, meshes, and how much to simulate."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from meshsim import __version__
from meshsim.model import catalogue
from meshsim.model.document import read_bytes
from meshsim.model.loading import topology_from_document
from meshsim.model.mesh import Mesh
from meshsim.model.scenario import Scenario
from meshsim.model.topology import Topology
from meshsim.studies.plan import RunPlan

SIZES = {
    "quick": RunPlan(requests=300, replications=5),
    "p99": RunPlan(requests=1_000, replications=5),
    "report": RunPlan(requests=2_500, replications=10),
}
"""Study sizes by name: a p99 takes 3,000 requests after the warm-up."""

DEFAULT_MESHES = ("none", "istio-sidecar", "istio-ambient")
DEFAULT_TOPOLOGY = "online-boutique"
TEMPLATE = "chain-3"
"""The shipped topology that is offered as a start for one's own."""


_PODS = re.compile("[1-9][0-9]{0,3}")


@dataclass(frozen=True)
class Question:
    """A comparison to be made."""

    topology: Topology
    meshes: tuple[Mesh, ...]
    plan: RunPlan

    @property
    def key(self) -> str:
        """Hex digits that are the same if and only if the answer is."""
        scenarios = [Scenario(self.topology, mesh).hash() for mesh in self.meshes]
        return short_digest(__version__, scenarios, self.plan)


def shipped_text(name: str) -> str:
    """The text of a shipped topology."""
    return catalogue.find("topologies", name).read_text(encoding="utf-8")


def uploaded_topology(content: bytes, file: str) -> Topology:
    """The topology in an uploaded file. Raises InputError with all problems."""
    return topology_from_document(read_bytes(content, file))


def replicas_in_link(text: str) -> dict[str, int]:
    """Services and numbers of pods in ``frontend:3,cart:2``; what is not of that form is left."""
    pairs = (item.partition(":") for item in text.split(","))
    return {name: int(count) for name, _, count in pairs if _PODS.fullmatch(count)}


def link_of_replicas(replicas: Mapping[str, int]) -> str:
    """The text that :func:`replicas_in_link` reads."""
    return ",".join(f"{name}:{count}" for name, count in replicas.items())


def short_digest(*values: object) -> str:
    """Sixteen hex digits of the representation of some values."""
    return hashlib.sha256(repr(values).encode()).hexdigest()[:16]

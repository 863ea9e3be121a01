"""A scenario: one topology under one mesh. A frozen value that can be hashed, saved and sent."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from meshsim.model.mesh import Mesh
from meshsim.model.topology import Topology


@dataclass(frozen=True)
class Scenario:
    """One topology under one mesh."""

    topology: Topology
    mesh: Mesh

    @property
    def name(self) -> str:
        """``topology/mesh``, for headings and files."""
        return f"{self.topology.name}/{self.mesh.name}"

    def hash(self) -> str:
        """First 12 hex digits of the SHA-256 of the canonical JSON of both descriptions."""
        described = {
            "topology": self.topology.model_dump(mode="json"),
            "mesh": self.mesh.model_dump(mode="json"),
        }
        canonical = json.dumps(described, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()[:12]

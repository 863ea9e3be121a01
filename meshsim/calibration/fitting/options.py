"""What a user asks of a fit: what to find, where to look for it, what to hold, what counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Literal

from meshsim.calibration.readers.cells import CpuCell


@dataclass(frozen=True)
class FitOptions:
    """Choices of a fit; paths are those of a proxy (``cost.http1.busy``), or machine_factor."""

    fixed: Mapping[str, float] = field(default_factory=dict)
    """Held at these values."""
    bounds: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """Kept between these."""
    only: tuple[str, ...] = ()
    """Starts of the paths to find; all that the data speak of if empty."""
    where: Mapping[str, str] = field(default_factory=dict)
    """Which CPU cells to use: a pattern by column (role, protocol, test)."""
    weights: Mapping[str, float] = field(default_factory=dict)
    """How much the cells of a file count, by pattern of its path."""
    key: Literal["rsa", "ecdsa"] = "rsa"
    """Certificates of the mesh, whose handshake its file has."""

    def wants(self, path: str) -> bool:
        """Whether a parameter is to be found."""
        if path in self.fixed:
            return False
        return not self.only or any(path == one or path.startswith(one + ".") for one in self.only)

    def is_used(self, cell: CpuCell) -> bool:
        """Whether a cell is to be used."""
        known = {"role": cell.role, "protocol": cell.protocol, "test": cell.test}
        return all(fnmatchcase(known[column], glob) for column, glob in self.where.items())

    def weight(self, file: str) -> float:
        """How much the cells of a file count."""
        found = (value for glob, value in self.weights.items() if fnmatchcase(file, f"*{glob}"))
        return next(found, 1.0)

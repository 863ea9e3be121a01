"""A measured figure and its circumstances: one cell of the table of errors."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import StrEnum


class Kind(StrEnum):
    """What is compared."""

    CPU = "cpu"
    """CPU per request and proxy [s]."""
    LATENCY = "latency"
    """Time of a request as the load generator saw it [s]."""
    MEMORY = "memory"
    """Memory of one proxy, or of one more of something [bytes]."""


@dataclass(frozen=True)
class Cell:
    """One figure. What its source does not say is None or empty."""

    source: str
    metric: str
    """Name in its file, such as ``latency_p99_ms``."""
    value: float
    """The figure, in the unit of its file."""
    unit: str = ""
    mesh: str = "none"
    version: str = ""
    mode: str = ""
    encrypted: bool | None = None
    protocol: str = ""
    payload_bytes: float | None = None
    """Body of the response, and of the request too if the generator echoes."""
    request_bytes: float | None = None
    """Body of the request, where it is given on its own."""
    rate_per_s: float | None = None
    connections: int | None = None
    hops: int = 1
    """Calls one after the other that make a request."""
    proxies: float | None = None
    """Passages through proxies on the way."""
    workers: int | None = None
    configuration: str = ""
    component: str = ""
    hardware: str = ""
    generator: str = ""
    use: str = ""
    """What whoever compiled the figure suggests: ``calibrate`` or ``context``."""
    place: str = ""
    """File and line, for a user who looks it up."""
    repeats: int = 1
    """Rows that were averaged into this one."""
    ours: bool = False
    """Whether it was measured by ``meshsim measure``: over loopback, one worker on its own core."""
    fixed_machine: bool = False
    """Whether the figure is relative to the machine that the mesh files were measured on."""

    @property
    def circumstances(self) -> Cell:
        """The cell without its figure: what repeats have in common."""
        return replace(self, value=0.0, place="", repeats=1, use="")


def merged(cells: list[Cell]) -> list[Cell]:
    """Repeats of one measurement averaged: their geometric mean, in the order of the first."""
    groups: dict[Cell, list[Cell]] = {}
    for cell in cells:
        groups.setdefault(cell.circumstances, []).append(cell)
    return [_mean(same) for same in groups.values()]


def _mean(same: list[Cell]) -> Cell:
    values = [cell.value for cell in same]
    if len(same) == 1 or min(values) <= 0.0:
        return replace(same[0], value=sum(values) / len(values), repeats=len(same))
    value = math.exp(sum(map(math.log, values)) / len(values))
    return replace(same[0], value=value, repeats=len(same))

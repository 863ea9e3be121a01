"""Every number that a mesh's description rests on, as a flat list with ranges and sources."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from meshsim.model.fields import Unit
from meshsim.model.mesh import Mesh
from meshsim.model.parameters import parameters
from meshsim.model.sourced import Origin, Source, Sourced
from meshsim.units import show_cpu, show_duration, show_memory


@dataclass(frozen=True)
class Assumption:
    """One number of a mesh file, in words."""

    name: str
    """Dotted, list entries by their name: ``proxies.sidecar.cost.http1.busy``."""
    value: str
    low: str
    high: str
    origin: Origin
    source: Source | None
    note: str

    @property
    def range(self) -> str:
        """``37.3 µs to 40.9 µs``."""
        return f"{self.low} to {self.high}"


def assumptions(mesh: Mesh) -> tuple[Assumption, ...]:
    """All sourced numbers of a mesh, in the order of its file."""
    return tuple(_assumption(one.number, one.path, mesh) for one in parameters(mesh))


def origins(mesh: Mesh) -> dict[Origin, int]:
    """How many numbers are measured, published, derived or guessed, the most frequent first."""
    return dict(Counter(one.origin for one in assumptions(mesh)).most_common())


def _assumption(number: Sourced[Any], name: str, mesh: Mesh) -> Assumption:
    show = show_of(number)
    low, high = number.range
    return Assumption(
        name=name,
        value=show(number.value),
        low=show(low),
        high=show(high),
        origin=number.origin,
        source=mesh.sources[number.source] if number.source else None,
        note=" ".join(number.note.split()),
    )


def show_of(number: Sourced[Any]) -> Callable[[float], str]:
    """How numbers of this quantity are shown."""
    metadata = type(number).model_fields["value"].metadata
    symbol = next((part.symbol for part in metadata if isinstance(part, Unit)), "")
    return _SHOWS.get(symbol, "{:g}".format)


_SHOWS: Mapping[str, Callable[[float], str]] = {
    "s": show_duration,
    "cores": show_cpu,
    "bytes": show_memory,
}

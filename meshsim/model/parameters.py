"""The numbers of a mesh as a flat list of parameters, and a mesh with other numbers.

A parameter is a :class:`~meshsim.model.mesh.Sourced` value, found by walking the whole description;
its path is dotted, with entries of lists by their name: ``proxies.sidecar.cost.http1.busy``. So a
number that is added to the format is drawn, shown and ranked without a word about it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel

from meshsim.model.mesh import Mesh
from meshsim.model.sourced import Sourced

T = TypeVar("T")

_SCALE, _EXPONENT, _CORRELATION = "idle_scale", "idle_exponent", "idle_correlation"


@dataclass(frozen=True)
class Parameter:
    """One number of a mesh file."""

    path: str
    """Dotted, list entries by their name."""
    number: Sourced[Any]
    partner: str = ""
    """Path of the parameter that this one is correlated with; empty if with none."""
    correlation: float = 0.0
    """With the partner, −1 to 1."""

    @property
    def is_choice(self) -> bool:
        """Whether it is a whole number: configuration, which is chosen and not uncertain."""
        return isinstance(self.number.value, int)

    @property
    def is_uncertain(self) -> bool:
        """Whether it is a measure whose range has a width."""
        low, high = self.number.range
        return not self.is_choice and bool(low < high)


def parameters(mesh: Mesh) -> tuple[Parameter, ...]:
    """All sourced numbers of a mesh, in the order of its file."""
    return tuple(_below(mesh, ""))


def with_values(mesh: Mesh, values: Mapping[str, float]) -> Mesh:
    """The same mesh with other numbers by path, each of which is then certain.

    Raises KeyError for a path that the mesh does not have.
    """
    unknown = values.keys() - {parameter.path for parameter in parameters(mesh)}
    if unknown:
        raise KeyError(min(unknown))
    return _replaced(mesh, "", values)


def _below(value: object, path: str) -> Iterator[Parameter]:
    if isinstance(value, Sourced):
        yield Parameter(path, value)
    elif isinstance(value, tuple):
        for inner in value:
            yield from _below(inner, _entry(path, inner))
    elif isinstance(value, BaseModel):
        for field, inner in value:
            for found in _below(inner, _dotted(path, field)):
                is_exponent = field == _EXPONENT and found.path == _dotted(path, field)
                yield _correlated(found, value, path) if is_exponent else found


def _correlated(exponent: Parameter, owner: BaseModel, path: str) -> Parameter:
    """Scale and exponent of one idle curve are fitted together, and err together."""
    correlation = getattr(owner, _CORRELATION, 0.0)
    if not correlation:
        return exponent
    return Parameter(exponent.path, exponent.number, _dotted(path, _SCALE), float(correlation))


def _replaced(value: T, path: str, values: Mapping[str, float]) -> T:
    """A copy with other numbers; the value itself where nothing below it changes."""
    if isinstance(value, Sourced):
        if path not in values:
            return value
        number = values[path]
        return value.model_copy(update={"value": number, "range": (number, number)})
    if isinstance(value, tuple):
        entries = [_replaced(inner, _entry(path, inner), values) for inner in value]
        is_same = all(new is old for new, old in zip(entries, value, strict=True))
        return value if is_same else tuple(entries)  # type: ignore[return-value]
    if isinstance(value, BaseModel):
        found = {field: _replaced(inner, _dotted(path, field), values) for field, inner in value}
        changed = {field: new for field, new in found.items() if new is not getattr(value, field)}
        return value.model_copy(update=changed) if changed else value
    return value


def _entry(path: str, entry: object) -> str:
    return _dotted(path, getattr(entry, "name", ""))


def _dotted(owner: str, name: str) -> str:
    return f"{owner}.{name}" if owner else name

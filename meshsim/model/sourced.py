"""A number with its range, its origin and its source: what every figure of a mesh file is."""

from __future__ import annotations

from typing import Any, Generic, Literal, Self, TypeVar, get_args

from pydantic import model_validator

from meshsim.model.base import Described
from meshsim.model.fields import Cpu, Duration, Memory, Name, Number, Unit, Whole

T = TypeVar("T")

Origin = Literal["measured", "published", "derived", "guess"]


class Source(Described):
    """A document or a measurement that numbers come from."""

    title: str
    """Title of the document, or what was measured."""
    version: str = ""
    """Version of the product and of the document."""
    where: str
    """Where to find it."""
    hardware: str = ""
    """Machine of the measurement."""
    date: str = ""
    """When it was published, read or measured."""


_WORDS = {Whole: "whole number", Number: "number"}


class Sourced(Described, Generic[T]):
    """A number with its range and its origin."""

    value: T
    """The number."""
    range: tuple[T, T]
    """Central 90% interval: the 5th and the 95th percentile of what it may be."""
    origin: Origin
    """``measured`` by us, ``published`` by others, ``derived`` from such, or a ``guess``."""
    source: Name | None = None
    """Key of the source in ``sources``; needed unless the origin is ``guess``."""
    note: str = ""
    """How the number follows from its source, or why the guess is plausible."""

    @classmethod
    def model_parametrized_name(cls, params: tuple[Any, ...]) -> str:
        """``SourcedDuration`` and the like, for the JSON Schema."""
        units = [part for part in get_args(params[0]) if isinstance(part, Unit)]
        words = units[0].quantity if units else _WORDS[params[0]]
        return "Sourced" + "".join(word[0].upper() + word[1:] for word in words.split())

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        low, high = self.range
        if not low <= self.value <= high:  # type: ignore[operator]
            raise ValueError("the value must lie within its range; widen the range")
        if self.origin != "guess" and self.source is None:
            raise ValueError("a number that is no guess needs a source; add the key 'source'")
        if self.origin == "guess" and not self.note:
            raise ValueError("a guess needs a note on why it is plausible; add the key 'note'")
        return self


# Named here so that a mesh can be pickled and sent to another process.
SourcedCPUQuantity = Sourced[Cpu]
SourcedDuration = Sourced[Duration]
SourcedMemoryQuantity = Sourced[Memory]
SourcedNumber = Sourced[Number]
SourcedWholeNumber = Sourced[Whole]

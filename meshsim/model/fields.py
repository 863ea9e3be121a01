"""Field types with a unit: text such as ``25ms`` in a file, an SI number in memory.

Each type parses through :mod:`meshsim.units`, prints the same text back when a model is dumped in
JSON mode, and carries its unit and an example for the generated tables and the JSON Schema.
A bare number is never taken for a duration, a size or a rate: the file must name the unit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, Strict, WithJsonSchema

from meshsim import units


@dataclass(frozen=True)
class Unit:
    """The quantity, the SI unit that a field holds in memory, an example of what a file says."""

    quantity: str
    symbol: str
    example: str


class NotText(units.UnitError):
    """A number, a list or a mapping where text with a unit was needed."""


def _parse_with(parse: Callable[[str], float], example: str) -> Callable[[object], float]:
    def validate(value: object) -> float:
        if isinstance(value, str):
            return parse(value)
        raise NotText(f"needs a unit, e.g. {example!r}", str(value), f"write e.g. {example!r}")

    return validate


def _parse_quantity(parse: Callable[[str], float]) -> Callable[[object], float]:
    """Kubernetes quantities may be bare numbers (``cpu: 2``), which YAML reads as numbers."""

    def validate(value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise NotText("must be a Kubernetes quantity", str(value), "write e.g. '250m' or '2'")
        return parse(value if isinstance(value, str) else format(value, ".17g"))

    return validate


def _text(print_value: Callable[[float], str]) -> PlainSerializer:
    return PlainSerializer(print_value, return_type=str, when_used="json")


def _schema(example: str, what: str, pattern: str | None = None) -> WithJsonSchema:
    schema: dict[str, Any] = {"type": "string", "description": what, "examples": [example]}
    if pattern:
        schema["pattern"] = pattern
    return WithJsonSchema(schema)


def _positive(value: float) -> float:
    if value <= 0:
        raise ValueError("must be more than zero; write a larger value")
    return value


POSITIVE = AfterValidator(_positive)
"""Marks the fields that must be more than zero."""

Duration = Annotated[
    float,
    BeforeValidator(_parse_with(units.parse_duration, "25ms")),
    _text(units.print_duration),
    _schema("25ms", "duration", r"^\+?([0-9.]+(ns|us|µs|μs|ms|s|m|h))+$"),
    Unit("duration", "s", "25ms"),
]
PositiveDuration = Annotated[Duration, POSITIVE]
Cpu = Annotated[
    float,
    BeforeValidator(_parse_quantity(units.parse_cpu)),
    _text(units.print_cpu),
    WithJsonSchema({"type": ["string", "number"], "description": "cores", "examples": ["250m"]}),
    Unit("CPU quantity", "cores", "250m"),
]
PositiveCpu = Annotated[Cpu, POSITIVE]
Memory = Annotated[
    float,
    BeforeValidator(_parse_quantity(units.parse_memory)),
    _text(units.print_memory),
    WithJsonSchema({"type": ["string", "number"], "description": "bytes", "examples": ["128Mi"]}),
    Unit("memory quantity", "bytes", "128Mi"),
]
Size = Annotated[
    float,
    BeforeValidator(_parse_with(units.parse_size, "1KiB")),
    _text(units.print_size),
    _schema("1KiB", "size in bytes"),
    Unit("size", "bytes", "1KiB"),
]
Percentage = Annotated[
    float,
    BeforeValidator(_parse_with(units.parse_percentage, "0.1%")),
    _text(units.print_percentage),
    _schema("0.1%", "percentage", r"^[0-9.eE+-]+%$"),
    Unit("percentage", "fraction", "0.1%"),
]
Rate = Annotated[
    float,
    BeforeValidator(_parse_with(units.parse_rate, "200/s")),
    _text(units.print_rate),
    _schema("200/s", "rate per second"),
    Unit("rate", "1/s", "200/s"),
]
PositiveRate = Annotated[Rate, POSITIVE]
Bandwidth = Annotated[
    float,
    BeforeValidator(_parse_with(units.parse_bandwidth, "10Gbit/s")),
    POSITIVE,
    _text(units.print_bandwidth),
    _schema("10Gbit/s", "bandwidth"),
    Unit("bandwidth", "bytes/s", "10Gbit/s"),
]
Whole = Annotated[int, Strict()]
"""A whole number, written as one: neither ``true`` nor text in quotes."""
Number = Annotated[float, Strict()]
"""A number, written as one."""
Name = Annotated[
    str,
    Field(min_length=1, max_length=253, pattern=r"^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$"),
]
EndpointName = Annotated[str, Field(min_length=1, max_length=253)]

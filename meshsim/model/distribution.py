"""Distributions of a duration, as a file writes them.

``3ms`` alone is the constant. Otherwise ``{distribution: lognormal, mean: 3ms, cv: 0.8}`` and its
kin: each family is given by its mean and, where it has one more freedom, by its coefficient of
variation (cv = standard deviation / mean), because these two are what queueing formulas need and
what people measure. ``empirical`` draws from the listed values, each equally likely.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import (
    BeforeValidator,
    Discriminator,
    Field,
    GetJsonSchemaHandler,
    TypeAdapter,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from meshsim.model.base import Described
from meshsim.model.fields import Duration, Number


class Constant(Described):
    """Always the same duration."""

    distribution: Literal["constant"] = "constant"
    """Family of the distribution."""
    mean: Duration
    """Mean duration; of the constant, the duration itself."""


class Exponential(Described):
    """Exponential: memoryless, cv = 1."""

    distribution: Literal["exponential"]
    """Family of the distribution."""
    mean: Duration
    """Mean duration."""


class Lognormal(Described):
    """Lognormal: the usual shape of service times, with a longer tail than the gamma."""

    distribution: Literal["lognormal"]
    """Family of the distribution."""
    mean: Duration
    """Mean duration."""
    cv: Number = Field(gt=0, le=20)
    """Coefficient of variation: standard deviation / mean."""


class Gamma(Described):
    """Gamma: cv below 1 is more regular than exponential (Erlang for 1/cv² whole), above 1 less."""

    distribution: Literal["gamma"]
    """Family of the distribution."""
    mean: Duration
    """Mean duration."""
    cv: Number = Field(gt=0, le=20)
    """Coefficient of variation: standard deviation / mean."""


class Empirical(Described):
    """One of the listed values, each equally likely: what a trace or a benchmark measured."""

    distribution: Literal["empirical"]
    """Family of the distribution."""
    values: tuple[Duration, ...] = Field(min_length=1, max_length=100_000)
    """The measured durations."""

    @property
    def mean(self) -> float:
        """Mean of the listed values [s]."""
        return sum(self.values) / len(self.values)


def _constant_from_text(value: object) -> object:
    if isinstance(value, str | int | float):
        return {"distribution": "constant", "mean": value}
    return value


class _OrDuration:
    """Tells the JSON Schema what :func:`_constant_from_text` allows."""

    def __get_pydantic_json_schema__(
        self, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"anyOf": [TypeAdapter(Duration).json_schema(), handler(core_schema)]}


Distribution = Annotated[
    Annotated[
        Constant | Exponential | Lognormal | Gamma | Empirical, Discriminator("distribution")
    ],
    BeforeValidator(_constant_from_text),
    _OrDuration(),
]

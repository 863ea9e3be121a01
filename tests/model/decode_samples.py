"""A small vocabulary with the constructs that bend the locations of pydantic's errors."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from meshsim.units import UnitError


class Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _parse(value: Any) -> float:
    if isinstance(value, float | int):
        raise UnitError("needs a unit", format(value, ".17g"), f"write '{value}ms'")
    if not str(value).endswith("ms"):
        raise UnitError("must be a duration", "not shown", "write e.g. '25ms'")
    return float(value[:-2]) / 1000


def _not_late(value: float) -> float:
    if value > 1:
        raise ValueError("must be at most a second; write a shorter time")
    return value


Duration = Annotated[float, BeforeValidator(_parse)]


class Constant(Closed):
    kind: Literal["constant"] = "constant"
    mean: Duration


class Gamma(Closed):
    kind: Literal["gamma"]
    mean: Duration
    cv: float = Field(gt=0)


def _constant(value: Any) -> Any:
    return value if isinstance(value, dict) else {"kind": "constant", "mean": value}


Time = Annotated[
    Annotated[Constant | Gamma, Discriminator("kind")],
    BeforeValidator(_constant),
]


class Call(Closed):
    call: str
    count: int = Field(default=1, ge=1)
    timeout: Annotated[Duration, AfterValidator(_not_late)] | None = None


class Wait(Closed):
    wait: Time


def _step_kind(value: Any) -> str | None:
    keys = value if isinstance(value, dict) else ()
    return next((key for key in ("call", "wait") if key in keys), None)


Step = Annotated[
    Annotated[Call, Tag("call")] | Annotated[Wait, Tag("wait")],
    Discriminator(
        _step_kind,
        custom_error_type="step_kind",
        custom_error_message="must have one of the keys call, wait",
    ),
]


class Square(Closed):
    side: float = Field(gt=0)
    colour: str = "red"


class Circle(Closed):
    radius: float = Field(gt=0)
    colour: str = "red"


class Range(Closed):
    low: int
    high: int

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.low > self.high:
            raise ValueError("low must not be above high")
        return self


class Shop(Closed):
    name: str = Field(default="shop", pattern="^[a-z-]+$")
    replicas: int = Field(default=1, ge=1)
    strict: int = Field(default=1, strict=True)
    on: bool = True
    share: float = 0.5
    mode: Literal["fast", "slow"] = "fast"
    limit: int | Literal["none"] = "none"
    shape: Square | Circle | None = None
    times: Duration | list[Duration] | None = None
    wait: Time | None = None
    steps: tuple[Step, ...] = Field(default=(), min_length=1)
    labels: dict[Annotated[str, Field(min_length=2)], str] = Field(default_factory=dict)
    pair: tuple[int, int] = (1, 2)
    range: Range | None = None
    again: Shop | None = None
    special: str = ""

    @field_validator("special")
    @classmethod
    def _special(cls, value: str) -> str:
        if value == "assert":
            raise AssertionError
        if value == "custom":
            raise PydanticCustomError("odd", "Input should be {what}", {"what": "even"})
        return value

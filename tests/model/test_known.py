"""The models tell what they know at a location: through lists, mappings, tuples and unions.

Method: a small vocabulary with every kind of container; literal locations and answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Generic, Literal, TypeVar

import pytest
from pydantic import BaseModel, Field

from meshsim.model.known import (
    choices,
    example,
    field_names,
    has_item,
    item,
    item_at,
    models_at,
    nearest,
)

T = TypeVar("T")


@dataclass(frozen=True)
class Unit:
    """As the fields of the vocabulary carry one."""

    example: str


Duration = Annotated[float, Unit("25ms")]


class Poisson(BaseModel):
    process: Literal["poisson"]
    rate: float


class Closed(BaseModel):
    process: Literal["closed"]
    users: int
    think: Duration | None = None


class Call(BaseModel):
    call: str = Field(examples=["shop/get"])
    timeout: Duration = 1.0


class Wait(BaseModel):
    wait: Duration


class Box(BaseModel, Generic[T]):
    value: T


class Root(BaseModel):
    load: Annotated[Poisson | Closed, Field(discriminator="process")]
    steps: tuple[Call | Wait, ...] = ()
    pair: tuple[Call, Wait] | None = None
    by_name: dict[str, list[Wait]] = Field(default_factory=dict, alias="byName")
    box: Box[Wait] | None = None
    number: int = 0


@pytest.mark.parametrize(
    ("location", "models"),
    [
        ((), [Root]),
        (("load",), [Poisson, Closed]),
        (("steps", 3), [Call, Wait]),
        (("pair", 0), [Call]),
        (("pair", 1), [Wait]),
        (("pair", 2), []),
        (("byName", "a", 0), [Wait]),
        (("by_name",), []),
        (("box", "value"), [Wait]),
        (("number",), []),
        (("number", "x"), []),
        (("steps", "x"), []),
        (("unknown", "x"), []),
    ],
)
def test_models_at_a_location(location: tuple[str | int, ...], models: list[type]) -> None:
    assert models_at(Root, location, {}) == models


def test_of_several_models_the_nearest_counts() -> None:
    models = models_at(Root, ("load",), {})
    assert nearest(models, {"process": "closed", "rate": 1}) == [Closed]
    assert nearest(models, {"rate": 1}) == [Poisson]
    assert nearest(models, {"process": "other"}) == [Poisson, Closed]
    assert nearest(models, 5) == [Poisson, Closed]
    assert nearest([], {"a": 1}) == []


def test_the_data_choose_the_model_on_the_way() -> None:
    class Outer(BaseModel):
        it: Box[Call] | Wait | None = None

    data = {"it": {"value": {"call": "x"}}}
    assert models_at(Outer, ("it", "value"), data) == [Call]


def test_fields_choices_and_examples() -> None:
    models = [Poisson, Closed, Call]
    assert field_names(models) == ["process", "rate", "users", "think", "call", "timeout"]
    assert field_names([Root])[3] == "byName"
    assert choices(models, "process") == ["poisson", "closed"]
    assert choices(models, "rate") == []
    assert example(models, "process") == "poisson"
    assert example(models, "call") == "shop/get"
    assert example(models, "timeout") == "25ms"
    assert example(models, "think") == "25ms"
    assert example(models, "rate") == ""
    assert example(models, "unknown") == ""


def test_items_of_plain_data() -> None:
    data = {"a": [1, None], "b": {"c": 2}}
    assert item(data, "b") == {"c": 2}
    assert item(data, "x") is None
    assert item_at(data, ("a", 0)) == 1
    assert item_at(data, ("a", 7, "c")) is None
    assert has_item([1, None], 1)
    assert not has_item([1], -1)
    assert not has_item([1], "0")
    assert not has_item("text", 0)

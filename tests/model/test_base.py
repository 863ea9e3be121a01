"""Goal: every described value is frozen, closed and finite.

Method: a small value made of the base; each promise is broken once.
"""

import math

import pytest
from pydantic import ValidationError

from meshsim.model.base import Described


class Point(Described):
    x: float = 0.0


def test_a_value_cannot_be_changed():
    with pytest.raises(ValidationError, match="frozen"):
        Point(x=1.0).x = 2.0


def test_equal_values_are_one_key():
    assert {Point(x=1.0): "here"}[Point(x=1.0)] == "here"


def test_unknown_keys_are_refused():
    with pytest.raises(ValidationError, match="y"):
        Point.model_validate({"x": 1.0, "y": 2.0})


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_only_finite_numbers(value):
    with pytest.raises(ValidationError, match="finite"):
        Point(x=value)


def test_defaults_are_held_to_the_rules_too():
    class Wrong(Described):
        x: float = math.nan

    with pytest.raises(ValidationError):
        Wrong()

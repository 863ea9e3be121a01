"""Problems read well and sort by place; an InputError keeps all of them through a pickle.

Method: literal texts. What a user sees is the string of the error, so that string is asserted.
"""

from __future__ import annotations

import pickle

import pytest

from meshsim.errors import InputError, Place, Problem, shorten


@pytest.mark.parametrize(
    ("place", "text"),
    [
        (Place("shop.yaml"), "shop.yaml"),
        (Place("shop.yaml", 7), "shop.yaml:7"),
        (Place("shop.yaml", 7, 14), "shop.yaml:7:14"),
    ],
)
def test_a_place_prints_what_is_known_of_it(place: Place, text: str) -> None:
    assert str(place) == text


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (
            Problem(
                Place("a.yaml", 7, 14), "calls[0].timeout", "needs a unit", "25", "write '25ms'"
            ),
            "a.yaml:7:14: calls[0].timeout: needs a unit, not '25'; write '25ms'",
        ),
        (Problem(Place("a.yaml"), "", "no such file"), "a.yaml: no such file"),
        (
            Problem(Place("a.yaml", 1, 1), "load", "is required", cure="add 'load: …'"),
            "a.yaml:1:1: load: is required; add 'load: …'",
        ),
        (
            Problem(Place("a.yaml", 1, 1), "", "must be text", "\x1b[31m"),
            "a.yaml:1:1: must be text, not '\\x1b[31m'",
        ),
    ],
)
def test_a_problem_says_place_path_rule_value_and_cure(problem: Problem, text: str) -> None:
    assert str(problem) == text


def test_an_error_holds_each_problem_once_in_the_order_of_the_file() -> None:
    late = Problem(Place("a.yaml", 10, 1), "b", "late")
    early = Problem(Place("a.yaml", 9, 1), "c", "early")
    error = InputError([late, early, late])
    assert error.problems == (early, late)
    assert str(error) == "a.yaml:9:1: c: early\na.yaml:10:1: b: late"


def test_an_error_survives_the_way_to_another_process() -> None:
    error = InputError([Problem(Place("a.yaml", 9, 1), "c", "early")])
    copy = pickle.loads(pickle.dumps(error))
    assert isinstance(copy, InputError)
    assert copy.problems == error.problems
    assert str(copy) == str(error)


def test_an_error_without_a_problem_is_a_mistake_of_ours() -> None:
    with pytest.raises(AssertionError, match="tells the user nothing"):
        InputError([])


@pytest.mark.parametrize(
    ("value", "short"),
    [
        ("25ms", "25ms"),
        ("two\n  lines", "two lines"),
        ("x" * 60, "x" * 60),
        ("x" * 61, "x" * 59 + "…"),
    ],
)
def test_long_values_become_one_short_line(value: str, short: str) -> None:
    assert shorten(value) == short

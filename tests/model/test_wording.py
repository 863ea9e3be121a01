"""Every error type of pydantic has a rule in plain words, and those that people meet have a cure.

Method: the list of all types that pydantic knows is gone through for words that only a programmer
understands; the common ones are compared with literal texts.
"""

from __future__ import annotations

import re

import pytest
from pydantic_core import PydanticKnownError
from pydantic_core._pydantic_core import list_all_errors  # type: ignore[attr-defined]

from meshsim.model.wording import Wording, is_misfit, join, word

JARGON = re.compile(
    r"pydantic|https?:|[Ii]nput |Value error|Assertion|dictionary|discriminator|should"
)
INTERNAL = {
    "no_such_attribute", "json_invalid", "json_type", "needs_python_object", "get_attribute_error",
    "frozen_field", "frozen_instance", "default_factory_not_called", "callable_type",
    "missing_sentinel_error", "ellipsis_error", "is_subclass_of", "arguments_type",
}  # fmt: skip
ALL_ERRORS = [details for details in list_all_errors() if details["type"] not in INTERNAL]


@pytest.mark.parametrize("details", ALL_ERRORS, ids=lambda details: details["type"])
def test_no_rule_has_jargon(details: dict[str, object]) -> None:
    kind, context = str(details["type"]), dict(details.get("example_context") or {})  # type: ignore[call-overload]
    message = str(details["example_message_python"])
    context |= {"pattern": "^a$", "tag": "x", "expected_tags": "'a', 'b'", "expected": "'a' or 'b'"}
    wording = word(kind, context, message, "x")
    assert wording.rule
    assert not JARGON.search(wording.rule), wording.rule
    assert not JARGON.search(wording.cure), wording.cure


@pytest.mark.parametrize(
    ("kind", "context", "value", "rule", "cure"),
    [
        ("missing", {}, None, "is required", ""),
        ("extra_forbidden", {}, 1, "unknown field", ""),
        ("greater_than", {"gt": 0.0}, 0, "must be more than 0", "write a larger number"),
        ("greater_than_equal", {"ge": 1}, 0, "must be at least 1", "write 1 or more"),
        ("less_than", {"lt": 0.5}, 1, "must be less than 0.5", "write a smaller number"),
        ("less_than_equal", {"le": 1e20}, 1, "must be at most 1e+20", "write 1e+20 or less"),
        ("multiple_of", {"multiple_of": 2}, 3, "must be a multiple of 2", ""),
        ("too_short", {"min_length": 1}, [], "must have at least 1 entry", "add what is missing"),
        ("too_short", {"min_length": 2}, [], "must have at least 2 entries", "add what is missing"),
        (
            "too_long",
            {"max_length": 2},
            [],
            "must have at most 2 entries",
            "remove what is too much",
        ),
        (
            "string_too_short",
            {"min_length": 1},
            "",
            "must have at least 1 character",
            "write a longer text",
        ),
        ("int_parsing", {}, "a", "must be a whole number", "write a whole number without quotes"),
        ("int_type", {}, "3", "must be a whole number", "remove the quotes"),
        ("float_type", {}, "-2.5", "must be a number", "remove the quotes"),
        ("bool_parsing", {}, "maybe", "must be true or false", "write true or false"),
        ("string_type", {}, 1.5, "must be text", "put it in quotes"),
        ("string_type", {}, [], "must be text", "write a text"),
        ("literal_error", {"expected": "'a'"}, "x", "must be 'a'", "write 'a'"),
        ("literal_error", {"expected": "1"}, "1", "must be 1", "remove the quotes"),
        ("literal_error", {"expected": "'1'"}, 1, "must be '1'", "put it in quotes"),
        (
            "literal_error",
            {"expected": "'poisson', 'constant' or 'closed'"},
            "poison",
            "must be one of 'poisson', 'constant', 'closed'",
            "did you mean 'poisson'?",
        ),
        ("enum", {"expected": "4 or 7"}, 5, "must be one of 4, 7", "choose one"),
        (
            "union_tag_invalid",
            {"tag": "gama", "expected_tags": "'gamma', 'constant'"},
            {},
            "must be one of 'gamma', 'constant'",
            "did you mean 'gamma'?",
        ),
        (
            "string_pattern_mismatch",
            {"pattern": "^[a-z-]+$"},
            "my service!",
            "must match the pattern ^[a-z-]+$",
            "write e.g. 'my-service'",
        ),
        (
            "string_pattern_mismatch",
            {"pattern": "^[0-9]$"},
            "my service!",
            "must match the pattern ^[0-9]$",
            "use the characters that the pattern allows",
        ),
        (
            "string_pattern_mismatch",
            {"pattern": r"^\p{Greek}$"},
            "a",
            r"must match the pattern ^\p{Greek}$",
            "use the characters that the pattern allows",
        ),
    ],
)
def test_common_errors(
    kind: str, context: dict[str, object], value: object, rule: str, cure: str
) -> None:
    assert word(kind, context, "never shown", value) == Wording(rule, cure)


def test_errors_with_another_type_keep_their_message() -> None:
    assert word("step_kind", {}, "must have one of the keys", 1) == Wording(
        "must have one of the keys"
    )
    assert word("date_past", {}, "Date should be in the past", 1).rule == "Date must be in the past"


def test_a_value_that_fits_no_kind_gets_one_wording() -> None:
    number = Wording("must be a whole number", "write a whole number")
    word_ = Wording("must be 'unlimited'", "write 'unlimited'")
    near = Wording("must be one of 'a', 'b'", "did you mean 'a'?")
    assert join([number, word_]) == Wording(
        "must be a whole number or 'unlimited'", "write a whole number, or write 'unlimited'"
    )
    assert join([number, number]) == number
    assert join([number, near]).cure == "did you mean 'a'?"


def test_a_wrong_kind_is_told_from_a_wrong_value() -> None:
    assert is_misfit("int_type")
    assert is_misfit("float_parsing")
    assert is_misfit("missing")
    assert not is_misfit("greater_than")
    assert not is_misfit("value_error")


def test_the_table_speaks_of_types_that_exist() -> None:
    from meshsim.model.wording import _MISFITS, _WORDINGS

    known = {details["type"] for details in list_all_errors()}
    assert known >= _MISFITS | set(_WORDINGS)
    assert PydanticKnownError("missing").type == "missing"

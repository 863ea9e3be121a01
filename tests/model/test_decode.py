"""What pydantic finds wrong reaches the user with place, path, rule, value and cure, and only once.

Method: a small vocabulary with the constructs that bend pydantic's locations (unions with a tag,
with a function for a tag, without a tag; validators that change the data), and for each mistake the
whole text that the user sees.
"""

from __future__ import annotations

from typing import Any, Self

import pytest
from decode_samples import Call, Constant, Shop
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, model_validator

from meshsim.errors import InputError, Place
from meshsim.model.decode import decode
from meshsim.model.document import Document, read_text


def messages(text: str, model: type[BaseModel] = Shop) -> list[str]:
    with pytest.raises(InputError) as caught:
        decode(model, read_text(text, "a.yaml"))
    return [str(problem) for problem in caught.value.problems]


def test_what_is_right_becomes_the_model() -> None:
    text = "name: a\nsteps: [{call: b, timeout: 25ms}]\nwait: 5ms\nagain: {limit: 3}\n"
    shop = decode(Shop, read_text(text, "a.yaml"))
    assert (shop.name, shop.replicas, shop.again) == ("a", 1, Shop(limit=3))
    (call,) = shop.steps
    assert isinstance(call, Call)
    assert (call.call, call.timeout) == ("b", 0.025)
    assert isinstance(shop.wait, Constant)
    assert shop.wait.mean == 0.005


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "replicas: 0\n",
            "1:11: replicas: must be at least 1, not '0'; write 1 or more",
        ),
        (
            "replicas: 2.5\n",
            "1:11: replicas: must be a whole number, not '2.5'; "
            "write a whole number without quotes",
        ),
        ("strict: '3'\n", "1:9: strict: must be a whole number, not '3'; remove the quotes"),
        (
            "replicas:\n",
            "1:10: replicas: must be a whole number, not 'null'; "
            "write a whole number without quotes",
        ),
        (
            "replicas: ''\n",
            "1:11: replicas: must be a whole number, not '\"\"'; "
            "write a whole number without quotes",
        ),
        (
            "replicas: [1, a]\n",
            "1:11: replicas: must be a whole number, not '[1, \"a\"]'; "
            "write a whole number without quotes",
        ),
        ("name: 1.10\n", "1:7: name: must be text, not '1.10'; put it in quotes"),
        (
            "name: My shop\n",
            "1:7: name: must match the pattern ^[a-z-]+$, not 'My shop'; "
            "use the characters that the pattern allows",
        ),
        ("on: maybe\n", None),
        ("'on': maybe\n", "1:7: on: must be true or false, not 'maybe'; write true or false"),
        (
            "mode: fats\n",
            "1:7: mode: must be one of 'fast', 'slow', not 'fats'; did you mean 'fast'?",
        ),
        (
            "replcas: 1\n",
            "1:1: replcas: unknown field; did you mean 'replicas'?",
        ),
        (
            "again: {range: {low: 1, high: 2, x: 3}}\n",
            "1:34: again.range.x: unknown field; known here: low, high",
        ),
        (
            "again: {range: {low: 1}}\n",
            "1:16: again.range.high: is required; add 'high: …'",
        ),
        ("pair: [1]\n", "1:7: pair[1]: is required; add an entry to the list"),
        (
            "pair: [1, 2, 3]\n",
            "1:7: pair: must have at most 2 entries; remove what is too much",
        ),
        ("steps: []\n", "1:8: steps: must have at least 1 entry; add what is missing"),
        ("steps: [{call: 5}]\n", "1:16: steps[0].call: must be text, not '5'; put it in quotes"),
        (
            "range: {low: 3, high: 2}\n",
            "1:8: range: low must not be above high; correct the values below it",
        ),
        (
            "range: 5\n",
            "1:8: range: must be a mapping, not '5'; write 'key: value' lines below the key",
        ),
        (
            "labels: {a: b}\n",
            "1:10: labels.a: must have at least 2 characters, not 'a'; write a longer text",
        ),
        ("labels: {aa: 1}\n", "1:14: labels.aa: must be text, not '1'; put it in quotes"),
        (
            "special: assert\n",
            "1:10: special: must be another value, not 'assert'; write another value",
        ),
        ("special: custom\n", "1:10: special: must be even, not 'custom'; write another value"),
    ],
)
def test_a_field_alone(text: str, message: str | None) -> None:
    if message is None:
        with pytest.raises(InputError, match='write "on" in quotes'):
            read_text(text, "a.yaml")
    else:
        assert messages(text) == [f"a.yaml:{message}"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("wait: 5\n", "1:7: wait: needs a unit, not '5'; write '5ms'"),
        ("wait: 0.10\n", "1:7: wait: needs a unit, not '0.10'; write '0.1ms'"),
        ("wait: soon\n", "1:7: wait: must be a duration, not 'soon'; write e.g. '25ms'"),
        (
            "wait: {kind: gama, mean: 5ms}\n",
            "1:14: wait.kind: must be one of 'constant', 'gamma', not 'gama'; "
            "did you mean 'gamma'?",
        ),
        (
            "wait: {mean: 5ms}\n",
            "1:7: wait.kind: is required; add 'kind: constant'; known here: constant, gamma",
        ),
        (
            "wait: {kind: gamma, mean: 5ms, cv: -1}\n",
            "1:36: wait.cv: must be more than 0, not '-1'; write a larger number",
        ),
        ("wait: {kind: gamma, mean: 5ms}\n", "1:7: wait.cv: is required; add 'cv: …'"),
        (
            "wait: {kind: constant, mean: 5ms, cv: 1}\n",
            "1:35: wait.cv: unknown field; known here: kind, mean",
        ),
        (
            "wait: {kind: constant, mean: 5}\n",
            "1:30: wait.mean: needs a unit, not '5'; write '5ms'",
        ),
    ],
)
def test_a_union_with_a_tag_has_no_tag_in_its_paths(text: str, message: str) -> None:
    assert messages(text) == [f"a.yaml:{message}"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "steps: [{call: a, cuont: 2}]\n",
            "1:19: steps[0].cuont: unknown field; did you mean 'count'?",
        ),
        (
            "steps: [{call: a, count: 0}]\n",
            "1:26: steps[0].count: must be at least 1, not '0'; write 1 or more",
        ),
        ("steps: [{wait: 0}]\n", "1:16: steps[0].wait: needs a unit, not '0'; write '0ms'"),
        (
            "steps: [{wait: {kind: gamma, mean: 5ms, cv: 0}}]\n",
            "1:45: steps[0].wait.cv: must be more than 0, not '0'; write a larger number",
        ),
        (
            "steps: [{cal: a}]\n",
            '1:9: steps[0]: must have one of the keys call, wait, not \'{"cal": "a"}\'; '
            "did you mean 'call'?",
        ),
        (
            "steps: [xyz]\n",
            "1:9: steps[0]: must have one of the keys call, wait, not 'xyz'; "
            "write a mapping; keys known here: call, count, timeout, wait",
        ),
        (
            "steps: [{call: a, timeout: 5000ms}]\n",
            "1:28: steps[0].timeout: must be at most a second, not '5000ms'; write a shorter time",
        ),
    ],
)
def test_a_tag_that_is_also_a_key_is_told_from_it(text: str, message: str) -> None:
    assert messages(text) == [f"a.yaml:{message}"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "limit: many\n",
            "1:8: limit: must be a whole number or 'none', not 'many'; "
            "write a whole number without quotes, or write 'none'",
        ),
        (
            "limit: non\n",
            "1:8: limit: must be a whole number or 'none', not 'non'; did you mean 'none'?",
        ),
        (
            "shape: {side: -1}\n",
            "1:15: shape.side: must be more than 0, not '-1'; write a larger number",
        ),
        (
            "shape: {radius: 1, color: red}\n",
            "1:20: shape.color: unknown field; did you mean 'colour'?",
        ),
        (
            "shape: 5\n",
            "1:8: shape: must be a mapping, not '5'; write 'key: value' lines below the key",
        ),
        ("times: 5\n", "1:8: times: needs a unit, not '5'; write '5ms'"),
        ("times: [5ms, 6]\n", "1:14: times[1]: needs a unit, not '6'; write '6ms'"),
    ],
)
def test_a_union_without_a_tag_reports_its_nearest_branch(text: str, message: str) -> None:
    assert message in [text.removeprefix("a.yaml:") for text in messages(text)]
    assert len(messages(text)) == 1


def test_all_errors_are_told_at_once_in_the_order_of_the_file() -> None:
    text = "replicas: 0\nnam: x\nsteps:\n  - call: 1\n  - wait: 2\nagain:\n  mode: 3\n"
    assert [line.split(": ")[:2] for line in messages(text)] == [
        ["a.yaml:1:11", "replicas"],
        ["a.yaml:2:1", "nam"],
        ["a.yaml:4:11", "steps[0].call"],
        ["a.yaml:5:11", "steps[1].wait"],
        ["a.yaml:7:9", "again.mode"],
    ]


def test_a_list_whose_only_entry_is_wrong_is_not_called_short() -> None:
    assert len(messages("steps: [{call: 1}]\n")) == 1


@pytest.mark.parametrize("number", [".nan", ".inf", "-.INF"])
@pytest.mark.parametrize("field", ["share", "replicas", "wait", "name"])
def test_numbers_that_are_none_are_refused_in_any_field(field: str, number: str) -> None:
    place = f"a.yaml:1:{len(field) + 3}"
    rule = f"must be a finite number, not '{number}'"
    cure = "write a number, or leave the field out"
    assert messages(f"{field}: {number}\n") == [f"{place}: {field}: {rule}; {cure}"]


def test_numbers_that_are_none_are_refused_in_lists_too() -> None:
    (message,) = messages("pair: [1, .nan]\n")
    assert message.startswith("a.yaml:1:11: pair[1]: must be a finite number")


def test_a_flood_of_errors_ends() -> None:
    found = messages("\n".join(f"key{number}: 1" for number in range(300)))
    assert len(found) == 101
    assert found[-1].endswith("200 or more further problems from here on; mend those above first")


def test_an_alias_is_wrong_where_it_brings_the_wrong_value() -> None:
    text = "wait: &w {kind: gamma, mean: 5ms, cv: 1}\nagain:\n  range: *w\n"
    text += "  name: &s x\n  replicas: *s\n"
    places = [line.split(" ")[0] for line in messages(text)]
    assert "a.yaml:3:10:" in places
    assert "a.yaml:5:13:" in places


def test_keys_that_repeat_on_the_way_down_do_not_take_forever() -> None:
    class Nest(BaseModel):
        a: Nest | int = 0

    text = "".join("  " * depth + "a:\n" for depth in range(40)) + "  " * 40 + "a: x\n"
    (message,) = messages(text, Nest)
    assert message.startswith(f"a.yaml:41:84: {'.'.join('a' * 41)}: must be ")


def test_a_missing_top_level_is_placed_at_the_start() -> None:
    class Needy(BaseModel):
        load: int

    assert messages("# comment\nx: 1\n", Needy) == ["a.yaml:2:1: load: is required; add 'load: …'"]


def test_data_without_places_has_the_file_as_its_place() -> None:
    with pytest.raises(InputError) as caught:
        decode(Shop, Document("a.json", {"replicas": 0, "x": None}, {}, {}, {}))
    assert [(str(p.place), p.path, p.value) for p in caught.value.problems] == [
        ("a.json", "replicas", "0"),
        ("a.json", "x", ""),
    ]
    assert caught.value.problems[0].place == Place("a.json")


def test_a_rule_of_the_whole_file_has_no_path() -> None:
    class Whole(BaseModel):
        @model_validator(mode="after")
        def _never(self) -> Self:
            raise ValueError("nothing is right")

    assert messages("x: 1\n", Whole) == ["a.yaml:1:1: nothing is right; write another value"]


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["5ms", "gamma", "x"]),
    lambda below: (
        st.lists(below, max_size=3)
        | st.dictionaries(
            st.sampled_from(["kind", "mean", "cv", "call", "count", "wait", "side", "low"]),
            below,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from([*Shop.model_fields, "other"]), VALUES, max_size=5))
def test_any_data_are_decoded_or_refused_in_plain_words(data: dict[str, Any]) -> None:
    try:
        shop = decode(Shop, Document("a.json", data, {}, {}, {}))
    except InputError as error:
        text = str(error)
        complete = [bool(problem.rule and problem.cure) for problem in error.problems]
    else:
        text, complete = "", [isinstance(shop, Shop)]
    assert all(complete)
    assert "Input should" not in text
    assert "pydantic" not in text
    assert "tag" not in text

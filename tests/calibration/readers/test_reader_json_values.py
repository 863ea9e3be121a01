"""Values out of JSON: what is missing is said with its key."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshsim.calibration.readers.json_values import Document, load_json, number_of
from meshsim.errors import InputError

FILE = Path("run.json")
DATA = {"a": [{"b": "0.5s"}, 7], "c": -1, "d": True}


def test_broken_json_has_a_line():
    with pytest.raises(InputError, match=r"run.json:2:\d+: this is no JSON"):
        load_json(FILE, '{"a":\n x}')


def test_json_too_deep_to_be_read():
    with pytest.raises(InputError, match=r"run\.json"):
        load_json(FILE, "[" * 1_000_000)


def test_finding():
    document = Document(FILE, DATA, "fortio")
    assert document.find("a", 0, "b") == "0.5s"
    assert document.find("a", 9) is None
    assert document.find("a", "b") is None
    assert document.find(0) is None
    assert document.number("a", 0, "b") == 0.5
    assert document.listed("a") == DATA["a"]
    assert document.listed("c") == []


@pytest.mark.parametrize("keys", [("c",), ("d",), ("e",), ("a",)])
def test_what_is_no_number_is_said(keys):
    with pytest.raises(InputError, match=rf"run.json: {keys[0]}: must be a number.*as fortio"):
        Document(FILE, DATA, "fortio").number(*keys)


@given(st.text() | st.floats() | st.booleans() | st.none() | st.lists(st.integers(), max_size=2))
def test_a_number_is_finite_or_none(value):
    number = number_of(value)
    assert number is None or number - number == 0

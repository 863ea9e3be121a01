"""Whatever the bytes, the reader gives data with positions or an InputError, and nothing else.

Method: arbitrary bytes, arbitrary texts and texts made of pieces of YAML are read by both parsers;
data that PyYAML has dumped comes back the same, with every place at the text that it speaks of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from meshsim.errors import InputError, Problem
from meshsim.model import nodes
from meshsim.model.document import Document, read_bytes, read_text
from meshsim.model.syntax import split_lines


@pytest.fixture(scope="module", params=[yaml.CSafeLoader, yaml.SafeLoader])
def _each_parser(request: pytest.FixtureRequest) -> Iterator[None]:
    patch = pytest.MonkeyPatch()
    patch.setattr(nodes, "_LOADER", request.param)
    yield
    patch.undo()


def read_or_refuse(read: Callable[[], Document], line_count: int) -> None:
    problems: tuple[Problem, ...] = ()
    try:
        assert isinstance(read().data, dict)
    except InputError as error:
        problems = error.problems
    assert all(problem.rule and problem.cure for problem in problems)
    assert all(0 <= problem.place.line <= line_count for problem in problems)
    assert all(str(problem).encode() for problem in problems)


@pytest.mark.usefixtures("_each_parser")
@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    read_or_refuse(lambda: read_bytes(data, "a.yaml"), len(data) + 1)


PIECES = st.sampled_from([
    "a", "b", ": ", "\n", "  ", "- ", "&x ", "*x", "<<", "[", "]", "{", "}", ",", "? ", "!t ", '"',
    "'", "---\n", "...\n", "%YAML 1.1\n", ">\n", "yes", "010", "#", "\t",
])  # fmt: skip
LETTERS = st.text(alphabet="ab01:-?,[]{}#&*!|>'\"%@\\ \n\t\r<=~.yn_", max_size=40)


@pytest.mark.usefixtures("_each_parser")
@given(st.text() | LETTERS | st.lists(PIECES, max_size=16).map("".join))
@settings(max_examples=400)
def test_any_text_is_read_or_refused(text: str) -> None:
    read_or_refuse(lambda: read_text(text, "a.yaml"), len(split_lines(text)))


WORDS = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=12)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**18) + 1, 10**18 - 1)
    | st.floats(allow_nan=False, allow_subnormal=False)
    | WORDS
)
DATA = st.dictionaries(
    WORDS,
    st.recursive(
        SCALARS,
        lambda below: st.lists(below, max_size=4) | st.dictionaries(WORDS, below, max_size=4),
        max_leaves=12,
    ),
    max_size=4,
)


class Quoting(yaml.SafeDumper):
    """Puts every text in quotes, since PyYAML leaves words bare that are traps here."""


Quoting.add_representer(
    str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"')
)


@given(DATA.filter(bool), st.booleans(), st.sampled_from([2, 5]))
def test_dumped_data_comes_back_with_places_inside_the_text(
    data: dict[str, Any], is_flow: bool, indent: int
) -> None:
    text = yaml.dump(
        data, Dumper=Quoting, default_flow_style=is_flow, indent=indent, allow_unicode=False
    )
    document = read_text(text, "a.yaml")
    assert document.data == data
    lines = split_lines(text)
    for places in (document.places, document.key_places):
        for place in places.values():
            assert 1 <= place.line <= len(lines)
            assert 1 <= place.column <= len(lines[place.line - 1]) + 1
    for location, key_place in document.key_places.items():
        assert lines[key_place.line - 1][key_place.column - 1] == '"', location
    for location, written in document.texts.items():
        place = document.place(location)
        rest = lines[place.line - 1][place.column - 1 :]
        assert rest.startswith(('"', "*", "&", written)), location


@given(
    st.dictionaries(
        st.from_regex(r"[a-z]{3,8}x", fullmatch=True),
        st.integers(-99, 99) | st.from_regex(r"[a-z]{3,8}x", fullmatch=True),
        min_size=1,
    )
)
def test_plainly_dumped_data_comes_back(data: dict[str, Any]) -> None:
    assert read_text(yaml.safe_dump(data), "a.yaml").data == data

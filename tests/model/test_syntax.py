"""Texts that are no YAML: the place is the one to look at, and the cure fits the mistake.

Method: one text per mistake that people make, on both parsers of PyYAML, whose messages differ;
place and cure must be the same for both, or the exception is written down.
"""

from __future__ import annotations

import pytest
import yaml

from meshsim.errors import Problem
from meshsim.model.syntax import split_lines, syntax_problem

PARSERS = [yaml.CSafeLoader, yaml.SafeLoader]


def problem_of(text: str, loader: type) -> Problem:
    with pytest.raises(yaml.YAMLError) as caught:
        list(yaml.parse(text, Loader=loader))
    return syntax_problem(caught.value, text, "a.yaml")


@pytest.mark.parametrize("loader", PARSERS)
@pytest.mark.parametrize(
    ("text", "place", "value", "cure"),
    [
        ("a:\n\tb: 1\n", "2:1", "b: 1", "indent with spaces"),
        ("\ta: 1\n", "1:1", "a: 1", "indent with spaces"),
        ("a:\n b: 1\n\tc: 2\n", "3:1", "c: 2", "indent with spaces"),
        ("a: |\n x\n\ty\n", "3:1", "y", "indent with spaces"),
        ("a: b: c\n", "1:5", "a: b: c", "put text that holds ': ' in quotes"),
        ("a:1\nb: 2\n", "2:2", "b: 2", "a space after each key's colon"),
        ("a: 1\nb:2\nc: 3\n", "2:1", "b:2", "write 'key: value' with a space"),
        ("a: 1\nb\n", "2:1", "b", "write 'key: value' with a space"),
        ("a: 1\nb: 'x\nc: 2\n", "2:4", "b: 'x", "end the text with the quote"),
        ("a: 'it's'\n", "1:8", "a: 'it's'", "put the whole value in quotes"),
        ('a: "b" c\n', "1:8", 'a: "b" c', "put the whole value in quotes"),
        ("a: [1, 2\n", "1:4", "a: [1, 2", "close the bracket"),
        ("a: {b: 1\n", "1:4", "a: {b: 1", "close the bracket"),
        ("a: [1, 2\nb: 1\n", "2:2", "b: 1", "close the bracket"),
        ("a: [\n", "1:5", "a: [", "close the bracket"),
        ("a: ]\n", "1:4", "a: ]", "close the bracket"),
        ("a: @x\n", "1:4", "a: @x", "begins with this character in quotes"),
        ("a: `x`\n", "1:4", "a: `x`", "begins with this character in quotes"),
        ("a: - b\n", "1:4", "a: - b", "start the list on a new line"),
        ("a:\n  - b\n - c\n", "3:2", "- c", "in one column"),
        ("- a\nb: 1\n", "2:1", "b: 1", "in one column"),
        ("a: &b\n  c: 1\n d: 2\n", "3:2", "d: 2", "in one column"),
        ("%YAML 1.1\n", "1:10", "%YAML 1.1", "remove the lines that begin with %"),
        ("%YAML 2.0\n---\na: 1\n", "1:1", "%YAML 2.0", "remove the lines that begin with %"),
        ("a: 1\n...\nb: 1\n", "3:1", "b: 1", "or '...' before more text"),
        ("a: !e!x 1\n", "1:4", "a: !e!x 1", "remove the tag"),
        ("a: & b\n", "1:5", "a: & b", "begins with & or * in quotes"),
        ("a: * b\n", "1:5", "a: * b", "begins with & or * in quotes"),
        ("a: >x\n", "1:5", "a: >x", "on the line below the | or >"),
        ("a: 1\r\nb: [1\r\n", "2:4", "b: [1", "close the bracket"),
    ],
)
def test_place_and_cure_of_a_mistake(
    text: str, place: str, value: str, cure: str, loader: type
) -> None:
    problem = problem_of(text, loader)
    assert str(problem.place) == f"a.yaml:{place}"
    assert problem.value == value
    assert problem.rule.startswith("must be valid YAML (")
    assert cure in problem.cure


@pytest.mark.parametrize("loader", PARSERS)
def test_a_backslash_that_escapes_nothing(loader: type) -> None:
    problem = problem_of('a: 1\nb: "C:\\Windows"\n', loader)
    assert problem.place.line == 2
    assert problem.cure == "double the backslash, or use single quotes"


def test_the_rule_names_the_line_where_the_context_begins() -> None:
    problem = problem_of("a: [1, 2\nb: 1\n", yaml.CSafeLoader)
    assert "while parsing a flow sequence that begins in line 1" in problem.rule


def test_an_error_without_a_mark_has_the_file_as_its_place() -> None:
    problem = syntax_problem(yaml.YAMLError("found something odd"), "a: 1\n", "a.yaml")
    assert str(problem.place) == "a.yaml"
    assert problem.rule == "must be valid YAML (found something odd)"
    assert (
        problem.cure == "check indentation, quotes and brackets of this line and of the one above"
    )


def test_lines_end_where_yaml_ends_them() -> None:
    assert split_lines("a\r\nb\rc\nd\x85e\u2028f\x0bg") == ["a", "b", "c", "d", "e", "f\x0bg"]

"""Tables: rows know their line, numbers their column, and all problems come at once."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshsim.calibration.readers.tables import read_table
from meshsim.errors import InputError

FILE = Path("some.csv")


def problems(text, column="a", least=0.0):
    table = read_table(FILE, text)
    for row in table.rows:
        row.number(column, least=least)
    with pytest.raises(InputError) as caught:
        table.check()
    return caught.value.problems


def test_rows_know_their_lines():
    table = read_table(FILE, "a , b\n1,x\n\n2,y\n")
    assert table.columns == ("a", "b")
    assert [(row.place.line, row.number("a"), row.text("b")) for row in table.rows] == [
        (2, 1.0, "x"),
        (4, 2.0, "y"),
    ]


def test_what_is_missing_has_a_default():
    (row,) = read_table(FILE, "a,b\n1\n").rows
    assert row.number("b", 7.0) == 7.0
    assert row.number("c", 8.0) == 8.0
    assert row.text("c", "none") == "none"


@pytest.mark.parametrize("text", ["x", "nan", "inf", "-1", "1e999"])
def test_what_is_no_number_is_said_with_line_and_cure(text):
    (problem,) = problems(f"a\n3\n{text}\n")
    assert str(problem).startswith("some.csv:3: column 'a' must be a number of at least 0")
    assert problem.value == text
    assert problem.cure


def test_a_number_may_be_too_small():
    (problem,) = problems("a\n0.5\n", least=1.0)
    assert "at least 1" in problem.rule


def test_a_row_with_too_many_cells():
    with pytest.raises(InputError, match=r"some.csv:2: a row has at most the 1 cells"):
        read_table(FILE, "a\n1,2\n")


def test_broken_quotes():
    with pytest.raises(InputError, match=r"some.csv:\d: this is no CSV"):
        read_table(FILE, 'a\n"1"x\n')


def test_a_flood_of_problems_is_cut():
    assert len(problems("a\n" + "x\n" * 1000)) == 20


@given(st.text(max_size=200))
def test_any_text_is_a_table_or_an_error_with_a_line(text):
    try:
        lines = [row.place.line - 1 for row in read_table(FILE, text).rows]
    except InputError as error:
        lines = [problem.place.line for problem in error.problems]
    assert all(line > 0 for line in lines)

"""CSV files with a header as rows that know their line, and numbers that know their column.

All problems of a file are collected and raised as one error.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from meshsim.errors import InputError, Place, Problem

_PROBLEMS_MAX = 20


@dataclass
class Row:
    """One line of a table; what is wrong with it goes into ``problems`` of the table."""

    place: Place
    values: dict[str, str]
    problems: list[Problem]

    def text(self, column: str, default: str = "") -> str:
        """What stands in a column; ``default`` if nothing does."""
        return self.values.get(column, "").strip() or default

    def number(self, column: str, default: float = math.nan, least: float = 0.0) -> float:
        """A finite number of at least ``least``; ``default`` if the column is empty."""
        text = self.text(column)
        if not text:
            return default
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not (math.isfinite(value) and value >= least):
            rule = f"column {column!r} must be a number of at least {least:g}"
            self.wrong(rule, text, "mend the cell, or leave it empty if nothing was measured")
            return math.nan
        return value

    def wrong(self, rule: str, value: str, cure: str) -> None:
        """Note a problem of this row."""
        self.problems.append(Problem(self.place, "", rule, value, cure))


@dataclass(frozen=True)
class Table:
    """A CSV file."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    problems: list[Problem]

    def check(self) -> None:
        """Raises InputError if something was wrong with a row."""
        if self.problems:
            raise InputError(self.problems[:_PROBLEMS_MAX])


def read_table(path: Path, text: str) -> Table:
    """The rows of a CSV text; raises InputError where lines have more cells than the header."""
    problems: list[Problem] = []
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    columns: tuple[str, ...] = ()
    rows: list[Row] = []
    for place, cells in _lines(path, reader, problems):
        if not columns:
            columns = tuple(cell.strip() for cell in cells)
        elif len(cells) > len(columns):
            rule = f"a row has at most the {len(columns)} cells of the header"
            problems.append(Problem(place, "", rule, str(len(cells)), "quote cells with commas"))
        else:
            rows.append(Row(place, dict(zip(columns, cells, strict=False)), problems))
    table = Table(columns, tuple(rows), problems)
    table.check()
    return table


def _lines(
    path: Path, reader: Iterator[Sequence[str]], problems: list[Problem]
) -> Iterator[tuple[Place, Sequence[str]]]:
    """Lines that are not empty, with the number of their last line."""
    numbered = reader
    while True:
        try:
            cells = next(numbered)
        except StopIteration:
            return
        except csv.Error as error:
            place = Place(str(path), getattr(reader, "line_num", 0))
            cure = "close the quotes, or export the table anew"
            problems.append(Problem(place, "", f"this is no CSV: {error}", "", cure))
            return
        if any(cell.strip() for cell in cells):
            yield Place(str(path), getattr(reader, "line_num", 0)), cells

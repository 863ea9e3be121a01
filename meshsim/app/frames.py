"""A table as the app shows it: numbers in SI units for reading by programs, text for people.

Every cell keeps its number, so that a column sorts by size and a download loses nothing; how the
number is written is a property of its column.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from meshsim.stats import Interval
from meshsim.studies.result import Value
from meshsim.units import NOT_A_NUMBER

if TYPE_CHECKING:
    from pandas.io.formats.style import Styler

Cell = str | int | float | bool | None
Show = Callable[..., str]
"""Writes a number."""


@dataclass(frozen=True)
class Column:
    """One column: ``key`` names it in downloads, with its unit; ``title`` on the screen."""

    key: str
    title: str
    show: Show | None = None
    """How its numbers are written; None for text."""


@dataclass(frozen=True)
class Table:
    """Rows of plain cells under typed columns."""

    name: str
    """Of the file that a download gives, without its ending."""
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def __post_init__(self) -> None:
        """Assert that every row has a cell for each column."""
        assert all(len(row) == len(self.columns) for row in self.rows)

    def frame(self) -> pd.DataFrame:
        """The numbers, under the keys of the columns."""
        frame = pd.DataFrame(list(self.rows), columns=[column.key for column in self.columns])
        empty = [c.key for c in self.columns if c.show is not None and frame[c.key].isna().all()]
        return frame.astype(dict.fromkeys(empty, "float64"))

    def csv(self) -> str:
        """The numbers as CSV, with full precision."""
        return self.frame().to_csv(index=False)

    def styled(self) -> Styler:
        """The same cells under the titles of the columns, written for people."""
        frame = self.frame()
        frame.columns = pd.Index([column.title for column in self.columns])
        style = frame.style
        for column in self.columns:
            if column.show is not None:
                style = style.format(column.show, subset=[column.title], na_rep=NOT_A_NUMBER)
        return style


def interval_columns(key: str, title: str, show: Show) -> tuple[Column, ...]:
    """The columns of an interval: the estimate and both ends."""
    return (
        Column(key, title, show),
        Column(f"{key}_low", f"{title}, from", show),
        Column(f"{key}_high", f"{title}, to", show),
    )


def interval_cells(value: Value) -> tuple[Cell, ...]:
    """The cells of an interval; empty ones where there are not enough data."""
    if isinstance(value, Interval):
        return value.estimate, value.low, value.high
    return None, None, None

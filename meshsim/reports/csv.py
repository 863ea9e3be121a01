"""The tidy table as CSV, with a heading; an empty field is a number that does not exist."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, astuple, fields

from meshsim.reports.tidy import TidyRow, tidy_rows
from meshsim.studies.estate import MeshTotal, estate
from meshsim.studies.result import Comparison, Result

_OF_DRAWS = ("simulation", "calibration")
"""Columns that only a study has that draws parameters."""


def columns_of(*reports: Result | Comparison) -> tuple[str, ...]:
    """The columns of the table of some reports."""
    results = [each if isinstance(each, Result) else each.baseline for each in reports]
    is_drawn = any(result.uncertainty is not None for result in results)
    names = (field.name for field in fields(TidyRow))
    return tuple(name for name in names if is_drawn or name not in _OF_DRAWS)


def to_csv(*reports: Result | Comparison) -> str:
    """One table for all reports, with one heading."""
    columns = columns_of(*reports)
    rows = (astuple(row) for report in reports for row in tidy_rows(report))
    return _text(columns, [row[: len(columns)] for row in rows])


def totals_to_csv(comparisons: Sequence[Comparison]) -> str:
    """The sums over several topologies, a row for each mesh."""
    columns = tuple(field.name for field in fields(MeshTotal))
    return _text(columns, [tuple(asdict(total).values()) for total in estate(comparisons)])


def _text(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return stream.getvalue()

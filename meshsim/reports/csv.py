"""The tidy table as CSV, with a heading; an empty field is a number that does not exist."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, astuple, fields

from meshsim.reports.tidy import TidyRow, tidy_rows
from meshsim.studies.estate import MeshTotal, estate
from meshsim.studies.result import Comparison, Result

COLUMNS = tuple(field.name for field in fields(TidyRow))


def to_csv(*reports: Result | Comparison) -> str:
    """One table for all reports, with one heading."""
    return _text(COLUMNS, [astuple(row) for report in reports for row in tidy_rows(report)])


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

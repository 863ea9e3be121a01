"""Goal: a table keeps its numbers for programs and writes them for people.

Method: a literal table with a missing number, a column without any, and text.
"""

import pytest

from meshsim.app.frames import Column, Table, interval_cells, interval_columns
from meshsim.stats import Interval, NotEnough
from meshsim.units import show_duration

MISSING = NotEnough(3_000, 12, "observations that p99 takes")
COLUMNS = (Column("mesh", "mesh"), *interval_columns("latency_s", "latency", show_duration))
TABLE = Table(
    "sample",
    COLUMNS,
    (
        ("none", *interval_cells(Interval(0.0123, 0.01, 0.0146, 0.95, 100))),
        ("other", *interval_cells(MISSING)),
    ),
)


def test_numbers_stay_numbers():
    frame = TABLE.frame()
    assert list(frame.columns) == ["mesh", "latency_s", "latency_s_low", "latency_s_high"]
    assert frame["latency_s"].tolist()[0] == 0.0123
    assert frame["latency_s"].isna().tolist() == [False, True]


def test_a_column_without_any_number_is_still_one_of_numbers():
    empty = Table("sample", COLUMNS, (("other", None, None, None),))
    assert empty.frame()["latency_s"].dtype == "float64"


def test_a_download_has_full_precision():
    assert TABLE.csv().splitlines() == [
        "mesh,latency_s,latency_s_low,latency_s_high",
        "none,0.0123,0.01,0.0146",
        "other,,,",
    ]


def test_people_read_units():
    html = TABLE.styled().to_html()
    assert "12.3 ms" in html
    assert "latency, from" in html
    assert "—" in html
    assert TABLE.styled().data["latency"].tolist()[0] == 0.0123, "sorts by size"


def test_a_row_has_a_cell_for_each_column():
    with pytest.raises(AssertionError):
        Table("sample", COLUMNS, (("none", 1.0),))

"""Goal: every number once, in one long table, as CSV and as a frame. Method: compared with the
result; the CSV is read back with the standard library."""

import csv
import io
import math
from dataclasses import replace

import numpy as np
from report_samples import MISSING, comparison, result

from meshsim.reports.csv import columns_of, to_csv, totals_to_csv
from meshsim.reports.frame import to_frame
from meshsim.reports.tidy import tidy_rows


def test_a_result_has_every_table():
    rows = list(tidy_rows(result()))
    tables = {row.table for row in rows}
    assert tables == {"latency", "breakdown", "usage", "outcomes", "objectives", "nodes"}
    assert {(row.topology, row.mesh) for row in rows} == {("shop", "istio-sidecar")}
    keys = [(row.table, row.scope, row.name, row.metric) for row in rows]
    assert len(keys) == len(set(keys)), "no number stands there twice"


def test_estimates_come_with_their_ends():
    row = next(row for row in tidy_rows(result()) if row.metric == "mean")
    mean = result().overall.mean
    assert (row.table, row.scope, row.unit) == ("latency", "all", "s")
    assert (row.estimate, row.low, row.high) == (mean.estimate, mean.low, mean.high)
    assert (row.confidence, row.observations) == (0.95, mean.observations)


def test_what_lacks_data_says_why():
    row = next(row for row in tidy_rows(result()) if row.metric == "p99.9")
    assert row.estimate is None
    assert row.note.startswith("not enough data")
    objective = next(row for row in tidy_rows(result()) if row.metric == "p(99.9)<1s")
    assert objective.note.startswith("unknown; not enough data")


def test_numbers_that_do_not_exist_are_empty():
    usage = (replace(result().usage[0], cpu_used_busiest=math.nan, utilisation=None),)
    rows = {row.metric: row for row in tidy_rows(replace(result(), usage=usage))}
    assert rows["cpu_used_busiest"].estimate is None
    assert rows["utilisation"].estimate is None
    assert rows["memory_used"].note == "unknown: the request stands in"


def test_a_comparison_ends_with_differences():
    rows = list(tidy_rows(comparison()))
    tables = list(dict.fromkeys(row.table for row in rows))
    assert tables[-3:] == ["latency_difference", "resource_difference", "bill"]
    shares = [r for r in rows if r.table == "bill" and r.scope == "share_of_nodes"]
    assert [row.metric for row in shares[:3]] == ["change", "cost_change", "change_relative"]
    scopes = {row.scope for row in rows if row.table == "latency_difference"}
    assert scopes == {"all", "entry"}


def test_csv_reads_back():
    text = to_csv(comparison())
    rows = list(csv.DictReader(io.StringIO(text)))
    assert tuple(rows[0]) == columns_of(result())
    assert len(rows) == len(list(tidy_rows(comparison())))
    mean = comparison().baseline.overall.mean
    assert float(rows[0]["estimate"]) == mean.estimate
    assert any(row["name"] == "web/a<b>" for row in rows)
    assert "nan" not in text.lower().replace("finance", "")


def test_several_reports_share_a_heading():
    text = to_csv(result(), comparison())
    assert text.count("topology,mesh,") == 1
    assert len(text.splitlines()) == 1 + sum(
        len(list(tidy_rows(report))) for report in (result(), comparison())
    )


def test_totals_have_a_row_per_mesh():
    rows = list(csv.DictReader(io.StringIO(totals_to_csv([comparison(), comparison()]))))
    assert [row["mesh"] for row in rows] == ["none", "istio-sidecar", "linkerd"]
    assert rows[0]["topologies"] == "2"


def test_the_frame_has_numbers_and_gaps():
    frame = to_frame(comparison())
    assert tuple(frame.columns) == columns_of(result())
    assert frame["estimate"].dtype == np.float64
    assert str(frame["observations"].dtype) == "Int64"
    means = frame.query("table == 'latency' and scope == 'all' and metric == 'mean'")
    assert list(means["mesh"]) == ["none", "istio-sidecar", "linkerd"]
    assert frame["estimate"].isna().any()


def test_missing_differences_stay():
    rows = tuple(replace(row, difference=MISSING) for row in comparison().latency)
    frame = to_frame(replace(comparison(), latency=rows))
    gone = frame.query("table == 'latency_difference' and metric == 'mean'")
    assert gone["estimate"].isna().all()

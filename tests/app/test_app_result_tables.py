"""Goal: the tables of a comparison hold its numbers, all of them, under the right headings.

Method: one small comparison of two meshes on a chain of three services. Cells are looked up again
in the result; words (verdict, health, why a number is missing) are checked on literal rows.
"""

import pytest
from app_samples import MESHES, comparison, curve

from meshsim.app import result_tables as tables
from meshsim.reports.phrases import METRICS
from meshsim.solvers.observations import Part
from meshsim.stats import Interval, NotEnough
from meshsim.studies.result import ALL

SIDECAR = 1


def test_entry_points_follow_all_requests():
    assert tables.entry_names(comparison()) == (ALL, "a/get")


def test_latency_of_all_requests():
    frame = tables.latency_table(comparison(), ALL).frame()
    assert frame["mesh"].unique().tolist() == list(MESHES)
    assert frame["metric"].tolist() == [*METRICS, *METRICS]
    sidecar = frame[frame["mesh"] == "istio-sidecar"].set_index("metric")
    row = comparison().results[SIDECAR].overall
    assert sidecar.loc["p50", "latency_s"] == row.quantiles[0].estimate
    assert sidecar.loc["mean", "latency_s_low"] == row.mean.low
    assert sidecar.loc["p90", "requests"] == row.requests


def test_a_missing_number_has_its_reason():
    frame = tables.latency_table(comparison(), ALL).frame().set_index(["mesh", "metric"])
    row = frame.loc["none", "p99.9"]
    assert row.isna()["latency_s"]
    assert row["note"].startswith("not enough data: ")
    assert frame.loc["none", "p50"]["note"] == ""
    assert "p99.9" in tables.missing_metrics(comparison(), ALL)
    assert "p50" not in tables.missing_metrics(comparison(), ALL)


def test_differences_are_to_the_baseline():
    frame = tables.difference_table(comparison(), ALL).frame()
    assert frame["mesh"].unique().tolist() == ["istio-sidecar"]
    mean = frame[frame["metric"] == "mean"].iloc[0]
    assert mean["difference_s"] == comparison().latency[0].difference.estimate
    assert mean["difference_relative"] == comparison().latency[0].relative.estimate


def test_parts_sum_to_the_mean_latency():
    frame = tables.breakdown_table(comparison()).frame()
    assert len(frame) == 2 * len(MESHES)
    parts = [f"{part.name.lower()}_s" for part in Part]
    assert frame[parts].sum(axis=1).tolist() == pytest.approx(frame["mean_latency_s"].tolist())


def test_resources_have_a_row_for_each_kind_of_container():
    frame = tables.usage_table(comparison()).frame()
    assert len(frame) == sum(len(result.usage) for result in comparison().results)
    assert set(frame["owner"]) == {"applications", "proxies", "control plane"}
    sidecar = frame[frame["name"] == "sidecar"].iloc[0]
    row = next(row for row in comparison().results[SIDECAR].usage if row.name == "sidecar")
    assert sidecar["cpu_used_cores"] == row.cpu_used.estimate
    assert sidecar["memory_requested_bytes"] == row.memory_requested


def test_owners_add_up_to_the_whole():
    frame = tables.owner_table(comparison()).frame()
    asked = frame[(frame["mesh"] == "istio-sidecar") & (frame["kind"] == "requested")]
    cpu_cores, memory_bytes = comparison().results[SIDECAR].requested()
    assert asked["cpu_cores"].sum() == pytest.approx(cpu_cores)
    assert asked["memory_bytes"].sum() == pytest.approx(memory_bytes)


def test_money_changes_from_the_baseline():
    frame = tables.money_table(comparison()).frame()
    assert frame["nodes_change"].isna().tolist() == [True, False]
    nodes = comparison().results[SIDECAR].nodes
    assert frame["cost_usd_per_month"].tolist()[SIDECAR] == nodes.cost_per_month
    assert frame["share_of_node"].tolist()[SIDECAR] == nodes.share_of_node


def test_every_answer_is_counted():
    frame = tables.outcome_table(comparison()).frame()
    assert frame["errors"].tolist() == [0, 0]
    assert frame["health"].tolist() == ["Healthy", "Healthy"]
    assert frame["requests"].tolist() == [r.outcomes[0].requests for r in comparison().results]


def test_every_objective_has_a_verdict():
    table = tables.objective_table(comparison())
    assert len(table.rows) == sum(len(result.objectives) for result in comparison().results)
    words = {"kept", "probably kept", "probably broken", "broken", "unknown"}
    assert set(table.frame()["verdict"]) <= words


def test_a_curve_has_a_row_for_each_rate_mesh_and_metric():
    frame = tables.curve_table(curve()).frame()
    assert frame["rate_per_s"].unique().tolist() == [50.0, 100.0]
    assert len(frame) == 2 * len(MESHES) * len(METRICS)


@pytest.mark.parametrize(
    ("rate", "word"), [(0.0, "Healthy"), (0.001, "Degraded"), (0.099, "Degraded"), (0.1, "Failure")]
)
def test_health_has_kialis_words_and_bounds(rate, word):
    assert tables.health(Interval(rate, rate, rate, 0.95, 1_000)) == word


def test_health_without_data_is_not_guessed():
    assert tables.health(NotEnough(3, 0, "sections")) == "not enough data"


def test_numbers_are_written_with_signs_and_units():
    html = tables.difference_table(comparison(), ALL).styled().to_html()
    assert "+" in html
    assert "%" in html
    money = tables.money_table(comparison()).styled().to_html()
    assert "$" in money

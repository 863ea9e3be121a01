"""Goal: the app shows both causes of doubt and the bars of a tornado, with their numbers.

Method: a chain of three services under the shipped sidecar, drawn ten times; literal cells of the
table are compared with the study.
"""

import functools
from dataclasses import replace

import pytest
from app_samples import MESHES, PLAN, comparison, topology

from meshsim.app.charts import tornado_chart
from meshsim.app.tiles import tiles
from meshsim.app.uncertainty_tables import doubt_table, tornado_table
from meshsim.model.loading import load_mesh
from meshsim.studies.compare import compare
from meshsim.studies.subject import subject_of
from meshsim.studies.tornado import tornado


@functools.cache
def drawn():
    return compare(topology(), [load_mesh(name) for name in MESHES], replace(PLAN, draws=10))


@functools.cache
def bars(of):
    return tornado(topology(), [load_mesh("istio-sidecar")], subject_of(of, []), PLAN)


def test_without_draws_there_is_nothing_to_show():
    assert doubt_table(comparison()).rows == ()
    assert tiles(comparison(), comparison().results[1])[0].help == ""


def test_both_causes_stand_beside_the_number():
    frame = doubt_table(drawn()).frame().set_index(["mesh", "number"])
    row = frame.loc[("istio-sidecar", "CPU used")]
    assert row["calibration"].startswith("± ")
    assert ("none", "mean") in frame.index
    assert ("istio-sidecar", "Δ mean") in frame.index
    tile = tiles(drawn(), drawn().results[1])[0]
    assert "simulation ± " in tile.help
    assert "calibration ± " in tile.help


@pytest.mark.parametrize(
    ("of", "key"),
    [("mean", "effect_high_s"), ("cpu", "effect_high_cores"), ("memory", "effect_high_bytes")],
)
def test_bars_keep_their_numbers(of, key):
    found, table = bars(of), tornado_table(bars(of))
    frame = table.frame()
    assert frame["parameter"].tolist() == [bar.parameter.path for bar in found.bars]
    assert frame[key].iloc[0] == found.bars[0].at_high.estimate
    assert frame["remedy"].str.len().min() > 0
    assert table.styled().to_html()


def test_the_chart_has_two_bars_per_parameter_in_order():
    table = tornado_table(bars("cpu"))
    chart = tornado_chart(table).to_dict()
    data = next(iter(chart["datasets"].values()))
    assert len(data) == 2 * len(table.rows)
    order = chart["layer"][0]["encoding"]["y"]["sort"]
    assert order == table.frame()["parameter"].tolist()
    assert {row["end"] for row in data} == {"low end", "high end"}

"""Goal: every chart shows its table: SI data inside, units on the axes, colours that differ.

Method: the Vega-Lite specifications are read as data (altair checks them against its schema).
Colours are held to what colour-blind readers tell apart: distances after the simulation of
deuteranopia by G. Viénot, H. Brettel and J. Mollon (Color Research and Application 24, 1999).
"""

import itertools

import numpy as np
import pytest
from app_samples import MESHES, comparison, curve

from meshsim.app import charts
from meshsim.app.result_tables import (
    breakdown_table,
    curve_table,
    difference_table,
    latency_table,
    owner_table,
)
from meshsim.studies.result import ALL

TO_LMS = np.array(
    [[17.8824, 43.5161, 4.11935], [3.45565, 27.1554, 3.86714], [0.0299566, 0.184309, 1.46709]]
)
DEUTERANOPIA = np.array([[1, 0, 0], [0.494207, 0, 1.24827], [0, 0, 1]])


def drawn():
    table = latency_table(comparison(), ALL)
    differences = difference_table(comparison(), ALL)
    owners = owner_table(comparison())
    return {
        "latency": charts.latency_chart(table, MESHES),
        "difference": charts.difference_chart(differences, MESHES),
        "curve": charts.curve_chart(curve_table(curve()), MESHES, "p50", 75.0),
        "breakdown": charts.breakdown_chart(breakdown_table(comparison()), MESHES, ALL),
        "cpu": charts.owner_chart(owners, MESHES, "CPU"),
        "memory": charts.owner_chart(owners, MESHES, "memory"),
    }


def titles(node):
    """All axis titles of a specification."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key in {"x", "y"} and isinstance(value, dict) and value.get("title"):
                yield value["title"]
            yield from titles(value)
    elif isinstance(node, list):
        for value in node:
            yield from titles(value)


@pytest.mark.parametrize(
    ("chart", "title"),
    [
        ("latency", "latency [ms]"),
        ("difference", "added to the baseline [ms]"),
        ("curve", "p50 of the latency [ms]"),
        ("curve", "load [requests/s]"),
        ("breakdown", "mean time of a request [ms]"),
        ("cpu", "CPU [cores]"),
        ("memory", "memory [GiB]"),
    ],
)
def test_axes_name_quantity_and_unit(chart, title):
    assert title in set(titles(drawn()[chart].to_dict()))


def test_data_stay_in_seconds():
    spec = drawn()["latency"].to_dict()
    (rows,) = spec["datasets"].values()
    p50 = next(row for row in rows if (row["mesh"], row["metric"]) == ("none", "p50"))
    assert p50["latency_s"] == comparison().baseline.overall.quantiles[0].estimate


def test_meshes_keep_their_order_and_the_baseline_is_grey():
    spec = drawn()["latency"].to_dict()
    scale = spec["layer"][1]["encoding"]["color"]["scale"]
    assert scale["domain"] == list(MESHES)
    assert scale["range"][0] == "#6e6e6e"


def test_many_meshes_have_a_colour_each_time_around():
    many = [f"mesh-{number}" for number in range(9)]
    spec = charts.latency_chart(latency_table(comparison(), ALL), many).to_dict()
    colours = spec["layer"][1]["encoding"]["color"]["scale"]["range"]
    assert len(colours) == 9
    assert colours[7] == colours[0]


def test_a_breakdown_shows_the_chosen_requests_only():
    spec = charts.breakdown_chart(breakdown_table(comparison()), MESHES, "a/get").to_dict()
    (rows,) = spec["datasets"].values()
    assert {row["requests"] for row in rows} == {"a/get"}


def channels(colour):
    return np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])


def as_seen(colour):
    """Linear red, green and blue as a deuteranope sees them."""
    linear = channels(colour) ** 2.2
    return np.linalg.inv(TO_LMS) @ DEUTERANOPIA @ TO_LMS @ linear


@pytest.mark.parametrize("palette", [charts.MESH_COLOURS, charts.PART_COLOURS])
def test_colours_differ_for_the_colour_blind(palette):
    for one, other in itertools.combinations(palette, 2):
        assert np.linalg.norm(as_seen(one) - as_seen(other)) > 0.08, (one, other)


def test_shapes_tell_meshes_apart_too():
    assert len(set(charts.MESH_SHAPES)) == len(charts.MESH_SHAPES) == len(charts.MESH_COLOURS)

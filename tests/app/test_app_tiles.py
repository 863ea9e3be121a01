"""Goal: tiles show value, interval and change, and colour a change only if it is one.

Method: the tiles of a small comparison against its numbers; literal intervals for the colours.
"""

import dataclasses

import pytest
from app_samples import comparison

from meshsim.app.tiles import tiles
from meshsim.stats import Interval
from meshsim.units import show_duration

LABELS = ["Latency p50", "Latency p90", "Latency p99", "CPU used, cores", "Cost a month"]


def of(mesh, compared=None):
    compared = compared or comparison()
    result = next(result for result in compared.results if result.mesh == mesh)
    return {tile.label: tile for tile in tiles(compared, result)}


def with_change(interval):
    """The comparison with another difference of p50 over all requests."""
    rows = [
        dataclasses.replace(row, difference=interval) if row.metric == "p50" else row
        for row in comparison().latency
    ]
    return dataclasses.replace(comparison(), latency=tuple(rows))


def test_the_baseline_has_no_changes():
    found = of("none")
    assert list(found) == LABELS
    assert {tile.change for tile in found.values()} == {""}
    p50 = comparison().baseline.overall.quantiles[0]
    assert found["Latency p50"].value == show_duration(p50.estimate)
    assert found["Latency p50"].range.endswith(f"to {show_duration(p50.high)}")


def test_a_number_without_data_says_so():
    tile = of("none")["Latency p99"]
    assert (tile.value, tile.range) == ("—", "not enough data")
    assert tile.help.startswith("not enough data: ")


def test_a_mesh_shows_what_it_adds():
    found = of("istio-sidecar")
    assert found["CPU used, cores"].change.startswith("+")
    assert found["CPU used, cores"].colour == "inverse"
    assert found["Cost a month"].change.startswith("+$")
    assert "whole node" in found["Cost a month"].range


@pytest.mark.parametrize(
    ("change", "colour"),
    [
        (Interval(0.002, 0.001, 0.003, 0.95, 100), "inverse"),
        (Interval(-0.002, -0.003, -0.001, 0.95, 100), "inverse"),
        (Interval(0.001, -0.001, 0.003, 0.95, 100), "off"),
    ],
)
def test_a_change_that_may_be_chance_is_grey(change, colour):
    tile = of("istio-sidecar", with_change(change))["Latency p50"]
    assert tile.colour == colour
    assert tile.change == show_duration(change.estimate, signed=True)
    assert tile.change_range.startswith(show_duration(change.low, signed=True))

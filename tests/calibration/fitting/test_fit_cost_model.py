"""The cost of a passage by hand, term by term."""

import pytest
from cell_samples import cpu_cell
from fit_samples import TRUTH, US

from meshsim.calibration.fitting.cost_model import (
    filter_path,
    level_path,
    predicted_cpu_s,
    protocol_paths,
)
from meshsim.physics.mean_passage import mean_passage_cpu_s, sequential_passage_cpu_s


def predicted_us(known=None, **more):
    return predicted_cpu_s([cpu_cell(**more)], {**TRUTH, **(known or {})})[0] / US


def test_paths_are_those_of_a_mesh_file():
    assert protocol_paths("tcp")[0] == "cost.tcp.busy"
    assert filter_path("jwt") == "cost.filters.jwt.per_request"
    assert level_path(cpu_cell()) == "level.data.csv"


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, 30.0),
        ({"body_bytes": 10 * 1024}, 33.0),
        ({"passes": 1, "body_bytes": 10 * 1024}, 33.0 + 4 + 2.5),
        ({"passes": 2}, 38.0),
        ({"filters": ("jwt",), "body_bytes": 10 * 1024}, 33.0 + 7 + 1),
    ],
)
def test_at_saturation(more, expected):
    filters = {filter_path("jwt"): 7 * US, filter_path("jwt", "per_kib"): 0.1 * US}
    assert predicted_us(filters, **more) == pytest.approx(expected)


def test_machine_factor_and_level_multiply():
    known = {"machine_factor": 2.0, "level.data.csv": 1.5}
    assert predicted_us(known) == pytest.approx(60.0)
    assert predicted_us(known, is_paired=False) == pytest.approx(90.0)


def test_idle_terms_are_those_of_physics():
    open_load = mean_passage_cpu_s(60 * US, 10 * US, 0.42, 1000.0, 43 * US)[0] / US
    known = {"machine_factor": 2.0}
    assert predicted_us(known, arrivals="open", rate=1000.0) == pytest.approx(open_load)
    in_turn = sequential_passage_cpu_s(30 * US, 5 * US, 0.42, 1000.0)[0] / US
    assert predicted_us(arrivals="sequential", rate=1000.0) == pytest.approx(in_turn)


def test_protocols_have_costs_of_their_own():
    known = {"cost.tcp.busy": 10 * US, "cost.tcp.per_kib": 0.0}
    both = [cpu_cell(), cpu_cell(protocol="tcp")]
    assert predicted_cpu_s(both, {**TRUTH, **known}) / US == pytest.approx([30.0, 10.0])


def test_without_cells_there_is_nothing():
    assert predicted_cpu_s([], TRUTH).tolist() == []

"""New connections and handshakes out of cells whose truth is known."""

import math

import pytest
from cell_samples import connection_cell
from fit_samples import TRUTH, US

from meshsim.calibration.fitting.connection_fit import (
    fit_connections,
    handshake_path,
    of_mesh,
    used_cells,
)
from meshsim.calibration.fitting.options import FitOptions
from meshsim.physics.mean_passage import mean_passage_cpu_s

ANY = FitOptions()
STATES = {"0": 1.2, "1": 1 / 1.2}


def passage(tls, factor=1.0):
    busy = factor * (30 + (4 if tls else 0)) * US
    return mean_passage_cpu_s(busy, factor * 5 * US, 0.42, 500.0, 43 * US)[0]


def cells(states=STATES, factor=1.0):
    found = []
    for repeat, state in states.items():
        plain = passage(False, factor) + factor * 80 * US
        found.append(connection_cell(state * plain, repeat=repeat))
        for key, extra in (("rsa", 700 * US), ("ecdsa", 250 * US)):
            cost = state * (passage(True, factor) + factor * (80 * US + extra))
            found.append(connection_cell(cost, key, repeat))
    return found


def found_in(given, options=ANY, known=TRUTH):
    return {one.path: one for one in fit_connections(given, known, options)}


def test_states_of_the_machine_cancel():
    found = found_in(cells())
    assert found["cost.connect"].value == pytest.approx(80 * US, rel=0.01)
    assert found["cost.handshake.rsa"].value == pytest.approx(700 * US, rel=0.01)
    assert found["cost.handshake.ecdsa"].value == pytest.approx(250 * US, rel=0.01)


def test_their_spread_is_in_the_error():
    """log 1.2 and -log 1.2: a standard deviation of √2 log 1.2."""
    found = found_in(cells())
    share = math.sqrt(2) * math.log(1.2)
    assert found["cost.handshake.rsa"].error == pytest.approx(700 * US * share, rel=0.05)


def test_one_repeat_does_not_know_the_state():
    one = found_in(cells({"0": 1.0}))["cost.connect"]
    assert "one repeat" in one.about


def test_the_machine_factor_is_taken_off():
    found = found_in(cells(factor=2.0), known={**TRUTH, "machine_factor": 2.0})
    assert found["cost.connect"].value == pytest.approx(80 * US, rel=0.01)


def test_at_an_unknown_rate_the_passage_is_that_of_saturation():
    given = [connection_cell(110 * US, rate=math.nan)]
    assert found_in(given)["cost.connect"].value == pytest.approx(80 * US, rel=0.01)


def test_one_way_tls_is_not_used_where_mutual_was_measured():
    one_way = connection_cell(1.0, "rsa", is_mutual=False)
    mutual = connection_cell(1.0, "rsa")
    assert used_cells([one_way, mutual]) == [mutual]
    assert used_cells([one_way]) == [one_way]


def test_nothing_is_found_without_cells_wishes_or_costs():
    assert found_in([]) == {}
    assert found_in(cells(), FitOptions(only=("memory",))) == {}
    assert found_in(cells(), known={}) == {}


def test_a_mesh_has_the_handshake_of_its_key():
    found = fit_connections(cells(), TRUTH, ANY)
    paths = [one.path for one in of_mesh(found, "ecdsa")]
    assert paths == ["cost.connect", "cost.handshake"]
    assert of_mesh(found, "ecdsa")[1].value == pytest.approx(250 * US, rel=0.01)
    assert handshake_path("rsa", is_resumed=True) == "cost.handshake.rsa-resumed"

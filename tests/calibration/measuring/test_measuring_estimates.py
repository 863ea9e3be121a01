"""Goal: estimates in short and the verdict follow from what was seen. Method: literal numbers."""

import math

import pytest
from measured_sample import cells, handshakes, memory, references

from meshsim.calibration.measuring.estimates import (
    cell_estimates,
    handshake_estimates,
    memory_estimates,
    widened,
)
from meshsim.calibration.measuring.machine import reference_cost
from meshsim.calibration.measuring.pairing import Ratio
from meshsim.stats import Interval, NotEnough


def test_a_cell_costs_its_ratio_times_the_reference():
    found = cell_estimates(cells(), reference_cost(references((32, 32, 32, 32))))
    null, plain, posted, server, client, failing, late, _threads = found
    assert plain.cpu_s.estimate == pytest.approx(1.1 * 32e-6)
    assert plain.cpu_s.low == pytest.approx(plain.ratio.low * 32e-6)
    assert plain.pairs == 4
    assert (server.role, client.role) == ("server_sidecar", "client_sidecar")
    assert (failing.ratio, failing.cpu_s, failing.reason) == (None, None, "it answered 503")
    assert late.reason == "there was no time for more pairs"
    assert null.cell.is_null
    assert posted.ratio.estimate == pytest.approx(2.05)


def test_the_state_of_the_machine_widens_ratios():
    """Errors add as squares: 3% of the pairs and 4% of the state are 5%."""
    ratio = Ratio(2.0, 0.06, Interval(2.0, 1.85, 2.15, 0.95, 8), 8)
    wide = widened(ratio, 0.04)
    assert (wide.estimate, wide.observations) == (2.0, 8)
    assert wide.half_width == pytest.approx(0.15 * 5 / 3)
    restless = reference_cost(references((20, 30, 40, 50)))
    calm = reference_cost(references((32, 32, 32, 32)))
    assert calm.state_error == 0.0
    assert restless.state_error == pytest.approx(math.log(48.5 / 21.5) / 3.29 / 3)
    null, plain, *_ = cell_estimates(cells(), restless)
    null_before, plain_before, *_ = cell_estimates(cells(), calm)
    assert null.ratio == null_before.ratio
    assert plain.ratio.half_width > plain_before.ratio.half_width


def test_a_handshake_is_the_difference_to_a_plain_connection():
    found = {one.name: one.value for one in handshake_estimates(handshakes())}
    assert found["plain connection with its request, server"].estimate == pytest.approx(100.5e-6)
    assert found["TLS, RSA-2048, server"].estimate == pytest.approx(700e-6)
    resumed = found["mutual TLS, ECDSA P-256, resumed, client sidecar"]
    assert resumed.estimate == pytest.approx(205e-6)
    assert resumed.half_width == pytest.approx(12.706 * 5e-6, rel=1e-3)


def test_handshakes_without_a_plain_connection_say_nothing():
    assert handshake_estimates([row for row in handshakes() if row.key != "plain"]) == []


def test_one_repeat_has_no_interval():
    values = [one.value for one in handshake_estimates(handshakes()[:4])]
    assert values
    assert all(isinstance(value, NotEnough) for value in values)


def test_memory_of_an_object_is_a_slope():
    found = {one.name: one.value for one in memory_estimates(memory())}
    assert found["clusters"].estimate == pytest.approx(50 * 1024**2 / 1000)
    assert found["vhosts"].estimate == pytest.approx(5 * 1024**2 / 1000)
    assert isinstance(found["clusters, 4 workers"], NotEnough)
    assert isinstance(found["idle_conn_h1_mtls"], NotEnough)

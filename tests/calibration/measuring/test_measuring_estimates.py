"""Goal: estimates in short and the verdict follow from what was seen. Method: literal numbers."""

import math

import pytest
from measured_sample import cells, handshakes, measured, memory, references

from meshsim.calibration.measuring.estimates import (
    cell_estimates,
    handshake_estimates,
    memory_estimates,
    widened,
)
from meshsim.calibration.measuring.machine import cpu_model, reference_cost, this_machine
from meshsim.calibration.measuring.pairing import Ratio, ratio_of
from meshsim.calibration.measuring.verdict import doubts
from meshsim.stats import Interval, NotEnough

CALM = [0.99, 1.0, 1.01, 1.0]


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
    assert restless.state_error == pytest.approx(0.25 * math.log(48.5 / 21.5) / 3.29)
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


def test_the_reference_gives_the_machine_factor():
    cost = reference_cost(references())
    assert (cost.slices, cost.rate_per_s) == (5, 400.0)
    assert cost.p50_s == pytest.approx(32e-6)
    assert cost.spread == pytest.approx(33.8 / 30.2)
    assert cost.level_s == pytest.approx(31e-6)
    assert cost.machine_factor.estimate == pytest.approx(31 / 31.3)
    assert cost.machine_factor.contains(30.5 / 31.3)
    assert cost.disturbed == 0.0


def test_a_calm_machine_is_calibrated():
    assert doubts(ratio_of(CALM), reference_cost(references())) == []


def test_reasons_for_doubt():
    wild = reference_cost(references((30, 30, 60, 90, 90), foreign=1.0))
    shifted, spread, foreign = doubts(ratio_of([1.1, 1.1, 1.101, 1.1]), wild)
    assert shifted.startswith("the reference compared with itself differs by 10%")
    assert spread.startswith("the reference was 3.0 times as slow at times")
    assert "in 100% of the slices (1.00 on average)" in foreign
    assert doubts(None, reference_cost(references())) == ["the null test has too few pairs"]


def test_the_name_of_a_cpu():
    text = "processor\t: 0\nmodel name\t: Some CPU @ 3 GHz\nflags : x\n"
    assert cpu_model(text) == "Some CPU @ 3 GHz"
    assert cpu_model("processor : 0\n")


def test_this_machine():
    machine = this_machine([0], "1.40.0")
    assert machine.cores >= 1
    assert machine.kernel


def test_a_whole_measurement_keeps_its_doubts():
    assert measured().doubts == ()
    assert len(measured(noisy=True).doubts) == 2

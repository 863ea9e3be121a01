"""Goal: estimates in short and the verdict follow from what was seen. Method: literal numbers."""

import pytest
from measured_sample import cells, handshakes, measured, memory, references

from meshsim.calibration.measuring.estimates import (
    cell_estimates,
    handshake_estimates,
    memory_estimates,
)
from meshsim.calibration.measuring.machine import cpu_model, reference_cost, this_machine
from meshsim.calibration.measuring.pairing import ratio_of
from meshsim.calibration.measuring.verdict import doubts
from meshsim.stats import NotEnough

CALM = [0.99, 1.0, 1.01, 1.0]


def test_a_cell_costs_its_ratio_times_the_reference():
    found = cell_estimates(cells(), 32e-6)
    null, plain, posted, server, client, failing, late, _threads = found
    assert plain.cpu_s.estimate == pytest.approx(1.1 * 32e-6)
    assert plain.cpu_s.low == pytest.approx(plain.ratio.interval.low * 32e-6)
    assert plain.rate_per_s == 400
    assert (server.role, client.role) == ("server_sidecar", "client_sidecar")
    assert (failing.ratio, failing.cpu_s, failing.reason) == (None, None, "it answered 503")
    assert late.reason == "there was no time for more pairs"
    assert null.cell.is_null
    assert posted.ratio.median == pytest.approx(2.05)


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

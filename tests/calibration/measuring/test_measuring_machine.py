"""Goal: the machine and its speed are told from what was seen. Method: literal numbers."""

import pytest
from measured_sample import references

from meshsim.calibration.measuring.machine import cpu_model, reference_cost, this_machine


def test_the_reference_gives_the_machine_factor():
    cost = reference_cost(references())
    assert (cost.slices, cost.rate_per_s) == (5, 400.0)
    assert cost.p50_s == pytest.approx(32e-6)
    assert cost.spread == pytest.approx(33.8 / 30.2)
    assert cost.level_s == pytest.approx(31e-6)
    assert cost.machine_factor.estimate == pytest.approx(31 / 31.3)
    assert cost.machine_factor.contains(30.5 / 31.3)
    assert cost.disturbed == 0.0


def test_the_name_of_a_cpu():
    text = "processor\t: 0\nmodel name\t: Some CPU @ 3 GHz\nflags : x\n"
    assert cpu_model(text) == "Some CPU @ 3 GHz"
    assert cpu_model("processor : 0\n")


def test_this_machine():
    machine = this_machine([0], "1.40.0")
    assert machine.cores >= 1
    assert machine.kernel

"""Goal: formulas leave out what makes no difference, and nothing that they cannot judge.

Method: a small system whose CPU and latency are known to the formulas; literal effects.
"""

import pytest
from builders import cores, listed, service, topology
from uncertain_samples import chain, plain

from meshsim.lowering.lower import lower
from meshsim.model.scenario import Scenario
from meshsim.studies.answers import Key
from meshsim.studies.first_look import first_look
from meshsim.studies.result import ALL
from meshsim.studies.screening import by_formulas, worth_simulating

PROGRAM = lower(Scenario(chain(), plain()))


def test_cpu_is_what_all_stations_use():
    expected = 200 * (1e-3 + 1e-3) + 200 * 3 * 200e-6
    assert by_formulas(PROGRAM, Key("cpu", "")) == pytest.approx(expected, rel=1e-3)


def test_latencies_are_those_of_a_first_look():
    looks = {look.name: look for look in first_look(Scenario(chain(), plain())).latency}
    assert by_formulas(PROGRAM, Key("all", ALL)) == pytest.approx(looks[ALL].mean_s, rel=0.02)
    entry = by_formulas(PROGRAM, Key("entry", "a/get", 0.99))
    assert entry == pytest.approx(looks["a/get"].p99_s, rel=0.2)
    assert by_formulas(PROGRAM, Key("entry", "a/get", 0.993)) == entry, "the nearest one known"
    assert by_formulas(PROGRAM, Key("memory", "")) == by_formulas(PROGRAM, Key("all", ALL))


def test_without_a_steady_state_there_is_no_answer():
    busy = topology(
        listed(service("a", "[{compute: 10ms}]", resources=cores(1))),
        arrivals="{process: poisson, rate: 200/s}",
    )
    program = lower(Scenario(busy, plain()))
    assert by_formulas(program, Key("all", ALL)) is None


def test_small_effects_are_left_out():
    assert worth_simulating([1.0, 0.021, 0.019]) == [True, True, False]


def test_what_formulas_do_not_know_stays_in():
    assert worth_simulating([1.0, 0.0]) == [True, True]
    assert worth_simulating([1.0, None, 0.001]) == [True, True, True]
    assert worth_simulating([1.0, float("nan"), 0.001]) == [True, True, True]
    assert worth_simulating([]) == []

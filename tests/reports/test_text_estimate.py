"""Goal: a first look on the terminal shows its numbers and how far to trust them.

Method: one service whose capacity is known, under one mesh and under two, below and above it.
"""

import pytest
from builders import cores, listed, mesh, service, sidecars, topology

from meshsim.model.scenario import Scenario
from meshsim.reports.text_estimate import estimate_to_text
from meshsim.studies.first_look import first_look

MESHES = [mesh(), sidecars(busy="100us").model_copy(update={"name": "cars"})]


def looks(rate, meshes=MESHES):
    described = topology(
        listed(service("a", "[compute: 2ms]", resources=cores(1))),
        arrivals=f"{{process: poisson, rate: {rate}/s}}",
    )
    return [first_look(Scenario(described, one)) for one in meshes]


def test_one_mesh_shows_every_entry_point():
    text = estimate_to_text(looks(100, MESHES[:1]))
    assert "LATENCY UNDER sample" in text
    assert "all requests" in text
    assert "a/get" in text
    assert "nothing was simulated" in text
    assert "a (its CPU) saturates first, at 500/s of this mix" in text
    whole = " ".join(text.split())
    assert "Up to 70% load, means were within 5% of the simulation and p99 within 15%" in whole
    assert "rough here" not in text


def test_several_meshes_are_rows():
    text = estimate_to_text(looks(100))
    assert "LATENCY OF ALL REQUESTS" in text
    assert "BUSIEST STATIONS UNDER sample" in text
    assert "BUSIEST STATIONS UNDER cars" in text
    assert "sidecar of a   its workers" in text


@pytest.mark.parametrize("count", [1, 2])
def test_an_overload_is_told_with_what_can_be_carried(count):
    text = estimate_to_text(looks(650, MESHES[:count]))
    assert "none: there is no steady state" in text
    assert "! a (its CPU) is overloaded: the load asks for 130%" in text
    assert "! rough here: sample" in text


def test_assumptions_are_told_once():
    text = estimate_to_text(looks(100, [MESHES[1], MESHES[1]]))
    assert text.count("least request") <= 1
    described = topology(
        listed(service(steps="[compute: 2ms]")), arrivals="{process: constant, rate: 1/s}"
    )
    even = estimate_to_text([first_look(Scenario(described, one)) for one in MESHES])
    assert even.count("- load: arrivals at equal distances are taken to be Poisson") == 1

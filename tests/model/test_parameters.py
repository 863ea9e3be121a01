"""Goal: every sourced number of a mesh is found by path and can be replaced, and nothing else is.

Method: the shipped Istio sidecar, and a mesh with a correlation of its idle curve.
"""

import pytest
from builders import sidecars

from meshsim.model.loading import load_mesh
from meshsim.model.parameters import parameters, with_values

BUSY = "proxies.sidecar.cost.http1.busy"


def by_path(mesh):
    return {each.path: each for each in parameters(mesh)}


def test_paths_are_dotted_with_the_names_of_entries():
    found = by_path(load_mesh("istio-sidecar"))
    assert {"machine_factor", BUSY, "control_plane.istiod.memory_used"} <= found.keys()
    assert found[BUSY].number.value == pytest.approx(39.1e-6)


def test_whole_numbers_are_choices_and_others_uncertain_if_they_have_a_range():
    found = by_path(load_mesh("istio-sidecar"))
    workers = found["proxies.sidecar.worker_threads"]
    assert workers.is_choice
    assert not workers.is_uncertain
    assert found[BUSY].is_uncertain
    certain = by_path(with_values(load_mesh("istio-sidecar"), {BUSY: 1e-6}))[BUSY]
    assert not certain.is_uncertain


def test_numbers_are_replaced_and_then_certain():
    mesh = load_mesh("istio-sidecar")
    changed = with_values(mesh, {"machine_factor": 2.0, BUSY: 50e-6})
    assert changed.machine_factor.value == 2.0
    assert changed.machine_factor.range == (2.0, 2.0)
    assert changed.proxies[0].cost.http1.busy.value == 50e-6
    assert changed.proxies[0].memory is mesh.proxies[0].memory, "what does not change is shared"
    assert mesh.machine_factor.value != 2.0


def test_without_changes_it_is_the_same_mesh():
    mesh = load_mesh("istio-ambient")
    assert with_values(mesh, {}) is mesh


def test_an_unknown_path_is_an_error():
    with pytest.raises(KeyError, match="nothing"):
        with_values(load_mesh("none"), {"nothing": 1.0})


def test_scale_and_exponent_of_an_idle_curve_are_partners():
    mesh = sidecars()
    cost = mesh.proxies[0].cost
    http1 = cost.http1.model_copy(update={"idle_correlation": -0.8})
    changed = mesh.proxies[0].model_copy(update={"cost": cost.model_copy(update={"http1": http1})})
    found = by_path(mesh.model_copy(update={"proxies": (changed,)}))
    exponent = found["proxies.sidecar.cost.http1.idle_exponent"]
    assert exponent.partner == "proxies.sidecar.cost.http1.idle_scale"
    assert exponent.correlation == -0.8
    other = found["proxies.sidecar.cost.http2.idle_exponent"]
    assert (other.partner, other.correlation) == ("", 0.0)

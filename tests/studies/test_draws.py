"""Goal: draws fill each distribution evenly, repeat, and are the same under one name everywhere.

Method: literal meshes of ``builders``; correlation with four standard errors.
"""

import math

import numpy as np
import pytest
from builders import sidecars
from scipy.special import ndtr

from meshsim.model.loading import load_mesh
from meshsim.model.parameters import Parameter, parameters
from meshsim.studies.draws import drawn_values, stratified_scores, value_at

BUSY = "proxies.sidecar.cost.http1.busy"


def test_each_part_of_the_distribution_has_one_draw():
    scores = stratified_scores("machine_factor", 40, seed=1)
    parts = np.floor(ndtr(scores) * 40).astype(int)
    assert sorted(parts.tolist()) == list(range(40))


def test_draws_repeat_and_differ_by_name_and_seed():
    first = stratified_scores("a", 20, seed=1)
    assert first.tolist() == stratified_scores("a", 20, seed=1).tolist()
    assert first.tolist() != stratified_scores("a", 20, seed=2).tolist()
    assert first.tolist() != stratified_scores("b", 20, seed=1).tolist()
    other = [stratified_scores("b", 1000, seed=1), stratified_scores("a", 1000, seed=1)]
    assert abs(np.corrcoef(other)[0, 1]) < 4 / math.sqrt(1000)


def test_one_name_in_two_meshes_takes_the_same_score():
    sidecar, ambient = load_mesh("istio-sidecar"), load_mesh("istio-ambient")
    assert sidecar.machine_factor.range == ambient.machine_factor.range
    path = "machine_factor"
    ours, theirs = drawn_values(sidecar, 10, 1), drawn_values(ambient, 10, 1)
    assert [each[path] for each in ours] == [each[path] for each in theirs]


def test_what_is_certain_or_chosen_is_not_drawn():
    values = drawn_values(load_mesh("istio-sidecar"), 10, 1)
    assert BUSY in values[0]
    assert "proxies.sidecar.worker_threads" not in values[0]
    assert drawn_values(sidecars(), 10, 1) == [{}] * 10, "all ranges of these are without width"


def test_half_of_the_draws_lie_below_the_value_and_nine_tenths_in_the_range():
    mesh = load_mesh("istio-sidecar")
    values = [each["machine_factor"] for each in drawn_values(mesh, 100, 1)]
    number = mesh.machine_factor
    assert sum(value < number.value for value in values) == 50
    assert sum(number.range[0] < value < number.range[1] for value in values) == 90


def correlated(rho):
    mesh = sidecars()
    scale = mesh.machine_factor.model_copy(update={"value": 5e-6, "range": (3e-6, 8e-6)})
    exponent = mesh.machine_factor.model_copy(update={"value": 0.4, "range": (0.3, 0.5)})
    cost = mesh.proxies[0].cost
    update = {"idle_scale": scale, "idle_exponent": exponent, "idle_correlation": rho}
    http1 = cost.http1.model_copy(update=update)
    changed = mesh.proxies[0].model_copy(update={"cost": cost.model_copy(update={"http1": http1})})
    return mesh.model_copy(update={"proxies": (changed,)})


@pytest.mark.parametrize("rho", [-0.9, 0.0, 0.5])
def test_scale_and_exponent_err_together(rho):
    values = drawn_values(correlated(rho), 1000, 1)
    path = "proxies.sidecar.cost.http1.idle_"
    scales = [math.log(each[f"{path}scale"] / 5e-6) for each in values]
    exponents = [math.log(each[f"{path}exponent"] / 0.4) for each in values]
    signs = np.sign([scales, exponents])
    # P(same sign) of a bivariate normal is 1/2 + asin(rho) / pi.
    expected = 0.5 + math.asin(rho) / math.pi
    same = float(np.mean(signs[0] == signs[1]))
    assert abs(same - expected) < 4 * math.sqrt(0.25 / 1000)


def test_a_partner_that_is_certain_leaves_the_other_alone():
    mesh = correlated(0.9)
    fixed = mesh.machine_factor.model_copy(update={"value": 5e-6, "range": (5e-6, 5e-6)})
    cost = mesh.proxies[0].cost
    http1 = cost.http1.model_copy(update={"idle_scale": fixed})
    changed = mesh.proxies[0].model_copy(update={"cost": cost.model_copy(update={"http1": http1})})
    values = drawn_values(mesh.model_copy(update={"proxies": (changed,)}), 100, 1)
    path = "proxies.sidecar.cost.http1.idle_exponent"
    assert sum(each[path] < 0.4 for each in values) == 50


def test_a_share_is_at_most_one():
    share = load_mesh("istio-sidecar").machine_factor.model_copy(
        update={"value": 0.8, "range": (0.5, 1.0)}
    )
    assert value_at(Parameter("proxies.x.cost.request_share", share), 3.0) == 1.0
    assert value_at(Parameter("machine_factor", share), 3.0) > 1.0


def test_the_shipped_meshes_can_be_drawn():
    for name in ("none", "istio-sidecar", "istio-ambient", "istio-ambient-waypoint", "linkerd"):
        mesh = load_mesh(name)
        uncertain = {each.path for each in parameters(mesh) if each.is_uncertain}
        assert all(values.keys() == uncertain for values in drawn_values(mesh, 10, 1))

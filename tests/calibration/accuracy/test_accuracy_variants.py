"""The sidecar of the checks has measured costs, and what was asked for on top."""

import pytest

from meshsim.calibration.accuracy.variants import (
    measured_alone,
    measured_under_load,
    with_filters_and_delay,
)
from meshsim.model.loading import load_mesh


def cost_of(mesh):
    return mesh.proxies[0].cost


def test_measured_costs_are_those_of_the_file_without_filters():
    shipped, alone = load_mesh("istio-sidecar"), measured_alone()
    assert cost_of(alone).http1 == cost_of(shipped).http1
    assert not any(f.enabled for f in cost_of(alone).filters)


def test_the_load_ladder_is_that_of_http2():
    cost = cost_of(measured_under_load())
    assert cost.http1 == cost.http2 == cost_of(load_mesh("istio-sidecar")).http2


def test_more_cost_and_another_delay():
    alone, dearer = measured_alone(), with_filters_and_delay(100e-6, 7e-6)
    for protocol in ("http1", "http2"):
        before, after = (getattr(cost_of(mesh), protocol).busy.value for mesh in (alone, dearer))
        assert after - before == pytest.approx(100e-6)
    assert cost_of(dearer).wake_up_delay.value == 7e-6
    assert cost_of(dearer).tcp == cost_of(alone).tcp


def test_a_protocol_without_a_cost_stays_without():
    shipped = load_mesh("istio-sidecar")
    cost = cost_of(shipped).model_copy(update={"http2": None})
    proxy = shipped.proxies[0].model_copy(update={"cost": cost})
    mesh = shipped.model_copy(update={"proxies": (proxy,)})
    assert cost_of(with_filters_and_delay(1e-6, 1e-6, mesh)).http2 is None

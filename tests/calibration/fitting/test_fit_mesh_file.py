"""Values out of mesh files and estimates into them."""

import pytest

from meshsim.calibration.fitting.estimates import Estimate, estimate
from meshsim.calibration.fitting.mesh_file import base_values, rebased, with_estimates
from meshsim.model.dump import dump_mesh
from meshsim.model.loading import load_mesh, mesh_from_text
from meshsim.model.sourced import Source

US = 1e-6
SOURCE = ("mine", Source(title="My measurement", where="my.csv"))
MESH = load_mesh("istio-sidecar")
SIDECAR = MESH.proxy("sidecar")


def written(*estimates, mesh=MESH, proxy="sidecar", limits=None):
    return with_estimates(mesh, proxy, estimates, SOURCE, limits)


def test_values_by_path():
    found = base_values(SIDECAR, 1.5)
    assert found["machine_factor"] == 1.5
    assert found["cost.http1.busy"] == SIDECAR.cost.http1.busy.value
    assert found["cost.wake_up_delay"] == SIDECAR.cost.wake_up_delay.value
    assert found["memory.base"] == SIDECAR.memory.base.value
    assert not any(path.endswith("correlation") for path in found)


def test_an_estimate_comes_with_all_that_a_number_needs():
    one = estimate("cost.http1.busy", 33.333333 * US, 1 * US, "good data")
    mesh = written(one).mesh
    busy = mesh.proxy("sidecar").cost.http1.busy
    assert busy.value == pytest.approx(33.33 * US)
    assert busy.range == pytest.approx((31.73 * US, 35.02 * US), rel=1e-3)
    assert (busy.origin, busy.source) == ("measured", "mine")
    assert busy.note == "Standard error 1.00 µs, model error included. Good data."
    assert mesh.sources["mine"] == SOURCE[1]


def test_the_file_loads_again():
    limits = {"requests_per_worker": (92.0, 58_824.0), "body": (0.0, 131_072.0)}
    estimates = [
        estimate("cost.http1.idle_scale", 4 * US, 1 * US, "", -0.97),
        estimate("cost.http1.idle_exponent", 0.42, 0.03),
        estimate("memory.base", 63.123e6, 1e6),
        estimate("machine_factor", 1.0, 0.1),
        estimate("cost.handshake", 1.5e-3, 1e-4),
    ]
    mesh = written(*estimates, limits=limits).mesh
    assert mesh_from_text(dump_mesh(mesh)) == mesh
    cost = mesh.proxy("sidecar").cost
    assert cost.http1.idle_correlation == -0.97
    assert cost.fitted_range.requests_per_worker == (92.0, 58_820.0)
    assert cost.fitted_range.body == (0.0, 131_072.0)
    assert mesh.machine_factor.value == 1.0
    assert mesh.proxy("sidecar").memory.base.value == 63_120_000


def test_encryption_is_made_where_the_base_has_none():
    terms = [estimate(f"cost.tls.{name}", 2 * US, 0.1 * US) for name in ("per_request", "per_kib")]
    busy = estimate("cost.http1.busy", 30 * US, US)
    bare = rebased(MESH, 1.0).model_copy(deep=True)
    data = bare.model_dump(mode="json", exclude_none=True)
    data["proxies"][0]["cost"].pop("tls", None)
    bare = type(MESH).model_validate(data)
    result = written(*terms, busy, mesh=bare)
    assert result.mesh.proxy("sidecar").cost.tls.per_kib.value == pytest.approx(2 * US)
    assert [text.split(":")[0] for text in result.unwritten] == ["cost.http2", "cost.tcp"]


def test_a_group_that_would_be_incomplete_is_not_written():
    data = MESH.model_dump(mode="json", exclude_none=True)
    data["proxies"][0]["cost"].pop("tcp")
    bare = type(MESH).model_validate(data)
    result = written(estimate("cost.tcp.busy", 10 * US, US), mesh=bare)
    assert result.mesh.proxy("sidecar").cost.tcp is None
    assert "cost.tcp: not written" in result.unwritten[0]
    assert "per_kib, idle_scale, idle_exponent" in result.unwritten[0]


def test_filters_are_added_or_take_new_numbers():
    once = written(estimate("cost.filters.jwt.per_request", 30 * US, US)).mesh
    assert not once.proxy("sidecar").cost.filters[-1].enabled
    twice = written(
        estimate("cost.filters.jwt.per_request", 20 * US, US),
        estimate("cost.filters.jwt.per_kib", 1 * US, 0.1 * US),
        mesh=once,
    ).mesh
    (jwt,) = [one for one in twice.proxy("sidecar").cost.filters if one.name == "jwt"]
    assert jwt.per_request.value == pytest.approx(20 * US)
    assert jwt.per_kib.value == pytest.approx(1 * US)
    assert base_values(twice.proxy("sidecar"), 1.0)["cost.filters.jwt.per_kib"] == pytest.approx(US)


def test_what_has_no_place_is_said():
    result = written(Estimate("memory.per_wonder", 1.0, 0.1, 0.5, 2.0))
    assert result.unwritten == ("memory.per_wonder: a mesh file has no such field",)
    assert written(Estimate("wonder", 1.0, 0.1, 0.5, 2.0)).unwritten
    assert written(Estimate("cost.http1.busy.x", 1.0, 0.1, 0.5, 2.0)).unwritten


def test_a_rebased_mesh_costs_what_it_cost():
    moved = rebased(written(estimate("cost.filters.jwt.per_request", 30 * US, US)).mesh, 1.0)
    factor = MESH.machine_factor.value
    cost, before = moved.proxy("sidecar").cost, SIDECAR.cost
    assert moved.machine_factor.value == 1.0
    assert cost.http2.busy.value == pytest.approx(before.http2.busy.value * factor, rel=1e-3)
    assert cost.tcp.idle_scale.value == pytest.approx(
        before.tcp.idle_scale.value * factor, rel=1e-3
    )
    assert cost.tcp.idle_exponent == before.tcp.idle_exponent
    assert cost.wake_up_delay == before.wake_up_delay
    assert cost.filters[-1].per_request.value == pytest.approx(30 * US * factor, rel=1e-3)
    assert moved.proxy("sidecar").memory == SIDECAR.memory

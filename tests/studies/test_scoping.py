"""Goal: what proxies hold in each scope. Method: literal sizes; meshes that can scope, and not."""

import control_plane_samples as samples
import pytest

from meshsim.capacity.estate import uniform_estate
from meshsim.model.loading import load_mesh
from meshsim.studies.control_plane import following
from meshsim.studies.scoping import scope_rows, scopes_of

ESTATE = uniform_estate(100, 4, 5, 10, 20)


def rows(mesh):
    return list(scope_rows(ESTATE, mesh, following(mesh)))


def test_a_row_for_each_scope_from_wide_to_narrow():
    found = rows(samples.mesh())
    assert [(r.scope, r.services, r.endpoints) for r in found] == [
        ("none", 100, 400),
        ("namespace", 50, 200),
        ("auto", 5, 20),
    ]
    sizes = [r.configuration_bytes.estimate / 1024 for r in found]
    assert sizes == pytest.approx([1 + 400 + 2, 1 + 200 + 2, 1 + 20 + 2])
    dumps = [r.dump_bytes.estimate / 1024 for r in found]
    assert dumps == pytest.approx([100 + 4 * (size - 1) for size in sizes])
    narrow = found[2]
    assert narrow.proxy_memory_bytes.estimate == pytest.approx(50e6 + 5 * 17e3 + 20e3 + 40e3)
    assert narrow.proxy_memory_bytes.low == pytest.approx(narrow.proxy_memory_bytes.estimate - 10e6)
    assert narrow.all_memory_bytes.estimate == pytest.approx(
        400 * narrow.proxy_memory_bytes.estimate
    )


def test_a_mesh_that_cannot_scope_has_one_row():
    mesh = samples.mesh([samples.part(scaling=samples.scaling(scoping=None))])
    assert [row.scope for row in rows(mesh)] == ["none"]
    assert scopes_of(None) == ("none",)


def test_sizes_are_unknown_where_the_file_does_not_say():
    (row,) = rows(load_mesh("linkerd"))
    assert (row.configuration_bytes, row.dump_bytes) == (None, None)
    assert row.proxy_memory_bytes.low < row.proxy_memory_bytes.estimate


def test_layer_4_proxies_have_no_dump_of_envoy():
    (row,) = rows(load_mesh("istio-ambient"))
    assert row.configuration_bytes.estimate > 0
    assert row.dump_bytes is None


def test_without_proxies_there_is_nothing_to_hold():
    assert list(scope_rows(ESTATE, load_mesh("none"), None)) == []


def test_pods_without_a_proxy_hold_nothing_of_one():
    part = samples.part(scaling=samples.scaling(clients="pods"))
    mesh = samples.mesh([part], proxies=[], inside=())
    assert rows(mesh) == []

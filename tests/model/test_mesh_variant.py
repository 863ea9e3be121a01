"""Variants of a mesh by name: what they change, what they are called, what they refuse."""

import mesh_samples
import pytest
import yaml
from mesh_samples import guess

from meshsim.errors import InputError
from meshsim.model.loading import load_mesh
from meshsim.model.mesh_variant import base_of, varied


@pytest.fixture
def mesh():
    one = mesh_samples.proxy()
    one["cost"]["filters"] = [
        {"name": "metrics", "enabled": True, "per_request": guess("2us")},
        {"name": "lua", "per_request": guess("3us")},
    ]
    return mesh_samples.mesh([one])


def on(mesh):
    return [feature.name for feature in mesh.proxies[0].cost.filters if feature.enabled]


@pytest.mark.parametrize(
    ("parts", "expected", "name"),
    [
        ("", ["metrics"], "sample"),
        ("+lua", ["metrics", "lua"], "sample.with-lua"),
        ("~metrics", [], "sample.without-metrics"),
        ("~metrics+lua@2", ["lua"], "sample.without-metrics.with-lua.on-machine-2"),
    ],
)
def test_features_are_switched(mesh, parts, expected, name):
    found = varied(mesh, f"sample{parts}")
    assert on(found) == expected
    assert found.name == name


def test_another_machine_multiplies_value_and_range(mesh):
    found = varied(mesh, "sample@1.5").machine_factor
    assert (found.value, found.range) == (1.5, (1.5, 1.5))


def test_an_unknown_feature_is_answered_with_the_nearest(mesh):
    with pytest.raises(InputError) as raised:
        varied(mesh, "sample+metrix")
    (problem,) = raised.value.problems
    assert problem.cure == "did you mean 'metrics'? features: lua, metrics"


def test_a_mesh_without_features_says_so():
    with pytest.raises(InputError, match="sample has none"):
        varied(mesh_samples.mesh(), "sample+lua")


@pytest.mark.parametrize("text", ["fast", "0", "-1", "nan", "1000"])
def test_a_machine_is_a_factor(mesh, text):
    with pytest.raises(InputError, match=r"write e\.g\. sample@1\.4"):
        varied(mesh, f"sample@{text}")


def test_a_file_whose_name_has_such_signs_is_a_file(tmp_path):
    path = tmp_path / "a+b@2.yaml"
    path.write_text(yaml.safe_dump(mesh_samples.data()), encoding="utf-8")
    assert base_of(str(path)) == str(path)
    assert load_mesh(path).name == "sample"


def test_a_shipped_name_may_be_varied():
    assert load_mesh("istio-sidecar@2").machine_factor.value == pytest.approx(
        2 * load_mesh("istio-sidecar").machine_factor.value
    )

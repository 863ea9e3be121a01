"""Goal: published scale tests of istiod lie within the ranges that a study of them states.

Method: each test is rebuilt as an estate (docs/sources.md restates the figures). Where a published
figure is a full CPU, the study must find it full.
"""

import pytest

from meshsim.capacity.control_plane import Changes
from meshsim.capacity.estate import uniform_estate
from meshsim.model.loading import load_mesh
from meshsim.studies.control_plane import study

MESH = load_mesh("istio-sidecar")
GB = 1e9


@pytest.mark.parametrize(
    ("pods", "churn_per_s", "memory_gb"),
    [(15_000, 31.2, 22.2), (25_000, 41.7, 36.1), (25_000, 37.9, 42.7)],
)
def test_azure_with_churn_fills_the_cpu(pods, churn_per_s, memory_gb):
    found = study(
        uniform_estate(1, pods, 1, 1, 400), MESH, Changes(churn_per_s, 0.0), "none", 1, 15.0
    )
    (istiod, _) = found.parts
    assert istiod.cpu_cores.estimate == 15.0
    assert istiod.memory_bytes.low < memory_gb * GB < istiod.memory_bytes.high


@pytest.mark.parametrize(
    ("services", "pods", "memory_gb"),
    [(1, 25_000, 32.1), (1, 30_000, 41.2), (1_000, 20, 40.4), (1_000, 20, 42.6)],
)
def test_azure_without_churn(services, pods, memory_gb):
    estate = uniform_estate(services, pods, 1, 1, 400)
    memory = study(estate, MESH, Changes(0.0, 0.0), "none", 1).parts[0].memory_bytes
    assert memory.low < memory_gb * GB < memory.high


def test_a_thousand_services_with_two_thousand_sidecars_scoped():
    estate = uniform_estate(1_000, 2, 5, 100, 100)
    memory = study(estate, MESH, Changes(0.0, 0.0), "auto", 1).parts[0].memory_bytes
    assert memory.low < 1.5 * GB < memory.high


def test_scoping_shrinks_a_dump_as_published():
    # 10 services of 3 pods on a platform with some 400 others, which the report does not count
    wide = study(uniform_estate(400, 3, 10, 1, 30), MESH, Changes(0.0, 0.0))
    dumps = {row.scope: row.dump_bytes for row in wide.scopes}
    assert dumps["none"].low < 3.8e6 < dumps["none"].high
    assert dumps["auto"].low < 0.45e6 < dumps["auto"].high


def test_a_change_is_in_force_when_a_quiet_gateway_had_it():
    estate = uniform_estate(10, 1, 3, 1, 1)
    (one, _) = study(estate, MESH, Changes(0.0, 1e-3)).following.convergence
    for quantile in one.quantiles:
        assert quantile.estimate == pytest.approx(0.300, abs=0.01)
        assert quantile.low < 0.375 < quantile.high

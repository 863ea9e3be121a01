"""Memory of a proxy out of tables whose truth is known."""

import numpy as np
import pytest
from cell_samples import memory_cell

from meshsim.calibration.fitting.estimates import Estimate
from meshsim.calibration.fitting.memory_fit import fit_memory, mesh_terms
from meshsim.calibration.fitting.options import FitOptions

KIB, MIB = 1024, 2**20


def table(noise=0.0, seed=2):
    """60 MiB, 50 KiB a cluster and 3 more for each further worker, 16 its TLS, 2 an endpoint."""
    generator = np.random.default_rng(seed)

    def cell(kind, workers=2, **counts):
        each = {"cluster": 50 + 3 * (workers - 1), "endpoint": 2, "cluster__tls": 16, "route": 5}
        total = 60 * MIB + sum(each.get(name, 30) * KIB * n for name, n in counts.items())
        return memory_cell(total * np.exp(generator.normal(0, noise)), kind, workers, **counts)

    found = [
        cell("clusters", workers, cluster=float(n), endpoint=float(n))
        for workers in (1, 2, 4)
        for n in (0, 100, 1000, 4000)
    ]
    found += [
        cell("clusters_tls_ec", cluster=float(n), endpoint=float(n), cluster__tls=float(n))
        for n in (500, 1000, 2000)
    ]
    found += [cell("endpoints", endpoint=float(n)) for n in (100, 1000, 30_000)]
    found += [cell("vhosts", route=float(n)) for n in (100, 1000, 10_000)]
    return found + [cell("idle_conn", connection__tcp_proxy_plain=float(n)) for n in (0, 500, 2000)]


TRUTH = {
    "memory.base": 60 * MIB,
    "memory.per_cluster": 50 * KIB,
    "memory.per_cluster_per_worker": 3 * KIB,
    "memory.per_cluster_tls": 16 * KIB,
    "memory.per_endpoint": 2 * KIB,
    "memory.per_route": 5 * KIB,
    "memory.per_connection_tcp_proxy_plain": 30 * KIB,
}


def test_exact_tables_give_the_truth():
    family = fit_memory(table(), {}, FitOptions())
    found = {one.path: one.value for one in family.estimates}
    assert found == pytest.approx(TRUTH, rel=0.01)


def test_noisy_tables_give_it_within_their_intervals():
    """Six tables with 1% of noise, seven 90% intervals each: at least 78% of 42 hold, four
    standard errors of a share below would be 71%.
    """
    inside = []
    for seed in range(6):
        family = fit_memory(table(0.01, seed), {}, FitOptions())
        inside += [one.low <= TRUTH[one.path] <= one.high for one in family.estimates]
        assert family.validation.median_error() < 0.02
    assert np.mean(inside) >= 0.78


def test_only_what_is_asked_for_is_found_and_bounds_are_kept():
    options = FitOptions(only=("memory.base",), bounds={"memory.base": (61 * MIB, 70 * MIB)})
    family = fit_memory(table(), TRUTH, options)
    (base,) = family.estimates
    assert base.value == pytest.approx(61 * MIB, rel=1e-3)


def test_nothing_wanted_nothing_found():
    assert fit_memory([], {}, FitOptions()) is None
    assert fit_memory(table(), TRUTH, FitOptions(only=("cost",))) is None


def estimate(path, value, error):
    return Estimate(path, value, error, value - 2 * error, value + 2 * error)


PARTS = [
    estimate("memory.base", 60 * MIB, MIB),
    estimate("memory.per_cluster", 50 * KIB, 3 * KIB),
    estimate("memory.per_cluster_tls", 16 * KIB, 4 * KIB),
    estimate("memory.per_connection_h1_plain_after1req", 16 * KIB, KIB),
    estimate("memory.per_connection_h1_mtls_after1req", 30 * KIB, KIB),
    estimate("memory.per_connection_tcp_proxy_plain", 17 * KIB, KIB),
    estimate("memory.per_connection_tcp_proxy_mtls_down", 32 * KIB, KIB),
]


def terms(layer, encrypted, parts=PARTS):
    found = mesh_terms(parts, layer, is_encrypted=encrypted)
    return {one.path.removeprefix("memory."): one for one in found}


def test_an_encrypting_mesh_has_a_context_of_tls_in_each_cluster():
    cluster = terms(7, encrypted=True)["per_cluster"]
    assert cluster.value == 66 * KIB
    assert cluster.error == pytest.approx(5 * KIB)
    assert (cluster.low, cluster.high) == pytest.approx((56 * KIB, 76 * KIB))
    assert terms(7, encrypted=False)["per_cluster"].value == 50 * KIB


@pytest.mark.parametrize(
    ("layer", "encrypted", "kib"),
    [(7, True, 23), (7, False, 16), (4, True, 16), (4, False, 8.5)],
)
def test_connections_of_the_kinds_that_a_proxy_has(layer, encrypted, kib):
    assert terms(layer, encrypted)["per_connection"].value == kib * KIB


def test_the_interval_reaches_over_the_kinds():
    one = terms(7, encrypted=True)["per_connection"]
    assert (one.low, one.high) == (14 * KIB, 32 * KIB)


def test_a_kind_that_was_not_measured_leaves_connections_at_the_base():
    assert set(terms(7, encrypted=True, parts=PARTS[:2])) == {"base", "per_cluster"}

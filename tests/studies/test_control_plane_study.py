"""Goal: a study holds together: its parts agree with each other, and advice follows from them.

Method: a mesh with literal costs, and shipped meshes; results are values of
meshsim.studies.control_plane_result.
"""

import control_plane_samples as samples
import pytest

from meshsim.capacity.control_plane import Changes, quiet_changes
from meshsim.capacity.estate import uniform_estate
from meshsim.model.loading import load_mesh
from meshsim.studies.control_plane import CORES, following, study

ESTATE = uniform_estate(10, 4, 3, 1, 2)
RARE = Changes(1e-4, 1e-5)


def test_cpu_by_cause_adds_up_to_the_use_of_the_part():
    found = study(ESTATE, samples.mesh(), RARE)
    (part,) = found.parts
    total = sum(cores.estimate for _, cores in found.following.cpu_causes)
    assert part.cpu_cores.estimate == pytest.approx(total)
    assert part.cpu_cores.low < total < part.cpu_cores.high
    assert (part.name, part.replicas, part.follows_cpu) == ("brain", 1, True)
    assert (part.cpu_requested, part.memory_requested) == (0.5, 2 * 2**30)
    assert found.warnings == ()


def test_what_was_asked_is_told():
    found = study(ESTATE, samples.mesh(), RARE, "auto", 3, 2.0, seed=9)
    assert (found.scope, found.cores, found.seed, found.proxies) == ("auto", 2.0, 9, 40)
    assert found.following.replicas == found.parts[0].replicas == 3
    assert (found.changes, found.assumed_changes) == (RARE, False)
    usual = study(ESTATE, samples.mesh())
    assert (usual.changes, usual.assumed_changes) == (quiet_changes(ESTATE), True)
    assert usual.cores == CORES


def test_pushes_of_one_replica():
    pushes = study(ESTATE, samples.mesh(), RARE, replicas=2, cores=2.0).following.pushes
    assert pushes.per_s == pytest.approx(1.1e-4, rel=1e-3)
    assert pushes.config_per_s == pytest.approx(1e-5, rel=1e-3)
    assert pushes.slots == 25
    assert pushes.endpoint_push_s.estimate == pytest.approx(0.003)
    assert pushes.full_push_s.estimate == pytest.approx(0.044)
    assert pushes.all_endpoints_s.estimate == pytest.approx(20 * 0.003 / 2)
    assert pushes.all_full_s.estimate == pytest.approx(20 * 0.044 / 2)
    assert pushes.utilisation.estimate < 0.01


def test_convergence_of_a_quiet_mesh_is_quiet_time_its_turn_and_delivery():
    found = study(ESTATE, samples.mesh(), Changes(1e-4, 0.0), cores=1.0).following
    one, last = found.convergence
    assert (one.what, last.what) == ("a proxy", "the last proxy")
    # 40 proxies of 3 ms on one core
    for quantile in last.quantiles:
        assert quantile.estimate == pytest.approx(0.1 + 0.12 + 0.2, rel=1e-3)
        assert quantile.low == pytest.approx(0.1 + 0.12 + 0.1, rel=1e-3)
        assert quantile.high == pytest.approx(0.1 + 0.12 + 0.4, rel=1e-3)
    assert found.slowest == ("delivery", 0.2)


def test_what_takes_longest_is_named():
    busy = study(ESTATE, samples.mesh(), Changes(40.0, 0.0)).following
    assert busy.slowest[0] == "waiting for quiet"
    wide = study(uniform_estate(10, 400, 3, 1, 2), samples.mesh(), Changes(1e-3, 0.0)).following
    assert wide.slowest[0] == "the line of proxies"
    rare = study(ESTATE, samples.mesh(), Changes(0.0, 1e-3)).following
    assert rare.slowest == ("the line of proxies", pytest.approx(40 * 0.044 / 4))


def test_where_nothing_changes_nothing_converges():
    found = study(ESTATE, samples.mesh(), Changes(0.0, 0.0)).following
    assert found.convergence == ()
    assert found.pushes.per_s == 0.0


def test_certificates_over_the_day_and_all_at_once():
    load = study(ESTATE, samples.mesh(), RARE).following.certificates
    assert load.per_s == pytest.approx(40 / 43_200)
    assert load.together_per_s == pytest.approx(40 / 1_728)
    assert load.cpu_cores.estimate == pytest.approx(load.per_s)
    assert load.together_cpu_cores.estimate == pytest.approx(load.together_per_s)
    without = samples.mesh([samples.part(scaling=samples.scaling(certificates=None))])
    assert study(ESTATE, without, RARE).following.certificates is None


def test_advice_is_at_least_what_the_product_asks_for():
    advice = study(ESTATE, samples.mesh(), RARE).following.advice
    assert (advice.cpu_cores, advice.memory_bytes) == (0.5, 2 * 2**30)
    assert (advice.replicas_min, advice.replicas_max, advice.cpu_target) == (1, 5, 0.8)


def test_advice_holds_the_high_ends_of_use_in_whole_steps():
    large = study(uniform_estate(400, 10, 5, 1, 100), samples.mesh(), RARE)
    advice, part = large.following.advice, large.parts[0]
    assert advice.memory_bytes >= part.memory_bytes.high
    assert advice.memory_bytes % (256 * 2**20) == 0
    assert advice.memory_bytes - part.memory_bytes.high < 256 * 2**20
    assert part.cpu_cores.high <= advice.cpu_cores < part.cpu_cores.high + 0.1


def test_who_cannot_keep_up_is_told_so_and_needs_more_replicas():
    found = study(uniform_estate(400, 10, 5, 1, 100), samples.mesh(), Changes(2.0, 0.1))
    assert found.parts[0].cpu_cores.estimate == CORES
    assert found.following.pushes.utilisation.estimate > 1
    assert "cannot keep up" in found.warnings[0]
    assert "may use 4.00" in found.warnings[0]
    assert found.following.advice.replicas_max > 5
    assert found.following.advice.cpu_cores == CORES


def test_more_than_any_number_of_replicas_can_do_is_cut_off():
    found = study(uniform_estate(400, 10, 5, 1, 100), samples.mesh(), Changes(50.0, 20.0))
    assert found.following.advice.replicas_max == 100


def test_memory_beyond_the_request_is_warned_of():
    found = study(uniform_estate(1_000, 10, 5, 1, 100), samples.mesh(), RARE, replicas=1)
    assert any("more than the 2.00 GiB" in warning for warning in found.warnings)


def test_a_mesh_of_which_nothing_is_published_says_so():
    found = study(ESTATE, load_mesh("linkerd"))
    assert found.following is None
    assert following(found.mesh) is None
    assert "no figures are published" in found.warnings[-1]
    assert "linkerd-destination" in found.warnings[-1]


def test_agents_stand_on_all_nodes():
    agent = samples.part(
        name="agent",
        scope="node",
        resources={},
        scaling=None,
        cpu_used=samples.number("1m"),
        memory_used=samples.number("1Mi"),
    )
    found = study(ESTATE, samples.mesh([samples.part(), agent]), RARE)
    assert [(row.name, row.replicas) for row in found.parts] == [("brain", 1), ("agent", 2)]
    assert (found.parts[1].cpu_requested, found.parts[1].memory_requested) == (None, None)
    assert found.warnings == ()


def test_without_an_autoscaler_the_advice_has_the_replicas_it_takes():
    mesh = samples.mesh([samples.part(scaling=samples.scaling(autoscaling=None), replicas=2)])
    advice = study(ESTATE, mesh, RARE).following.advice
    assert (advice.replicas_min, advice.replicas_max, advice.cpu_target) == (2, 2, 1.0)


def test_a_limit_is_what_a_replica_may_use():
    limited = samples.part(resources={"limits": {"cpu": "1500m"}})
    assert study(ESTATE, samples.mesh([limited]), RARE).cores == 1.5

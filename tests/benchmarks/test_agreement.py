"""Goal: no time is compared of engines that did different work. Method: each engine simulates each
system that it can, a little, and the same assertions are made as in a run of the benchmarks;
made-up counts that are wrong are refused.
"""

from dataclasses import replace

import pytest

from benchmarks import agreement
from benchmarks.engines import ENGINES, Seen
from benchmarks.systems import SYSTEMS

REQUESTS = {"boutique": 20, "tree-111": 4, "tree-1000": 2}
KERNEL = Seen(100, 300, 2.0, 0.1, 0.5, 0.02)


@pytest.mark.parametrize("name", SYSTEMS)
def test_kernel_and_simpy_model_walk_the_same_path(name):
    agreement.check_same_path(SYSTEMS[name], REQUESTS.get(name, 60), seed=3)


@pytest.mark.parametrize("name", SYSTEMS)
def test_the_meshsim_engines_see_the_same_events(name):
    system, requests = SYSTEMS[name], REQUESTS.get(name, 60)
    seen = {
        engine: ENGINES[engine].read(system, ENGINES[engine].prepare(system)(requests, 3))
        for engine in ("kernel", "tallies", "simpy")
    }
    agreement.check_all(system, seen)
    assert {one.requests for one in seen.values()} == {requests}
    assert len({one.calls for one in seen.values()}) == 1


@pytest.mark.parametrize("name", ["mm1", "tandem-3", "mesh-chain"])
def test_the_other_engines_agree_with_the_kernel(name):
    system = SYSTEMS[name]
    able = {n: e for n, e in ENGINES.items() if e.can(system) and n != "simpy"}
    assert "bare" in able
    seen = {n: e.read(system, e.prepare(system)(20_000, 3)) for n, e in able.items()}
    agreement.check_all(system, seen)


def test_a_missing_call_is_noticed():
    chain = SYSTEMS["mesh-chain"]
    agreement.check_events(chain, KERNEL)
    with pytest.raises(AssertionError):
        agreement.check_events(chain, replace(KERNEL, calls=299))


@pytest.mark.parametrize("visits", [1299, 1314])
def test_missing_and_surplus_visits_are_noticed(visits):
    chain = SYSTEMS["mesh-chain"]
    agreement.check_events(chain, replace(KERNEL, visits=1305, arrivals=101))
    with pytest.raises(AssertionError):
        agreement.check_events(chain, replace(KERNEL, visits=visits, arrivals=101))


@pytest.mark.parametrize("field", ["latency_s_mean", "sidecars_s_mean"])
def test_another_mean_is_noticed(field):
    error = {"latency_s_mean": 0.1, "sidecars_s_mean": 0.02}[field]
    near = replace(KERNEL, **{field: getattr(KERNEL, field) + 5.6 * error})
    agreement.check_means(KERNEL, near)  # 4 sqrt(2) = 5.66 for equal numbers of requests
    far = replace(KERNEL, **{field: getattr(KERNEL, field) + 5.7 * error})
    with pytest.raises(AssertionError):
        agreement.check_means(KERNEL, far)


def test_other_sums_are_noticed():
    agreement.check_same_sums(KERNEL, replace(KERNEL, latency_s_mean=2.0 + 1e-10))
    with pytest.raises(AssertionError):
        agreement.check_same_sums(KERNEL, replace(KERNEL, latency_s_mean=2.0 + 1e-8))

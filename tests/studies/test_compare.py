"""Goal: comparisons pair the same requests, so small differences are seen, and repeat to the bit.

Method: the shipped Online Boutique and small systems of ``builders``; the judge's own criteria (a
proxy 2% dearer, any number of processes) with literal sizes.
"""

import dataclasses

import pytest
from builders import cores, listed, mesh, proxy, service, sidecars, topology

from meshsim.model.loading import load_mesh, load_topology
from meshsim.model.scenario import Scenario
from meshsim.stats import Interval, NotEnough
from meshsim.studies.compare import compare, run
from meshsim.studies.plan import RunPlan
from meshsim.studies.result import ALL

SMALL = RunPlan(requests=150, replications=4, seed=3)


def chain(rate=200):
    steps = "[compute: {distribution: exponential, mean: 1ms}]"
    return topology(
        listed(
            service("a", "[{compute: 1ms}, {call: b/get}]", resources=cores(1)),
            service("b", steps, resources=cores(1)),
        ),
        arrivals=f"{{process: poisson, rate: {rate}/s}}",
    )


def dearer(described, factor):
    number = described.machine_factor
    changed = number.model_copy(update={"value": number.value * factor})
    return described.model_copy(update={"name": "dearer", "machine_factor": changed})


def test_a_proxy_two_percent_dearer_shows_within_2000_requests():
    sidecar = load_mesh("istio-sidecar")
    plan = RunPlan(requests=200, replications=5)
    both = compare(load_topology("online-boutique"), [sidecar, dearer(sidecar, 1.02)], plan)
    assert sum(r.plan.requests * r.replications for r in both.results) <= 20_000
    mean = both.latency[0]
    assert (mean.mesh, mean.name, mean.metric) == ("dearer", ALL, "mean")
    assert isinstance(mean.difference, Interval)
    assert mean.difference.excludes_zero
    assert mean.difference.low > 0
    proxies = both.resources[0].cpu_used
    assert isinstance(proxies, Interval)
    assert proxies.low > 0, "the same control plane cancels, ranges and all"


def test_a_mesh_against_itself_differs_by_nothing():
    both = compare(chain(), [load_mesh("linkerd"), load_mesh("linkerd")], SMALL)
    for row in both.latency:
        if isinstance(row.difference, Interval):
            assert (row.difference.estimate, row.difference.half_width) == (0.0, 0.0)
    change = both.resources[0]
    assert isinstance(change.cpu_used, Interval)
    assert (change.cpu_used.low, change.cpu_used.high) == (0.0, 0.0)
    assert (change.nodes, change.cost_per_month, change.memory_used) == (0, 0.0, 0.0)


@pytest.mark.parametrize("solver", ["kernel", "simpy"])
@pytest.mark.parametrize("keep", ["requests", "tallies"])
def test_any_executor_and_number_of_workers_give_the_same_result(solver, keep):
    meshes = [load_mesh("none"), load_mesh("istio-ambient")]
    plan = dataclasses.replace(SMALL, solver=solver, keep=keep)
    alone = compare(chain(), meshes, plan, processes=1)
    assert compare(chain(), meshes, plan, processes=3) == alone
    assert compare(chain(), meshes, plan, executor="threads:2") == alone
    if keep == "requests":
        assert compare(chain(), meshes, plan, executor="processes:2") == alone


@pytest.mark.parametrize("keep", ["requests", "tallies"])
def test_both_solvers_give_the_same_numbers(keep):
    plan = dataclasses.replace(SMALL, keep=keep)
    scenario = Scenario(chain(), load_mesh("istio-sidecar"))
    kernel, simpy = (
        run(scenario, dataclasses.replace(plan, solver=solver)) for solver in ("kernel", "simpy")
    )
    assert (kernel.plan.solver, simpy.plan.solver) == ("kernel", "simpy")
    assert kernel.overall.requests == simpy.overall.requests
    assert kernel.overall.mean.estimate == pytest.approx(simpy.overall.mean.estimate, rel=1e-9)
    assert kernel.breakdown[0].parts == pytest.approx(simpy.breakdown[0].parts, rel=1e-9)
    assert len(kernel.usage) == len(simpy.usage)
    for one, other in zip(kernel.usage, simpy.usage, strict=True):
        assert one.cpu_used.estimate == pytest.approx(other.cpu_used.estimate, rel=1e-9)


def test_another_seed_gives_another_result():
    first = run(Scenario(chain(), mesh()), SMALL)
    second = run(Scenario(chain(), mesh()), dataclasses.replace(SMALL, seed=4))
    assert first.overall.mean != second.overall.mean


def test_a_run_shows_what_the_same_scenario_shows_in_a_comparison():
    meshes = [load_mesh("none"), load_mesh("istio-sidecar")]
    in_comparison = compare(chain(), meshes, SMALL).results[1]
    assert run(Scenario(chain(), meshes[1]), SMALL) == in_comparison


def test_progress_counts_every_replication():
    seen = []
    run(Scenario(chain(), mesh()), SMALL, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(0, 4), (1, 4), (2, 4), (3, 4), (4, 4)]


def test_replications_are_added_until_the_precision_is_reached():
    plan = RunPlan(requests=1_100, replications=10, precision=0.05)
    precise = run(Scenario(chain(rate=500), mesh()), plan)
    p99 = precise.overall.quantiles[2]
    assert precise.replications > 10
    assert precise.replications % 10 == 0
    assert isinstance(p99, Interval)
    assert p99.relative_half_width <= 0.05


def test_adding_replications_ends_at_the_maximum():
    plan = RunPlan(requests=20, replications=10, precision=0.001, replications_max=20)
    assert run(Scenario(chain(), mesh()), plan).replications == 20


def test_where_the_time_went_sums_to_the_mean():
    result = run(Scenario(chain(), sidecars(busy="100us", wake_up="40us")), SMALL)
    mean = result.overall.mean
    assert isinstance(mean, Interval)
    assert result.breakdown[0].total == pytest.approx(mean.estimate, rel=1e-12)


def test_a_dearer_mesh_needs_more_of_everything_it_asks_for():
    comparison = compare(
        load_topology("online-boutique"),
        [load_mesh("none"), load_mesh("istio-sidecar")],
        RunPlan(requests=60, replications=3),
    )
    change = comparison.resources[0]
    # 37 sidecars and istiod: 0.1 and 0.5 cores; the network agent asks for 0.1 on each node.
    nodes = comparison.results[1].nodes.nodes
    assert change.cpu_requested == pytest.approx(37 * 0.1 + 0.5 + 0.1 * nodes)
    assert change.nodes == nodes - comparison.baseline.nodes.nodes == 1
    assert change.cost_per_month == pytest.approx(0.134 * 730)


def test_too_few_requests_for_a_quantile_are_said_and_not_hidden():
    result = run(Scenario(chain(), mesh()), SMALL)
    p99_9 = result.overall.quantiles[3]
    assert isinstance(p99_9, NotEnough)
    assert "not enough data" in str(p99_9)


def test_a_proxy_whose_worker_is_full_is_warned_of():
    slow = mesh(proxy(busy="6ms"), inside="[caller.sidecar]", entry="[callee.sidecar]")
    result = run(Scenario(chain(rate=200), slow), RunPlan(requests=400, replications=3))
    (overload,) = (warning for warning in result.warnings if "sidecar" in warning)
    assert overload.startswith(
        "sidecar of a (its workers) is overloaded: the load asks for 240% of"
    )

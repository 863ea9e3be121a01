"""Goal: bars show what each parameter does to the answer, in order, and say what is only noise.

Method: sidecars with a known cost. CPU is proportional to the machine factor and memory is linear
in its base, so bars, shares and their absence are known.
"""

from dataclasses import replace

import pytest
from uncertain_samples import BASE, FACTOR, PLAN, WORKERS, chain, plain, ranged, uncertain

from meshsim.model.loading import load_mesh, load_topology
from meshsim.stats import Interval, NotEnough
from meshsim.studies.plan import RunPlan
from meshsim.studies.subject import subject_of
from meshsim.studies.tornado import tornado

SHORT = replace(PLAN, draws=0)
SCALE = "proxies.sidecar.cost.http1.idle_scale"


def of(text, mesh, plan=SHORT, baseline=None, **more):
    topology = chain()
    subject = subject_of(text, [entry.to for entry in topology.load.entries])
    return tornado(topology, [baseline, mesh] if baseline else [mesh], subject, plan, **more)


def bars(found):
    return {bar.parameter.path: bar for bar in found.bars}


def test_cpu_follows_the_machine_factor():
    found = of("cpu", uncertain())
    assert list(bars(found)) == [FACTOR]
    (bar,) = found.bars
    proxies = 200 * 3 * 200e-6
    assert bar.at_high.estimate == pytest.approx(proxies, rel=0.1), "twice as much of the proxies"
    assert bar.at_low.estimate == pytest.approx(-proxies / 2, rel=0.1)
    assert bar.at_high.half_width < 0.1 * bar.at_high.estimate
    assert bar.beyond_noise
    assert bar.share == 1.0
    assert found.without_effect == (BASE,)


def test_memory_is_counted_without_simulating_again():
    found = of("memory", ranged(plain(), {BASE: (5e6, 30e6)}))
    (bar,) = found.bars
    assert bar.parameter.path == BASE
    assert (bar.at_low.estimate, bar.at_low.half_width) == (
        pytest.approx(-10e6),
        pytest.approx(0.0, abs=1e-6),
    )
    assert (bar.at_high.estimate, bar.at_high.half_width) == (
        pytest.approx(40e6),
        pytest.approx(0.0, abs=1e-6),
    )


def test_bars_are_in_order_and_shares_add_up():
    path = "proxies.sidecar.cost.http1.busy"
    mesh = ranged(plain(), {FACTOR: (0.9, 1.1), path: (100e-6, 400e-6)})
    found = of("mean", mesh)
    assert next(iter(bars(found))) == path
    assert sum(bar.share for bar in found.bars) == pytest.approx(1.0)
    assert bars(found)[path].swing > bars(found)[FACTOR].swing
    assert bars(found)[path].share > 0.8


def test_the_answer_is_that_of_a_run():
    from meshsim.model.scenario import Scenario
    from meshsim.studies.compare import compare, run

    mesh = uncertain()
    result = run(Scenario(chain(), mesh), SHORT)
    plan = replace(SHORT, requests=1_000)
    assert of("mean", mesh).answer == result.overall.mean
    assert of("mean:a/get", mesh).answer == result.latency[1].mean
    assert of("p90", mesh, plan).answer == run(Scenario(chain(), mesh), plan).overall.quantiles[1]
    both = compare(chain(), [plain(), mesh], plan)
    differences = {row.metric: row.difference for row in both.latency if row.name == "a/get"}
    assert of("mean:a/get", mesh, plan, plain()).answer == differences["mean"]
    assert of("p90:a/get", mesh, plan, plain()).answer == differences["p90"]


def test_a_parameter_of_both_meshes_moves_in_both():
    both = uncertain("one"), uncertain("other")
    found = of("cpu", both[1], baseline=both[0])
    assert found.bars == ()
    assert set(found.without_effect) == {FACTOR, BASE}
    alone = of("cpu", both[1], baseline=plain())
    assert bars(alone)[FACTOR].beyond_noise
    assert (alone.mesh.name, alone.baseline.name) == ("other", "plain")


def test_whole_numbers_are_looked_at_if_asked_for():
    mesh = ranged(uncertain(), {WORKERS: (1, 4)})
    assert WORKERS not in bars(of("cpu", mesh))
    found = of("mean", mesh, with_choices=True)
    bar = next(bar for bar in found.bars if bar.parameter.path == WORKERS)
    assert bar.share is None
    assert (bar.at_low.estimate, bar.at_low.half_width) == (0.0, 0.0), "one worker is the value"
    assert sum(bar.share for bar in found.bars if bar.share is not None) == pytest.approx(1.0)


def test_the_cost_follows_requests_which_are_chosen():
    topology, mesh = load_topology("chain-3"), load_mesh("istio-ambient-waypoint")
    found = tornado(topology, [mesh], subject_of("cost", []), RunPlan(), with_choices=True)
    assert [bar.parameter.path for bar in found.bars] == ["proxies.waypoint.replicas"]
    assert found.bars[0].at_high.estimate > 0
    assert FACTOR in found.without_effect


def test_what_formulas_find_too_small_is_not_simulated():
    mesh = ranged(plain(), {FACTOR: (0.5, 2.0), "proxies.sidecar.cost.http1.per_kib": (0.0, 1e-9)})
    told = []
    found = of("mean", mesh, progress=lambda done, total: told.append(total))
    assert found.negligible == ("proxies.sidecar.cost.http1.per_kib",)
    assert list(bars(found)) == [FACTOR]
    assert set(told) == {SHORT.replications, 2 * SHORT.replications}


def test_noise_is_said_to_be_noise():
    share = "proxies.sidecar.cost.request_share"
    found = of("mean", ranged(plain(), {share: (0.499, 0.501)}))
    (bar,) = found.bars
    assert not bar.beyond_noise
    assert bar.share == 0.0


def test_too_few_data_are_too_few():
    found = of("p99.9", uncertain())
    assert isinstance(found.answer, NotEnough)
    assert {type(bar.at_low) for bar in found.bars} == {NotEnough}
    assert found.bars[0].swing == 0.0
    assert not found.bars[0].beyond_noise


def test_two_replications_carry_no_interval_of_latency_but_the_bars_are_there():
    found = of("mean", uncertain(), replace(SHORT, replications=2))
    assert isinstance(found.answer, NotEnough)


def test_the_executor_makes_no_difference():
    mesh = uncertain()
    assert of("mean", mesh, executor="here") == of("mean", mesh, executor="threads:2")
    assert isinstance(of("mean", mesh, executor="here").answer, Interval)

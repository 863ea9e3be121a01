"""Goal: draws move each number as they should, on the same requests, and only what they touch.

Method: sidecars with a known cost, whose machine may be half or twice as fast. The CPU of the
proxies is proportional to the machine factor, so its shifts are known to rounding.
"""

import math
from dataclasses import replace

import numpy as np
import pytest
from uncertain_samples import BASE, FACTOR, PLAN, chain, comparison, plain, ranged, uncertain

from meshsim.model.scenario import Scenario
from meshsim.stats import Interval
from meshsim.stats.nested import CombinedInterval, Shift, spread_of
from meshsim.studies.compare import compare, run
from meshsim.studies.draws import drawn_values
from meshsim.studies.executors import running_on
from meshsim.studies.plan import RunPlan
from meshsim.studies.simulated import How, Run, task_of
from meshsim.studies.store import open_store
from meshsim.studies.summarise import summarise
from meshsim.studies.uncertainty import draw, is_overloaded, tasks_per_mesh, variant_of

Z95 = 1.6448536269514722
ALONE = replace(PLAN, draws=0)


def drawn(mesh, plan=PLAN):
    """A run of the mesh with its draws."""
    plan = plan.resolved()
    made = Run.of(Scenario(chain(), mesh))
    with running_on("here") as where:
        how = How(where)
        tasks = [task_of(made.prepared, plan, number) for number in range(plan.replications)]
        made.replications.extend(how.run(tasks))
        result = summarise(made.prepared, plan, made.replications)
        return made, draw(made, result, how)


def test_the_cpu_of_the_proxies_moves_by_the_factor():
    made, found = drawn(uncertain())
    values = drawn_values(made.prepared.scenario.mesh, PLAN.draws, PLAN.seed)
    (key,) = [key for key in found.pairs if (key.table, key.name) == ("cpu", "proxy:sidecar")]
    known = found.answers.of(key).value
    for value, pair in zip(values, found.pairs[key], strict=True):
        assert math.exp(pair.factor.value) == pytest.approx(value[FACTOR], rel=0.02)
        assert pair.factor.variance < 0.02**2
    assert known > 0


def test_application_cpu_is_on_the_same_requests():
    _, found = drawn(uncertain())
    (key,) = [key for key in found.pairs if (key.table, key.name) == ("cpu", "app")]
    known = found.answers.of(key).value
    assert max(abs(pair.shift.value) for pair in found.pairs[key]) < 0.1 * known


def test_the_interval_of_a_known_spread():
    """CPU is in proportion to the factor, so its logarithm has the factor's spread."""
    mesh = uncertain()
    found = run(Scenario(chain(), mesh), PLAN)
    (row,) = [row for row in found.usage if row.owner == "proxy"]
    cpu = row.cpu_used
    assert isinstance(cpu, CombinedInterval)
    factors = [math.log(each[FACTOR]) for each in drawn_values(mesh, PLAN.draws, PLAN.seed)]
    wanted = spread_of([Shift(each, np.zeros(2)) for each in factors], 0.95)
    assert wanted.above == pytest.approx(2.228 * math.log(2) / Z95, rel=0.3), "t with 10 degrees"
    assert math.log(cpu.high / cpu.estimate) == pytest.approx(wanted.centre + wanted.above, rel=0.1)
    assert math.log(cpu.estimate / cpu.low) == pytest.approx(wanted.below - wanted.centre, rel=0.1)
    assert cpu.calibration > 5 * cpu.simulation


def test_memory_has_an_interval_without_simulating_it_again():
    mesh = ranged(plain(), {BASE: (5e6, 30e6)})
    told = []
    result = run(Scenario(chain(), mesh), PLAN, progress=lambda done, total: told.append(total))
    assert set(told) == {PLAN.replications}, "draws of memory alone are no tasks"
    (row,) = [row for row in result.usage if row.owner == "proxy"]
    assert isinstance(row.memory_range, CombinedInterval)
    assert row.memory_range.estimate == pytest.approx(row.memory_used)
    assert row.memory_range.calibration > 0
    assert result.overall.mean.calibration == 0.0
    assert result.uncertainty.cpu_used[""].calibration == 0.0


def test_estimates_are_those_of_a_study_without_draws():
    without = compare(chain(), [plain(), uncertain()], ALONE)
    for before, after in zip(without.results, comparison().results, strict=True):
        assert before.scenario_hash == after.scenario_hash
        for one, other in zip(before.latency, after.latency, strict=True):
            assert one.mean.estimate == other.mean.estimate
            assert other.mean.simulation == pytest.approx(one.mean.half_width)
        assert (before.uncertainty, after.uncertainty.draws) == (None, 20)


def test_draws_are_simulated_once_and_kept(tmp_path):
    scenario = Scenario(chain(), uncertain())
    study, told = {"topologies": "sample"}, []
    with open_store(tmp_path, study) as store:
        first = run(scenario, PLAN, store=store)
        assert store.finished == tasks_per_mesh(PLAN)
    with open_store(tmp_path, study, resume=True) as store:
        again = run(
            scenario, PLAN, store=store, progress=lambda done, total: told.append((done, total))
        )
    assert again == first
    assert all(done > 0 for done, _ in told), "nothing was run again"


def test_the_executor_makes_no_difference():
    scenario = Scenario(chain(), uncertain())
    plan = replace(PLAN, draws=10)
    assert run(scenario, plan, executor="here") == run(scenario, plan, executor="threads:2")


def test_overloading_draws_are_told():
    mesh = ranged(plain(), {FACTOR: (0.1, 40.0)})
    plan = replace(PLAN, draws=10, requests=50)
    result = run(Scenario(chain(), mesh), plan)
    assert 0 < result.uncertainty.overloaded < 5
    assert any("draws of the parameters the system is overloaded" in w for w in result.warnings)
    fast = Run.of(Scenario(chain(), mesh))
    assert not is_overloaded(fast.prepared)
    assert is_overloaded(variant_of(fast, {FACTOR: 40.0}))


def test_a_variant_with_the_same_program_shares_it():
    made = Run.of(Scenario(chain(), uncertain()))
    assert variant_of(made, {BASE: 6e6}).program is made.prepared.program
    assert variant_of(made, {FACTOR: 1.5}).program is not made.prepared.program


def test_long_runs_that_are_summed_up_have_both_parts_too():
    plan = RunPlan(requests=4_000, replications=1, draws=10, keep="tallies")
    result = run(Scenario(chain(), uncertain()), plan)
    assert isinstance(result.overall.mean, CombinedInterval)
    assert result.overall.mean.calibration > 0
    assert isinstance(result.overall.quantiles[2], Interval)

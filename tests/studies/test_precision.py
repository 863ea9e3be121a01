"""Goal: replications are added until what was asked for is certain, in few steps, within limits.

Method: the arithmetic of steps on literal forecasts; half widths on seeded M/M/1 runs against the
intervals that results show; small simulated systems end to end.
"""

import dataclasses

import pytest
from builders import cores, listed, mesh, service, topology
from test_tallied import mm1

from meshsim.model.loading import load_mesh
from meshsim.model.scenario import Scenario
from meshsim.solvers.tally import tally_of
from meshsim.stats import (
    Interval,
    NotEnough,
    mean_interval,
    paired_relative_difference,
    quantile_interval,
)
from meshsim.studies.compare import compare, run
from meshsim.studies.plan import RunPlan, Target
from meshsim.studies.precision import paired_sections, precision_of, replications_to_add
from meshsim.studies.result import Precision
from meshsim.studies.sections import sections_of

BASELINE = [mm1(seed, load=0.5) for seed in range(4)]
OTHER = [
    dataclasses.replace(run, latency_s=run.latency_s * 1.5, spent_s=run.spent_s * 1.5)
    for run in BASELINE
]
NOISY = [mm1(seed, load=0.9) for seed in range(4)]


def found(half_width, replications=10, needed=None, asked=0.05):
    value = Interval(1.0, 1 - (half_width or 0), 1 + (half_width or 0), 0.95, 100)
    return Precision(Target(), asked, "none", value, half_width, replications, needed)


def plan(**fields):
    return RunPlan(**{"precision": 0.05, **fields})


def chain(rate=200):
    steps = "[compute: {distribution: exponential, mean: 1ms}]"
    return topology(
        listed(
            service("a", "[{compute: 1ms}, {call: b/get}]", resources=cores(1)),
            service("b", steps, resources=cores(1)),
        ),
        arrivals=f"{{process: poisson, rate: {rate}/s}}",
    )


class TestSteps:
    @pytest.mark.parametrize(
        ("needed", "now", "more"),
        [(11, 10, 10), (20, 10, 10), (38, 10, 10), (33, 20, 20), (200, 40, 40), (400, 80, 80)],
    )
    def test_as_many_as_forecast_by_tens_and_at_most_twice(self, needed, now, more):
        assert replications_to_add(found(0.1, now, needed), plan(), 1.0) == more

    def test_no_more_than_the_plan_allows(self):
        assert replications_to_add(found(0.1, 80, 170), plan(replications_max=85), 1.0) == 5
        assert replications_to_add(found(0.1, 85, 170), plan(replications_max=85), 1.0) == 0
        assert replications_to_add(found(0.1, 85, 170), plan(replications_max=10), 1.0) == 0

    def test_one_step_and_no_more_where_it_is_out_of_reach(self):
        """One forecast may err; after a second that says the same the rest would be in vain."""
        assert replications_to_add(found(0.1, 10, 401), plan(), 1.0) == 10
        assert replications_to_add(found(0.1, 20, 400), plan(), 1.0) == 20
        assert replications_to_add(found(0.1, 20, 401), plan(), 1.0) == 0

    def test_none_when_it_is_reached(self):
        assert replications_to_add(found(0.05, 10, 10), plan(), 1.0) == 0

    def test_without_an_interval_they_double(self):
        assert replications_to_add(found(None, 40), plan(), 1.0) == 40

    @pytest.mark.parametrize(("elapsed", "more"), [(1.0, 40), (60.0, 20), (81.0, 0), (200.0, 0)])
    def test_no_step_is_begun_that_would_not_end_in_time(self, elapsed, more):
        """Of 100 s, 60 s are gone with 40 replications: 26 more would fit, twenty are tens."""
        limited = plan(seconds_max=100.0)
        assert replications_to_add(found(0.1, 40, 10**6), limited, elapsed) == more

    def test_time_counts_for_nothing_without_a_limit(self):
        assert replications_to_add(found(0.1, 10, 20), plan(), 1e9) == 10

    def test_a_clock_that_stands_still(self):
        assert replications_to_add(found(0.1, 10, 20), plan(seconds_max=1.0), 0.0) == 10


class TestWhatIsAsked:
    meshes = ("none", "same", "noisy")
    sides = (BASELINE, OTHER, NOISY)

    def asked(self, target, entry=None, sides=None):
        return precision_of(plan(precision_of=target), self.meshes, sides or self.sides, entry)

    def test_the_least_certain_mesh_counts(self):
        precision = self.asked(Target("p90"))
        value = quantile_interval(sections_of(NOISY).latency(), 0.9)
        assert (precision.mesh, precision.value) == ("noisy", value)
        assert precision.half_width == value.relative_half_width
        assert (precision.replications, precision.asked) == (4, 0.05)
        factor = (value.relative_half_width / 0.05) ** 2
        assert precision.replications_needed == pytest.approx(4 * factor, abs=1)
        assert not precision.reached

    def test_the_mean_of_an_entry_point(self):
        precision = self.asked(Target("mean", "web/b"), entry=1)
        assert precision.value == mean_interval(sections_of(NOISY).latency(1))

    def test_a_change_relative_to_the_baseline(self):
        precision = self.asked(Target("mean", difference=True), sides=(BASELINE, OTHER))
        before, after = paired_sections(BASELINE, OTHER)
        value = paired_relative_difference(before.latency(), after.latency())
        assert (precision.mesh, precision.value) == ("same", value)
        # Half as long again to the bit: the change is known exactly where latencies are not.
        assert value.estimate == pytest.approx(0.5)
        assert precision.half_width == value.half_width == pytest.approx(0.0, abs=1e-12)
        assert precision.reached
        assert not self.asked(Target("mean"), sides=(BASELINE, OTHER)).reached

    def test_the_change_of_the_least_certain_mesh(self):
        precision = self.asked(Target("mean", difference=True))
        assert precision.mesh == "noisy"

    def test_without_an_interval_nothing_is_forecast(self):
        precision = self.asked(Target("p99.99"))
        assert isinstance(precision.value, NotEnough)
        assert (precision.half_width, precision.replications_needed) == (None, None)
        assert not precision.reached

    def test_tallies_answer_too(self):
        tallies = [[tally_of(run, 2, 2).packed() for run in side] for side in self.sides]
        kept, counted = self.asked(Target("p90")), self.asked(Target("p90"), sides=tallies)
        assert counted.mesh == kept.mesh
        assert counted.half_width == pytest.approx(kept.half_width, rel=0.1)

    def test_both_sides_lose_the_longer_warm_up(self):
        sides = paired_sections(BASELINE, NOISY)
        longer = max(sections_of(BASELINE).deleted, sections_of(NOISY).deleted)
        assert [sections.deleted for sections in sides] == [longer, longer]


class TestEndToEnd:
    def test_a_run_says_what_came_of_it(self):
        asked = plan(requests=300, precision=0.01, replications_max=20, precision_of=Target("mean"))
        result = run(Scenario(chain(), mesh()), asked)
        assert result.precision.value == result.overall.mean
        assert (result.precision.replications, result.replications) == (20, 20)
        assert result.precision.mesh == "sample"
        assert not result.precision.reached

    def test_nothing_is_said_if_nothing_was_asked(self):
        assert (
            run(Scenario(chain(), mesh()), RunPlan(requests=50, replications=3)).precision is None
        )

    def test_a_comparison_stops_when_the_change_is_known(self):
        target = Target("mean", "a/get", difference=True)
        asked = plan(requests=300, precision=0.1, precision_of=target)
        both = compare(chain(), [load_mesh("none"), load_mesh("linkerd")], asked)
        (row,) = (r for r in both.latency if (r.name, r.metric) == ("a/get", "mean"))
        assert both.precision.reached
        assert both.precision.value == row.relative
        assert row.relative.half_width <= 0.1
        assert all(result.precision is None for result in both.results)

    def test_a_time_that_is_up_ends_it(self):
        asked = plan(requests=20, precision=0.001, seconds_max=1e-6)
        assert run(Scenario(chain(), mesh()), asked).replications == 10

    def test_any_number_of_processes_adds_as_many(self):
        asked = plan(requests=40, precision=0.2, precision_of=Target("mean"), replications_max=40)
        meshes = [load_mesh("none"), load_mesh("linkerd")]
        alone = compare(chain(400), meshes, asked, processes=1)
        assert alone == compare(chain(400), meshes, asked, processes=2)
        assert alone.precision.replications > 10

"""Goal: a study of tallies shows what the same study of requests shows, row by row.

Method: one small system with errors, calls and a sidecar, run once with each request kept and once
summed up. The warm-up of tallies ends where a window ends, so the runs have so few requests that a
window is one request, and both cut the same.
"""

import dataclasses

import pytest
from builders import listed, service, sidecars, topology

from meshsim.model.scenario import Scenario
from meshsim.stats import Interval
from meshsim.stats.histogram import RELATIVE_ERROR
from meshsim.studies.compare import compare, run
from meshsim.studies.plan import RunPlan

PLAN = RunPlan(requests=64, replications=4, keep="requests")
SUMMED = dataclasses.replace(PLAN, keep="tallies")


def system():
    steps = "[compute: {distribution: exponential, mean: 1ms}]"
    described = topology(
        listed(
            service("a", "[{compute: 1ms}, {call: b/get}]", endpoint=", error: 10%"),
            service("b", steps),
        ),
        arrivals="{process: poisson, rate: 200/s}",
    )
    return described.model_copy(
        update={"slo": {"a/get": ("avg<3ms", "p(50)<1ms", "error_rate<1%")}}
    )


@pytest.fixture(scope="module")
def both():
    scenario = Scenario(system(), sidecars(busy="100us"))
    return run(scenario, PLAN), run(scenario, SUMMED)


def agree(kept, summed, rel):
    assert type(kept) is type(summed)
    if isinstance(kept, Interval):
        assert summed.estimate == pytest.approx(kept.estimate, rel=rel)
        assert summed.observations == kept.observations
        assert summed.half_width == pytest.approx(kept.half_width, rel=0.2)


def test_latencies(both):
    rows = [(*result.latency, *(row.latency for row in result.service_edges)) for result in both]
    assert len(rows[0]) > 3
    for kept, summed in zip(*rows, strict=True):
        assert (kept.name, kept.requests) == (summed.name, summed.requests)
        agree(kept.mean, summed.mean, 1e-12)
        for one, other in zip(kept.quantiles, summed.quantiles, strict=True):
            agree(one, other, RELATIVE_ERROR)


def test_everything_else_is_the_same(both):
    kept, summed = both
    for one, other in zip(kept.breakdown, summed.breakdown, strict=True):
        assert other.parts == pytest.approx(one.parts)
    for one, other in zip(kept.outcomes, summed.outcomes, strict=True):
        assert (one.requests, one.errors) == (other.requests, other.errors)
    assert summed.usage == kept.usage
    assert [row.kept for row in summed.objectives] == [row.kept for row in kept.objectives]
    assert summed.warnings == kept.warnings


def test_only_tallies_have_a_series(both):
    kept, summed = both
    assert kept.series == ()
    assert sum(point.requests for point in summed.series) == 4 * 64


def test_one_long_run_has_intervals_of_its_own():
    plan = dataclasses.replace(SUMMED, requests=2_000, replications=1)
    result = run(Scenario(system(), sidecars(busy="100us")), plan)
    assert isinstance(result.overall.mean, Interval)
    assert all(isinstance(row.cpu_used, Interval) for row in result.usage)


def test_comparisons_pair_windows():
    meshes = [sidecars(busy="100us"), sidecars(busy="102us").model_copy(update={"name": "dearer"})]
    plan = dataclasses.replace(SUMMED, requests=2_000, replications=1)
    both = compare(system(), meshes, plan)
    (mean,) = (r for r in both.latency if (r.name, r.metric) == ("all requests", "mean"))
    assert mean.difference.excludes_zero
    assert mean.difference.low > 0
    assert mean.difference.half_width < 0.1 * both.baseline.overall.mean.half_width
    assert isinstance(both.resources[0].cpu_used, Interval)

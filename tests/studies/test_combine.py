"""Goal: results and comparisons have intervals of both causes everywhere, and sums are sums.

Method: two meshes that are the same but for ranges; whatever both share cancels in the difference.
"""

from dataclasses import replace

import pytest
from uncertain_samples import FACTOR, PLAN, chain, comparison, plain, ranged, uncertain

from meshsim.model.loading import topology_from_text
from meshsim.stats import NotEnough
from meshsim.stats.nested import CombinedInterval
from meshsim.studies.combine import with_draws
from meshsim.studies.compare import compare
from meshsim.studies.result import ALL
from meshsim.studies.totals import owner_cpu_used, total_cpu_used


def parts(value):
    assert isinstance(value, CombinedInterval)
    return value.simulation, value.calibration


def test_a_certain_mesh_has_no_calibration_part():
    certain = comparison().baseline
    simulation, calibration = parts(certain.overall.mean)
    assert simulation > 0
    assert calibration == 0.0


def test_latency_cpu_and_memory_of_an_uncertain_mesh_have_both():
    result = comparison().results[1]
    for value in (result.overall.mean, result.overall.quantiles[0], result.latency[1].mean):
        assert min(parts(value)) > 0
    edges = [row for row in result.latency if row.scope == "edge"]
    assert all(min(parts(row.mean)) > 0 for row in edges)
    assert all(min(parts(row.latency.mean)) > 0 for row in result.service_edges)
    assert min(parts(total_cpu_used(result))) > 0
    assert parts(result.uncertainty.memory_used[""])[1] > 0


def test_too_few_data_stay_too_few():
    result = comparison().results[1]
    assert isinstance(result.overall.quantiles[3], NotEnough)
    assert "observations" in str(result.overall.quantiles[3])


def test_sums_are_those_of_their_parts():
    result = comparison().results[1]
    owners = [owner_cpu_used(result, owner).estimate for owner in ("app", "proxy")]
    assert sum(owners) == pytest.approx(total_cpu_used(result).estimate)
    memory = result.uncertainty.memory_used
    assert memory[""].estimate == pytest.approx(result.used()[1])
    assert memory["proxy"].calibration == pytest.approx(memory[""].calibration, rel=1e-6)


def test_what_two_meshes_share_cancels_in_their_difference():
    both = [uncertain("one"), uncertain("other")]
    found = compare(chain(), both, replace(PLAN, draws=10))
    for row in found.latency:
        if not isinstance(row.difference, NotEnough):
            assert (row.difference.low, row.difference.high) == pytest.approx((0.0, 0.0))
    assert parts(found.resources[0].cpu_used) == pytest.approx((0.0, 0.0))
    assert parts(found.resources[0].memory_range) == pytest.approx((0.0, 0.0))


def test_differences_have_both_parts():
    found = comparison()
    rows = {row.metric: row for row in found.latency if row.name == ALL}
    simulation, calibration = parts(rows["mean"].difference)
    assert simulation == 0.0, "at their values both are the same mesh"
    assert calibration == pytest.approx(found.results[1].overall.mean.calibration, rel=0.3)
    base = found.baseline.overall.mean.estimate
    assert parts(rows["mean"].relative)[1] == pytest.approx(calibration / base, rel=0.05)
    for value in (found.resources[0].cpu_used, found.resources[0].memory_range):
        assert parts(value)[0] == 0.0, "at their values both are the same mesh"
        assert parts(value)[1] > 0


def test_objectives_are_judged_by_the_wider_interval():
    text = """
meshsim: 1
name: judged
services:
  - {name: a, endpoints: [{name: get, steps: [{compute: 1ms}]}],
     resources: {limits: {cpu: "1"}}}
load: {arrivals: {process: poisson, rate: 100/s}, entries: [{to: a/get}]}
nodes: [{name: node, cores: 8, memory: 8Gi, count: 1}]
slo: {a/get: ["avg<1.70ms", "p(95)<1s", "error_rate<1%"]}
"""
    topology = topology_from_text(text)
    mesh = ranged(plain(), {FACTOR: (0.2, 5.0)})
    alone = compare(topology, [mesh], replace(PLAN, draws=0)).baseline
    both = compare(topology, [mesh], PLAN).baseline
    assert [row.certain for row in alone.objectives] == [True, True, True]
    assert [row.certain for row in both.objectives] == [False, True, True]
    assert parts(both.objectives[1].value)[1] > 0, "of a quantile that no table has"
    assert both.objectives[0].kept == alone.objectives[0].kept


def test_a_draw_without_an_answer_is_left_out():
    from test_uncertainty import drawn

    made, found = drawn(uncertain())
    result = comparison().results[1]
    for pairs in found.pairs.values():
        pairs[:] = [None] * 16 + pairs[16:]
    few = with_draws(result, found)
    assert isinstance(few.overall.mean, NotEnough)
    assert "draws of the parameters" in str(few.overall.mean)
    assert made.replications

"""Goal: sums over intervals are right, and never narrower than they may be.

Method: literal intervals; and 1,000 seeded pairs of correlated means, whose summed interval must
hold the true sum in at least the promised share whatever the correlation.
"""

import math

import numpy as np
import pytest

from meshsim.model.loading import load_mesh, load_topology
from meshsim.model.scenario import Scenario
from meshsim.stats import Interval, NotEnough, mean_interval
from meshsim.studies.compare import run
from meshsim.studies.plan import RunPlan
from meshsim.studies.totals import total, total_cpu_used, total_requested


def test_estimates_and_ends_add_up():
    first = Interval(1.0, 0.5, 1.5, 0.95, 100)
    second = Interval(2.0, 1.0, 4.0, 0.9, 50)
    assert total([first, second]) == Interval(3.0, 1.5, 5.5, 0.9, 50)
    assert total([first]) == first


def test_what_lacks_data_has_no_sum():
    missing = NotEnough(3, 1, "sections that an interval takes")
    assert total([Interval(1.0, 0.5, 1.5, 0.95, 100), missing]) is missing


def test_nothing_has_no_sum():
    with pytest.raises(AssertionError):
        total([])


@pytest.mark.parametrize("correlation", [-0.9, 0.0, 0.9])
def test_coverage_is_at_least_the_promised_one(correlation):
    random = np.random.default_rng(5)
    covariance = [[1.0, correlation], [correlation, 1.0]]
    held = 0
    for _ in range(1_000):
        sample = random.multivariate_normal([3.0, 4.0], covariance, size=10)
        parts = [mean_interval([np.array([x]) for x in column]) for column in sample.T]
        held += total(parts).contains(7.0)
    assert held / 1_000 > 0.93


def test_cpu_of_a_result_is_the_sum_over_its_owners():
    plan = RunPlan(requests=30, replications=3)
    result = run(Scenario(load_topology("chain-3"), load_mesh("istio-sidecar")), plan)
    used = total_cpu_used(result)
    owners = ("app", "proxy", "control_plane")
    assert used.low < used.estimate < used.high
    assert math.isclose(used.estimate, sum(result.used(owner)[0] for owner in owners))


def test_requests_of_a_result_are_the_sum_over_its_owners():
    plan = RunPlan(requests=30, replications=3)
    result = run(Scenario(load_topology("chain-3"), load_mesh("istio-sidecar")), plan)
    cpu_cores, memory_bytes = total_requested(result)
    owners = ("app", "proxy", "control_plane")
    assert math.isclose(cpu_cores, sum(result.requested(owner)[0] for owner in owners))
    assert math.isclose(memory_bytes, sum(result.requested(owner)[1] for owner in owners))

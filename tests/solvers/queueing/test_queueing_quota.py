"""CPU quotas: the random walk of work against playing it out, waits against the SimPy model."""

import builders
import numpy as np
import pytest
from scipy import stats

from meshsim.physics.quota import PERIOD_S
from meshsim.solvers.queueing import solve
from meshsim.solvers.queueing.quota import backlog, excess, standstill


def work_of(rate, mean, cv):
    """Cumulants of the work of a period: Poisson arrivals of lognormal demands."""
    second = mean**2 * (1 + cv**2)
    third = mean**3 * (1 + cv**2) ** 3
    return rate * PERIOD_S * np.array([[mean], [second], [third]])


def test_excess_of_a_gamma_law():
    law = stats.gamma(3.0, scale=2.0)
    cumulants = np.array([[6.0], [12.0], [48.0]])
    u = law.ppf((np.arange(400_000) + 0.5) / 400_000)
    over = np.maximum(u - 7.0, 0.0)
    tail, first, second = excess(cumulants, np.array([7.0]))
    assert tail[0] == pytest.approx(law.sf(7.0))
    assert first[0] == pytest.approx(over.mean(), rel=1e-4)
    assert second[0] == pytest.approx(np.mean(over**2), rel=1e-3)


def test_excess_below_the_support_is_the_whole_mean():
    tail, first, _ = excess(np.array([[6.0], [1.0], [1.0]]), np.array([0.0]))
    assert tail[0] == pytest.approx(1.0)
    assert first[0] == pytest.approx(6.0)


@pytest.mark.parametrize("load", [0.5, 0.7, 0.9])
def test_the_backlog_played_out(load):
    rate, mean, quota_s = load * 100, 2e-3, 0.02
    generator = np.random.default_rng(1)
    sigma = np.sqrt(np.log(1.25))
    counts = generator.poisson(rate * PERIOD_S, 200_000)
    demands = generator.lognormal(np.log(mean) - sigma**2 / 2, sigma, counts.sum())
    bounds = np.concatenate([[0], np.cumsum(counts)])
    sums = np.concatenate([[0.0], np.cumsum(demands)])
    walk = np.cumsum(sums[bounds[1:]] - sums[bounds[:-1]] - quota_s)
    left = walk - np.minimum.accumulate(np.minimum(walk, 0.0))
    found = backlog(work_of(rate, mean, 0.5), np.array([quota_s]))
    assert found.none[0] == pytest.approx(np.mean(left <= 1e-12), abs=0.03)
    assert (1 - found.none[0]) * found.mean[0] == pytest.approx(left.mean(), rel=0.12)


def test_a_standstill_lasts_for_what_is_left_of_the_period():
    """100 equal bursts a period, each a hundredth of twice the quota: used up after half of it."""
    mean = 2 * 0.02 / 100
    used_up, length = standstill(work_of(1_000, mean, 0.0), np.array([0.02]))
    assert used_up[0] == pytest.approx(1.0, abs=1e-6)
    assert length[0] == pytest.approx(PERIOD_S / 2, rel=0.1)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sharing", "load", "tolerance"),
    [
        ("first_come", 0.5, 0.04),
        ("first_come", 0.7, 0.08),
        ("processor_sharing", 0.5, 0.04),
        ("processor_sharing", 0.7, 0.08),
    ],
)
def test_one_pod_under_a_quota(sharing, load, tolerance):
    """Bursts of 2 ms under a limit of 200m; four replications, each error below half of it."""
    service = builders.service(
        "a",
        "[{compute: {distribution: lognormal, mean: 2ms, cv: 0.5}}]",
        resources=builders.cores(0.2),
        cpu_sharing=sharing,
    )
    arrivals = builders.POISSON.format(100 * load)
    described = builders.topology(builders.listed(service), arrivals=arrivals)
    means = [
        builders.observe(described, requests=9_000, replication=number).latency_s[1_000:].mean()
        for number in range(6)
    ]
    error = np.std(means, ddof=1) / np.sqrt(6)
    estimate = solve(builders.program(described)).all_entries.mean_s[0]
    assert error < tolerance * estimate
    assert abs(np.mean(means) - estimate) < tolerance * estimate + 3 * error

"""The event loop in closed form against its own sums and against the discipline, played out."""

import math

import numpy as np
import pytest
from scipy import optimize, special

from meshsim.solvers.queueing.event_loop import event_loop_cpu_s, visit_time_s

BUSY, SCALE, EXPONENT, WAKE_UP = 40e-6, 6e-6, 0.42, 43e-6


def by_sums(rate, wake_up):
    """The same fixed point with E[gap^a] summed over the number of sleepers."""
    middles = (np.arange(500) + 0.5) / 500

    def excess(cost):
        asleep = (1 - rate * cost) / (1 + 2 * rate * wake_up)
        moment = 0.0
        for j in range(1, 60):
            gaps = j * wake_up + special.gammaincinv(j, middles) / (2 * rate)
            chance = 2 / (1 + asleep) * (asleep / (1 + asleep)) ** j
            moment += chance * float(np.mean((gaps * 1e6) ** EXPONENT))
        return BUSY + SCALE * moment - cost

    return optimize.brentq(excess, BUSY, 1 / rate)


@pytest.mark.parametrize("rate", [0.1, 100, 1_000, 5_000, 15_000, 24_000])
@pytest.mark.parametrize("wake_up", [0.0, WAKE_UP])
def test_the_integral_is_the_sum(rate, wake_up):
    found = event_loop_cpu_s(BUSY, SCALE, EXPONENT, rate, wake_up)
    assert found[0] == pytest.approx(by_sums(rate, wake_up), rel=1e-4)


def test_a_worker_without_rest_costs_the_busy_cost():
    found = event_loop_cpu_s(BUSY, SCALE, EXPONENT, np.array([25_000.0, 90_000.0]), WAKE_UP)
    assert found.tolist() == [BUSY, BUSY]


def test_nothing_to_do_and_no_idle_cost():
    assert event_loop_cpu_s(BUSY, SCALE, EXPONENT, 0.0, WAKE_UP)[0] == BUSY
    assert event_loop_cpu_s(BUSY, 0.0, EXPONENT, 100.0, WAKE_UP)[0] == BUSY


def played_out(visits_per_s, wake_up, costs, count=200_000):
    """Poisson visits to a worker that takes all that is ready as one batch."""
    generator = np.random.default_rng(3)
    arrival = np.cumsum(generator.exponential(1 / visits_per_s, count))
    until = np.concatenate([[0.0], np.cumsum(generator.choice(costs, count))])
    stayed, first, now = np.zeros(count), 0, 0.0
    while first < count:
        if arrival[first] >= now:
            now = arrival[first] + wake_up
        after = max(int(np.searchsorted(arrival, now)), first + 1)
        now += until[after] - until[first]
        stayed[first:after] = now - arrival[first:after]
        first = after
    return stayed


@pytest.mark.parametrize("load", [0.1, 0.5, 0.8])
def test_the_time_of_a_visit(load):
    costs = np.array([50e-6, 150e-6])
    stayed = played_out(load / costs.mean(), WAKE_UP, costs)
    moments = [np.array([np.mean(costs**k)]) for k in (1, 2, 3)]
    rate, wake_up = np.array([load / costs.mean()]), np.array([WAKE_UP])
    mean, variance = visit_time_s(rate, wake_up, *moments)
    sections = stayed.reshape(20, -1).mean(axis=1)
    error = sections.std(ddof=1) / math.sqrt(20)
    assert error < 0.02 * mean[0]
    assert abs(sections.mean() - mean[0]) < 4 * error
    assert variance[0] == pytest.approx(stayed.var(), rel=0.15)


def test_a_lonely_visit_takes_the_wake_up_and_its_own_work():
    work = np.array([1e-4])
    mean, variance = visit_time_s(np.array([1e-6]), np.array([43e-6]), work, work**2, work**3)
    assert mean[0] == pytest.approx(143e-6, rel=1e-6)
    assert variance[0] == pytest.approx(0.0, abs=1e-15)


def test_a_worker_that_cannot_keep_up():
    work = np.array([1e-4])
    mean, variance = visit_time_s(np.array([1e4]), np.array([0.0]), work, work**2, work**3)
    assert np.isinf(mean[0])
    assert np.isinf(variance[0])

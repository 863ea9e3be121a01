"""The event loop in closed form against the discipline, played out."""

import math

import numpy as np
import pytest

from meshsim.solvers.queueing.event_loop import visit_time_s

WAKE_UP = 43e-6


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

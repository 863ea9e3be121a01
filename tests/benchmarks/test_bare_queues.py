"""Goal: the queues by hand are M/M/1 queues. Method: mean time in system against 1 / (mu - lambda)
per station, within five standard errors of the mean over independent runs; counts of events.
"""

import numpy as np
import pytest

from benchmarks.bare_queues import run_queues


@pytest.mark.parametrize("stations", [1, 3])
def test_mean_time_in_system(stations):
    means = [run_queues(stations, 2.0, 1.0, 20_000, seed)[0] / 20_000 for seed in range(20)]
    error = np.std(means, ddof=1) / np.sqrt(len(means))
    assert abs(np.mean(means) - 2.0 * stations) < 5 * error
    assert error < 0.03 * stations


def test_every_event_is_an_arrival_or_the_end_of_a_service():
    latency_s, served, arrivals, events = run_queues(2, 2.0, 1.0, 1_000, 1)
    assert latency_s > 0
    assert 1_000 <= arrivals <= 1_030
    # At most one request is in service at each station when the run stops.
    assert arrivals + served - 2 <= events <= arrivals + served


def test_the_seed_decides():
    assert run_queues(1, 2.0, 1.0, 100, 1) == run_queues(1, 2.0, 1.0, 100, 1)
    assert run_queues(1, 2.0, 1.0, 100, 1) != run_queues(1, 2.0, 1.0, 100, 2)

"""Goal: each window of a run shows what its requests saw, and nothing is left out."""

import numpy as np
import pytest
from test_tallied import REQUESTS, WINDOW, mm1

from meshsim.solvers.tally import tally_of
from meshsim.stats.histogram import RELATIVE_ERROR
from meshsim.studies.series import series_of

RUNS = [mm1(seed) for seed in range(3)]
TALLIES = [tally_of(run, 2, 2).packed() for run in RUNS]


def test_windows_stand_in_their_order_with_all_requests():
    points = series_of(TALLIES)
    assert [point.first_request for point in points] == list(range(0, REQUESTS, WINDOW))
    assert sum(point.requests for point in points) == 3 * REQUESTS
    starts = [point.start_s for point in points]
    assert starts == sorted(starts)
    assert starts[1] == pytest.approx(np.mean([run.start_s[WINDOW] for run in RUNS]))


def test_a_window_shows_what_its_requests_saw():
    point = series_of(TALLIES)[7]
    window = slice(7 * WINDOW, 8 * WINDOW)
    latency = np.concatenate([run.latency_s[window] for run in RUNS])
    assert point.requests == len(latency)
    assert point.mean_s == pytest.approx(latency.mean())
    assert point.p50_s == pytest.approx(np.quantile(latency, 0.5), rel=RELATIVE_ERROR)
    assert point.p99_s == pytest.approx(np.quantile(latency, 0.99), rel=RELATIVE_ERROR)
    assert point.failed == np.concatenate([run.failed[window] for run in RUNS]).mean()


def test_one_entry_point_alone():
    points = series_of(TALLIES, entry=1)
    assert sum(point.requests for point in points) == sum((r.entry == 1).sum() for r in RUNS)


def test_a_window_without_requests_has_no_point():
    runs = [mm1(0)]
    runs[0].entry[: 2 * WINDOW] = 0
    points = series_of([tally_of(runs[0], 2, 2).packed()], entry=1)
    assert points[0].first_request == 2 * WINDOW


def test_kept_requests_have_no_series():
    assert series_of(RUNS) == ()

"""Tally: windows of equal numbers of requests, and everything of a run found again in their sums.

Small observations by hand; a real run whose tally is compared with sums over its requests.
"""

import dataclasses
import pickle

import numba
import numpy as np
import observation_samples
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshsim.solvers.observations import Part
from meshsim.solvers.tally import (
    EDGE_BYTES_MAX,
    SERIES_MAX,
    WINDOWS_MAX,
    edge_windows_of,
    empty_tally,
    first_ordinals,
    tally_of,
    window_of,
    windows_of,
)
from meshsim.stats.histogram import BUCKETS, bucket_of

compiled = numba.njit(window_of)
compiled_bucket = numba.njit(bucket_of)


@numba.njit
def fill(latency, entry, failed, measured, counts, sums, least, most, failures, series, fine):
    """What a compiled solver does with each request, one after the other."""
    for ordinal in range(measured):
        window = compiled(ordinal, len(counts), measured)
        column, value = entry[ordinal], latency[ordinal]
        counts[window, column, compiled_bucket(value)] += 1
        sums[window, column] += value
        least[window, column] = min(least[window, column], value)
        most[window, column] = max(most[window, column], value)
        failures[window, column] += failed[ordinal]
        place = compiled(ordinal, len(series), measured)
        series[place] += value
        fine[place] += 1


def observed(latency, entry, failed, calls=((), (), ())):
    """Ten requests a second, two stations, three pods."""
    count = len(latency)
    return observation_samples.observed(
        latency,
        entry=entry,
        failed=failed,
        calls=calls,
        start_s=np.arange(count) / 10,
        busy_s=np.array([[0.0, 0.0], [0.5, 0.25]]),
        connections=np.array([3]),
        pod_requests=np.array([count, 0, 7]),
    )


@given(st.integers(1, 10**9), st.integers(0, 10**9))
def test_a_request_lies_in_the_window_that_its_first_ordinal_opens(measured, ordinal):
    ordinal %= measured
    windows = windows_of(measured)
    firsts = first_ordinals(windows, measured)
    window = window_of(ordinal, windows, measured)
    assert window == compiled(ordinal, windows, measured)
    assert window == np.searchsorted(firsts, ordinal, side="right") - 1


@pytest.mark.parametrize(
    ("measured", "windows"), [(1, 1), (2, 2), (3, 2), (63, 32), (64, 64), (10**8, 64)]
)
def test_windows_are_a_power_of_two_that_fits(measured, windows):
    assert windows_of(measured) == windows
    sizes = np.diff([*first_ordinals(windows, measured), measured])
    assert sizes.min() >= 1
    assert np.ptp(sizes) <= 1


@pytest.mark.parametrize(("edges", "windows"), [(0, 64), (1, 64), (259, 64), (260, 32), (2000, 8)])
def test_many_edges_have_fewer_windows(edges, windows):
    assert edge_windows_of(10**6, edges) == windows
    assert windows * edges * BUCKETS * 4 <= EDGE_BYTES_MAX
    assert edge_windows_of(3, edges) == 2


def test_so_many_edges_still_have_two_windows():
    assert edge_windows_of(10**6, 10**6) == 2
    assert edge_windows_of(1, 10**6) == 1


def test_requests_are_counted_in_their_window_and_entry():
    tally = tally_of(observed([1.0, 2.0, 4.0, 8.0], [0, 1, 0, 0], [0, 1, 0, 1]), 2, 0)
    assert tally.measured == 4
    assert tally.window_first.tolist() == [0, 1, 2, 3]
    assert tally.window_start_s.tolist() == [0.0, 0.1, 0.2, 0.3]
    where = np.argwhere(tally.entry_counts).tolist()
    assert where == [
        [0, 0, bucket_of(1.0)],
        [1, 1, bucket_of(2.0)],
        [2, 0, bucket_of(4.0)],
        [3, 0, bucket_of(8.0)],
    ]
    assert tally.entry_counts.sum() == 4
    assert tally.entry_sum_s.tolist() == [[1, 0], [0, 2], [4, 0], [8, 0]]
    assert tally.entry_max_s.tolist() == [[1, 0], [0, 2], [4, 0], [8, 0]]
    assert tally.entry_min_s.tolist() == [[1, np.inf], [np.inf, 2], [4, np.inf], [8, np.inf]]
    assert tally.entry_failed.tolist() == [[0, 0], [0, 1], [0, 0], [1, 0]]
    assert tally.spent_s[:, :, Part.APP_WORK].tolist() == tally.entry_sum_s.tolist()
    assert tally.spent_s.sum() == 15.0
    assert tally.series_sum_s.tolist() == [1.0, 2.0, 4.0, 8.0]
    assert tally.series_count.tolist() == [1, 1, 1, 1]


def test_the_least_and_the_greatest_of_a_window():
    tally = tally_of(observed([3.0, 1.0, 2.0], [0, 0, 0], [0, 0, 0]), 1, 0)
    assert tally.window_first.tolist() == [0, 2]
    assert tally.entry_min_s.tolist() == [[1.0], [2.0]]
    assert tally.entry_max_s.tolist() == [[3.0], [2.0]]


def test_calls_belong_to_the_window_of_their_request():
    edges = ([1, 1, 0], [0, 1, 1], [0.5, 0.25, 0.125])
    tally = tally_of(observed([1.0, 2.0], [0, 0], [0, 0], edges), 1, 2)
    assert np.argwhere(tally.edge_counts).tolist() == [
        [0, 1, bucket_of(0.5)],
        [1, 0, bucket_of(0.125)],
        [1, 1, bucket_of(0.25)],
    ]
    assert tally.edge_counts.dtype == np.int32
    assert tally.edge_sum_s.tolist() == [[0.0, 0.5], [0.125, 0.25]]
    assert tally.edge_min_s.tolist() == [[np.inf, 0.5], [0.125, 0.25]]
    assert tally.edge_max_s.tolist() == [[0.0, 0.5], [0.125, 0.25]]


def test_readings_of_stations_stay_as_they_are():
    run = observed([1.0, 2.0], [0, 0], [0, 0])
    tally = tally_of(run, 1, 0)
    for name in ("snapshot_s", "snapshot_request", "busy_s", "connections", "pod_requests"):
        assert getattr(tally, name).tolist() == getattr(run, name).tolist()


def test_an_empty_tally_reads_stations_at_the_start_of_each_window_and_at_the_end():
    tally = empty_tally(1000, entries=2, edges=3, stations=4, instances=5, pods=6)
    assert tally.snapshot_request.tolist() == [*first_ordinals(WINDOWS_MAX, 1000), 1000]
    assert tally.snapshot_s.shape == (WINDOWS_MAX + 1,)
    assert tally.busy_s.shape == (WINDOWS_MAX + 1, 4)
    assert tally.entry_counts.shape == (WINDOWS_MAX, 2, BUCKETS)
    assert tally.edge_counts.shape == (WINDOWS_MAX, 3, BUCKETS)
    assert tally.spent_s.shape == (WINDOWS_MAX, 2, len(Part))
    assert (len(tally.connections), len(tally.pod_requests)) == (5, 6)
    assert len(tally.series_sum_s) == 1000
    assert len(empty_tally(10**6, 1, 0, 1, 0, 1).series_sum_s) == SERIES_MAX


def test_packed_a_tally_holds_the_buckets_in_use_only():
    edges = ([1, 1, 0], [0, 1, 1], [0.5, 0.25, 0.125])
    tally = tally_of(observed([1.0] * 64, [0] * 64, [0] * 64, edges), 1, 2)
    packed = tally.packed()
    assert tally.entry_counts.nbytes > 3_000_000
    assert len(pickle.dumps(packed)) < 25_000
    assert packed.entry_counts.together((0, 64)).tolist() == tally.entry_counts.sum((0, 1)).tolist()
    counts = packed.edge_counts.together((0, 2), [1])
    assert counts.tolist() == tally.edge_counts[:2, 1].sum(axis=0).tolist()
    for field in dataclasses.fields(tally):
        if field.name not in ("entry_counts", "edge_counts"):
            found = getattr(packed.sums, field.name)
            assert np.array_equal(found, getattr(tally, field.name)), field.name
    assert packed.sums.entry_counts.shape == (64, 1, 0)
    assert packed.sums.edge_counts.shape == (64, 2, 0)


def test_a_compiled_solver_fills_the_same_arrays():
    rng = np.random.default_rng(11)
    run = observed(
        rng.exponential(0.01, 7_001), rng.integers(3, size=7_001), rng.random(7_001) < 0.1
    )
    expected = tally_of(run, 3, 0)
    found = empty_tally(7_001, 3, 0, stations=2, instances=1, pods=3)
    arrays = (
        *(found.entry_counts, found.entry_sum_s, found.entry_min_s, found.entry_max_s),
        *(found.entry_failed, found.series_sum_s, found.series_count),
    )
    fill(run.latency_s, run.entry, run.failed, found.measured, *arrays)
    for name in ("entry_counts", "entry_min_s", "entry_max_s", "entry_failed", "series_count"):
        assert np.array_equal(getattr(found, name), getattr(expected, name)), name
    for name in ("entry_sum_s", "series_sum_s"):
        np.testing.assert_allclose(getattr(found, name), getattr(expected, name), rtol=1e-12)

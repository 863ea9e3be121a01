"""Histogram: the promised relative error, and that parts add up to the whole.

Hypothesis draws durations over the whole range; quantiles are compared with numpy's on the same
durations. The mapping is compared between CPython, numpy and the compiler, at edges above all.
"""

import math
from itertools import pairwise

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshsim.stats.histogram import (
    BUCKETS,
    EDGES_S,
    LARGEST_S,
    RELATIVE_ERROR,
    SMALLEST_S,
    Histogram,
    bucket_of,
    buckets_of,
)

compiled = numba.njit(bucket_of)

durations = st.floats(min_value=SMALLEST_S, max_value=1e5, allow_subnormal=False)
samples = st.lists(durations, min_size=1, max_size=200).map(np.array)
any_samples = st.lists(st.floats(0, 1e6), max_size=60).map(
    lambda values: np.array(values, dtype=np.float64)
)
shares = st.floats(0, 1)


def edge_values():
    """Powers of two, edges of buckets and their neighbours, zero, denormals, the ends."""
    exact = [2.0**e for e in range(-1074, 40)] + EDGES_S.tolist() + [0.0, 1e-9, 1e5, math.inf]
    near = [math.nextafter(v, to) for v in exact for to in (0.0, math.inf)]
    return [*exact, *near]


def same(left, right):
    assert left.counts.tolist() == right.counts.tolist()
    assert left.sum_s == pytest.approx(right.sum_s, rel=1e-12)
    assert (left.min_s, left.max_s) == (right.min_s, right.max_s)


def test_the_ends_have_buckets_of_their_own():
    assert bucket_of(0.0) == bucket_of(math.nextafter(SMALLEST_S, 0.0)) == 0
    assert bucket_of(SMALLEST_S) == 1
    assert bucket_of(math.nextafter(LARGEST_S, 0.0)) == BUCKETS - 2
    assert bucket_of(LARGEST_S) == bucket_of(1e300) == BUCKETS - 1
    assert SMALLEST_S < 1e-9
    assert LARGEST_S > 1e5


def test_an_octave_has_160_buckets():
    assert bucket_of(1.0) == 30 * 160 + 1
    assert bucket_of(2.0) == 31 * 160 + 1
    assert bucket_of(1.5) == 30 * 160 + 1 + math.floor(160 * 0.5 * 3.5 / 3)
    assert BUCKETS == 47 * 160 + 2


def test_no_bucket_is_wider_than_promised():
    low, high = EDGES_S[1:-2], EDGES_S[2:-1]
    assert np.all(high > low)
    assert np.all(high / low - 1 < RELATIVE_ERROR)
    assert np.all(high / low - 1 > 0.004)


def test_edges_are_where_the_bucket_changes():
    inner = EDGES_S[2:-2]
    assert buckets_of(inner * (1 - 1e-14)).tolist() == list(range(1, BUCKETS - 2))
    assert buckets_of(inner * (1 + 1e-14)).tolist() == list(range(2, BUCKETS - 1))


def test_the_same_bucket_in_cpython_numpy_and_compiled_at_edges():
    values = edge_values()
    plain = [bucket_of(value) for value in values]
    assert plain == [compiled(value) for value in values]
    assert plain == buckets_of(np.array(values)).tolist()


@given(st.floats(min_value=0, allow_nan=False))
def test_the_same_bucket_in_cpython_numpy_and_compiled(value):
    assert bucket_of(value) == compiled(value) == buckets_of(np.array([value]))[0]


@given(st.floats(min_value=0, allow_nan=False), st.floats(min_value=0, allow_nan=False))
def test_a_longer_duration_never_has_an_earlier_bucket(one, other):
    low, high = sorted((one, other))
    assert bucket_of(low) <= bucket_of(high)


def test_neighbours_never_swap_buckets():
    """Around every edge, float by float: the mapping rises although it rounds."""
    for edge in EDGES_S[1:-1:37]:
        value, found = edge * (1 - 1e-15), []
        for _ in range(20):
            found.append(bucket_of(value))
            value = math.nextafter(value, math.inf)
        assert found == sorted(found)


@given(samples, shares)
def test_a_quantile_is_within_the_relative_error(sample, p):
    exact = float(np.quantile(sample, p))
    assert Histogram.of(sample).quantile(p) == pytest.approx(exact, rel=RELATIVE_ERROR, abs=0)


@given(st.lists(st.floats(0, 1e-9), min_size=1, max_size=20).map(np.array), shares)
def test_below_a_nanosecond_a_quantile_is_that_much_off_at_most(sample, p):
    found = Histogram.of(sample).quantile(p)
    assert found == pytest.approx(float(np.quantile(sample, p)), abs=SMALLEST_S)


@given(samples, st.lists(shares, min_size=2, max_size=8))
def test_quantiles_rise_with_p(sample, ps):
    histogram = Histogram.of(sample)
    found = [histogram.quantile(p) for p in sorted(ps)]
    assert all(b >= a * (1 - 1e-12) for a, b in pairwise(found))
    assert sample.min() <= found[0]
    assert found[-1] <= sample.max()


@given(any_samples, any_samples, any_samples)
def test_parts_in_any_order_add_up_to_the_whole(a, b, c):
    parts = [Histogram.of(part) for part in (a, b, c)]
    whole = Histogram.of(np.concatenate([a, b, c]))
    same((parts[0] + parts[1]) + parts[2], whole)
    same(parts[0] + (parts[1] + parts[2]), whole)
    same(parts[2] + parts[0] + parts[1], whole)
    same(Histogram.merged(parts), whole)


@given(samples)
def test_count_sum_mean_and_ends_are_exact(sample):
    histogram = Histogram.of(sample)
    assert histogram.count == len(sample)
    assert histogram.mean_s == pytest.approx(sample.mean(), rel=1e-12)
    assert histogram.quantile(0) == histogram.min_s == sample.min()
    assert histogram.quantile(1) == histogram.max_s == sample.max()


def test_values_beyond_the_ends_are_found_at_least_and_greatest():
    histogram = Histogram.of(np.array([0.0, 0.0, 0.0, 3e5, 4e5]))
    assert histogram.counts[0] == 3
    assert histogram.counts[-1] == 2
    assert histogram.quantile(0.5) == pytest.approx(0.0, abs=SMALLEST_S)
    assert LARGEST_S <= histogram.quantile(0.75) <= 4e5


def test_observations_stand_evenly_in_their_bucket():
    low, high = EDGES_S[bucket_of(1.0)], EDGES_S[bucket_of(1.0) + 1]
    inside = np.full(4, (low + high) / 2)
    histogram = Histogram.of(np.array([0.5, *inside, 9.0]))
    thirds = [histogram.quantile(rank / 5) for rank in (1, 2, 3, 4)]
    assert thirds == pytest.approx([low + (high - low) * s for s in (0.125, 0.375, 0.625, 0.875)])


def test_a_smooth_distribution_is_known_far_better_than_promised():
    sample = np.random.default_rng(5).exponential(0.01, 200_000)
    for p in (0.5, 0.9, 0.99, 0.999):
        found = Histogram.of(sample).quantile(p)
        assert found == pytest.approx(float(np.quantile(sample, p)), rel=1e-3)


@given(samples, durations)
def test_as_many_lie_beyond_as_numpy_says_up_to_one_bucket(sample, value):
    histogram = Histogram.of(sample)
    in_bucket = int(np.count_nonzero(buckets_of(sample) == bucket_of(value)))
    above = histogram.count_beyond(value, above=True)
    assert abs(above - np.count_nonzero(sample >= value)) <= in_bucket
    assert above + histogram.count_beyond(value, above=False) == pytest.approx(len(sample))


def test_beyond_a_value_between_the_observations_is_exact():
    histogram = Histogram.of(np.array([1.0, 2.0, 3.0]))
    assert histogram.count_beyond(2.5, above=True) == 1
    assert histogram.count_beyond(2.5, above=False) == 2
    assert Histogram.empty().count_beyond(1.0, above=True) == 0


def test_nothing_is_the_neutral_part():
    histogram = Histogram.of(np.array([1.0, 2.0]))
    same(Histogram.merged([]), Histogram.empty())
    same(Histogram.of(np.array([])), Histogram.empty())
    same(histogram + Histogram.empty(), histogram)


def test_a_quantile_needs_a_share():
    with pytest.raises(AssertionError):
        Histogram.of(np.array([1.0])).quantile(1.5)

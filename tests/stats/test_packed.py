"""Packed counts: what was packed comes out again, however it is summed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshsim.stats.histogram import BUCKETS
from meshsim.stats.packed import PackedCounts

cells = st.lists(
    st.tuples(
        st.integers(0, 3), st.integers(0, 2), st.integers(0, BUCKETS - 1), st.integers(1, 2**31 - 1)
    ),
    max_size=30,
)


def dense(found, dtype=np.int64):
    counts = np.zeros((4, 3, BUCKETS), dtype=dtype)
    for window, column, bucket, count in found:
        counts[window, column, bucket] = count
    return counts


@given(cells, st.integers(0, 4), st.integers(0, 4), st.sets(st.integers(0, 2)))
def test_sums_over_windows_and_columns(found, one, other, columns):
    counts = dense(found)
    packed = PackedCounts.of(counts)
    first, end = sorted((one, other))
    everything = counts[first:end].sum(axis=(0, 1))
    assert packed.together((first, end)).tolist() == everything.tolist()
    if columns and first < end:
        some = counts[first:end, sorted(columns)].sum(axis=(0, 1))
        assert packed.together((first, end), sorted(columns)).tolist() == some.tolist()


def test_room_is_taken_by_buckets_in_use():
    packed = PackedCounts.of(dense([(0, 0, 7, 1), (3, 2, BUCKETS - 1, 5)], np.int32))
    assert packed.bucket.tolist() == [7, BUCKETS - 1]
    assert packed.found.tolist() == [1, 5]
    assert (packed.bucket.itemsize, packed.found.itemsize) == (2, 4)
    assert (packed.windows, packed.columns) == (4, 3)


def test_large_counts_do_not_overflow():
    full = np.full((2, 1, BUCKETS), 2**31 - 1, dtype=np.int32)
    assert set(PackedCounts.of(full).together((0, 2)).tolist()) == {2**32 - 2}


def test_rows_have_all_buckets():
    with pytest.raises(AssertionError):
        PackedCounts.of(np.zeros((1, 1, BUCKETS - 1), dtype=np.int32))

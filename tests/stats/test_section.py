"""Sections: kept and counted observations answer alike, exactly or to one bucket."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshsim.stats import Counted, Histogram, Kept, Share, grouped
from meshsim.stats.histogram import RELATIVE_ERROR
from meshsim.stats.section import averaged_of, sections_of

values = st.lists(st.floats(1e-6, 1e3), min_size=1, max_size=80).map(np.array)


def counted(array, pieces=8):
    return Counted.of([Histogram.of(piece) for piece in np.array_split(array, pieces)])


@given(values, values, st.floats(0.01, 0.99))
def test_joined_sections_are_one_sample(one, other, p):
    kept = Kept(one).joined([Kept(other)])
    sums = counted(one).joined([counted(other)])
    assert kept.values.tolist() == [*one, *other]
    assert kept.size == sums.size == len(one) + len(other)
    assert sums.total == pytest.approx(kept.total)
    assert sums.mean() == pytest.approx(kept.mean())
    assert sums.quantile(p) == pytest.approx(kept.quantile(p), rel=RELATIVE_ERROR)


def test_eighths_are_seen_one_by_one():
    array = np.array([1.0, 9.0] * 4 + [1.0] * 8)
    counts, sizes = Kept(array).beyond(5.0, above=True)
    assert counts.tolist() == [1, 1, 1, 1, 0, 0, 0, 0]
    assert sizes.tolist() == [2] * 8
    for found, expected in zip(
        counted(array).beyond(5.0, above=True), (counts, sizes), strict=True
    ):
        assert found.tolist() == expected.tolist()
    below, _ = counted(array).beyond(5.0, above=False)
    assert below.tolist() == [1, 1, 1, 1, 2, 2, 2, 2]


@pytest.mark.parametrize(
    ("pieces", "sizes"),
    [(1, [8, 0, 0, 0, 0, 0, 0, 0]), (4, [2, 2, 2, 2, 0, 0, 0, 0]), (16, [2] * 4 + [0] * 4)],
)
def test_any_number_of_pieces_is_spread_over_eighths(pieces, sizes):
    found = counted(np.ones(8), pieces).beyond(0.5, above=True)
    assert [each.tolist() for each in found] == [sizes, sizes]


def test_a_share_is_a_mean_of_ones_and_zeros():
    share = Share(1, 4).joined([Share(2, 4), Share(0, 2)])
    assert (share.found, share.size, share.total) == (3, 10, 3.0)
    assert share.mean() == 0.3


def test_sections_are_grouped_from_twice_the_number_on():
    shares = [Share(number, 10) for number in range(7)]
    assert grouped(shares, 4) == shares
    assert grouped(shares, 3) == [Share(0 + 3 + 6, 30), Share(1 + 4, 20), Share(2 + 5, 20)]


def test_arrays_are_taken_for_kept_observations():
    array, share = np.array([1.0]), Share(1, 2)
    assert [each.values is array for each in sections_of([array])] == [True]
    section = counted(array)
    assert sections_of([section]) == [section]
    assert averaged_of([share, array])[0] is share

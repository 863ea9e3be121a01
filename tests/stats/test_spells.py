"""Spells: as many as there are clusters, however the observations in a cluster lie.

Patterns are built with a known number of independent clusters, placed at random; the method of
halves and quarters is checked on numbers small enough for pencil and paper.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshsim.stats.spells import independent_spells


def clusters(seed, size, spacing, number=100, sections=10, length=10_000):
    """``number`` clusters of ``size`` observations, ``spacing`` apart, anywhere."""
    beyond = np.zeros((sections, length + size * spacing), dtype=np.bool_)
    rng = np.random.default_rng(seed)
    for section, start in zip(
        rng.integers(sections, size=number), rng.integers(length, size=number), strict=True
    ):
        beyond[section, start : start + size * spacing : spacing] = True
    return list(beyond)


def median_spells(**pattern):
    return np.median([independent_spells(clusters(seed, **pattern)) for seed in range(50)])


def test_independent_observations_count_themselves():
    # The least of four noisy counts is somewhat low.
    assert 60 <= median_spells(size=1, spacing=1) <= 100


@pytest.mark.parametrize(("size", "spacing"), [(10, 1), (10, 5), (30, 1), (30, 10)])
def test_clusters_count_once_each(size, spacing):
    assert 60 <= median_spells(size=size, spacing=spacing) <= 100


def test_bursts_of_clusters_count_once_each():
    """Ten clusters of three that follow each other by fifty are one event."""
    beyond = [np.zeros(10_000, dtype=np.bool_) for _ in range(10)]
    for section in beyond:
        for start in range(4000, 4500, 50):
            section[start : start + 3] = True
    # Whole sections are all alike; the eighths show that a section has but one spell.
    assert independent_spells(beyond) == pytest.approx(10 * (79 / 80) * (8 / 7), rel=0.01)


def test_whole_sections_by_hand():
    beyond = [np.tile([True, False], 80), np.zeros(160, dtype=np.bool_)]
    # Shares 1 and 0 instead of 1/2 and 1/2: 1 / K is twice 1/4 + 1/4.
    assert independent_spells(beyond) == pytest.approx(1.0)


def test_unequal_sections_owe_by_their_length():
    beyond = [np.tile([True, False], 200), np.tile([True, False], 600)]
    assert independent_spells(beyond) == pytest.approx(800)


def test_sections_shorter_than_their_pieces():
    beyond = [np.array([True]), np.array([False, False]), np.array([True, False, False])]
    assert 0 < independent_spells(beyond) <= 2


@given(
    st.lists(st.lists(st.booleans(), min_size=1, max_size=40), min_size=2, max_size=12).filter(
        lambda sections: any(map(any, sections))
    )
)
def test_never_more_than_the_observations(sections):
    spells = independent_spells([np.array(section) for section in sections])
    assert 0 < spells <= sum(map(sum, sections))


def test_nothing_beyond_is_a_fault_of_the_caller():
    with pytest.raises(AssertionError):
        independent_spells([np.zeros(10, dtype=np.bool_)] * 3)

"""Goal: a pool gives what its sections give, taken together anew each time.

Method: Hypothesis makes sections with many equal values; numpy is asked about all of them, and all
but those of one section.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshsim.stats import Counted, Histogram, Kept, Pool, Share
from meshsim.stats.intervals import estimate_mean, estimate_quantile

VALUES = st.sampled_from([0.0, 1.0, 1.5, 2.0]) | st.floats(0, 10)
SECTIONS = st.lists(st.lists(VALUES, min_size=1, max_size=12), min_size=2, max_size=5)


@given(SECTIONS, st.floats(0, 1))
def test_all_and_all_but_one(sections, p):
    arrays = [np.array(section) for section in sections]
    pool = Pool([Kept(array) for array in arrays])
    assert pool.whole.quantile(p) == pytest.approx(
        np.quantile(np.concatenate(arrays), p), abs=1e-12
    )
    for number, rest in enumerate(pool.rests):
        others = np.concatenate([*arrays[:number], *arrays[number + 1 :]])
        assert rest.quantile(p) == pytest.approx(np.quantile(others, p), abs=1e-12)


def test_counted_sections():
    each = [np.linspace(1, 2, 50), np.linspace(1, 3, 70), np.linspace(2, 3, 90)]
    pool = Pool([Counted.of([Histogram.of(values)]) for values in each])
    for number, rest in enumerate(pool.rests):
        others = np.concatenate([*each[:number], *each[number + 1 :]])
        assert rest.quantile(0.9) == pytest.approx(np.quantile(others, 0.9), rel=0.01)
    assert pool.whole.size == 210


def test_it_is_a_sequence_of_its_sections():
    shares = [Share(1, 2), Share(1, 4), Share(2, 4)]
    pool = Pool(shares)
    assert list(pool) == shares
    assert pool[1:] == (shares[1], shares[2])
    assert len(pool) == 3
    assert pool.whole == Share(4, 10)


def test_estimates_are_made_once():
    pool = Pool([Kept(np.arange(3_000.0) + n) for n in range(4)])
    assert estimate_quantile(pool, 0.5) is estimate_quantile(pool, 0.5)
    assert estimate_mean(pool) is estimate_mean(pool)
    assert set(pool.estimates) == {0.5, None}

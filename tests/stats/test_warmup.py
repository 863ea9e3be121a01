"""Warm-up: a known transient is cut off where it ends, and a settled run is left alone.

The runs are built from a formula and seeded noise, so the right answer is known: a decay
exp(-t / 200) under noise of 0.1 is lost in the batch means (noise 0.045) after about 600 steps.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meshsim.stats import WarmUp, mser5, warm_up


def decaying(length, time_constant, seed):
    noise = np.random.default_rng(seed).normal(0.0, 0.1, length)
    return 5.0 + np.exp(-np.arange(length) / time_constant) + noise


@pytest.mark.parametrize("seed", range(10))
def test_a_decay_is_cut_where_the_noise_swallows_it(seed):
    found = warm_up(decaying(20_000, 200, seed))
    assert found.settled
    assert 400 <= found.deleted <= 1500
    assert found.deleted % 5 == 0


def test_deleting_the_warm_up_removes_its_bias():
    series = decaying(5_000, 200, seed=1)
    assert series.mean() == pytest.approx(5.04, abs=0.005)
    assert series[mser5(series) :].mean() == pytest.approx(5.0, abs=0.005)


def test_settled_noise_is_left_almost_alone():
    rng = np.random.default_rng(7)
    found = [warm_up(rng.normal(5.0, 0.1, 2_000)) for _ in range(100)]
    assert sum(one.settled for one in found) >= 95
    assert np.median([one.deleted for one in found]) <= 100


def test_a_run_that_never_settles_says_so():
    assert warm_up(np.arange(1000.0)) == WarmUp(deleted=500, settled=False)
    assert warm_up(np.arange(1019.0)) == WarmUp(deleted=505, settled=False)
    assert not warm_up(decaying(400, 200, seed=1)).settled


def test_a_step_is_cut_at_the_step():
    series = np.concatenate([np.full(100, 9.0), np.tile([1.0, 2.0], 450)])
    assert warm_up(series) == WarmUp(deleted=100, settled=True)


def test_a_huge_transient_costs_no_precision():
    series = np.concatenate([np.full(100, 1e12), np.tile([1.0, 1.001], 450)])
    assert warm_up(series) == WarmUp(deleted=100, settled=True)


def test_a_constant_run_has_no_warm_up():
    assert warm_up(np.full(100, 0.1)) == WarmUp(deleted=0, settled=True)


@pytest.mark.parametrize("length", [0, 1, 49])
def test_a_short_run_does_not_show_whether_it_settled(length):
    assert warm_up(np.zeros(length)) == WarmUp(deleted=0, settled=False)
    assert warm_up(np.zeros(50)) == WarmUp(deleted=0, settled=True)


@settings(max_examples=50)
@given(st.integers(50, 500), st.integers(0, 2**32 - 1))
def test_never_more_than_half_and_always_whole_batches(length, seed):
    series = np.random.default_rng(seed).exponential(1.0, length)
    deleted = mser5(series)
    assert 0 <= deleted <= length / 2
    assert deleted % 5 == 0


def test_the_statistic_is_the_one_of_the_paper():
    series = np.random.default_rng(3).exponential(1.0, 400) + np.exp(-np.arange(400) / 20) * 9
    means = series.reshape(80, 5).mean(axis=1)
    by_definition = [
        ((means[deleted:] - means[deleted:].mean()) ** 2).sum() / (80 - deleted) ** 2
        for deleted in range(60)
    ]
    assert mser5(series) == 5 * int(np.argmin(by_definition))

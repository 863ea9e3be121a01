"""Keyed draws: published values of SplitMix64, one and many at once alike, even and independent.

``mix(key, n)`` is output n (from 0) of SplitMix64 with that state, for which test vectors are in
wide use (seed 1234567). Statistical tests have fixed keys; their limits are the 99.99% quantiles.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from meshsim.solvers.streams import Purpose, mix, replication_key, uniform, uniforms

KEYS = st.integers(0, 2**64 - 1)


@pytest.mark.parametrize(
    ("salt", "expected"),
    [
        (0, 6457827717110365317),
        (1, 3203168211198807973),
        (2, 9817491932198370423),
        (3, 4593380528125082431),
        (4, 16408922859458223821),
    ],
)
def test_mix_is_splitmix64(salt, expected):
    assert mix(1234567, salt) == expected


def test_values_are_pinned():
    """By a SplitMix64 written apart from this one; a change of them changes every result."""
    assert mix(0, 0) == 16294208416658607535
    assert mix(2**64 - 1, 2**20) == 6398341483084266690
    assert uniform(0, Purpose.ARRIVAL) == 0.4315279970485101
    assert uniform(1234567, 0) == (6457827717110365317 // 2**12 + 0.5) / 2**52
    assert replication_key(1, 0) == 2128255633383868335
    assert replication_key(1, 1) == 3745190313020318340
    assert uniforms(7, Purpose.ENTRY, 3).tolist() == [
        0.611402286841069,
        0.9604158658392944,
        0.2782005908968056,
    ]


@given(KEYS, st.integers(0, 100), st.integers(1, 40))
def test_a_stream_is_its_single_draws(key, purpose, count):
    singles = [uniform(mix(key, purpose), number) for number in range(count)]
    assert uniforms(key, purpose, count).tolist() == singles


@given(KEYS, st.integers(0, 2**63))
def test_draws_lie_inside_the_open_interval(key, purpose):
    assert 0.0 < uniform(key, purpose) < 1.0


def test_the_largest_hash_still_draws_below_one(monkeypatch):
    monkeypatch.setattr("meshsim.solvers.streams.mix", lambda *_: 2**64 - 1)
    assert uniform(0, 0) == 1 - 2.0**-53
    monkeypatch.setattr("meshsim.solvers.streams.mix", lambda *_: 0)
    assert uniform(0, 0) == 2.0**-53


@given(st.integers(), st.integers(0, 1000))
def test_any_integer_is_a_seed(seed, replication):
    assert 0 <= replication_key(seed, replication) < 2**64


def test_replications_and_seeds_differ():
    keys = {replication_key(seed, number) for seed in range(100) for number in range(100)}
    assert len(keys) == 10_000


def test_purposes_of_one_key_differ():
    keys = [mix(99, purpose) for purpose in Purpose]
    assert len(set(keys)) == len(Purpose)


def test_draws_are_even():
    counts = np.histogram(uniforms(3, Purpose.ARRIVAL, 1_000_000), bins=1000, range=(0, 1))[0]
    chi_square = float(((counts - 1000.0) ** 2 / 1000.0).sum())
    low, high = stats.chi2.ppf([0.0001, 0.9999], 999)
    assert low < chi_square < high


def test_neighbouring_keys_are_even():
    """The draws of requests 0, 1, 2 … for one purpose: what services see."""
    draws = [uniform(mix(5, request), Purpose.STEP + 3) for request in range(100_000)]
    counts = np.histogram(draws, bins=100, range=(0, 1))[0]
    chi_square = float(((counts - 1000.0) ** 2 / 1000.0).sum())
    low, high = stats.chi2.ppf([0.0001, 0.9999], 99)
    assert low < chi_square < high


@pytest.mark.parametrize("lag", [1, 2, 7])
def test_draws_are_not_correlated_in_time(lag):
    draws = uniforms(11, Purpose.ARRIVAL, 1_000_000)
    correlation = float(np.corrcoef(draws[:-lag], draws[lag:])[0, 1])
    assert abs(correlation) < 3.9 / 1000  # 99.99% of 1 / sqrt(10^6)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((1, Purpose.ARRIVAL), (1, Purpose.ENTRY)),
        ((1, Purpose.ARRIVAL), (2, Purpose.ARRIVAL)),
        ((replication_key(1, 0), Purpose.ENTRY), (replication_key(1, 1), Purpose.ENTRY)),
        ((replication_key(1, 0), Purpose.CLIENT), (replication_key(2, 0), Purpose.CLIENT)),
    ],
)
def test_purposes_replications_and_seeds_are_independent(one, other):
    """Chi-square of independence on a 20 × 20 table."""
    x, y = uniforms(*one, 400_000), uniforms(*other, 400_000)
    table = np.histogram2d(x, y, bins=20, range=[[0, 1], [0, 1]])[0]
    chi_square = float(((table - 1000.0) ** 2 / 1000.0).sum())
    low, high = stats.chi2.ppf([0.0001, 0.9999], 399)
    assert low < chi_square < high

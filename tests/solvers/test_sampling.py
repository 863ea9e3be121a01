"""Distributions by inversion: moments by quadrature over the draws, single values by hand.

The mean is ∫ value(u) du and the second moment ∫ value(u)² du over 0 < u < 1. With
u = v²(3 - 2v) they are taken at the middles of 20,000 equal cells of v, which lie close together
where u is near 0 or 1 and the value changes fast.
"""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshsim.lowering.steps import DistributionTable
from meshsim.model.distribution import Constant, Empirical, Exponential, Gamma, Lognormal
from meshsim.solvers.sampling import Sampler

MEAN = {"mean": "3ms"}
FAMILIES = {
    "constant": (Constant(distribution="constant", **MEAN), 0.0),
    "exponential": (Exponential(distribution="exponential", **MEAN), 1.0),
    "lognormal 0.5": (Lognormal(distribution="lognormal", cv=0.5, **MEAN), 0.5),
    "lognormal 2": (Lognormal(distribution="lognormal", cv=2, **MEAN), 2.0),
    "gamma 0.5": (Gamma(distribution="gamma", cv=0.5, **MEAN), 0.5),
    "gamma 2": (Gamma(distribution="gamma", cv=2, **MEAN), 2.0),
}


def sampler(*distributions):
    table = DistributionTable()
    for distribution in distributions:
        table.add(distribution)
    return Sampler(table.table())


def moments(distribution, cells=20_000):
    v = (np.arange(cells) + 0.5) / cells
    draws, weights = v**2 * (3 - 2 * v), 6 * v * (1 - v) / cells
    one = sampler(distribution)
    values = np.array([one.value(0, draw) for draw in draws.tolist()])
    mean = float(weights @ values)
    return mean, math.sqrt(max(0.0, float(weights @ values**2) - mean**2)) / mean


@pytest.mark.parametrize("name", FAMILIES)
def test_mean_and_coefficient_of_variation(name):
    distribution, cv = FAMILIES[name]
    found_mean, found_cv = moments(distribution)
    assert found_mean == pytest.approx(0.003, rel=1e-4)
    assert found_cv == pytest.approx(cv, rel=2e-3, abs=1e-4)


@pytest.mark.parametrize("name", FAMILIES)
@given(st.floats(2**-53, 1 - 2**-53), st.floats(2**-53, 1 - 2**-53))
def test_a_larger_draw_is_never_a_smaller_value(name, one, other):
    family = sampler(FAMILIES[name][0])
    low, high = sorted([one, other])
    rounding = 1 + 1e-12
    assert 0.0 <= family.value(0, low) <= family.value(0, high) * rounding < math.inf


def test_medians_by_hand():
    exponential = sampler(FAMILIES["exponential"][0])
    assert exponential.value(0, 0.5) == pytest.approx(0.003 * math.log(2), rel=1e-12)
    lognormal = sampler(FAMILIES["lognormal 2"][0])
    assert lognormal.value(0, 0.5) == pytest.approx(0.003 / math.sqrt(5), rel=1e-12)
    erlang = sampler(FAMILIES["gamma 0.5"][0])  # 4 stages; P(4, 3.6720607489) = 0.5
    assert erlang.value(0, 0.5) == pytest.approx(0.003 / 4 * 3.6720607489, rel=1e-9)


def test_the_exponential_keeps_its_far_tail():
    far = 1 - 2.0**-53
    value = sampler(FAMILIES["exponential"][0]).value(0, far)
    assert value == pytest.approx(0.003 * 53 * math.log(2), rel=1e-12)


def test_listed_values_are_equally_likely_and_in_order():
    values = ("5ms", "1ms", "9ms", "1ms")
    listed = sampler(Empirical(distribution="empirical", values=values))
    draws = [2.0**-53, 0.2499, 0.25, 0.4999, 0.5, 0.7499, 0.75, 1 - 2.0**-53]
    expected = [0.001, 0.001, 0.001, 0.001, 0.005, 0.005, 0.009, 0.009]
    assert [listed.value(0, draw) for draw in draws] == expected


@given(st.integers(1, 1000))
def test_the_largest_draw_is_the_last_of_any_number_of_values(count):
    texts = tuple(f"{number}ms" for number in range(1, count + 1))
    listed = sampler(Empirical(distribution="empirical", values=texts))
    assert listed.value(0, 1 - 2.0**-53) == pytest.approx(count / 1000)
    assert listed.value(0, 2.0**-53) == 0.001


def test_rows_do_not_mix():
    both = sampler(
        Empirical(distribution="empirical", values=("1ms", "2ms")),
        Constant(mean="7ms"),
        Empirical(distribution="empirical", values=("3ms", "4ms")),
    )
    assert [both.value(row, 0.9) for row in range(3)] == [0.002, 0.007, 0.004]

"""Raw moments against numerical integration over the quantiles of the same distribution."""

import numpy as np
import pytest

from meshsim.lowering.program import Distributions, Family
from meshsim.solvers.queueing.moments import raw_moments
from meshsim.solvers.sampling import Sampler

ROWS = Distributions(
    family=np.array(
        [Family.CONSTANT, Family.EXPONENTIAL, Family.LOGNORMAL, Family.GAMMA, Family.EMPIRICAL]
    ),
    p=np.array([2.0, 3.0, 0.1, 2.5, 0.0]),
    q=np.array([0.0, 0.0, 0.4, 0.7, 0.0]),
    first=np.zeros(5, dtype=np.int64),
    length=np.array([0, 0, 0, 0, 3]),
    values=np.array([1.0, 2.0, 6.0]),
)


@pytest.mark.parametrize("row", range(5))
def test_moments_are_those_of_the_sampled_distribution(row):
    sampler = Sampler(ROWS)
    u = (np.arange(30_000) + 0.5) / 30_000
    values = np.array([sampler.value(row, float(x)) for x in u])
    expected = [np.mean(values**k) for k in (1, 2, 3)]
    assert raw_moments(ROWS)[:, row] == pytest.approx(expected, rel=4e-3)


def test_printed_moments():
    found = raw_moments(ROWS)
    assert found[:, 0] == pytest.approx([2, 4, 8])
    assert found[:, 1] == pytest.approx([3, 18, 162])
    assert found[:, 4] == pytest.approx([3, 41 / 3, 225 / 3])

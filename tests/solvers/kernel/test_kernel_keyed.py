"""Goal: compiled draws are those of ``streams``, bit by bit, and compiled durations are those of
``sampling``. Method: both copies of the kernel against the plain functions.
"""

import builders
import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernel_samples import K

from meshsim.solvers import streams
from meshsim.solvers.kernel import keyed
from meshsim.solvers.kernel.build import build
from meshsim.solvers.sampling import Sampler

WORDS = st.integers(0, 2**64 - 1)
SALTS = st.integers(0, 2**43)
DRAWS = st.floats(2.0**-53, 1.0 - 2.0**-53)
FAMILIES = (
    "5ms",
    "0s",
    "{distribution: exponential, mean: 2ms}",
    "{distribution: lognormal, mean: 2ms, cv: 1.5}",
    "{distribution: gamma, mean: 2ms, cv: 0.5}",
    "{distribution: gamma, mean: 2ms, cv: 3}",
    "{distribution: empirical, values: [1ms, 5ms, 2ms]}",
)
duration = keyed.duration


@numba.njit
def compiled_mix(key, salt):
    return keyed.mix(key, salt)


@numba.njit
def compiled_uniform(key, purpose):
    return keyed.uniform(key, purpose)


@numba.njit
def compiled_duration(world, row, draw):
    return duration(world, row, draw)


@given(WORDS, SALTS)
def test_keys_and_draws_are_those_of_streams(key, salt):
    assert int(compiled_mix(np.uint64(key), salt)) == streams.mix(key, salt)
    assert compiled_uniform(np.uint64(key), salt) == streams.uniform(key, salt)
    assert K.keyed.mix(key, salt) == streams.mix(key, salt)
    assert K.keyed.uniform(key, salt) == streams.uniform(key, salt)


@pytest.fixture(scope="module")
def program():
    steps = ", ".join(f"{{wait: {family}}}" for family in FAMILIES)
    return builders.program(builders.topology(builders.listed(builders.service("a", f"[{steps}]"))))


@pytest.fixture(scope="module")
def both_worlds(program):
    return build(program, 1, 1, False, None), K.build.build(program, 1, 1, False, None)


@pytest.mark.parametrize("row", range(len(FAMILIES)), ids=FAMILIES)
@given(draw=DRAWS)
def test_durations_are_those_of_the_sampler(program, both_worlds, row, draw):
    """Compiled functions of the C library may differ in the last bits."""
    expected = Sampler(program.steps.distributions).value(row, draw)
    one, other = both_worlds
    assert compiled_duration(one, row, draw) == pytest.approx(expected, rel=1e-12, abs=1e-300)
    assert K.keyed.duration(other, row, draw) == expected


def test_the_rows_are_of_all_families(program):
    assert set(program.steps.distributions.family.tolist()) == {0, 1, 2, 3, 4}

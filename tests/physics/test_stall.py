"""Stalls: none beyond the chance, exponential lengths within it."""

import math

import pytest

from meshsim.physics.stall import stall_s


@pytest.mark.parametrize(("hit", "expected"), [(0.1, 2e-3 * math.log(2)), (0.2, 0.0), (0.9, 0.0)])
def test_a_batch_is_held_up_with_a_chance(hit, expected):
    assert stall_s(0.2, 2e-3, hit, 0.5) == pytest.approx(expected)


def test_a_chance_of_zero_is_never():
    assert stall_s(0.0, 1.0, 2.0**-53, 0.5) == 0.0

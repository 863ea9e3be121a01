"""Keyed random numbers, compiled: the same numbers as :mod:`meshsim.solvers.streams`."""

from __future__ import annotations

import math

import numpy as np

from meshsim.lowering.program import Family
from meshsim.solvers import quantiles, streams
from meshsim.solvers.kernel.jit import compiled_with_helpers, enabled, inlined
from meshsim.solvers.kernel.world import World

# Plain numbers: numba freezes them, and an enumeration would cost a look-up.
CONSTANT, EXPONENTIAL, LOGNORMAL, GAMMA = (
    int(Family.CONSTANT),
    int(Family.EXPONENTIAL),
    int(Family.LOGNORMAL),
    int(Family.GAMMA),
)
_GOLDEN = np.uint64(0x9E37_79B9_7F4A_7C15)
_MULTIPLIER_A = np.uint64(0xBF58_476D_1CE4_E5B9)
_MULTIPLIER_B = np.uint64(0x94D0_49BB_1331_11EB)
_ONE, _SHIFT_A, _SHIFT_B, _SHIFT_C = np.uint64(1), np.uint64(30), np.uint64(27), np.uint64(31)
_UNUSED_BITS = np.uint64(12)
_SCALE = 2.0**-52

Key = int
"""A whole number of 64 bits without a sign."""


def _mix(key: Key, salt: int) -> Key:
    z = np.uint64(key) + (np.uint64(salt) + _ONE) * _GOLDEN
    z = (z ^ (z >> _SHIFT_A)) * _MULTIPLIER_A
    z = (z ^ (z >> _SHIFT_B)) * _MULTIPLIER_B
    return z ^ (z >> _SHIFT_C)  # type: ignore[return-value]


def _uniform(key: Key, purpose: int) -> float:
    return (np.float64(mix(key, purpose) >> _UNUSED_BITS) + 0.5) * _SCALE


def _plain_mix(key: Key, salt: int) -> Key:
    return streams.mix(int(key), int(salt))


def _plain_uniform(key: Key, purpose: int) -> float:
    return streams.uniform(int(key), int(purpose))


mix = inlined(_mix) if enabled() else _plain_mix
uniform = inlined(_uniform) if enabled() else _plain_uniform

normal_quantile = compiled_with_helpers(quantiles.normal_quantile)
gamma_quantile = compiled_with_helpers(quantiles.gamma_quantile)


@inlined
def duration(w: World, row: int, draw: float) -> float:
    """The duration [s] of a distribution at a draw in (0, 1)."""
    d = w.distributions[row]
    if d.family == CONSTANT:
        return d.p
    if d.family == EXPONENTIAL:
        return -d.p * math.log(1.0 - draw)
    if d.family == LOGNORMAL:
        return math.exp(d.p + d.q * normal_quantile(draw))
    if d.family == GAMMA:
        return d.q * gamma_quantile(d.p, draw)
    return w.values[d.first + int(draw * d.length)]

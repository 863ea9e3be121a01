"""Keyed random numbers: a draw is a hash of what it is for, not the next one in a row.

    key(request)         = mix(mix(seed, stream), request)
    key(call)            = mix(key(caller), position of the call)
    key(try n)           = mix(key(call), CALLER_TRY + n), or PROXY_TRY + n, for n > 0;
                           the first try has the key of the call
    draw(key, purpose)   = mix(key, purpose), scaled to the open interval (0, 1)

``mix`` is the SplitMix64 step (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators,
OOPSLA 2014): a multiple of the golden ratio is added and the sum is finalised. A draw therefore
does not depend on the order of events, so that two scenarios that differ in one policy see the
same requests with the same service demands, and two engines walk the same sample path.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

_MASK = 0xFFFF_FFFF_FFFF_FFFF
_GOLDEN = 0x9E37_79B9_7F4A_7C15
_MULTIPLIER_A = 0xBF58_476D_1CE4_E5B9
_MULTIPLIER_B = 0x94D0_49BB_1331_11EB
_SCALE = 2.0**-52


class Purpose(IntEnum):
    """What a draw decides; part of its key, so that purposes never share a number."""

    ARRIVAL = 1
    ENTRY = 2
    CLIENT = 3
    THINK = 4
    REQUEST = 5
    ERROR = 6
    HOST = 7
    CONNECTION_HOST = 8
    CONNECTION_WORKER = 9
    ROUND_ROBIN_START = 10
    PROXY_REPLICA = 11
    REPLICATION = 12
    QUOTA_PHASE = 13
    BACKOFF = 14
    STALL = 15
    CHANGE = 16
    CHANGE_KIND = 17
    PUSH_PLACE = 18
    PARAMETER = 19
    STEP = 1 << 20
    """Added to the position of a step in the program."""
    CALLER_TRY = 1 << 41
    """Added to the number of a try that the calling application or a client makes."""
    PROXY_TRY = 1 << 42
    """Added to the number of a try that a proxy makes."""


def mix(key: int, salt: int) -> int:
    """A 64-bit key made of a 64-bit key and a salt (both non-negative)."""
    z = (key + (salt + 1) * _GOLDEN) & _MASK
    z = ((z ^ (z >> 30)) * _MULTIPLIER_A) & _MASK
    z = ((z ^ (z >> 27)) * _MULTIPLIER_B) & _MASK
    return z ^ (z >> 31)


def uniform(key: int, purpose: int) -> float:
    """A draw from the open interval (0, 1): the middle of one of 2**52 equal cells."""
    return ((mix(key, purpose) >> 12) + 0.5) * _SCALE


def replication_key(seed: int, replication: int) -> int:
    """The root key of one replication of one seed."""
    return mix(mix(seed & _MASK, Purpose.REPLICATION), replication)


def uniforms(key: int, purpose: int, count: int, first: int = 0) -> FloatArray:
    """Draws ``first``, ``first + 1``, … of a numbered stream, ``count`` in all.

    Draw i is ``uniform(mix(key, purpose), i)``.
    """
    z = np.arange(first + 1, first + count + 1, dtype=np.uint64)
    z *= np.uint64(_GOLDEN)
    z += np.uint64(mix(key, purpose))
    shifted = z >> np.uint64(30)
    z ^= shifted
    z *= np.uint64(_MULTIPLIER_A)
    z ^= np.right_shift(z, np.uint64(27), out=shifted)
    z *= np.uint64(_MULTIPLIER_B)
    z ^= np.right_shift(z, np.uint64(31), out=shifted)
    z >>= np.uint64(12)
    draws = z.astype(np.float64)
    draws += 0.5
    draws *= _SCALE
    return draws

"""A bare calendar for the bare loops: a 4-ary heap of (time, order), as fast as we can write one.

``order_what`` carries the order in which an event was asked for in its high bits, which breaks ties,
and what the event is about in its low 24.
"""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

WHAT_BITS = 24
WHAT_MASK = (1 << WHAT_BITS) - 1
ROOM = 1 << 16

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@numba.njit(error_model="numpy")  # type: ignore[untyped-decorator]
def push(times: Floats, order_what: Ints, size: int, time: float, item: int) -> int:
    """Put an event in; the new size."""
    hole = size
    while hole > 0:
        parent = (hole - 1) >> 2
        if times[parent] <= time:
            break
        times[hole] = times[parent]
        order_what[hole] = order_what[parent]
        hole = parent
    times[hole] = time
    order_what[hole] = item
    return size + 1


@numba.njit(error_model="numpy")  # type: ignore[untyped-decorator]
def drop_first(times: Floats, order_what: Ints, size: int) -> int:
    """Take the first event out, which has been read; the new size."""
    size -= 1
    time, item = times[size], order_what[size]
    hole = 0
    while True:
        child = 4 * hole + 1
        if child >= size:
            break
        best = child
        for other in range(child + 1, min(child + 4, size)):
            if times[other] < times[best] or (
                times[other] == times[best] and order_what[other] < order_what[best]
            ):
                best = other
        if times[best] > time or (times[best] == time and order_what[best] > item):
            break
        times[hole] = times[best]
        order_what[hole] = order_what[best]
        hole = best
    times[hole] = time
    order_what[hole] = item
    return size


@numba.njit(error_model="numpy")  # type: ignore[untyped-decorator]
def next_random(state: np.uint64) -> np.uint64:
    """The next state of a xorshift generator (G. Marsaglia, J. Stat. Software 8 (2003) 14)."""
    state ^= state << np.uint64(13)
    state ^= state >> np.uint64(7)
    state ^= state << np.uint64(17)
    return state


@numba.njit(error_model="numpy")  # type: ignore[untyped-decorator]
def exponential(state: np.uint64, mean: float) -> float:
    """An exponential duration out of a state."""
    return -mean * np.log((np.float64(state >> np.uint64(12)) + 0.5) * 2.0**-52)

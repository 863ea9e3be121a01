"""A bare calendar for the bare loops: a 4-ary heap of (time, order), as fast as we can write one.

An item carries the order in which an event was asked for in its high bits, which breaks ties, and
what the event is about in its low 24.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Record = Any
"""A record of numpy, as compiled code sees it: its fields are attributes."""

WHAT_BITS = 24
WHAT_MASK = (1 << WHAT_BITS) - 1
_ROOM = 1 << 16


HEAP = np.dtype(
    [
        ("size", "i8"),
        ("order", "i8"),
        ("taken", "i8"),
        ("now", "f8"),
        ("random", "u8"),
        ("times", "f8", _ROOM),
        ("items", "i8", _ROOM),
    ],
    align=True,
)
"""Events, how many were asked for and how many were taken; the clock and the random state.

A record is one pointer in compiled code, where a tuple of arrays would have its references counted.
"""


def inlined(function: Callable[..., Any]) -> Any:  # noqa: ANN401
    """The function, compiled into those that call it."""
    return numba.njit(function, error_model="numpy", forceinline=True)


def looped(function: Callable[..., Any]) -> Any:  # noqa: ANN401
    """The function, compiled to be called from Python."""
    return numba.njit(function, error_model="numpy", nogil=True, cache=True)


def new_heap(seed: int) -> Any:  # noqa: ANN401
    """An empty heap at time zero: an array of one record."""
    heap = np.zeros(1, HEAP)
    heap["random"] = seed * 0x9E37_79B9_7F4A_7C15 % 2**64 + 1
    return heap


@inlined
def put_after(heap: Record, delay: float, what: int) -> None:
    """Put an event in that happens after ``delay``."""
    time, hole = heap.now + delay, heap.size
    heap.order += 1
    heap.size = hole + 1
    while hole > 0:
        parent = (hole - 1) >> 2
        if heap.times[parent] <= time:
            break
        heap.times[hole] = heap.times[parent]
        heap.items[hole] = heap.items[parent]
        hole = parent
    heap.times[hole] = time
    heap.items[hole] = heap.order << WHAT_BITS | what


@inlined
def take(heap: Record) -> int:
    """Take the first event out and move the clock to it: what it is about."""
    first: int = heap.items[0]
    heap.now = heap.times[0]
    heap.taken += 1
    size = heap.size - 1
    heap.size = size
    time, item = heap.times[size], heap.items[size]
    hole = 0
    while True:
        child = 4 * hole + 1
        if child >= size:
            break
        best = child
        for other in range(child + 1, min(child + 4, size)):
            if heap.times[other] < heap.times[best] or (
                heap.times[other] == heap.times[best] and heap.items[other] < heap.items[best]
            ):
                best = other
        if heap.times[best] > time or (heap.times[best] == time and heap.items[best] > item):
            break
        heap.times[hole] = heap.times[best]
        heap.items[hole] = heap.items[best]
        hole = best
    heap.times[hole] = time
    heap.items[hole] = item
    return first & WHAT_MASK


@inlined
def draw(heap: Record) -> Any:  # noqa: ANN401
    """The next number of a xorshift generator (G. Marsaglia, J. Stat. Software 8 (2003) 14)."""
    state = heap.random
    state ^= state << np.uint64(13)
    state ^= state >> np.uint64(7)
    state ^= state << np.uint64(17)
    heap.random = state
    return state


@inlined
def exponential(heap: Record, mean: float) -> float:
    """An exponential duration."""
    uniform = (np.float64(draw(heap) >> np.uint64(12)) + 0.5) * 2.0**-52
    return -mean * math.log(uniform)

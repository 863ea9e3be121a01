"""M/M/1 queues in a row by hand, on the bare heap: the limit of what a loop over events can do."""

from __future__ import annotations

import numba
import numpy as np

from benchmarks.bare_heap import (
    ROOM,
    WHAT_BITS,
    WHAT_MASK,
    Floats,
    drop_first,
    exponential,
    next_random,
    push,
)

_QUEUE = 1 << 14


@numba.njit(error_model="numpy", nogil=True, cache=True)  # type: ignore[untyped-decorator]
def run_queues(stations: int, mean_gap: float, mean_work: float, requests: int, seed: int) -> Floats:
    """Sum of latencies, services begun, events, arrivals.

    Event 0 is an arrival, event s > 0 the end of service at station s. A station's line is a ring of
    requests, of which only the arrival is known.
    """
    times, items = np.zeros(ROOM), np.zeros(ROOM, dtype=np.int64)
    line = np.zeros((stations + 1, _QUEUE))
    head, tail = np.zeros(stations + 1, np.int64), np.zeros(stations + 1, np.int64)
    state = np.uint64(seed) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(1)
    order, served, events, answered, arrivals, latency = 0, 0, 0, 0, 0, 0.0
    state = next_random(state)
    size = push(times, items, 0, exponential(state, mean_gap), 0)
    while answered < requests:
        now, what = times[0], items[0] & WHAT_MASK
        size = drop_first(times, items, size)
        events += 1
        if what == 0:
            arrivals += 1
            started = now
            state = next_random(state)
            order += 1
            size = push(
                times, items, size, now + exponential(state, mean_gap), order << WHAT_BITS
            )
        else:
            started = line[what, head[what] & (_QUEUE - 1)]
            head[what] += 1
            if head[what] < tail[what]:
                served += 1
                state = next_random(state)
                order += 1
                end = now + exponential(state, mean_work)
                size = push(times, items, size, end, order << WHAT_BITS | what)
        if what == stations:
            latency += now - started
            answered += 1
            continue
        station = what + 1
        assert tail[station] - head[station] < _QUEUE
        line[station, tail[station] & (_QUEUE - 1)] = started
        tail[station] += 1
        if tail[station] - head[station] == 1:
            served += 1
            state = next_random(state)
            order += 1
            end = now + exponential(state, mean_work)
            size = push(times, items, size, end, order << WHAT_BITS | station)
    return np.array([latency, served, events, arrivals])

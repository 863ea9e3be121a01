"""M/M/1 queues in a row by hand, on the bare heap: the limit of what a loop over events can do."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from benchmarks.bare_heap import (
    Floats,
    Ints,
    Record,
    exponential,
    inlined,
    looped,
    new_heap,
    put_after,
    take,
)

_ROOM = 1 << 14


class Lines(NamedTuple):
    """The lines of the stations: rings of the arrival times of their requests."""

    started: Floats
    head: Ints
    tail: Ints


def run_queues(
    stations: int, mean_gap_s: float, mean_work_s: float, requests: int, seed: int
) -> tuple[float, int, int, int]:
    """Sum of the latencies [s] of the first ``requests``; services begun, arrivals, events."""
    lines = Lines(
        np.zeros((stations, _ROOM)), np.zeros(stations, np.int64), np.zeros(stations, np.int64)
    )
    heap = new_heap(seed)
    latency_s, served, arrivals = _loop(lines, heap, mean_gap_s, mean_work_s, requests)
    return latency_s, served, arrivals, int(heap["taken"][0])


@inlined
def _enter(lines: Lines, heap: Record, station: int, started: float, mean_work: float) -> int:
    """Stand in line at a station; the number of services that begin with it."""
    tail = lines.tail[station]
    lines.started[station, tail & (_ROOM - 1)] = started
    lines.tail[station] = tail + 1
    assert tail - lines.head[station] < _ROOM
    if tail > lines.head[station]:
        return 0
    put_after(heap, exponential(heap, mean_work), station)
    return 1


@looped
def _loop(
    lines: Lines, heaps: Record, mean_gap: float, mean_work: float, requests: int
) -> tuple[float, int, int]:
    """Event s < stations is the end of a service at station s, the last an arrival."""
    heap, stations = heaps[0], len(lines.head)
    latency, served, arrivals, answered = 0.0, 0, 0, 0
    put_after(heap, exponential(heap, mean_gap), stations)
    while answered < requests:
        station = take(heap)
        if station == stations:
            arrivals += 1
            put_after(heap, exponential(heap, mean_gap), stations)
            served += _enter(lines, heap, 0, heap.now, mean_work)
            continue
        head = lines.head[station]
        started = lines.started[station, head & (_ROOM - 1)]
        lines.head[station] = head + 1
        if head + 1 < lines.tail[station]:
            served += 1
            put_after(heap, exponential(heap, mean_work), station)
        if station + 1 < stations:
            served += _enter(lines, heap, station + 1, started, mean_work)
        else:
            latency += heap.now - started
            answered += 1
    return latency, served, arrivals

"""M/M/1 by hand that does what a summed-up run must: the limit with equal work.

:mod:`benchmarks.bare_queues` draws from a generator of three shifts and adds latencies up. That is
the limit of a loop over events, but no answer: nothing can be said about a quantile, an interval or
the difference of two scenarios. So this loop, on the same heap, does what those need and the kernel
cannot leave out, and nothing else:

* each draw is the hash of seed, purpose and request (:mod:`meshsim.solvers.streams`), twice for the
  work of a request: its key, and the step;
* each latency is counted in the histogram of its window (:mod:`meshsim.stats.histogram`), with the
  sum, the least and the greatest.

It walks the kernel's own path, so latencies agree to rounding. What it leaves out: entry points,
client connections, slots, cores and their use, failures, calls beside requests, parts of the time.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from benchmarks.bare_heap import Floats, Ints, Record, inlined, looped, new_heap, put_after, take
from meshsim.solvers.streams import Purpose, mix, replication_key
from meshsim.solvers.tally import first_ordinals, windows_of
from meshsim.stats import histogram

_ROOM = 1 << 14
_SERVICE, _ARRIVAL = range(2)
_GOLDEN = np.uint64(0x9E37_79B9_7F4A_7C15)
_MULTIPLIER_A = np.uint64(0xBF58_476D_1CE4_E5B9)
_MULTIPLIER_B = np.uint64(0x94D0_49BB_1331_11EB)

bucket_of = inlined(histogram.bucket_of)


class Counts(NamedTuple):
    """What is summed up, by window."""

    first: Ints
    """First request of each window, and one after the last of all."""
    buckets: Any
    sum_s: Floats
    min_s: Floats
    max_s: Floats


class Keys(NamedTuple):
    """Keys of the draws, and what is added to the key of a request for its work."""

    gaps: np.uint64
    requests: np.uint64
    step: np.uint64


def run_counted(
    rate_per_s: float, mean_work_s: float, requests: int, seed: int, step: int
) -> tuple[Counts, int, int]:
    """The latencies of the first ``requests``, counted; services begun, arrivals.

    ``step`` is the place of the work among the steps of the program.
    """
    root, windows = replication_key(seed, 0), windows_of(requests)
    counts = Counts(
        np.append(first_ordinals(windows, requests), requests),
        np.zeros((windows, histogram.BUCKETS), dtype=np.int64),
        np.zeros(windows),
        np.full(windows, np.inf),
        np.zeros(windows),
    )
    keys = Keys(
        np.uint64(mix(root, Purpose.ARRIVAL)),
        np.uint64(mix(root, Purpose.REQUEST)),
        np.uint64(Purpose.STEP + step),
    )
    line, heap = np.zeros(_ROOM), new_heap(seed)
    served, arrivals = _loop(line, counts, keys, heap, rate_per_s, mean_work_s, requests)
    return counts, served, arrivals


@inlined
def _mix(key: Any, salt: Any) -> Any:  # noqa: ANN401
    z = key + (np.uint64(salt) + np.uint64(1)) * _GOLDEN
    z = (z ^ (z >> np.uint64(30))) * _MULTIPLIER_A
    z = (z ^ (z >> np.uint64(27))) * _MULTIPLIER_B
    return z ^ (z >> np.uint64(31))


@inlined
def _uniform(key: Any, salt: Any) -> float:  # noqa: ANN401
    return (np.float64(_mix(key, salt) >> np.uint64(12)) + 0.5) * 2.0**-52


@inlined
def _count(counts: Counts, window: int, latency_s: float) -> None:
    counts.buckets[window, bucket_of(latency_s)] += 1
    counts.sum_s[window] += latency_s
    counts.min_s[window] = min(counts.min_s[window], latency_s)
    counts.max_s[window] = max(counts.max_s[window], latency_s)


@looped
def _loop(
    line: Floats,
    counts: Counts,
    keys: Keys,
    heaps: Record,
    rate: float,
    mean_work: float,
    requests: int,
) -> tuple[int, int]:
    """The line is a ring of arrival times; requests are answered in the order of their numbers."""
    heap = heaps[0]
    served, arrivals, answered, window, unit = 0, 0, 0, 0, -math.log(_uniform(keys.gaps, 0))
    put_after(heap, unit / rate, _ARRIVAL)
    while answered < requests:
        if take(heap) == _ARRIVAL:
            line[arrivals & (_ROOM - 1)] = heap.now
            arrivals += 1
            assert arrivals - answered < _ROOM
            unit -= math.log(_uniform(keys.gaps, arrivals))
            put_after(heap, unit / rate - heap.now, _ARRIVAL)
            begins = arrivals - answered == 1
        else:
            if answered == counts.first[window + 1]:
                window += 1
            _count(counts, window, heap.now - line[answered & (_ROOM - 1)])
            answered += 1
            begins = answered < arrivals
        if begins:
            served += 1
            draw = _uniform(_mix(keys.requests, answered), keys.step)
            put_after(heap, -mean_work * math.log(1.0 - draw), _SERVICE)
    return served, arrivals

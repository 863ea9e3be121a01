"""Counts and sums over all executions of an endpoint, and a sample of them, in bounded memory.

Counts and sums are exact, so means are. The shape of distributions and the order of calls come
from a sample of at most :data:`SAMPLE_SIZE` executions: those with the smallest fingerprints, which
is a simple random sample that depends neither on the order of the files nor on a random generator.
"""

from __future__ import annotations

import heapq
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from meshsim.inputs.trace_executions import Activity, Execution, Key

SAMPLE_SIZE = 300
"""The standard error of a sampled mean is then 6% of the standard deviation."""

Interval = tuple[int, int]
"""Start and end [ns]."""


@dataclass
class KeyTotals:
    """What an endpoint's activities of one key sum up to."""

    count: int = 0
    covered_ns: int = 0
    """Time within activities of this key; overlapping ones count once."""
    network_ns: int = 0
    failed: int = 0
    """Executions in which one of them failed."""
    forgiven: int = 0
    """Those of them which did not fail themselves."""


@dataclass(frozen=True)
class Sampled:
    """One execution of the sample."""

    own_ns: int
    activities: tuple[Activity, ...]


@dataclass
class EndpointTotals:
    """What the executions of one endpoint sum up to."""

    executions: int = 0
    roots: int = 0
    clients: int = 0
    grpc: int = 0
    duration_ns: int = 0
    own_ns: int = 0
    """Time outside of all activities."""
    unharmed: int = 0
    """Executions without a failed call."""
    own_errors: int = 0
    """Those of them that failed all the same."""
    keys: dict[Key, KeyTotals] = field(default_factory=dict)
    _sample: list[tuple[int, array[int]]] = field(default_factory=list)

    def add(self, execution: Execution) -> None:
        """Take an execution into the sums, and perhaps into the sample."""
        activities = execution.activities
        own_ns = execution.duration_ns - covered((a.start_ns, a.end_ns) for a in activities)
        self.executions += 1
        self.roots += execution.is_root
        self.clients += execution.is_client
        self.grpc += execution.grpc
        self.duration_ns += execution.duration_ns
        self.own_ns += own_ns
        failed = any(a.error for a in activities if a.key.is_call)
        self.unharmed += not failed
        self.own_errors += execution.error and not failed
        self._add_keys(activities, execution)
        self._add_to_sample(execution, own_ns)

    @property
    def sample(self) -> list[Sampled]:
        """The sampled executions, in the order of their fingerprints."""
        keys = list(self.keys)
        return [_unpacked(packed, keys) for _, packed in sorted(self._sample, reverse=True)]

    def _add_keys(self, activities: Sequence[Activity], execution: Execution) -> None:
        by_key: dict[Key, list[Activity]] = {}
        for activity in activities:
            by_key.setdefault(activity.key, []).append(activity)
        for key, own in by_key.items():
            totals = self.keys.setdefault(key, KeyTotals())
            failed = any(a.error for a in own)
            totals.count += len(own)
            totals.covered_ns += covered((a.start_ns, a.end_ns) for a in own)
            totals.network_ns += sum(a.network_ns for a in own)
            totals.failed += failed
            totals.forgiven += failed and not execution.error

    def _add_to_sample(self, execution: Execution, own_ns: int) -> None:
        full = len(self._sample) >= SAMPLE_SIZE
        if full and execution.priority >= -self._sample[0][0]:
            return
        order = {key: index for index, key in enumerate(self.keys)}
        packed = array("q", [own_ns])
        for a in execution.activities:
            packed.extend((order[a.key], a.start_ns, a.end_ns, a.network_ns))
        item = (-execution.priority, packed)
        if full:
            heapq.heapreplace(self._sample, item)
        else:
            heapq.heappush(self._sample, item)


def _unpacked(packed: array[int], keys: Sequence[Key]) -> Sampled:
    numbers = packed[1:]
    rows = [numbers[i : i + 4] for i in range(0, len(numbers), 4)]
    activities = (Activity(keys[k], start, end, network) for k, start, end, network in rows)
    return Sampled(packed[0], tuple(activities))


def union(intervals: Iterable[Interval]) -> list[Interval]:
    """The intervals with overlapping and touching ones merged, in order."""
    merged: list[Interval] = []
    for start, end in sorted(intervals):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def covered(intervals: Iterable[Interval]) -> int:
    """Time within at least one of the intervals [ns]."""
    return sum(end - start for start, end in union(intervals))

"""Which activities of an endpoint run one after the other and which at the same time.

Two keys are *parallel* if they overlap (by more than a tenth of the shorter one) in most of the
sampled executions that have both. Keys that are connected by being parallel form a block; the
blocks run one after the other, in the order of their mean starts. Within a block the keys are dealt
to *lanes*, each key to the first lane that has none parallel to it: what shares a lane runs in
sequence. A key whose calls overlap each other (a fan-out to one endpoint) takes as many lanes as
typically run at once.

A lane may begin later than its block. Its *lag* is measured in the time that the block covers, so
that, execution by execution,

    max over lanes (lag + time of the lane's activities) = time covered by the block

and own time + blocks = duration of the execution. This holds if lanes of different blocks never
overlap. If calls that overlap in a minority of the executions, and count as a sequence, make the
endpoint longer by more than 5%, then less than a majority is enough to be parallel.
"""

from __future__ import annotations

import heapq
import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from meshsim.inputs.trace_executions import Activity, Key
from meshsim.inputs.trace_statistics import Interval, Sampled, covered, union

OVERLAP_MIN = 0.1
"""Part of the shorter activity from which two overlap; less is rounding of their times."""
SHARES = (0.5, 0.25, 0.1, 0.0)
"""Share of executions above which two keys are parallel: the first that fits well is taken."""
EXCESS_MAX = 0.05
"""How much longer than measured the blocks may make an endpoint."""
LANES_MAX = 100
"""Lanes that one key may take."""

_OCCURRENCES_MAX = 50  # of a key in one execution that are searched for overlaps


@dataclass(frozen=True)
class Part:
    """A key on a lane; ``number`` tells the lanes of one key apart."""

    key: Key
    number: int = 0


Lane = tuple[Part, ...]
Block = tuple[Lane, ...]


@dataclass(frozen=True)
class Run:
    """What one execution did on one lane."""

    activities: Mapping[Part, Sequence[Activity]]
    busy_ns: int
    """Time that the lane's activities take one after the other."""
    end_ns: int
    """Time that the block covers up to the end of the lane's last activity."""


def blocks_of(sample: Sequence[Sampled]) -> tuple[Block, ...]:
    """The blocks of an endpoint, in order, each of one lane or of several parallel ones."""
    duration_ns = sum(s.own_ns + _covered(s.activities) for s in sample)
    overlaps = _Overlaps(sample)
    blocks: tuple[Block, ...] = ()
    for share in SHARES:
        blocks = overlaps.blocks(share)
        if _excess_ns(blocks, sample) <= EXCESS_MAX * duration_ns:
            break
    return blocks


def runs_of(block: Block, activities: Sequence[Activity]) -> list[Run]:
    """What one execution did on each lane of a block."""
    lane_by_part = {part: index for index, lane in enumerate(block) for part in lane}
    numbers = Counter(part.key for part in lane_by_part)
    own = [activity for activity in activities if activity.key in numbers]
    span = union((a.start_ns, a.end_ns) for a in own)
    dealt: list[dict[Part, list[Activity]]] = [{} for _ in block]
    for key, count in numbers.items():
        for number, mine in _dealt([a for a in own if a.key == key], count):
            part = Part(key, number)
            dealt[lane_by_part[part]][part] = mine
    return [_run(parts, span) for parts in dealt]


def _run(parts: Mapping[Part, Sequence[Activity]], span: Sequence[Interval]) -> Run:
    busy_ns = sum(taken_ns(part.key, activities) for part, activities in parts.items())
    last = max((a.end_ns for activities in parts.values() for a in activities), default=0)
    return Run(parts, busy_ns, sum(min(end, last) - start for start, end in span if start < last))


def taken_ns(key: Key, activities: Iterable[Activity]) -> int:
    """Time of a lane's activities of one key: calls in sequence, waits as they overlapped."""
    if key.is_call:
        return sum(a.end_ns - a.start_ns for a in activities)
    return _covered(activities)


def _dealt(activities: Sequence[Activity], lanes: int) -> Iterator[tuple[int, list[Activity]]]:
    """The activities of one key, each on that free lane which has had the fewest.

    If none is free, it is the lane that is free soonest.
    """
    free_ns = [0] * lanes
    dealt: list[list[Activity]] = [[] for _ in range(lanes)]
    for activity in activities:
        free = [lane for lane in range(lanes) if free_ns[lane] <= activity.start_ns]
        soonest = free_ns.index(min(free_ns))
        lane = min(free, key=lambda lane: len(dealt[lane]), default=soonest)
        free_ns[lane] = max(free_ns[lane], activity.end_ns)
        dealt[lane].append(activity)
    yield from ((lane, mine) for lane, mine in enumerate(dealt) if mine)


def _covered(activities: Iterable[Activity]) -> int:
    return covered((a.start_ns, a.end_ns) for a in activities)


def _excess_ns(blocks: Sequence[Block], sample: Sequence[Sampled]) -> int:
    """How much longer the sample's activities take in blocks than they took."""
    excess = 0
    for sampled in sample:
        for block in blocks:
            runs = runs_of(block, sampled.activities)
            excess += max(max(run.busy_ns, run.end_ns) for run in runs)
        excess -= _covered(sampled.activities)
    return excess


class _Overlaps:
    """How often keys occur in an execution, together and overlapping."""

    def __init__(self, sample: Sequence[Sampled]) -> None:
        self._together: Counter[tuple[Key, Key]] = Counter()
        self._overlapping: Counter[tuple[Key, Key]] = Counter()
        self._starts: dict[Key, list[int]] = defaultdict(list)
        self._widths: dict[Key, list[int]] = defaultdict(list)
        for sampled in sample:
            self._add(_by_key(sampled.activities))

    def blocks(self, share: float) -> tuple[Block, ...]:
        """The blocks if keys are parallel that overlap in more than this share of executions."""
        starts = {key: sum(times) / len(times) for key, times in self._starts.items()}
        ordered = sorted(starts, key=lambda key: (starts[key], key))
        group = {key: {key} for key in ordered}
        for a, b in itertools.combinations(ordered, 2):
            if self._parallel(a, b, share) and group[a] is not group[b]:
                group[a] |= group[b]
                for key in group[b]:
                    group[key] = group[a]
        seen: set[Key] = set()
        blocks = []
        for key in ordered:
            if key not in seen:
                seen |= group[key]
                blocks.append(self._lanes([k for k in ordered if k in group[key]], share))
        return tuple(blocks)

    def _lanes(self, keys: Sequence[Key], share: float) -> Block:
        lanes: list[list[Part]] = []
        for key in keys:
            if key.is_call and self._parallel(key, key, share):
                lanes += [[Part(key, number)] for number in range(self._width(key))]
                continue
            for lane in lanes:
                if not any(self._parallel(part.key, key, share) for part in lane):
                    lane.append(Part(key))
                    break
            else:
                lanes.append([Part(key)])
        return tuple(tuple(lane) for lane in lanes)

    def _parallel(self, a: Key, b: Key, share: float) -> bool:
        pair = (min(a, b), max(a, b))
        return self._overlapping[pair] > share * self._together[pair]

    def _width(self, key: Key) -> int:
        """How many calls of a key run at once, in the mean over executions with several."""
        widths = self._widths[key]
        return min(max(2, round(sum(widths) / len(widths))), LANES_MAX)

    def _add(self, by_key: Mapping[Key, Sequence[Activity]]) -> None:
        for key, activities in by_key.items():
            self._starts[key].append(activities[0].start_ns)
            if len(activities) > 1:
                self._together[key, key] += 1
                self._widths[key].append(_most_at_once(activities))
        searched = {key: activities[:_OCCURRENCES_MAX] for key, activities in by_key.items()}
        for a, b in itertools.combinations(sorted(by_key), 2):
            self._together[a, b] += 1
        listed = sorted((a for some in searched.values() for a in some), key=lambda a: a.start_ns)
        self._overlapping.update(_overlapping_pairs(listed))


def _by_key(activities: Sequence[Activity]) -> dict[Key, list[Activity]]:
    by_key: dict[Key, list[Activity]] = defaultdict(list)
    for activity in activities:
        by_key[activity.key].append(activity)
    return by_key


def _overlapping_pairs(activities: Sequence[Activity]) -> set[tuple[Key, Key]]:
    """The pairs of keys of which two activities overlap; the activities are sorted by start."""
    pairs: set[tuple[Key, Key]] = set()
    running: list[Activity] = []
    for activity in activities:
        running = [r for r in running if r.end_ns > activity.start_ns]
        for other in running:
            if _overlap(activity, other):
                pairs.add((min(activity.key, other.key), max(activity.key, other.key)))
        running.append(activity)
    return pairs


def _overlap(a: Activity, b: Activity) -> bool:
    common_ns = min(a.end_ns, b.end_ns) - max(a.start_ns, b.start_ns)
    return common_ns > OVERLAP_MIN * min(a.end_ns - a.start_ns, b.end_ns - b.start_ns)


def _most_at_once(activities: Sequence[Activity]) -> int:
    """The largest number of activities that run at the same time; sorted by start."""
    most, ends = 0, list[int]()
    for activity in activities:
        while ends and ends[0] <= activity.start_ns:
            heapq.heappop(ends)
        heapq.heappush(ends, activity.end_ns)
        most = max(most, len(ends))
    return most

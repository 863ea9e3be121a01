"""A push queue: changes wait for a push to begin, proxies for their turn in it.

What happens, in one replica of a control plane (Istio's pilot/pkg/xds/discovery.go):

1. Changes come as a Poisson process, some of endpoints, some of configuration.
2. They are debounced, :func:`pushes_of`: a push begins when a timer finds that none has come for
   ``after_s``, or that the first waits for ``longest_s``. The timer starts with the first change
   and, when it finds neither, is set anew to ``after_s`` behind the last. A push with a change of
   configuration first builds a context for ``context_s``, and no other push begins meanwhile.
3. Each push puts the proxies that see one of its changes into a line, each once: a proxy that is
   still in the line keeps its place, and its push becomes a full one if that is what is new.
4. ``slots`` pushes to proxies run at once and share ``cores``, in the order of the line.

The line is kept as counts in blocks, not proxy by proxy: expected numbers stand for drawn ones,
which is exact where all proxies see all changes. The proxy at place x of a line that moves at r
proxies per second is served after max(x / r, s), where s is how long a push to a proxy takes while
as many run at once as may. The error is at most one such s.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
import numpy.typing as npt

from meshsim.solvers.streams import Purpose, replication_key, uniforms

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

PLACES = 4
"""Proxies looked at for each change: at a random place of each quarter of its push."""


@dataclass(frozen=True)
class PushLoad:
    """What changes, who must learn of it, and what that costs one replica."""

    endpoint_changes_per_s: float
    config_changes_per_s: float
    proxies: float
    """Connected to this replica."""
    seen_by: float
    """Share of the proxies that see one change, from 0 to 1."""
    endpoint_push_s: float
    """CPU of a push of endpoints to one proxy [s]."""
    full_push_s: float
    """CPU of a push of the whole configuration to one proxy [s]."""
    context_s: float
    """Time to prepare a push of configuration, before the first proxy's turn [s]."""
    cores: float
    """CPU of the replica."""
    slots: int
    """Pushes to proxies that may run at once."""
    after_s: float
    """Quiet time that a push waits for."""
    longest_s: float
    """Longest wait of the first change."""

    @property
    def changes_per_s(self) -> float:
        """Changes of both kinds [1/s]."""
        return self.endpoint_changes_per_s + self.config_changes_per_s

    @property
    def speed(self) -> float:
        """CPU seconds of pushes to proxies that are done per second."""
        return min(float(self.slots), self.cores)


@dataclass(frozen=True)
class PushTimes:
    """What one replication saw; times run from the change to the proxy's new configuration [s]."""

    waits_s: FloatArray
    """Until the push of a change began, shape (changes,)."""
    proxies_s: FloatArray
    """Until proxies at random places of the line were served, shape (changes, :data:`PLACES`)."""
    last_s: FloatArray
    """Until the last proxy was served, shape (changes,)."""
    pushes: int
    full_pushes: int
    work_s: float
    """CPU of pushes to proxies that was put into the line [s]."""
    duration_s: float
    """From the start until the last push began."""


@dataclass
class _Block:
    """Proxies that stand behind each other in the line, and the share of full pushes."""

    count: float
    full: float


def simulate_pushes(load: PushLoad, changes: int, seed: int, replication: int) -> PushTimes:
    """So many changes through the queue of one replica; the same seed gives the same numbers.

    The last push is left out, and with it its changes.
    """
    key = replication_key(seed, replication)
    gaps = -np.log(uniforms(key, Purpose.CHANGE, changes)) / load.changes_per_s
    times = np.cumsum(gaps)
    is_config = uniforms(key, Purpose.CHANGE_KIND, changes) < (
        load.config_changes_per_s / load.changes_per_s
    )
    places = uniforms(key, Purpose.PUSH_PLACE, changes * PLACES).reshape(changes, PLACES)
    places = (places + np.arange(PLACES)) / PLACES
    places = np.column_stack([places, np.ones(changes)])
    waits, served = np.empty(changes), np.empty_like(places)
    line = _Line(load)
    pushes = full_pushes = known = 0
    ended_s = 0.0
    for first, end, begin_s, full in pushes_of(
        times, is_config, load.after_s, load.longest_s, load.context_s
    ):
        if end == changes:  # the changes that would have delayed it further were never drawn
            break
        context_s = load.context_s if full else 0.0
        line.join(begin_s + context_s, end - first, full=full)
        waits[first:end] = begin_s - times[first:end]
        served[first:end] = (waits[first:end] + context_s)[:, None]
        served[first:end] += line.served_after_s(places[first:end])
        pushes, full_pushes, known, ended_s = pushes + 1, full_pushes + full, end, begin_s
    return PushTimes(
        waits_s=waits[:known],
        proxies_s=served[:known, :PLACES],
        last_s=served[:known, PLACES],
        pushes=pushes,
        full_pushes=full_pushes,
        work_s=line.joined_s,
        duration_s=ended_s,
    )


def pushes_of(
    times_s: FloatArray, is_config: BoolArray, after_s: float, longest_s: float, context_s: float
) -> Iterator[tuple[int, int, float, bool]]:
    """First change, end of its changes, begin [s] and fullness of each push, by exact recursion.

    A push is full if one of its changes is one of configuration.
    """
    times = times_s.tolist()  # a search in a list is faster than many in an array
    configs = [0, *accumulate(is_config.tolist())]
    first, free_s, count = 0, 0.0, len(times)
    while first < count:
        end, timer_s = first + 1, times[first] + after_s
        while True:
            now_s = max(timer_s, free_s)
            end = bisect_right(times, now_s, lo=end)
            quiet_s = times[end - 1] + after_s
            if now_s >= quiet_s or now_s >= times[first] + longest_s:
                break
            timer_s = quiet_s
        full = configs[end] > configs[first]
        yield first, end, now_s, full
        free_s = now_s + (context_s if full else 0.0)
        first = end


class _Line:
    """The proxies that wait for a push, as blocks in their order."""

    def __init__(self, load: PushLoad) -> None:
        self._load = load
        self._blocks: list[_Block] = []
        self._now_s = 0.0
        self._touched: list[float] = []
        self.joined_s = 0.0

    def join(self, now_s: float, changes: int, *, full: bool) -> None:
        """Let the line move on until ``now_s``, then put in who sees one of so many changes."""
        self._advance(now_s - self._now_s)
        self._now_s = now_s
        share = 1 - (1 - self._load.seen_by) ** changes
        waiting = sum(block.count for block in self._blocks)
        before_s = self._work_s()
        for block in self._blocks:
            if full:
                block.full += share * (1 - block.full)
        self._touched = [share * block.count for block in self._blocks]
        joining = share * max(0.0, self._load.proxies - waiting)
        self._blocks.append(_Block(joining, float(full)))
        self._touched.append(joining)
        self.joined_s += self._work_s() - before_s

    def served_after_s(self, places: FloatArray) -> FloatArray:
        """Time [s] until the proxies at those fractions of the last push are served."""
        load, seen = self._load, sum(self._touched)
        if seen == 0:
            return np.zeros_like(places)
        waiting = sum(block.count for block in self._blocks)
        work_s = self._work_s()
        if len(self._blocks) == 1:
            ahead_s = places * work_s
        else:
            touched = [0.0, *accumulate(self._touched)]
            work = [0.0, *accumulate(self._cost_s(block) for block in self._blocks)]
            ahead_s = np.interp(places * seen, touched, work)
        at_once = max(1.0, min(load.slots, waiting))
        one_s = work_s / max(1.0, waiting) * max(1.0, at_once / load.cores)
        return np.maximum(ahead_s / load.speed, one_s)

    def _advance(self, elapsed_s: float) -> None:
        done_s = elapsed_s * self._load.speed
        while self._blocks:
            block = self._blocks[0]
            cost_s = self._cost_s(block)
            if cost_s > done_s:
                block.count *= 1 - done_s / cost_s
                return
            done_s -= cost_s
            del self._blocks[0]

    def _work_s(self) -> float:
        return sum(self._cost_s(block) for block in self._blocks)

    def _cost_s(self, block: _Block) -> float:
        load = self._load
        cost_s = block.full * load.full_push_s + (1 - block.full) * load.endpoint_push_s
        return block.count * cost_s

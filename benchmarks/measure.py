"""Time, measured side by side: engines take turns, so that what disturbs the machine disturbs all.

The time of a run is the CPU time of this process, in compiled code that has been run before. A
ratio is taken within each round, and its median over the rounds is reported with the least and the
greatest.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from benchmarks.agreement import check_all, check_same_path
from benchmarks.engines import Engine, Run, Seen
from benchmarks.systems import System

_WARM_UP_REQUESTS = 20
_MIXED_CALLS = 10
"""Roughly the calls of a request where they differ."""
SEED = 20


@dataclass(frozen=True)
class Spread:
    """The median of a number over the rounds, the least and the greatest."""

    middle: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Of one value per round."""
        return cls(median(values), min(values), max(values))


@dataclass(frozen=True)
class Timed:
    """CPU time per request-hop [ns] in each round, and what was seen in the last."""

    system: System
    hop_ns: Mapping[str, list[float]]
    """By name of the engine."""
    seen: Mapping[str, Seen]


def requests_for(system: System, engine: Engine, share: float) -> int:
    """Requests of one timed run, for a share of the usual work."""
    calls = system.calls_per_request or _MIXED_CALLS
    return max(20, round(engine.hops * share / calls))


def side_by_side(
    system: System, engines: Iterable[Engine], rounds: int, share: float = 1.0
) -> Timed:
    """Run those engines that can do the work in turns; assert that they did the same."""
    able = [engine for engine in engines if engine.can(system)]
    runs = {engine.name: engine.prepare(system) for engine in able}
    for run in runs.values():
        run(_WARM_UP_REQUESTS, SEED)
    if {"kernel", "simpy"} <= set(runs):
        check_same_path(system, _WARM_UP_REQUESTS, SEED)
    hop_ns: dict[str, list[float]] = {engine.name: [] for engine in able}
    seen: dict[str, Seen] = {}
    for turn in range(rounds):
        for engine in able if turn % 2 == 0 else reversed(able):
            requests = requests_for(system, engine, share)
            cpu_s, left = cpu_of(runs[engine.name], requests, SEED + turn)
            seen[engine.name] = engine.read(system, left)
            hop_ns[engine.name].append(cpu_s / seen[engine.name].calls * 1e9)
        check_all(system, seen)
    return Timed(system, hop_ns, seen)


def cpu_of(run: Run, requests: int, seed: int) -> tuple[float, Any]:
    """CPU time [s] of a run, and what it left behind."""
    gc.collect()
    start_s = time.process_time()
    left = run(requests, seed)
    return time.process_time() - start_s, left


def ratio(over: Sequence[float], under: Sequence[float]) -> Spread:
    """The quotient of two times, round by round."""
    return Spread.of([one / other for one, other in zip(over, under, strict=True)])


def in_turns(measures: Sequence[Callable[[], float]], rounds: int) -> list[list[float]]:
    """What each of several measures gives, in turns: a list per measure."""
    found: list[list[float]] = [[] for _ in measures]
    for _ in range(rounds):
        for values, measure in zip(found, measures, strict=True):
            values.append(measure())
    return found

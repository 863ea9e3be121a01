"""Which ratios are reported, what they should be, and how they are measured."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from benchmarks import probes
from benchmarks.engines import ENGINES
from benchmarks.measure import Spread, Timed, ratio, side_by_side
from benchmarks.systems import SYSTEMS


@dataclass(frozen=True)
class Aim:
    """What a ratio should be at least, or at most."""

    at_least: float | None = None
    at_most: float | None = None

    def met(self, value: float) -> bool:
        """Whether a measured value is good enough."""
        enough = self.at_least is None or value >= self.at_least
        return enough and (self.at_most is None or value <= self.at_most)

    def words(self) -> str:
        """As the table has it."""
        if self.at_least is not None:
            return f"at least {self.at_least:g}"
        return "" if self.at_most is None else f"at most {self.at_most:g}"


NO_AIM = Aim()
KERNELS = ("kernel", "tallies")
SPEED_AIMS = {
    ("mesh-chain", "simpy"): Aim(at_least=60),
    ("mesh-chain", "bare"): Aim(at_least=0.4),
    ("mm1", "ciw"): Aim(at_least=80),
    ("tandem-3", "ciw"): Aim(at_least=80),
    ("mm1", "bare"): Aim(at_least=0.5),
    ("mm1", "counted"): Aim(at_least=0.5),
}
"""Of the kernel, in either way of keeping, over another engine."""
SIZES = ("tree-10", "tree-111", "tree-1000")
OTHER_AIMS = {
    "size/tree-111": Aim(at_most=2),
    "size/tree-1000": Aim(at_most=2),
    "threads/kernel": Aim(at_least=1.8),
    "threads/bare": Aim(),
    "memory": Aim(at_most=1.1),
    "start/first": Aim(at_most=20),
    "start/cached": Aim(at_most=0.7),
}
TITLES = {
    "size/tree-111": "Cost of a request-hop at 111 services, in those at 10",
    "size/tree-1000": "Cost of a request-hop at 1,000 services, in those at 10",
    "threads/kernel": "Throughput of two threads, in those of one: kernel",
    "threads/bare": "The same for the bare loop, as what the machine had to give",
    "memory": "Peak memory at 8 times the requests, in those of one time",
    "start/first": "First compilation, over a start without numba [s]",
    "start/cached": "Later starts, over a start without numba [s]",
}
PROBES = ("size", "threads", "memory", "start")
CASES = (*SYSTEMS, *PROBES)


@dataclass
class Report:
    """What one run of the benchmarks found."""

    ratios: dict[str, Spread] = field(default_factory=dict)
    """By key: ``speed/<system>/<engine>/<other engine>``, or one of ``OTHER_AIMS``."""
    hop_ns: dict[str, dict[str, float]] = field(default_factory=dict)
    """CPU time per request-hop, medians, by system and engine: context, not a result."""


@dataclass(frozen=True)
class Effort:
    """How much to measure."""

    rounds: int = 9
    share: float = 1.0
    """Of the usual work of one run."""


QUICK = Effort(rounds=3, share=0.2)


def aim_of(key: str) -> Aim:
    """What the ratio of a key should be."""
    if key.startswith("speed/"):
        _, system, _, other = key.split("/")
        return SPEED_AIMS.get((system, other), NO_AIM)
    return OTHER_AIMS[key]


def title_of(key: str) -> str:
    """A ratio in words."""
    if not key.startswith("speed/"):
        return TITLES[key]
    _, system, engine, other = key.split("/")
    return f"{SYSTEMS[system].title}: {ENGINES[engine].title} over {ENGINES[other].title}"


def speeds(timed: Timed) -> dict[str, Spread]:
    """How many times as fast the kernel is as each other engine, in either way of keeping."""
    found = {}
    for engine in KERNELS:
        for other in ("simpy", "ciw", "bare", "counted"):
            if {engine, other} <= set(timed.hop_ns):
                key = f"speed/{timed.system.name}/{engine}/{other}"
                found[key] = ratio(timed.hop_ns[other], timed.hop_ns[engine])
    return found


def run_case(case: str, engines: Collection[str], effort: Effort, report: Report) -> None:
    """Measure one case and add it to the report."""
    if case in SYSTEMS:
        chosen = [engine for name, engine in ENGINES.items() if name in engines]
        timed = side_by_side(SYSTEMS[case], chosen, effort.rounds, effort.share)
        report.ratios |= speeds(timed)
        report.hop_ns[case] = _medians(timed)
    elif case == "size":
        report.ratios |= sizes(effort)
    elif case == "threads":
        found = probes.threads(round(100_000 * effort.share), effort.rounds)
        report.ratios |= {f"threads/{name}": spread for name, spread in found.items()}
    elif case == "memory":
        report.ratios["memory"] = probes.memory(round(100_000 * effort.share))
    else:
        found = probes.starts(effort.rounds)
        report.ratios |= {f"start/{name}": spread for name, spread in found.items()}


def sizes(effort: Effort) -> dict[str, Spread]:
    """What a request-hop costs in larger trees, in turns with the smallest."""
    kernel = ENGINES["kernel"]
    rounds: dict[str, list[float]] = {name: [] for name in SIZES}
    for _ in range(effort.rounds):
        for name in SIZES:
            timed = side_by_side(SYSTEMS[name], [kernel], 1, effort.share)
            rounds[name] += timed.hop_ns["kernel"]
    return {f"size/{name}": ratio(rounds[name], rounds[SIZES[0]]) for name in SIZES[1:]}


def _medians(timed: Timed) -> dict[str, float]:
    spreads: Mapping[str, Spread] = {n: Spread.of(v) for n, v in timed.hop_ns.items()}
    return {name: round(spread.middle, 1) for name, spread in spreads.items()}

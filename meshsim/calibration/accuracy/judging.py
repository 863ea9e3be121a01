"""All figures of all sources: predicted, compared, summed up.

Of each source one figure fits the machine factor: a CPU figure if it has any, otherwise a latency
(the median before higher quantiles); the one in the middle of the figures of that kind, in order
of load. If the source has figures without a mesh, one of them, under the least load, gives the
latency without a mesh. Both are marked as fitted, and all other figures are predictions. The
machine of a figure that is relative to our own is known: its factor is 1.

Cross-validation: each source is also predicted with the geometric mean of the factors of all
*other* sources, without any figure of its own.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

from meshsim.calibration.accuracy.cells import Cell, Kind
from meshsim.calibration.accuracy.intervals import with_intervals
from meshsim.calibration.accuracy.judged import Judged
from meshsim.calibration.accuracy.machine import BASE_S, Machine
from meshsim.calibration.accuracy.rebuilding import NotRebuilt, Rebuilt, rebuild
from meshsim.calibration.accuracy.simulating import Simulator

OUR_BASE_S = 71e-6
"""Median latency without a proxy in our own measurement, over loopback."""
_FACTORS = (0.02, 50.0)
_ROUNDS = 12
_CLOSE = 0.005
_TRIED_MAX = 5
Progress = Callable[[str], object]


@dataclass(frozen=True)
class Bench:
    """A source as a machine, and which of its figures say so."""

    source: str
    machine: Machine
    fitted: tuple[Rebuilt, ...]
    """The figures that were fitted; none for our own machine, or where nothing could be."""
    note: str = ""


@dataclass
class Verdict:
    """What came out."""

    judged: list[Judged] = field(default_factory=list)
    benches: list[Bench] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    """Reason → figures that were not rebuilt."""


def judge(
    cells: Iterable[Cell],
    simulator: Simulator,
    progress: Progress = lambda _: None,
    *,
    by_hardware: bool = False,
) -> Verdict:
    """Predict all that can be rebuilt, and compare.

    Each source is one machine, or ``by_hardware`` one for each hardware that it names.
    """
    verdict = Verdict()
    by_source: dict[str, list[Rebuilt]] = {}
    for cell in cells:
        try:
            rebuilt = rebuild(cell)
        except NotRebuilt as reason:
            verdict.left_out[str(reason)] += cell.repeats
            continue
        by_source.setdefault(_name_of_bench(cell, by_hardware), []).append(rebuilt)
    for source, figures in by_source.items():
        progress(source)
        verdict.benches.append(_bench(source, figures, simulator))
    for bench in verdict.benches:
        progress(f"{bench.source}: predictions")
        other = replace(bench.machine, factor=_factor_of_others(verdict.benches, bench))
        for each in by_source[bench.source]:
            _judge_one(each, bench, other, simulator, verdict)
    verdict.judged = with_intervals(verdict.judged)
    return verdict


def _name_of_bench(cell: Cell, by_hardware: bool) -> str:
    named = by_hardware and cell.hardware
    return f"{cell.source} on {cell.hardware}" if named else cell.source


def _judge_one(
    each: Rebuilt, bench: Bench, other: Machine, simulator: Simulator, verdict: Verdict
) -> None:
    try:
        predicted = simulator.predicted(each.setup, each.reading, bench.machine)
        unfitted = predicted
        if not each.cell.fixed_machine and each.reading.kind is not Kind.MEMORY:
            unfitted = simulator.predicted(each.setup, each.reading, other)
    except NotRebuilt as reason:
        verdict.left_out[str(reason)] += each.cell.repeats
        return
    if min(predicted, unfitted) <= 0:
        verdict.left_out["its added latency is predicted as zero or below"] += each.cell.repeats
        return
    verdict.judged.append(
        Judged(
            cell=each.cell,
            setup=each.setup,
            mesh_file=simulator.meshes.first_of(each.setup.meshes).name,
            reading=each.reading,
            predicted=predicted,
            unfitted=unfitted,
            fitted=each in bench.fitted,
            extrapolated=simulator.extrapolates(each.setup),
            utilisation=simulator.utilisation(each.setup, bench.machine),
        )
    )


def _bench(source: str, rebuilt: list[Rebuilt], simulator: Simulator) -> Bench:
    ours = all(each.cell.fixed_machine for each in rebuilt)
    over_loopback = all(each.cell.ours for each in rebuilt)
    start = Machine(base_s=OUR_BASE_S if over_loopback else BASE_S)
    if ours:
        return Bench(source, start, (), "our own machine")
    fitted = []
    without = _without_mesh(rebuilt)
    if without is not None:
        start = with_base(start, without, simulator)
        fitted.append(without)
    if without is None:
        start = replace(start, base_s=_base_at_most(rebuilt, start.base_s))
    for each in _possible(_candidates(rebuilt), start, simulator):
        factor = _factor(each, start, simulator)
        if factor is not None:
            return Bench(source, replace(start, factor=factor), (*fitted, each))
    return Bench(source, start, tuple(fitted), "no figure from which a machine could be told")


def _load(each: Rebuilt) -> tuple[float, int]:
    return each.setup.rate_per_s or math.inf, each.setup.generator.connections


def _without_mesh(rebuilt: list[Rebuilt]) -> Rebuilt | None:
    """The lowest quantile without a mesh under the least load."""
    found = [
        each
        for each in rebuilt
        if each.setup.course == "direct" and each.reading.kind is Kind.LATENCY
    ]
    return min(found, key=_lightness, default=None)


def _lightness(each: Rebuilt) -> tuple[float, int, float]:
    setup, probability = each.setup, each.reading.probability or 0.5
    return probability, setup.generator.connections, setup.request_bytes + setup.response_bytes


def with_base(start: Machine, each: Rebuilt, simulator: Simulator) -> Machine:
    """The base latency that gives the figure without a mesh; two steps suffice, it is linear."""
    machine = start
    for _ in range(3):
        predicted = simulator.predicted(each.setup, each.reading, machine)
        machine = replace(machine, base_s=machine.base_s * each.reading.measured / predicted)
    return machine


def _base_at_most(rebuilt: list[Rebuilt], base_s: float) -> float:
    """The assumed base latency, or half of the shortest latency of the source if that is less."""
    seen = [
        each.reading.measured
        for each in rebuilt
        if each.reading.kind is Kind.LATENCY and not each.reading.added
    ]
    return min(base_s, min(seen, default=math.inf) / 2)


def _possible(found: list[Rebuilt], start: Machine, simulator: Simulator) -> Iterator[Rebuilt]:
    """The first few that can be simulated at all."""
    tried = 0
    for each in found:
        try:
            simulator.predicted(each.setup, each.reading, start)
        except NotRebuilt:
            continue
        yield each
        tried += 1
        if tried == _TRIED_MAX:
            return


def _candidates(rebuilt: list[Rebuilt]) -> list[Rebuilt]:
    """Figures that could tell the machine's factor, the best first."""
    through = [each for each in rebuilt if each.setup.course != "direct"]
    through = [each for each in through if not each.setup.features] or through
    cpu = [each for each in through if each.reading.kind is Kind.CPU]
    latency = [each for each in through if each.reading.kind is Kind.LATENCY]
    lowest = min((e.reading.probability or 0.5 for e in latency), default=0.5)
    medians = [e for e in latency if (e.reading.probability or 0.5) == lowest]
    return [*_from_the_middle(cpu), *_from_the_middle(medians)]


def _from_the_middle(found: list[Rebuilt]) -> list[Rebuilt]:
    """The figures in order of load, those in the middle first."""
    suggested = [each for each in found if each.cell.use != "context"] or found
    ordered = sorted(suggested, key=_load)
    middle = (len(ordered) - 1) / 2
    return [each for _, each in sorted(enumerate(ordered), key=lambda p: abs(p[0] - middle))]


def _factor(each: Rebuilt, start: Machine, simulator: Simulator) -> float | None:
    """The factor at which a figure is met; None if none does, found by steps in the logarithm."""
    target = math.log(each.reading.measured)
    low, high = map(math.log, _FACTORS)
    here = 0.0
    for _ in range(_ROUNDS):
        try:
            machine = replace(start, factor=math.exp(here))
            predicted = simulator.predicted(each.setup, each.reading, machine)
        except NotRebuilt:
            predicted = math.inf
        if predicted <= 0 or (predicted < math.inf and abs(math.log(predicted) - target) < _CLOSE):
            return math.exp(here) if predicted > 0 else None
        low, high = (here, high) if predicted < each.reading.measured else (low, here)
        step = here + target - math.log(predicted) if predicted < math.inf else low
        here = step if low < step < high else (low + high) / 2
    return None


def _factor_of_others(benches: list[Bench], bench: Bench) -> float:
    """The geometric mean of the factors of other sources; 1 if there are none."""
    logs = [math.log(b.machine.factor) for b in benches if b is not bench and b.fitted]
    return math.exp(sum(logs) / len(logs)) if logs else 1.0

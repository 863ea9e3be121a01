"""The two causes of doubt, number by number and in words: shared by all faces on paper.

Chosen are the numbers that a decision hangs on: mean and p99 of all requests, CPU and memory of
all containers, and their differences to the baseline.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from meshsim.reports.phrases import METRICS, Show
from meshsim.stats.nested import CombinedInterval
from meshsim.studies.asked import Asked
from meshsim.studies.result import ALL, Comparison, Result, Value
from meshsim.units import show_cpu, show_duration, show_memory

_SHOWN = ("mean", "p99")


@dataclass(frozen=True)
class DoubtRow:
    """One number with its interval and the half widths of both parts, in words."""

    mesh: str
    name: str
    estimate: str
    low: str
    high: str
    simulation: str
    calibration: str
    draws: int
    by_calibration: bool
    """Whether the uncertain parameters are the larger part."""


def doubts(comparison: Comparison) -> list[DoubtRow]:
    """Rows for each mesh, then for its difference to the baseline; empty without draws."""
    rows: list[DoubtRow] = []
    for result in comparison.results:
        rows += _of_result(result)
        rows += _of_difference(comparison, result)
    return rows


def tornado_hint(comparison: Comparison) -> str:
    """What to do next: to look for the assumption that matters, or more simulation."""
    if not any(row.by_calibration for row in doubts(comparison)):
        return "the simulation is the larger part: raise --replications"
    last = comparison.results[-1]
    asked = last.asked or Asked(last.topology, last.mesh)
    command = shlex.join(["meshsim", "tornado", asked.topology, "--mesh", asked.mesh])
    return f"which assumption matters most: {command} --of p99 (or mean, cpu, memory)"


def _of_result(result: Result) -> Iterator[DoubtRow]:
    if result.uncertainty is None:
        return
    values = zip(METRICS, (result.overall.mean, *result.overall.quantiles), strict=True)
    for metric, value in values:
        if metric in _SHOWN:
            yield from _row(result.mesh, metric, value, show_duration)
    yield from _row(result.mesh, "CPU used", result.uncertainty.cpu_used[""], show_cpu)
    yield from _row(result.mesh, "memory used", result.uncertainty.memory_used[""], show_memory)


def _of_difference(comparison: Comparison, result: Result) -> Iterator[DoubtRow]:
    for row in comparison.latency:
        if (row.mesh, row.name) == (result.mesh, ALL) and row.metric in _SHOWN:
            name = f"Δ {row.metric}"
            yield from _row(row.mesh, name, row.difference, show_duration, signed=True)
    for resources in comparison.resources:
        if resources.mesh == result.mesh:
            yield from _row(result.mesh, "Δ CPU used", resources.cpu_used, show_cpu, signed=True)
            memory = resources.memory_range
            yield from _row(result.mesh, "Δ memory used", memory, show_memory, signed=True)


def _row(
    mesh: str, name: str, value: Value | None, show: Show, *, signed: bool = False
) -> Iterator[DoubtRow]:
    if not isinstance(value, CombinedInterval):
        return
    yield DoubtRow(
        mesh,
        name,
        estimate=show(value.estimate, signed=signed),
        low=show(value.low, signed=signed),
        high=show(value.high, signed=signed),
        simulation=show(value.simulation, 2),
        calibration=show(value.calibration, 2),
        draws=value.draws,
        by_calibration=value.calibration > value.simulation,
    )

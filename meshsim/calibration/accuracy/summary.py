"""Errors summed up: by metric, by mesh, by source; fitted figures are never counted."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from meshsim.calibration.accuracy.cells import Kind
from meshsim.calibration.accuracy.judged import HIGH_LOAD, Judged
from meshsim.calibration.accuracy.judging import Verdict

_NEAR = 0.25


@dataclass(frozen=True)
class Line:
    """The errors of some figures."""

    name: str
    metric: str
    figures: int
    median_error: float
    """Of the absolute relative errors."""
    worst_decile: float
    """Their 90th percentile."""
    bias: float
    """Median of the errors with their signs."""
    near: float
    """Share within 25%."""
    unfitted_error: float
    """Median absolute error with the machine of the other sources (cross-validation)."""
    by_source: float
    """Median over the sources of the median error of each."""
    coverage: float | None
    """Share of the figures that lie in their 90% interval; None where none has one."""
    in_interval: int = 0
    """Figures that have an interval."""


def predictions(verdict: Verdict) -> list[Judged]:
    """The rows that nothing was fitted to."""
    return [row for row in verdict.judged if not row.fitted]


def by_metric(verdict: Verdict) -> list[Line]:
    """One line per metric; latency above 85% utilisation has lines of its own."""
    return _lines(predictions(verdict), lambda _: "all")


def by_mesh(verdict: Verdict) -> list[Line]:
    """One line per mesh file and metric."""
    return _lines(predictions(verdict), lambda row: row.mesh_file)


def by_source(verdict: Verdict) -> list[Line]:
    """One line per source and metric."""
    return _lines(predictions(verdict), lambda row: row.cell.source)


def headline(verdict: Verdict) -> list[Line]:
    """CPU, memory, and the quantiles that targets are about, over sources that weigh the same."""
    rows = predictions(verdict)
    wanted = ("cpu", "memory", "p50", "added p50", "p90", "added p90", "p99", "added p99")
    groups = {name: [row for row in rows if _metric(row) == name] for name in wanted}
    return [_line("all", name, found) for name, found in groups.items() if found]


def _lines(rows: Sequence[Judged], name_of: Callable[[Judged], str]) -> list[Line]:
    groups: dict[tuple[str, str], list[Judged]] = {}
    for row in rows:
        groups.setdefault((name_of(row), _metric(row)), []).append(row)
    return [_line(*key, groups[key]) for key in sorted(groups)]


def _metric(row: Judged) -> str:
    busy = row.reading.kind is Kind.LATENCY and row.utilisation > HIGH_LOAD
    return f"{row.group}, above {HIGH_LOAD:.0%} utilisation" if busy else row.group


def _line(name: str, metric: str, rows: Sequence[Judged]) -> Line:
    sizes = sorted(abs(row.error) for row in rows)
    covered = [row.covered for row in rows if row.covered is not None]
    return Line(
        name=name,
        metric=metric,
        figures=len(rows),
        median_error=statistics.median(sizes),
        worst_decile=_quantile(sizes, 0.9),
        bias=statistics.median(row.error for row in rows),
        near=_share(size <= _NEAR for size in sizes),
        unfitted_error=statistics.median(abs(row.unfitted_error) for row in rows),
        by_source=_median_of_sources(rows),
        coverage=_share(covered) if covered else None,
        in_interval=len(covered),
    )


def _median_of_sources(rows: Sequence[Judged]) -> float:
    groups: dict[str, list[float]] = {}
    for row in rows:
        groups.setdefault(row.cell.source, []).append(abs(row.error))
    return statistics.median(statistics.median(errors) for errors in groups.values())


def _quantile(ordered: Sequence[float], probability: float) -> float:
    return ordered[min(len(ordered) - 1, int(probability * len(ordered)))]


def _share(truths: Iterable[bool]) -> float:
    return statistics.fmean(map(float, truths))

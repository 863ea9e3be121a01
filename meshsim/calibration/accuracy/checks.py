"""Two comparisons that everybody can repeat, each a part of the report and a word of the command.

``istio-15335``         an Istio maintainer measured the CPU of a sidecar with two workers at 1,000
                        to 5,000 requests/s (istio.io, issue 15335). The costs that were measured on
                        our own Envoy, on our own machine, give the same curve, with nothing fitted.
``istio-tools-jitter``  istio/tools ran one grid twice in 2020, from 2 to 64 connections at 1,000
                        requests/s: with the connections in step, and with jitter. One set of
                        parameters gives both.

What is fitted in the second: the machine factor, the cost of Istio's own filters (which our Envoy
did not have), and the wake-up delay of its machine; on the p50 and p99 of both grids and the CPU,
by Nelder and Mead on logarithms, with errors counted up to a limit so that one odd cell does not
bend all others.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import minimize

from meshsim.calibration.accuracy.bench import Meshes
from meshsim.calibration.accuracy.cells import Cell, Kind
from meshsim.calibration.accuracy.judging import with_base
from meshsim.calibration.accuracy.machine import Machine
from meshsim.calibration.accuracy.rebuilding import Rebuilt, Setup, rebuild
from meshsim.calibration.accuracy.simulating import Simulator, Size
from meshsim.calibration.accuracy.variants import MESH, measured_under_load, with_filters_and_delay
from meshsim.calibration.accuracy.wording import Generator
from meshsim.errors import InputError, Place, Problem
from meshsim.model.mesh import Mesh

CURVE, GRIDS = "istio-15335", "istio-tools-jitter"
NAMES = (CURVE, GRIDS)
_CURVE_LIMIT, _GRIDS_LIMIT = 0.15, 0.25
_GRID_SOURCE, _GRID_FEATURE = "istio-tools-2020", "stats"
_GRID_RATE = 1000.0
_STRAIGHT_RULE_S = 0.5e-3
"""CPU per request by the rule that Istio's documentation stated until 1.23."""
_CAP = 0.4
"""Log error up to which a cell pulls at the parameters."""
_CPU_WEIGHT = 0.5
_START = (1.1, 150e-6, 60e-6)
"""Where the search begins: machine factor, filters [s], wake-up delay [s]."""
_STEPS = (0.2, 0.2, 0.4)
"""First steps of the search, in logarithms."""

Logs = np.ndarray[tuple[int], np.dtype[np.float64]]


@dataclass(frozen=True)
class CheckRow:
    """One figure and its prediction, in SI units."""

    about: str
    metric: str
    measured: float
    predicted: float
    usual: float | None = None
    """What the usual rule says."""
    judged: bool = True
    """Whether the check asks for this row; the others are shown beside it."""

    @property
    def error(self) -> float:
        """Predicted over measured, less one."""
        return self.predicted / self.measured - 1


@dataclass(frozen=True)
class Check:
    """What came of a check."""

    name: str
    title: str
    limit: float
    """Largest relative error that is asked for."""
    rows: tuple[CheckRow, ...]
    parameters: tuple[tuple[str, str], ...]
    notes: tuple[str, ...] = ()

    @property
    def outside(self) -> tuple[CheckRow, ...]:
        """The rows that are asked for and are further off than the limit."""
        return tuple(row for row in self.rows if row.judged and abs(row.error) > self.limit)

    @property
    def asked(self) -> int:
        """Rows that the check asks for."""
        return sum(row.judged for row in self.rows)


def run_check(
    name: str, cells: Sequence[Cell], *, quick: bool = False, sidecar: Mesh | None = None
) -> Check:
    """Run the check of this name on the figures of the catalogue. Raises InputError.

    The costs are those of the shipped sidecar unless another is given.
    """
    check_names([name])
    return {CURVE: cpu_curve, GRIDS: grids}[name](cells, quick, sidecar)


def check_names(names: Sequence[str]) -> None:
    """Raise InputError for names that no check has."""
    cure = f"write one of {', '.join(NAMES)}"
    problems = [
        Problem(Place("--check"), "", "no check of this name", name, cure)
        for name in names
        if name not in NAMES
    ]
    if problems:
        raise InputError(problems)


def cpu_curve(cells: Sequence[Cell], quick: bool, sidecar: Mesh | None = None) -> Check:
    """CPU of a sidecar against the rate, by costs of our own Envoy alone."""
    simulator = Simulator(
        Meshes([measured_under_load(sidecar)]), Size(requests=3_000 if quick else 20_000)
    )
    rows = []
    for cell in (cell for cell in cells if cell.source == CURVE):
        each = rebuild(cell)
        setup = replace(each.setup, generator=Generator("poisson", 64))
        predicted = simulator.predicted(setup, each.reading, Machine())
        rows.append(_curve_row(cell, each.reading.measured, predicted))
        for connections in (2, 4):
            few = replace(each.setup, generator=Generator("paced", connections))
            predicted = simulator.predicted(few, each.reading, Machine())
            row = _curve_row(cell, each.reading.measured, predicted)
            about = f"{row.about}, {connections} connections in step"
            rows.append(replace(row, about=about, judged=False, usual=None))
    return Check(
        CURVE,
        "CPU of a sidecar from 1,000 to 5,000 requests/s, with nothing fitted",
        _CURVE_LIMIT,
        tuple(rows),
        (("machine factor", "1"), ("costs", "measured on our own Envoy, no filters")),
        (
            "The costs are those of HTTP/2 under mutual TLS, the only protocol for which a sidecar "
            "was measured from little load to much; each connection carries one request at a time.",
            "The source does not say how the load was made. Requests that arrive independently on "
            "64 connections are assumed; the rows of few connections in step show what that is "
            "worth.",
        ),
    )


def _curve_row(cell: Cell, measured_s: float, predicted_s: float) -> CheckRow:
    rate = cell.rate_per_s or math.nan
    return CheckRow(
        f"{rate:,.0f} requests/s",
        "vCPU",
        measured_s * rate,
        predicted_s * rate,
        _STRAIGHT_RULE_S * rate,
    )


def grids(cells: Sequence[Cell], quick: bool, sidecar: Mesh | None = None) -> Check:
    """Both grids of istio/tools by one set of parameters."""
    found = [rebuild(cell) for cell in cells if cell.source == _GRID_SOURCE]
    through = [each for each in found if _is_of_check(each)]
    base = min(
        (each for each in found if _is_first_without(each)), key=lambda e: e.setup.generator.jitter
    )
    size = Size(600, 2) if quick else Size(1_000, 8)
    start = with_base(Machine(), base, Simulator())
    bench = _Bench(start, sidecar)
    fitted = _fit(through, bench, size, evaluations=25 if quick else 60)
    values = _values(through, fitted, bench, Size(2_000, 4) if quick else Size(1_500, 20))
    rows = [_grid_row(each, value) for each, value in zip(through, values, strict=True)]
    factor, filters_s, delay_s = fitted
    return Check(
        GRIDS,
        "istio/tools, 2020: one grid with the connections in step and one with jitter",
        _GRIDS_LIMIT,
        tuple(rows),
        (
            ("machine factor", f"{factor:.2f}"),
            ("Istio's own filters, before the factor", f"{filters_s * 1e6:.0f} µs per request"),
            ("wake-up delay", f"{delay_s * 1e6:.0f} µs"),
            ("latency without a mesh, 2 connections", f"{start.base_s * 1e6:.0f} µs"),
        ),
        (
            "The source does not say which grid had jitter; that was inferred from the figures "
            "without a mesh, which rise with the connections in one grid only.",
            "Fortio is a Go program: its timers end at whole milliseconds, so that requests with "
            "jitter leave in small bursts. Without this, p50 with jitter comes out 20 to 30% low.",
            "Each cell is one or two runs. Which connection went to which worker was luck in them; "
            "the prediction deals connections out evenly.",
        ),
    )


@dataclass(frozen=True)
class _Bench:
    """What is not fitted: the machine but for its factor, and the costs but for two."""

    machine: Machine
    sidecar: Mesh | None


def _is_of_check(each: Rebuilt) -> bool:
    setup, reading = each.setup, each.reading
    wanted = reading.kind is Kind.CPU or reading.probability in {0.5, 0.99}
    return (
        setup.course == "both"
        and wanted
        and _GRID_FEATURE in each.cell.configuration
        and setup.rate_per_s == _GRID_RATE
    )


def _is_first_without(each: Rebuilt) -> bool:
    return (
        each.setup.course == "direct"
        and each.reading.probability == 0.5
        and each.setup.generator.connections == 2
    )


def _fit(
    cells: Sequence[Rebuilt], bench: _Bench, size: Size, evaluations: int
) -> tuple[float, float, float]:
    """Machine factor, filters [s] and wake-up delay [s] that fit the cells best."""
    origin = np.log(_START)
    simplex = origin + np.vstack([np.zeros(3), np.diag(_STEPS)])

    def loss(logs: Logs) -> float:
        factor, filters_s, delay_s = np.exp(logs).tolist()
        values = _values(cells, (factor, filters_s, delay_s), bench, size)
        return _loss(cells, values)

    best = minimize(
        loss,
        origin,
        method="Nelder-Mead",
        options={
            "maxfev": evaluations,
            "xatol": 0.02,
            "fatol": 1e-6,
            "initial_simplex": simplex,
        },
    )
    factor, filters_s, delay_s = np.exp(best.x).tolist()
    return factor, filters_s, delay_s


def _loss(cells: Sequence[Rebuilt], values: Sequence[float]) -> float:
    total = weight = 0.0
    for each, value in zip(cells, values, strict=True):
        share = _CPU_WEIGHT if each.reading.kind is Kind.CPU else 1.0
        size = min(abs(math.log(value / each.reading.measured)), _CAP)
        total += share * size**2
        weight += share
    return total / weight


def _values(
    cells: Sequence[Rebuilt],
    parameters: tuple[float, float, float],
    bench: _Bench,
    size: Size,
) -> list[float]:
    factor, filters_s, delay_s = parameters
    simulator = Simulator(Meshes([with_filters_and_delay(filters_s, delay_s, bench.sidecar)]), size)
    machine = replace(bench.machine, factor=factor)
    ask: Callable[[Rebuilt], float] = lambda each: simulator.predicted(  # noqa: E731
        _two_workers(each.setup), each.reading, machine
    )
    return [ask(each) for each in cells]


def _two_workers(setup: Setup) -> Setup:
    return replace(setup, meshes=(MESH,), workers=2)


def _grid_row(each: Rebuilt, predicted: float) -> CheckRow:
    jitter = "jitter" if each.setup.generator.jitter else "in step"
    about = f"{each.setup.generator.connections} connections, {jitter}"
    is_cpu = each.reading.kind is Kind.CPU
    metric = f"CPU, {each.reading.role}" if is_cpu else each.reading.name
    return CheckRow(about, metric, each.reading.measured, predicted, judged=not is_cpu)

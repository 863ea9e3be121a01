"""How far the formulas of the queueing solver are from the simulation, cell by cell.

A cell is a shipped topology under a shipped mesh, with its load scaled to a share of the rate at
which the first cores or proxy workers are saturated. It is simulated in independent replications,
of which the first fifth is left out; the error of a mean or a quantile comes from what leaving out
one replication changes (jackknife), and the intervals cover 95%.

Cells are kept in a JSON file as they are measured, so that a run can be taken up again and the
table can be written anew after a change of the solver alone:

    python benchmarks/queueing_error.py measure cells.json --solver kernel
    python benchmarks/queueing_error.py table cells.json docs/reference/queueing-error.md
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from meshsim.lowering.lower import lower
from meshsim.lowering.program import Program
from meshsim.model.loading import load_mesh, load_topology
from meshsim.model.scenario import Scenario
from meshsim.solvers.observations import Observations
from meshsim.solvers.queueing import QueueingAnswer, capacity_per_s, solve
from meshsim.solvers.settings import RunSettings

Simulate = Callable[[Program, RunSettings], Observations]
TOPOLOGIES = (
    "chain-3",
    "tree-13",
    "bookinfo",
    "hotel-reservation",
    "online-boutique",
    "social-network",
)
MESHES = ("none", "istio-sidecar", "istio-ambient", "istio-ambient-waypoint", "linkerd")
LOADS = (0.1, 0.3, 0.5, 0.7, 0.9)
SHARES = {"p50": 0.5, "p90": 0.9, "p99": 0.99}
QUANTITIES = ("mean", *SHARES)
TARGET = {"mean": 0.05, "p99": 0.15}
TARGET_LOAD = 0.7


@dataclass(frozen=True)
class Cell:
    """What the simulation found: estimates [s] and half widths of their 95% intervals [s]."""

    topology: str
    mesh: str
    load: float
    requests: int
    replications: int
    estimate_s: dict[str, float]
    half_width_s: dict[str, float]


def program_at(topology: str, mesh: str, load: float) -> Program:
    """The program at a share of its saturating rate, with Poisson arrivals."""
    program = lower(Scenario(load_topology(topology), load_mesh(mesh)))
    rate = capacity_per_s(program) * load
    return replace(program, load=replace(program.load, rate_per_s=np.array([rate])))


def measure(
    simulate: Simulate, topology: str, mesh: str, load: float, requests: int, replications: int
) -> Cell:
    """Simulate one cell."""
    program = program_at(topology, mesh, load)
    series = [
        simulate(program, RunSettings(requests, 1, number)).latency_s[requests // 5 :]
        for number in range(replications)
    ]
    estimate, half_width = summarise(series)
    return Cell(topology, mesh, load, requests, replications, estimate, half_width)


def summarise(series: Sequence[np.ndarray]) -> tuple[dict[str, float], dict[str, float]]:
    """Estimates from all replications together, and the half widths of their intervals."""
    whole = _statistics(np.concatenate(series))
    count = len(series)
    without = [
        _statistics(np.concatenate([*series[:number], *series[number + 1 :]]))
        for number in range(count)
    ]
    factor = float(stats.t.ppf(0.975, count - 1)) * np.sqrt((count - 1) / count)
    half_width = {
        name: float(factor * np.sqrt(sum((one[name] - whole[name]) ** 2 for one in without)))
        for name in whole
    }
    return whole, half_width


def _statistics(latency_s: np.ndarray) -> dict[str, float]:
    found = {"mean": float(latency_s.mean())}
    quantiles = np.quantile(latency_s, list(SHARES.values()))
    return found | dict(zip(SHARES, quantiles.tolist(), strict=True))


def estimated(answer: QueueingAnswer) -> dict[str, float]:
    """The solver's numbers under the same names."""
    assert answer.all_entries is not None, "cells are below saturation"
    p50, p90, p99, _ = answer.all_entries.quantiles_s[0].tolist()
    mean = float(answer.all_entries.mean_s[0])
    return {"mean": mean, "p50": p50, "p90": p90, "p99": p99}


def pages(cells: Sequence[Cell]) -> Iterator[str]:
    """The lines of the report."""
    order = sorted(cells, key=lambda cell: (MESHES.index(cell.mesh), cell.load))
    compared = [(cell, *_compared(cell)) for cell in order]
    yield from _head(compared)
    for topology in TOPOLOGIES:
        yield from ("", f"## {topology}", "")
        yield "| mesh | load | mean | p50 | p90 | p99 | simulated mean | |"
        yield "|---|---|---|---|---|---|---|---|"
        for cell, errors, note in compared:
            if cell.topology == topology:
                yield _row(cell, errors, note)


def _compared(cell: Cell) -> tuple[dict[str, float], str]:
    answer = solve(program_at(cell.topology, cell.mesh, cell.load))
    found = estimated(answer)
    errors = {name: found[name] / cell.estimate_s[name] - 1 for name in QUANTITIES}
    unsteady = any("no steady state" in note for note in answer.assumptions)
    return errors, "†" if unsteady else ""


def _row(cell: Cell, errors: dict[str, float], note: str) -> str:
    columns = [
        f"{errors[name]:+.0%} ± {cell.half_width_s[name] / cell.estimate_s[name]:.0%}"
        for name in QUANTITIES
    ]
    mean = f"{cell.estimate_s['mean'] * 1e3:.3g} ms"
    return f"| {cell.mesh} | {cell.load:.0%} | {' | '.join(columns)} | {mean} | {note} |"


def _head(compared: Sequence[tuple[Cell, dict[str, float], str]]) -> Iterator[str]:
    yield from (
        "# Error of the queueing formulas",
        "",
        "Made by `benchmarks/queueing_error.py`. Each cell is a shipped topology under a shipped",
        "mesh; `load` is the share of the rate at which the first cores or proxy workers are",
        "saturated. A column says by how much the formulas lie above (+) or below (-) the",
        "simulation, ± the half width of the simulation's own 95% interval. How the estimates are",
        "made, and why they fail where they fail: [the guide](../guides/queueing.md).",
        "",
        "† Some pods get so many connections that they are overloaded, with a probability above",
        "1%, while others idle. There is no steady state then: the simulation's numbers grow with",
        "its length, and the formulas take such pods at 95% load.",
        "",
        "## Summary",
        "",
        "The second figure counts a cell as within if it would be so somewhere in the simulation's",
        "interval.",
        "",
        "| cells | mean within 5% | p99 within 15% | median error of mean | of p99 |",
        "|---|---|---|---|---|",
    )
    groups: dict[str, Callable[[Cell, str], bool]] = {
        "up to 70% load, steady": lambda cell, note: cell.load <= TARGET_LOAD and not note,
        "up to 70% load, †": lambda cell, note: cell.load <= TARGET_LOAD and bool(note),
        "above 70% load": lambda cell, note: cell.load > TARGET_LOAD,
    }
    for name, belongs in groups.items():
        some = [(cell, errors) for cell, errors, note in compared if belongs(cell, note)]
        if some:
            yield _summary(name, some)


def _summary(name: str, cells: Sequence[tuple[Cell, dict[str, float]]]) -> str:
    columns = []
    for quantity, target in TARGET.items():
        distance = np.array([abs(errors[quantity]) for _, errors in cells])
        slack = [cell.half_width_s[quantity] / cell.estimate_s[quantity] for cell, _ in cells]
        within, perhaps = np.sum(distance <= target), np.sum(distance <= target + np.array(slack))
        columns.append(f"{within} ({perhaps}) of {len(cells)}")
    medians = [
        f"{np.median([abs(errors[quantity]) for _, errors in cells]):.1%}" for quantity in TARGET
    ]
    return f"| {name} | {' | '.join([*columns, *medians])} |"


def read(path: Path) -> list[Cell]:
    """Cells measured so far."""
    if not path.exists():
        return []
    return [Cell(**cell) for cell in json.loads(path.read_text(encoding="utf-8"))]


def write(path: Path, cells: Sequence[Cell]) -> None:
    """Keep the cells."""
    rows: list[dict[str, Any]] = [vars(cell) for cell in cells]
    path.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("measure", help="simulate the cells that are missing")
    run.add_argument("cells", type=Path)
    run.add_argument("--solver", choices=["simpy_model", "kernel"], default="simpy_model")
    run.add_argument("--requests", type=int, default=4_000)
    run.add_argument("--replications", type=int, default=10)
    run.add_argument("--topologies", nargs="+", default=TOPOLOGIES)
    run.add_argument("--meshes", nargs="+", default=MESHES)
    run.add_argument("--loads", nargs="+", type=float, default=LOADS)
    table = commands.add_parser("table", help="solve the same cells and write the report")
    table.add_argument("cells", type=Path)
    table.add_argument("report", type=Path)
    arguments = parser.parse_args()
    if arguments.command == "table":
        lines = pages(read(arguments.cells))
        arguments.report.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return
    simulate: Simulate = import_module(f"meshsim.solvers.{arguments.solver}").simulate
    cells = read(arguments.cells)
    known = {(cell.topology, cell.mesh, cell.load) for cell in cells}
    for load in arguments.loads:
        for topology in arguments.topologies:
            for mesh in arguments.meshes:
                if (topology, mesh, load) not in known:
                    size = (arguments.requests, arguments.replications)
                    cells.append(measure(simulate, topology, mesh, load, *size))
                    write(arguments.cells, cells)
                    print(f"{topology} {mesh} {load:.0%}", flush=True)


if __name__ == "__main__":
    main()

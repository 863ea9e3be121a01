"""Options that several subcommands share, and from their words to checked values."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from meshsim.errors import InputError, Place, Problem

if TYPE_CHECKING:
    from meshsim.studies.plan import RunPlan, Target


class Format(StrEnum):
    """What a report is written as."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"
    HTML = "html"


class Kept(StrEnum):
    """What a replication keeps of its requests."""

    AUTO = "auto"
    REQUESTS = "requests"
    TALLIES = "tallies"


class Solver(StrEnum):
    """What the numbers come from."""

    KERNEL = "kernel"
    SIMPY = "simpy"
    QUEUEING = "queueing"


Rps = Annotated[
    str | None,
    typer.Option(
        "--rps",
        metavar="RATE",
        help="Requests per second in place of the topology's, such as 300 or 300/s.",
        show_default=False,
    ),
]
Replicas = Annotated[
    list[str] | None,
    typer.Option(
        metavar="SERVICE=N",
        help="Pods of a service in place of the topology's; may be repeated.",
        show_default=False,
    ),
]
Requests = Annotated[int, typer.Option(help="Requests measured in each replication.")]
Replications = Annotated[int, typer.Option(help="Independent replications; three for an interval.")]
Seed = Annotated[
    int, typer.Option(help="Seed of the random numbers; the same gives the same bytes.")
]
Precision = Annotated[
    str | None,
    typer.Option(
        metavar="SHARE",
        help="Go on until the p99 is this certain, such as 5%.",
        show_default=False,
    ),
]
PrecisionOf = Annotated[
    str | None,
    typer.Option(
        metavar="WHAT",
        help="What --precision is about: a mean or quantile (mean, p99, p99.9), that of the "
        "difference to the baseline (p99-difference), of one entry point (p99:shop/buy).",
        show_default="p99",
    ),
]
ReplicationsMax = Annotated[int, typer.Option(help="Most replications for --precision.")]
TimeLimit = Annotated[
    str | None,
    typer.Option(
        metavar="DURATION",
        help="Add no replications for --precision beyond about this time, such as 10m.",
        show_default=False,
    ),
]
Keep = Annotated[
    Kept,
    typer.Option(
        help="Keep each request, or sum them up in histograms with 0.5% error; auto sums up from "
        "200,000 requests per replication on."
    ),
]
SolverOption = Annotated[
    Solver | None,
    typer.Option(
        "--solver",
        help="What simulates: kernel is compiled; simpy is the model that it repeats, about 100 "
        "times slower. queueing estimates by formulas, at once and without intervals.",
        show_default="kernel, or simpy where numba is missing",
    ),
]
Uncertainty = Annotated[
    int | None,
    typer.Option(
        "--uncertainty",
        metavar="[N]",
        help="Draw the parameters of the meshes from their ranges, 40 times without N, and show "
        "intervals of both causes of doubt: simulation and calibration.",
        show_default=False,
    ),
]
Confidence = Annotated[str, typer.Option(metavar="SHARE", help="Confidence of all intervals.")]
Processes = Annotated[
    int | None,
    typer.Option(
        min=1,
        max=1024,
        help="Threads of the kernel, or processes of simpy, to run on.",
        show_default="all processors",
    ),
]
Executor = Annotated[
    str | None,
    typer.Option(
        metavar="WHERE",
        help="Where to run: here, threads:N, processes:N, or dask://HOST:PORT for a cluster.",
        show_default="threads of the kernel, processes of simpy",
    ),
]
Save = Annotated[
    str | None,
    typer.Option(
        metavar="DIR", help="Keep each finished task there, as Parquet.", show_default=False
    ),
]
Resume = Annotated[
    bool, typer.Option("--resume", help="Go on with the study in the folder of --save.")
]
Output = Annotated[
    Format | None,
    typer.Option(
        "-o", "--output", help="What to write.", show_default="by the ending of --out, else text"
    ),
]
Out = Annotated[
    str | None,
    typer.Option(
        metavar="FILE|DIR",
        help="Write there and not to stdout. A folder, for several topologies, gets one file each.",
        show_default=False,
    ),
]
Report = Annotated[
    str | None,
    typer.Option(metavar="FILE|DIR", help="Write the HTML report there, too.", show_default=False),
]


@dataclass(frozen=True)
class Precise:
    """The words about precision, how far to go for it, and how."""

    precision: str | None = None
    of: str | None = None
    replications_max: int = 200
    time_limit: str | None = None
    keep: Kept = Kept.AUTO
    solver: Solver | None = None
    uncertainty: int | None = None


def plan_from(
    requests: int,
    replications: int,
    seed: int,
    confidence: str,
    precise: Precise,
    problems: list[Problem],
) -> RunPlan | None:
    """The plan; None if ``problems`` were added."""
    from meshsim.studies.plan_check import plan_of
    from meshsim.units import parse_duration, parse_percentage

    before = len(problems)
    confident = _parsed("--confidence", confidence, parse_percentage, problems)
    precision = _parsed("--precision", precise.precision, parse_percentage, problems)
    for option, value in (("--confidence", confident), ("--precision", precision)):
        if value is not None and not 0 < value < 1:
            rule, cure = "must lie between 0% and 100%", "write e.g. 95% or 5%"
            problems.append(Problem(Place(option), "", rule, f"{value:.0%}", cure))
    seconds_max = _parsed("--time-limit", precise.time_limit, parse_duration, problems)
    if seconds_max == 0:
        rule, cure = "must be more than zero", "write e.g. 10m"
        problems.append(Problem(Place("--time-limit"), "", rule, str(precise.time_limit), cure))
    target = _target_from(precise, problems)
    solver = None
    if precise.solver is not Solver.QUEUEING:
        solver = _solver_from(precise.solver, problems)
    if len(problems) > before or confident is None:
        return None
    return plan_of(
        requests,
        replications,
        seed,
        confident,
        precision,
        precision_of=target,
        replications_max=precise.replications_max,
        seconds_max=seconds_max,
        keep=precise.keep.value,
        solver=solver,
        uncertainty=precise.uncertainty or False,
    )


def _solver_from(solver: Solver | None, problems: list[Problem]) -> str | None:
    from meshsim.solvers.choice import solver_of

    try:
        return solver_of(solver and solver.value, Place("--solver"), "")
    except InputError as error:
        problems += error.problems
        return None


def _target_from(precise: Precise, problems: list[Problem]) -> Target | None:
    from meshsim.studies.plan_check import target_of

    for option, word in (("--precision-of", precise.of), ("--time-limit", precise.time_limit)):
        if word is not None and precise.precision is None:
            rule, cure = "is about --precision, which is not there", "add e.g. --precision 5%"
            problems.append(Problem(Place(option), "", rule, "", cure))
    if precise.of is None:
        return None
    try:
        return target_of(precise.of, Place("--precision-of"), "")
    except InputError as error:
        problems += error.problems
        return None


def rate_from(text: str | None, problems: list[Problem]) -> float | None:
    """Requests per second from ``300/s`` or, as load generators have it, ``300``."""
    from meshsim.units import parse_rate

    if text is not None and re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)", text.strip()):
        text = f"{text.strip()}/s"
    rate = _parsed("--rps", text, parse_rate, problems)
    if rate == 0:
        cure = "write e.g. 300"
        problems.append(Problem(Place("--rps"), "", "must be more than zero", str(text), cure))
    return rate


def replicas_from(words: Sequence[str] | None, problems: list[Problem]) -> dict[str, int]:
    """Pods by service from ``service=n``, each word perhaps a list with commas."""
    found: dict[str, int] = {}
    for word in split(words):
        service, equals, number = word.partition("=")
        if not (service and equals and number.isascii() and number.isdigit()):
            rule, cure = "must be a service and its number of pods", "write e.g. frontend=3"
            problems.append(Problem(Place("--replicas"), "", rule, word, cure))
        elif service in found:
            rule, cure = "names a service twice", f"give {service} one number of pods"
            problems.append(Problem(Place("--replicas"), "", rule, word, cure))
        else:
            found[service] = int(number[:9])
    return found


def format_from(output: Format | None, out: str | None) -> Format:
    """The format asked for, else the one that the ending of ``out`` names, else text."""
    if output is not None:
        return output
    endings = {".json": Format.JSON, ".csv": Format.CSV, ".html": Format.HTML, ".htm": Format.HTML}
    return endings.get(Path(out).suffix.lower(), Format.TEXT) if out is not None else Format.TEXT


def split(words: Sequence[str] | None) -> list[str]:
    """The words, those with commas taken apart."""
    return [part for word in words or [] for part in word.split(",") if part]


def executor_from(
    executor: str | None, processes: int | None, plan: RunPlan | None, problems: list[Problem]
) -> str:
    """Where to run what was planned, as a checked text; nothing is started."""
    from meshsim.studies.executors import check_executor, default_processes, workers_text

    if executor is None and plan is not None:
        return workers_text(plan.chosen_solver, processes or default_processes())
    if executor is None:
        return "here"
    if processes is not None:
        rule, cure = "is given together with --processes", f"write e.g. processes:{processes}"
        problems.append(Problem(Place("--executor"), "", rule, executor, cure))
    try:
        check_executor(executor)
    except InputError as error:
        problems += error.problems
    return executor


def raise_any(problems: list[Problem]) -> None:
    """Raise InputError if there is a problem."""
    if problems:
        raise InputError(problems)


def _parsed(
    option: str, text: str | None, parse: Callable[[str], float], problems: list[Problem]
) -> float | None:
    from meshsim.units import UnitError

    if text is None:
        return None
    try:
        return parse(text)
    except UnitError as error:
        problems.append(Problem(Place(option), "", error.rule, error.value, error.cure))
        return None

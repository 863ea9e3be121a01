"""A plan from what a user said, or all that is wrong with it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import cast, get_args

from meshsim.errors import InputError, Place, Problem
from meshsim.solvers.choice import KERNEL, SolverName, solver_of
from meshsim.studies.draws import DRAWS, DRAWS_MAX, DRAWS_MIN
from meshsim.studies.plan import Keep, RunPlan, Target

REQUESTS_MAX = 100_000_000
"""Of a replication that is summed up by the kernel, in memory that does not grow with them."""
REQUESTS_MAX_KEPT = 10_000_000
"""Of a replication that keeps each of them, or all their arrivals as the SimPy model does."""
REPLICATIONS_MAX = 10_000
_PLACE = Place("options")
_DEFAULTS = RunPlan()
_TARGET = re.compile(
    r"(?P<metric>mean|p\d{1,2}(\.\d{1,6})?)(?P<difference>-difference)?(:(?P<entry>.+))?", re.ASCII
)


def plan_of(
    requests: int,
    replications: int,
    seed: int,
    confidence: float,
    precision: float | None,
    *,
    precision_of: str | Target | None = None,
    replications_max: int = _DEFAULTS.replications_max,
    seconds_max: float | None = None,
    keep: str = _DEFAULTS.keep,
    solver: str | None = None,
    uncertainty: int | bool = False,
) -> RunPlan:
    """The plan; ``confidence`` and ``precision`` are fractions. Raises InputError.

    Without a ``solver`` it is the fastest that can run here. The target of the precision may be in
    words, as :func:`target_of` reads them. ``uncertainty`` is the number of draws of the
    parameters; True for the usual one.
    """
    unknown: list[Problem] = []
    chosen = _solver(solver, unknown)
    problems = [
        *_requests(requests, keep, chosen),
        *_whole("replications", replications, 1, REPLICATIONS_MAX),
        *_whole("seed", seed, 0, 2**63 - 1),
        *_share("confidence", confidence, "0.95, for 95%"),
        *([] if precision is None else _share("precision", precision, "0.05, for 5%")),
        *_whole("replications_max", replications_max, 1, REPLICATIONS_MAX),
        *_seconds(seconds_max),
        *_keep(keep),
        *_draws(uncertainty),
        *unknown,
    ]
    target = _target(precision_of, precision, problems)
    if problems:
        raise InputError(problems)
    return RunPlan(
        requests,
        replications,
        seed,
        confidence,
        precision,
        replications_max,
        target,
        seconds_max,
        cast(Keep, keep),
        chosen,
        DRAWS if uncertainty is True else int(uncertainty),
    )


def target_of(text: str, place: Place = _PLACE, path: str = "precision_of") -> Target:
    """The target that words name: a metric, perhaps ``-difference``, perhaps ``:ENTRY``.

    ``p99``, ``mean-difference``, ``p99.9:shop/buy``. Raises InputError at ``place`` and ``path``.
    """
    found = _TARGET.fullmatch(text) if isinstance(text, str) else None
    target = Target(found["metric"], found["entry"], bool(found["difference"])) if found else None
    if target is None or not (target.probability is None or 0 < target.probability < 1):
        rule = "must be a mean or a quantile, perhaps of the difference, perhaps of an entry point"
        cure = "write e.g. p99, mean, p99-difference or p99:shop/buy"
        raise InputError([Problem(place, path, rule, str(text), cure)])
    return target


def target_problems(plan: RunPlan, entries: Sequence[str], meshes: int) -> Iterator[Problem]:
    """Why a target does not fit the study: an unknown entry point, or nothing to differ from."""
    target = plan.precision_of
    if plan.precision is None:
        return
    if target.entry is not None and target.entry not in entries:
        cure = f"known: {', '.join(sorted(entries))}"
        yield Problem(_PLACE, "precision_of", "no entry point of this name", target.entry, cure)
    if target.difference and meshes < 2:
        cure = f"compare two meshes, or write {replace(target, difference=False)}"
        rule = "a difference takes a second mesh"
        yield Problem(_PLACE, "precision_of", rule, "", cure)


def change_problems(rate_per_s: float | None, replicas: Mapping[str, int]) -> Iterator[Problem]:
    """What is wrong with a rate and with numbers of pods, whatever the topology."""
    if rate_per_s is not None and not _positive(rate_per_s):
        rule, cure = "must be more than zero and finite", "write e.g. 300, for 300 requests/s"
        yield Problem(_PLACE, "rate", rule, str(rate_per_s), cure)
    for service, count in replicas.items():
        yield from _whole(f"replicas of {service}", count, 1, 10_000)


def _whole(name: str, value: object, least: int, most: int) -> Iterator[Problem]:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        rule = f"must be a whole number from {least} to {most}"
        cure = f"write e.g. {max(least, 10)}"
        yield Problem(_PLACE, name, rule, str(value), cure)


def _draws(uncertainty: object) -> Iterator[Problem]:
    if uncertainty is False or uncertainty is True or uncertainty == 0:
        return
    yield from _whole("uncertainty", uncertainty, DRAWS_MIN, DRAWS_MAX)


def _requests(requests: object, keep: object, solver: SolverName | None) -> Iterator[Problem]:
    """Their number is bounded by memory, where it grows with them."""
    yield from _whole("requests", requests, 1, REQUESTS_MAX)
    if not isinstance(requests, int) or not REQUESTS_MAX_KEPT < requests <= REQUESTS_MAX:
        return
    rule = f"must be at most {REQUESTS_MAX_KEPT:,} in a replication"
    if keep == "requests":
        cure = "sum them up, as --keep tallies (keep='tallies') does"
        yield Problem(_PLACE, "requests", f"{rule} that keeps each of them", str(requests), cure)
    elif solver not in (KERNEL, None):
        cure = "take the kernel, which needs the package numba"
        yield Problem(_PLACE, "requests", f"{rule} of the solver {solver}", str(requests), cure)


def _solver(solver: str | None, problems: list[Problem]) -> SolverName | None:
    try:
        return solver_of(solver)
    except InputError as error:
        problems += error.problems
        return None


def _seconds(seconds_max: object) -> Iterator[Problem]:
    if seconds_max is not None and not _positive(seconds_max):
        rule, cure = "must be more than zero and finite", "write e.g. 600, for ten minutes"
        yield Problem(_PLACE, "seconds_max", rule, str(seconds_max), cure)


def _keep(keep: object) -> Iterator[Problem]:
    if keep not in get_args(Keep):
        cure = f"write one of {', '.join(get_args(Keep))}"
        yield Problem(_PLACE, "keep", "no such way to keep requests", str(keep), cure)


def _target(
    wanted: str | Target | None, precision: float | None, problems: list[Problem]
) -> Target:
    if wanted is None:
        return Target()
    if precision is None:
        rule, cure = "is about a precision, and none was asked for", "add e.g. a precision of 5%"
        problems.append(Problem(_PLACE, "precision_of", rule, "", cure))
    try:
        return wanted if isinstance(wanted, Target) else target_of(wanted)
    except InputError as error:
        problems += error.problems
        return Target()


def _share(name: str, value: object, example: str) -> Iterator[Problem]:
    if not _positive(value) or float(str(value)) >= 1:
        yield Problem(_PLACE, name, "must lie between 0 and 1", str(value), f"write e.g. {example}")


def _positive(value: object) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and math.isfinite(float(str(value))) and float(str(value)) > 0

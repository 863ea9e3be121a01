"""The last line of a report: the command that gives the same numbers again."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from meshsim import __version__
from meshsim.solvers.choice import SIMPY
from meshsim.studies.asked import Asked
from meshsim.studies.plan import RunPlan
from meshsim.studies.result import Result
from meshsim.units import print_percentage, print_rate

_DEFAULTS = RunPlan()


def replay_command(results: Sequence[Result], command: str) -> str:
    """``meshsim compare …`` or ``meshsim run …`` with all that the numbers depend on."""
    asked = [result.asked or Asked(result.topology, result.mesh) for result in results]
    words = ["meshsim", command, asked[0].topology]
    for one in asked:
        words += ["--mesh", one.mesh]
    if asked[0].rate_per_s is not None:
        words += ["--rps", print_rate(asked[0].rate_per_s)]
    for service, count in asked[0].replicas:
        words += ["--replicas", f"{service}={count}"]
    words += plan_words(results[0].plan, results[0].replications)
    return shlex.join(words)


def replay_line(results: Sequence[Result], command: str) -> str:
    """The command, with version and scenario hashes as a comment."""
    hashes = " ".join(dict.fromkeys(result.scenario_hash for result in results))
    return f"{replay_command(results, command)}   # meshsim {__version__}, scenarios {hashes}"


def plan_words(plan: RunPlan, replications: int) -> Iterator[str]:
    """The options that say how much is simulated."""
    yield from ("--requests", str(plan.requests))
    # How far a time limit let a study go is known by now, and another clock would decide anew.
    count = plan.replications if plan.seconds_max is None else replications
    yield from ("--replications", str(count))
    yield from ("--seed", str(plan.seed))
    if plan.confidence != _DEFAULTS.confidence:
        yield from ("--confidence", print_percentage(plan.confidence))
    if plan.precision is not None and plan.seconds_max is None:
        yield from ("--precision", print_percentage(plan.precision))
        if plan.precision_of != _DEFAULTS.precision_of:
            yield from ("--precision-of", str(plan.precision_of))
        if plan.replications_max != _DEFAULTS.replications_max:
            yield from ("--replications-max", str(plan.replications_max))
    if plan.draws:
        yield from ("--uncertainty", str(plan.draws))
    if plan.keep != _DEFAULTS.keep:
        yield from ("--keep", plan.keep)
    if plan.solver == SIMPY:
        yield from ("--solver", SIMPY)

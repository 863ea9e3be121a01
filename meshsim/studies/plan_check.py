"""A plan from what a user said, or all that is wrong with it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from meshsim.errors import InputError, Place, Problem
from meshsim.studies.plan import RunPlan

REQUESTS_MAX = 10_000_000
REPLICATIONS_MAX = 10_000
_PLACE = Place("options")


def plan_of(
    requests: int, replications: int, seed: int, confidence: float, precision: float | None
) -> RunPlan:
    """The plan; ``confidence`` and ``precision`` are fractions. Raises InputError."""
    problems = [
        *_whole("requests", requests, 1, REQUESTS_MAX),
        *_whole("replications", replications, 1, REPLICATIONS_MAX),
        *_whole("seed", seed, 0, 2**63 - 1),
        *_share("confidence", confidence, "0.95, for 95%"),
        *([] if precision is None else _share("precision", precision, "0.05, for 5%")),
    ]
    if problems:
        raise InputError(problems)
    return RunPlan(requests, replications, seed, confidence, precision)


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


def _share(name: str, value: object, example: str) -> Iterator[Problem]:
    if not _positive(value) or float(str(value)) >= 1:
        yield Problem(_PLACE, name, "must lie between 0 and 1", str(value), f"write e.g. {example}")


def _positive(value: object) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and math.isfinite(float(str(value))) and float(str(value)) > 0

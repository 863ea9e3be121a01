"""What a tornado is about: one number of a result, in the words in which it was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from meshsim.errors import InputError, Place, Problem
from meshsim.studies.answers import Key
from meshsim.studies.plan_check import target_of
from meshsim.studies.result import ALL

USES = ("cpu", "memory")
COST = "cost"
_PLACE = Place("options")


@dataclass(frozen=True)
class Subject:
    """One number: a latency [s], CPU [cores] or memory [bytes] in use, cost [USD per month]."""

    text: str
    """As it is written on the command line: ``p99:shop/buy``, ``cpu``."""
    key: Key | None
    """None for the cost, which is not simulated."""

    @property
    def quantity(self) -> str:
        """``latency``, ``cpu``, ``memory`` or ``cost``."""
        if self.key is None:
            return COST
        return self.key.table if self.key.table in USES else "latency"


def subject_of(
    text: str, entries: Sequence[str], place: Place = _PLACE, path: str = "of"
) -> Subject:
    """The number that words name: a metric, perhaps ``:ENTRY``, or cpu, memory or cost.

    Cost is that of the share of nodes that all requests fill. Raises InputError at ``place`` and
    ``path``.
    """
    if text == COST:
        return Subject(text, None)
    if text in USES:
        return Subject(text, Key(text, ""))
    try:
        target = target_of(text, place, path)
    except InputError:
        rule = "must be a mean or a quantile, perhaps of an entry point, or a resource"
        cure = "write e.g. p99, mean, p99:shop/buy, cpu, memory or cost"
        raise InputError([Problem(place, path, rule, text, cure)]) from None
    if target.difference:
        cure = f"write {target.metric}, and name the baseline: --baseline none"
        raise InputError([Problem(place, path, "is no difference by itself", text, cure)])
    if target.entry is None:
        return Subject(text, Key("all", ALL, target.probability))
    if target.entry not in entries:
        cure = f"known: {', '.join(sorted(entries))}"
        raise InputError([Problem(place, path, "no entry point of this name", target.entry, cure)])
    return Subject(text, Key("entry", target.entry, target.probability))

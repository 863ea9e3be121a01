"""How precise a study has become, and how many more replications it takes.

The half width w of an interval falls with the root of the replications R, so w' takes R (w / w')^2.
Replications are added by tens, so that ten groups stay equal, and at most doubled: the forecast is
as uncertain as the first interval. The half width is looked at after each step; stopping at the
first that is narrow enough picks lucky ones too, which costs some coverage where steps are many,
and steps that double are few (A. M. Law, "Simulation Modeling and Analysis", 5th edition,
McGraw-Hill 2015, section 9.4.1).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from meshsim.stats import (
    Interval,
    mean_interval,
    paired_relative_difference,
    quantile_interval,
    sections_for,
)
from meshsim.studies.plan import SECTIONS, RunPlan, Target
from meshsim.studies.result import Precision, Value
from meshsim.studies.sections import Sections, sections_of
from meshsim.studies.task import Replication

_SHORTEST_S = 1e-9
"""Keeps the pace finite where a clock has not moved."""

Side = Sequence[Replication]
"""All replications of one scenario."""


def precision_of(
    plan: RunPlan, meshes: Sequence[str], sides: Sequence[Side], entry: int | None
) -> Precision:
    """How precise the target of ``plan`` is for the least certain of the ``meshes``.

    ``sides`` has the replications of each mesh, those of the baseline first; ``entry`` is the index
    of the entry point that the target names.
    """
    assert plan.precision is not None
    target = plan.precision_of
    values = _values(target, sides, entry, plan.confidence)
    half_widths = [_half_width(value, target) for value in values]
    widest = max(half_widths)
    worst = half_widths.index(widest)
    now, is_known = len(sides[0]), math.isfinite(widest)
    return Precision(
        target=target,
        asked=plan.precision,
        mesh=meshes[worst + 1 if target.difference else worst],
        value=values[worst],
        half_width=widest if is_known else None,
        replications=now,
        replications_needed=sections_for(widest, plan.precision, now) if is_known else None,
    )


def replications_to_add(found: Precision, plan: RunPlan, elapsed_s: float) -> int:
    """How many replications to add next; 0 if the precision is reached or out of reach.

    Out of reach is what takes twice as many replications as the plan allows, by all that is known:
    then the rest would be spent in vain. A plan that limits the time spends it all the same.
    ``elapsed_s`` is what those there are have taken. It counts only if the plan limits the time;
    then no step is begun that would not end in time at the pace so far.
    """
    if found.reached:
        return 0
    now = found.replications
    out_of_reach = (found.replications_needed or 0) > 2 * plan.replications_max
    if out_of_reach and now > plan.replications and plan.seconds_max is None:
        return 0
    needed = min(found.replications_needed or 2 * now, 2 * now)
    more = min(-(-(needed - now) // SECTIONS) * SECTIONS, plan.replications_max - now)
    if plan.seconds_max is not None:
        left = (plan.seconds_max - elapsed_s) / max(elapsed_s, _SHORTEST_S) * now
        more = min(more, int(left // SECTIONS) * SECTIONS)
    return max(more, 0)


def _values(
    target: Target, sides: Sequence[Side], entry: int | None, confidence: float
) -> list[Value]:
    """For each mesh, or for each but the baseline if the target is a difference."""
    if not target.difference:
        return [_alone(side, target.probability, entry, confidence) for side in sides]
    baseline, *others = sides
    return [_change(baseline, side, target.probability, entry, confidence) for side in others]


def _alone(side: Side, p: float | None, entry: int | None, confidence: float) -> Value:
    sections = sections_of(side).latency(entry)
    if p is None:
        return mean_interval(sections, confidence)
    return quantile_interval(sections, p, confidence)


def _change(
    baseline: Side, other: Side, p: float | None, entry: int | None, confidence: float
) -> Value:
    before, after = paired_sections(baseline, other)
    return paired_relative_difference(before.latency(entry), after.latency(entry), p, confidence)


def paired_sections(baseline: Side, other: Side) -> tuple[Sections, Sections]:
    """The sections of two scenarios that met the same requests, with the longer warm-up of both."""
    before, after = sections_of(baseline), sections_of(other)
    deleted = max(before.deleted, after.deleted)
    return sections_of(baseline, deleted), sections_of(other, deleted)


def _half_width(value: Value, target: Target) -> float:
    """As a fraction: of the estimate, or of the baseline. Infinite without an interval."""
    if not isinstance(value, Interval):
        return math.inf
    return value.half_width if target.difference else value.relative_half_width

"""Tells whether an interval is narrow enough, and what more work would bring.

The half width of an interval falls with the square root of the work: half the width takes four
times the sections. The small gain from Student's t with more sections is left out, so the forecast
errs on the side of more work.

Source: A. M. Law, "Simulation Modeling and Analysis", 5th edition, McGraw-Hill 2015, section 9.4.1.
"""

from __future__ import annotations

import math

from meshsim.stats.intervals import Interval, NotEnough

SECTIONS_NEVER = 10**9
"""Stands for more work than anybody can do."""


def precise_enough(interval: Interval | NotEnough, relative: float) -> bool:
    """Whether the half width is at most ``relative`` (0.05 for 5%) of the estimate."""
    assert relative > 0, relative
    return isinstance(interval, Interval) and interval.relative_half_width <= relative


def sections_needed(interval: Interval, relative: float, sections_now: int) -> int:
    """How many sections of the present size bring the half width to ``relative`` of the estimate.

    At least ``sections_now``, at most SECTIONS_NEVER (the estimate is zero, say).
    """
    return sections_for(interval.relative_half_width, relative, sections_now)


def sections_for(half_width: float, wanted: float, sections_now: int) -> int:
    """How many sections of the present size bring a half width to what is ``wanted``.

    Both are in the same unit. At least ``sections_now``, at most SECTIONS_NEVER.
    """
    assert wanted > 0, wanted
    assert sections_now >= 1, sections_now
    if half_width <= wanted:
        return sections_now
    factor = (half_width / wanted) ** 2
    return math.ceil(min(sections_now * factor, float(SECTIONS_NEVER)))

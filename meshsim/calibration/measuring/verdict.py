"""Whether a measurement may be called a calibration of this machine, and if not, why."""

from __future__ import annotations

from meshsim.calibration.measuring.machine import FOREIGN_CORES_MAX, ReferenceCost
from meshsim.calibration.measuring.pairing import Ratio
from meshsim.units import show_percentage

NULL_ERRORS_MAX = 3.0
SPREAD_MAX = 1.8
DISTURBED_MAX = 0.5


def doubts(null: Ratio | None, reference: ReferenceCost) -> list[str]:
    """Reasons not to trust it, as sentences; none if it is good.

    The bounds: a null test that is off by more than 3 standard errors means that the method itself
    went wrong; a reference that is 1.8 times as slow at times as at others (1.7 were seen on a
    shared machine) means that no single number is this machine's cost.
    """
    found = []
    if null is None:
        found.append("the null test has too few pairs")
    elif abs(null.median - 1) > NULL_ERRORS_MAX * null.standard_error:
        found.append(
            f"the reference compared with itself differs by {show_percentage(null.median - 1, 2)}, "
            f"more than {NULL_ERRORS_MAX:.0f} standard errors "
            f"({show_percentage(null.standard_error, 2)})"
        )
    if reference.spread > SPREAD_MAX:
        found.append(
            f"the reference was {reference.spread:.1f} times as slow at times (p95) as at others "
            f"(p5), more than {SPREAD_MAX:g} times"
        )
    if reference.disturbed > DISTURBED_MAX:
        found.append(
            f"other programs took more than {FOREIGN_CORES_MAX:g} cores in "
            f"{show_percentage(reference.disturbed, 2)} of the slices "
            f"({reference.foreign_cores:.2f} on average)"
        )
    return found

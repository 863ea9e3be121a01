"""A CPU limit: a quota per period, as Linux hands it out.

A container with a limit of q cores may use q × 100 ms of CPU in each period of 100 ms. While it has
quota left it runs at full speed; once it has used it up, everything in it stops until the next
period. A limit of 200m lets a request of 5 ms run as fast as on a whole core, and stops a burst of
30 ms after 20 ms for 80 ms.

Limits of whole cores are modelled as that many cores, which never use up their quota; a limit of
1.5 cores as two cores with a quota of 150 ms per period.

Source: Linux, Documentation/scheduler/sched-bwc.rst (period 100 ms; kubelet's default). Unused
slices of up to 1 ms per processor that carry over are left out.
"""

from __future__ import annotations

import math

PERIOD_S = 0.1
"""cpu.cfs_period_us of Kubernetes."""


def parallel_cores(limit_cores: float) -> int:
    """Cores on which a container runs at once."""
    return max(1, math.ceil(limit_cores))


def quota_s(limit_cores: float) -> float:
    """CPU [s] per period; infinite for whole cores, which cannot use it up."""
    return math.inf if float(limit_cores).is_integer() else limit_cores * PERIOD_S


def until_used_up_s(left_s: float, quota_s: float, until_period_s: float, speed: float) -> float:
    """Time [s] until the quota is used up at a constant ``speed`` [cores]; infinite if never.

    ``left_s`` is left in this period, which ends in ``until_period_s``; each later one brings
    ``quota_s``.
    """
    if speed <= 0.0:
        return math.inf
    if left_s < speed * until_period_s:
        return left_s / speed
    if quota_s < speed * PERIOD_S:
        return until_period_s + quota_s / speed
    return math.inf

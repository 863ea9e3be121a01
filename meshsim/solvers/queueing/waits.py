"""Time of a burst of CPU in a pod, by class of load and whether it comes alone.

A burst takes its demand, waits for a share of the cores (processor sharing) or for a free core
(first come), and stands still while the quota is used up. Rows are services, columns the classes of
:mod:`meshsim.solvers.queueing.spread`. A burst is *fresh* if it arrives at a pod at a moment of its
own, and *following* if its request was served in the same pod a moment before: then the quota is
not used up when it comes, only perhaps before it ends.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from meshsim.lowering.program import FloatArray, IntArray, Program
from meshsim.physics.quota import PERIOD_S
from meshsim.solvers.queueing.formulas import mgc_wait_s, shared_stretch
from meshsim.solvers.queueing.loads import PodLoad
from meshsim.solvers.queueing.relief import Relief
from meshsim.solvers.queueing.spread import Spread
from meshsim.solvers.queueing.throttle import Throttle, throttle

_LOAD_MAX = 0.95
"""Pods that their connections overload are taken at this load; the answer says so."""


@dataclass(frozen=True)
class Cores:
    """The cores of the pods of each service under their load, by class."""

    servers: IntArray
    """Cores that run at once [services]."""
    first_come: npt.NDArray[np.bool_]
    """[services]"""
    rate: FloatArray
    """Bursts that meet each other at a pod [1/s, services × classes]."""
    load: FloatArray
    """CPU over limit [services × classes], at most 0.95."""
    overloaded: npt.NDArray[np.bool_]
    """Whether the load would be 1 or more [services × classes]."""
    demand: FloatArray
    """Raw moments [3 × services]."""
    eased: FloatArray
    """What host choice leaves of the waiting [services]."""
    stretch: FloatArray
    """Processor sharing: mean time over demand [services × classes]; 1 for first come."""
    wait_s: FloatArray
    """First come: mean wait for a core [services × classes]; 0 for sharing."""
    wait_2: FloatArray
    """Its mean square [s²]."""
    quota_s: FloatArray
    """CPU per period [services]; infinite for whole cores."""
    throttle: Throttle
    """What the quota adds; nothing for whole cores."""


def cores(
    program: Program,
    bursts: PodLoad,
    uneven: Spread,
    eased: Relief,
    together: FloatArray,
) -> Cores:
    """The cores of all services.

    ``eased`` is what host choice leaves of the waiting, ``together`` the share of the calls that
    come from pods which stood still a moment before [services].
    """
    services, placement = program.services, program.placement
    count = len(services.names)
    limit = np.bincount(placement.pod_service, placement.pod_cores, count) / services.pod_count
    servers = np.maximum(np.ceil(limit), 1).astype(np.int64)
    even = bursts.bursts_per_s / services.pod_count
    rate = even[:, None] * uneven.load
    load = rate * (bursts.demand[0] / limit)[:, None]
    rate = rate * np.minimum(1.0, _LOAD_MAX / np.maximum(load, 1e-300))
    used = bursts.bursts_per_s > 0
    wide = np.broadcast_to(servers[:, None], rate.shape)
    m1, m2, m3 = (np.broadcast_to(m[:, None], rate.shape) for m in bursts.demand)
    first_come = services.first_come[:, None]
    left = eased.wait[:, None]
    # A pool sends a call that overlaps another on another connection, and so to any pod.
    turning = (uneven.pooled > 0.5) & (limit % 1 != 0)
    met = np.where(turning[:, None], np.minimum(rate, even[:, None]), rate)
    stretch = 1 + left * (shared_stretch(wide, met * m1) - 1)
    stretch = np.where(first_come | ~used[:, None], 1.0, stretch)
    with np.errstate(invalid="ignore"):
        wait, wait_2 = mgc_wait_s(wide, met, m1, m2, m3)
    queued = first_come & used[:, None]
    quota_s = np.where(limit % 1 == 0, np.inf, limit * PERIOD_S)
    return Cores(
        servers=servers,
        first_come=services.first_come,
        rate=met,
        load=np.minimum(load, _LOAD_MAX),
        overloaded=load >= 1,
        demand=bursts.demand,
        eased=eased.wait,
        stretch=stretch,
        wait_s=np.where(queued, left * wait, 0.0),
        wait_2=np.where(queued, left * wait_2, 0.0),
        quota_s=quota_s,
        throttle=throttle(program, bursts, uneven, eased, together, rate, stretch, quota_s),
    )


def burst_s(at: Cores, uneven: Spread) -> FloatArray:
    """Mean time of a fresh burst [services]."""
    each = at.demand[0][:, None] * at.stretch + at.wait_s + at.throttle.fresh[0]
    return np.asarray((uneven.share * each).sum(axis=1))

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
from meshsim.solvers.queueing import quota
from meshsim.solvers.queueing.formulas import mgc_wait_s, shared_stretch
from meshsim.solvers.queueing.loads import PodLoad
from meshsim.solvers.queueing.spread import Spread

_LOAD_MAX = 0.98
"""Pods that their connections overload are taken at this load; the answer says so."""
_SHARING = 0.8


@dataclass(frozen=True)
class Cores:
    """The cores of the pods of each service under their load, by class."""

    servers: IntArray
    """Cores that run at once [services]."""
    first_come: npt.NDArray[np.bool_]
    """[services]"""
    rate: FloatArray
    """Bursts of a pod [1/s, services × classes]."""
    load: FloatArray
    """CPU over limit [services × classes], at most 0.98."""
    overloaded: npt.NDArray[np.bool_]
    """Whether the load would be 1 or more [services × classes]."""
    demand: FloatArray
    """Raw moments [3 × services]."""
    stretch: FloatArray
    """Processor sharing: mean time over demand [services × classes]; 1 for first come."""
    wait_s: FloatArray
    """First come: mean wait for a core [services × classes]; 0 for sharing."""
    wait_2: FloatArray
    """Its mean square [s²]."""
    quota_s: FloatArray
    """CPU per period [services]; infinite for whole cores."""
    work: FloatArray
    """Cumulants of the work that arrives in a period [3 × services × classes]."""
    backlog: quota.Backlog
    sharing: FloatArray
    """Wait for the quota over that in order of arrival [services × classes]."""
    fresh_s: FloatArray
    """Mean of what the quota adds to a fresh burst [services × classes]."""
    fresh_2: FloatArray
    """Its mean square [s²]."""
    following_s: FloatArray
    """Mean of what the quota adds to a following burst [services × classes]."""
    following_2: FloatArray


def cores(
    program: Program, bursts: PodLoad, uneven: Spread, batch: FloatArray, arrival_cv2: FloatArray
) -> Cores:
    """The cores of all services.

    ``batch`` multiplies the second and third cumulant of the work of a period [2 × services], for
    bursts that come together; ``arrival_cv2`` is the squared coefficient of variation between
    arrivals [services].
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
    stretch = np.where(first_come | ~used[:, None], 1.0, shared_stretch(wide, rate * m1))
    with np.errstate(invalid="ignore"):
        wait, wait_2 = mgc_wait_s(wide, rate, m1, m2, m3, arrival_cv2[:, None])
    queued = first_come & used[:, None]
    limited = (limit % 1 != 0) & used
    quota_s = np.where(limit % 1 == 0, np.inf, limit * PERIOD_S)
    found = _Quotas.of(rate, (m1, m2, m3), stretch, quota_s, batch, limited, services.first_come)
    return Cores(
        servers,
        services.first_come,
        rate,
        np.minimum(load, _LOAD_MAX),
        load >= 1,
        bursts.demand,
        stretch,
        np.where(queued, wait, 0.0),
        np.where(queued, wait_2, 0.0),
        quota_s,
        found.work,
        found.backlog,
        found.sharing,
        found.fresh[0],
        found.fresh[1],
        found.following[0],
        found.following[1],
    )


@dataclass(frozen=True)
class _Quotas:
    work: FloatArray
    backlog: quota.Backlog
    sharing: FloatArray
    fresh: FloatArray
    following: FloatArray

    @staticmethod
    def of(
        rate: FloatArray,
        moments: tuple[FloatArray, FloatArray, FloatArray],
        stretch: FloatArray,
        quota_s: FloatArray,
        batch: FloatArray,
        limited: npt.NDArray[np.bool_],
        first_come: npt.NDArray[np.bool_],
    ) -> _Quotas:
        m1, m2, m3 = moments
        arriving = rate * PERIOD_S
        work = arriving * np.array([m1, m2 * batch[0][:, None], m3 * batch[1][:, None]])
        shape = rate.shape
        none, mean, second = np.ones(shape), np.zeros(shape), np.zeros(shape)
        sharing = np.ones(shape)
        fresh, following = np.zeros((2, *shape)), np.zeros((2, *shape))
        if limited.any():
            some = work[:, limited]
            level = np.broadcast_to(quota_s[limited][:, None], some[0].shape)
            left = quota.backlog(some, level)
            none[limited], mean[limited], second[limited] = left.none, left.mean, left.second
            x1, x2, x3 = (m[limited] for m in moments)
            burst = np.array([x1, x2 - x1**2, x3 - 3 * x1 * x2 + 2 * x1**3])
            served = x1 * stretch[limited]
            sharing[limited] = _sharing(x1, x2, left.none, first_come[limited])
            fresh[:, limited] = (
                np.array(quota.wait_s(left, some, burst, served, level)) * sharing[limited]
            )
            following[:, limited] = np.array(
                quota.wait_following_s(left, some, burst, served, level)
            )
        return _Quotas(work, quota.Backlog(none, mean, second), sharing, fresh, following)


def _sharing(
    m1: FloatArray, m2: FloatArray, none: FloatArray, first_come: npt.NDArray[np.bool_]
) -> FloatArray:
    """What sharing makes of the wait for a quota, against service in order.

    Work left over is in requests that all go on at once. Their residual demand is m2 / (2 m1), so
    that they are 2 / (1 + cv²) times as many as in order of arrival; this factor is reached when
    there always is a backlog. The way to it, 0.8 √(1 - P(W = 0)), was fitted to simulations.
    """
    factor = 2 * m1**2 / np.maximum(m2, 1e-300) - 1
    weight = _SHARING * np.sqrt(1 - none)
    return np.where(first_come[:, None], 1.0, 1 + factor * weight)

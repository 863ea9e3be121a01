"""What the quotas of a program's pods add to the time of a burst.

Three cases. A *fresh* burst comes at any moment: it may find the quota used up, and a backlog of
earlier periods. A *following* burst comes right after its request was served in the same pod, and
so not while the pod stands still. In HTTP/1.1 *pools* callers turn away from a pod that stands
still, because their connections to it are taken: each leaves a call there, and no backlog grows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from meshsim.lowering.program import FloatArray, Program
from meshsim.physics.quota import PERIOD_S
from meshsim.solvers.queueing import quota
from meshsim.solvers.queueing.loads import PodLoad
from meshsim.solvers.queueing.relief import Relief
from meshsim.solvers.queueing.spread import Spread

_SHARING = 0.8
_CONNECTIONS = 0.7
_FULL = 0.6
_TOGETHER = 0.05


@dataclass(frozen=True)
class Throttle:
    """Waits for quotas; rows are services, columns classes of load."""

    work: FloatArray
    """Cumulants of the work that arrives in a period [3 × services × classes]."""
    backlog: quota.Backlog
    sharing: FloatArray
    """Wait over that in order of arrival at pods chosen at random [services × classes]."""
    pooled: npt.NDArray[np.bool_]
    """Whether callers turn away from a pod that stands still [services]."""
    caught: FloatArray
    """Probability that a burst waits in spite of that [services × classes]."""
    caught_s: FloatArray
    """Mean of its wait [s, services × classes]."""
    fresh: FloatArray
    """Mean and mean square of the wait of a fresh burst [2 × services × classes], s, s²."""
    following: FloatArray
    """The same of a following burst."""


def throttle(
    program: Program,
    bursts: PodLoad,
    uneven: Spread,
    eased: Relief,
    together: FloatArray,
    rate: FloatArray,
    stretch: FloatArray,
    quota_s: FloatArray,
) -> Throttle:
    """The waits at all services; ``rate`` is that of a pod of each class [1/s].

    ``stretch`` is the time of a burst over its demand without a quota, ``eased`` what host choice
    leaves of the waiting, ``together`` the share of the calls that come from a pod that stood still
    a moment before [services].
    """
    shape = rate.shape
    moments = np.broadcast_to(bursts.demand[:, :, None], (3, *shape))
    work = rate * PERIOD_S * moments
    # Regular arrivals vary the number of bursts less, and so the work of a period.
    steady = 1 - (1 - eased.arrival_cv2)[:, None] * moments[0] ** 2 / np.maximum(moments[1], 1e-300)
    work[1], work[2] = work[1] * steady, work[2] * steady**1.5
    none, left_s, left_2 = np.ones(shape), np.zeros(shape), np.zeros(shape)
    sharing, waits = np.ones(shape), np.zeros((2, 2, *shape))
    caught, caught_s = np.zeros(shape), np.zeros(shape)
    limited = np.isfinite(quota_s) & (bursts.bursts_per_s > 0)
    pooled = limited & (uneven.pooled > 0.5)
    if pooled.any():
        level = np.broadcast_to(quota_s[pooled][:, None], caught[pooled].shape)
        found = _caught(program, uneven, bursts, together, work, level, pooled)
        caught[pooled], caught_s[pooled] = found
        waits[0] = caught * np.array([caught_s, caught_s**2 * 4 / 3])
    some = (limited & ~pooled)[:, None] & (uneven.share > 0)
    if some.any():
        of = np.nonzero(some)[0]
        x1, x2, x3 = moments[:, some]
        left = quota.backlog(work[:, some], quota_s[of])
        sharing[some] = _sharing(x1, x2, left.none, program.services.first_come[of])
        sharing[some] *= eased.quota_wait[of]
        burst = np.array([x1, x2 - x1**2, x3 - 3 * x1 * x2 + 2 * x1**3])
        about = (left, work[:, some], burst, x1 * stretch[some], quota_s[of])
        waits[0][:, some] = np.array(quota.wait_s(*about)) * sharing[some]
        waits[1][:, some] = np.array(quota.wait_following_s(*about))
        none[some], left_s[some], left_2[some] = left.none, left.mean, left.second
    backlog = quota.Backlog(none, left_s, left_2)
    return Throttle(work, backlog, sharing, pooled, caught, caught_s, waits[0], waits[1])


def _caught(
    program: Program,
    uneven: Spread,
    bursts: PodLoad,
    together: FloatArray,
    work: FloatArray,
    quota_s: FloatArray,
    pooled: npt.NDArray[np.bool_],
) -> tuple[FloatArray, FloatArray]:
    """Probability that a burst stands still in a pod that callers turn away from, and how long.

    A pod carries load × N / n flows. While it stands still each leaves so many calls there as it
    has connections to it, κ, if so many would come: κ (1 - e^(-z / κ)) of z. Pools grow with the
    load; κ = 0.7 / (1 - load), at least 1, was fitted to simulations. So was the factor by which
    there are more of them if a share f of the calls comes from pods that stood still, which let all
    their calls go at once: 3 - 2 e^(-20 f).
    """
    used_up, length = quota.standstill(work[:, pooled], quota_s)
    used_up[:, -1], length[:, -1] = 1.0, _FULL * PERIOD_S
    flow_per_s = (bursts.bursts_per_s / uneven.flows)[pooled][:, None]
    hosts = program.services.pod_count[pooled][:, None]
    load = uneven.even_load[pooled][:, None]
    taken = np.minimum(uneven.load[pooled], 1 / np.maximum(load, 1e-9))
    flows = np.maximum(taken * uneven.flows[pooled][:, None] / hosts, 1.0)
    kappa = np.maximum(_CONNECTIONS / np.maximum(1 - load, 0.02), 1.0)
    stuck = np.maximum(flows * kappa * -np.expm1(-flow_per_s * length / kappa), 1.0)
    per_period = bursts.bursts_per_s[pooled][:, None] / hosts * taken * PERIOD_S
    stuck = stuck * (3 - 2 * np.exp(-together[pooled][:, None] / _TOGETHER))
    chance = np.minimum(used_up * stuck / np.maximum(per_period, 1e-300), 0.9)
    return chance, length * (1 + 1 / stuck) / 2


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
    return np.where(first_come, 1.0, 1 + factor * weight)


def standing(found: Throttle, uneven: Spread) -> FloatArray:
    """About the share of the bursts of a service that stand still, half a period each."""
    stand_s = (uneven.share * found.fresh[0]).sum(axis=1)
    return np.asarray(np.minimum(stand_s / (PERIOD_S / 2), 1.0))

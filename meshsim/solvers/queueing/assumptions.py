"""What the formulas take for granted and a program does not keep."""

from __future__ import annotations

import numpy as np

from meshsim.lowering.program import Balancing, Op
from meshsim.solvers.queueing.latencies import Model
from meshsim.solvers.queueing.spread import policy_of

_SHARE_MIN = 0.01


def assumptions(found: Model, by_moments: bool) -> tuple[str, ...]:
    """The list, most weighty first; each begins with a word to look for in the guide."""
    program, uneven = found.program, found.uneven
    names = np.array(program.services.names)
    over = (uneven.share * found.cores.overloaded).sum(axis=1)
    notes = [
        f"connections: with probability {over[service]:.0%} a call meets a pod of "
        f"{names[service]} that its connections overload; there is no steady state then"
        for service in np.flatnonzero(over > _SHARE_MIN)[:3]
    ]
    if np.any((uneven.pinned > 0) & (program.services.pod_count > 1)):
        notes.append("connections: calls stay with a pod; the spread of load is an average")
    quotas = np.isfinite(found.cores.quota_s)
    wait_s = (uneven.share * found.cores.throttle.fresh[0]).sum(axis=1)
    if np.any(wait_s[quotas] > _SHARE_MIN * found.cores.demand[0][quotas]):
        worst = int(np.argmax(np.where(quotas, wait_s, 0.0)))
        notes.append(f"quota: used up at times, in {names[worst]} most of all; approximate")
    if np.any(program.steps.op == Op.PARALLEL):
        notes.append("parallel: branches are taken to be independent")
    if program.load.connection_requests or np.any(program.services.connection_requests > 0):
        notes.append("churn: opening connections anew costs nothing in the formulas")
    if np.any(program.kinds.stall_probability > 0):
        notes.append("stalls: machines never hold a proxy up in the formulas")
    if program.load.process == "closed":
        notes.append("closed: product form, single class; the spread is that of open load")
    if program.load.process == "paced":
        notes.append("load: connections that send in step are taken to be Poisson arrivals")
    if program.load.process in {"schedule", "trace"}:
        notes.append("load: a constant rate, the highest of a schedule, the mean of a recording")
    if program.load.even:
        notes.append("load: arrivals at equal distances are taken to be Poisson")
    if np.any(program.services.workers > 0):
        notes.append("slots: the wait for a slot is that of independent arrivals")
    policies = np.unique(
        np.concatenate(
            [
                policy_of(program, path, np.arange(len(names)))
                for path in (program.inside, program.entry)
            ]
        )
    )
    if Balancing.LEAST_REQUEST in policies:
        notes.append("least request: a proxy sees its own requests only")
    if by_moments:
        notes.append("quantiles: from two moments, as for all programs of this size")
    return tuple(notes)

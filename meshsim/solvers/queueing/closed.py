"""Closed load: the rate at which so many users get answers.

Mean value analysis over all cores and workers. What a request meets besides (network, wake-ups,
``wait`` steps, less what parallel branches save) is a delay, chosen so that a single user gets the
answer of the open model without load. A quota bounds the rate from above, but does not slow down a
pod that rests most of the time; the rate is cut at what the busiest station can carry.
"""

from __future__ import annotations

import numpy as np

from meshsim.lowering.program import FloatArray, Program
from meshsim.solvers.queueing.formulas import approximate_closed_s, exact_closed_s
from meshsim.solvers.queueing.loads import Loads
from meshsim.solvers.queueing.moments import raw_moments

_EXACT_MAX = 300_000
"""Users × stations up to which the exact recursion is used."""


def closed_rate(
    program: Program, one: Loads, cpu_s: FloatArray, idle_answer_s: float, carries_per_s: float
) -> tuple[float, float]:
    """Rate [1/s] and mean latency [s].

    ``one`` are the loads at one request per second, ``cpu_s`` the CPU of a passage of each
    instance, ``idle_answer_s`` the mean latency without load.
    """
    users = program.load.users
    think_s = float(raw_moments(program.steps.distributions)[0, program.load.think])
    placement, services = program.placement, program.services
    per_pod = one.pods.bursts_per_s * one.pods.demand[0] / services.pod_count
    kinds = program.kinds.workers[program.instances.kind]
    per_worker = np.repeat(one.proxies.passages_per_s * cpu_s / kinds, kinds)
    demand = np.concatenate([per_pod[placement.pod_service], per_worker])
    servers = np.concatenate(
        [np.ceil(placement.pod_cores).astype(np.int64), np.ones(len(per_worker), dtype=np.int64)]
    )
    used = demand > 0
    delay = idle_answer_s - float(demand.sum())
    exact = users * int(used.sum()) <= _EXACT_MAX
    solve = exact_closed_s if exact else approximate_closed_s
    rate, _ = solve(users, think_s + delay, demand[used], servers[used])
    rate = min(rate, carries_per_s)
    return rate, users / rate - think_s

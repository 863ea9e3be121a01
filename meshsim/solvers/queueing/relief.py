"""What host choice saves of the waiting, against pods chosen at random.

*Round robin* by k pickers over n pods: each picker gives a pod every n-th of its calls, so that
times between them have cv² = 1 / n; of k such streams together

    ca² = w / n + 1 - w,  w = 1 / (1 + 4 (1 - ρ)² (k - 1))

(W. Whitt, "The queueing network analyzer", Bell System Technical J. 62 (1983) 2779-2815), and the
wait is (1 + ca²) / 2 of that of Poisson arrivals.

*Least request* of d pods, if one picker sees all calls to very many pods, leaves

    r = (Σ_i ρ^((d^i - 1) / (d - 1)) - ρ) / (ρ² / (1 - ρ))

(Mitzenmacher 1996; Vvedenskaya, Dobrushin, Karpelevich 1996). Two terms were fitted to simulations
with 2 and 6 pods, 1 to 8 pickers and loads of 0.3 to 0.85, where they hold within 0.1: few pods
leave r + 0.88 (1 - r) / n; and a picker with x calls of its own under way at a pod, on average,
sees x / (x + 0.22) of what there is to see.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from meshsim.lowering.program import Balancing, FloatArray, Path, Program, Scope
from meshsim.solvers.queueing.arrays import totals
from meshsim.solvers.queueing.passages import Links
from meshsim.solvers.queueing.spread import policy_of

_FEW_PODS = 0.88
_UNSEEN = 0.22
_TERMS = 12


@dataclass(frozen=True)
class Pickers:
    """Who chooses the pods of each service, over all calls [services]."""

    round_robin: FloatArray
    """Share of the calls under round robin."""
    least_request: FloatArray
    """Share of the calls under least request."""
    number: FloatArray
    """Equal pickers of those calls."""
    choices: FloatArray
    """Pods compared under least request."""


def pickers(program: Program, calls: Links, link_per_s: FloatArray) -> Pickers:
    """The pickers when calls of each link come at a rate."""
    count = len(program.services.names)
    shares = np.zeros((2, count))
    squares, choices = np.zeros(count), np.full(count, 2.0)
    whole = np.maximum(totals(calls.callee, link_per_s, count), 1e-300)
    for path, part in calls.path_of(program):
        callee, rate = calls.callee[part], link_per_s[part]
        policy = policy_of(program, path, callee)
        for row, kind in enumerate((Balancing.ROUND_ROBIN, Balancing.LEAST_REQUEST)):
            shares[row] += totals(callee, np.where(policy == kind, rate, 0.0), count)
        if path.picker > 0:
            choices[:] = program.kinds.choices[path.segments[path.picker - 1].hops[-1].kind]
        chosen = np.where(
            (policy == Balancing.ROUND_ROBIN) | (policy == Balancing.LEAST_REQUEST), rate, 0.0
        )
        squares += _squares(program, path, calls, part, chosen)
    number = shares.sum(axis=0) ** 2 / np.maximum(squares, 1e-300)
    return Pickers(shares[0] / whole, shares[1] / whole, np.maximum(number, 1.0), choices)


def _squares(
    program: Program, path: Path, calls: Links, part: slice, rate: FloatArray
) -> FloatArray:
    """Sum of the squares of the rates of the pickers of each service."""
    count = len(program.services.names)
    pair = (calls.caller[part] + 1) * count + calls.callee[part]
    pairs, index = np.unique(pair, return_inverse=True)
    flow = totals(index, rate, len(pairs))
    caller, callee = pairs // count - 1, pairs % count
    pods = program.services.pod_count
    if path.picker == 0:
        each = np.where(caller < 0, 1, pods[caller])
        return totals(callee, flow**2 / each, count)
    kind = path.segments[path.picker - 1].hops[-1].kind
    scope, workers = program.kinds.scope[kind], int(program.kinds.workers[kind])
    robin = program.kinds.balancing[kind] == Balancing.ROUND_ROBIN
    turns = workers if robin else 1  # each worker keeps a turn, all share the counts
    if scope in {Scope.SERVICE, Scope.NAMESPACE}:
        sums = totals(callee, flow, count)
        return sums**2 / (int(program.kinds.replicas[kind]) * turns)
    if scope == Scope.NODE:
        nodes = len(program.placement.node_zone)
        return totals(callee, flow, count) ** 2 / (nodes * turns)
    return totals(callee, flow**2 / (pods[caller] * turns), count)


@dataclass(frozen=True)
class Relief:
    """What host choice leaves, against pods chosen at random [services]."""

    wait: FloatArray
    """Of the wait for cores."""
    quota_wait: FloatArray
    """Of the wait for a quota, apart from what more regular arrivals save."""
    arrival_cv2: FloatArray
    """Squared coefficient of variation of the times between arrivals at a pod."""


def relief(program: Program, by: Pickers, load: FloatArray, under_way: FloatArray) -> Relief:
    """What is left of the waiting.

    ``load`` is the utilisation of the cores, ``under_way`` the mean number of bursts at a pod.
    """
    hosts = program.services.pod_count.astype(float)
    rho = np.clip(load, 1e-9, 0.999)
    w = 1 / (1 + 4 * (1 - rho) ** 2 * (by.number - 1))
    cv2 = 1 - by.round_robin * w * (1 - 1 / hosts)
    full = _many_pods(rho, by.choices)
    full = full + _FEW_PODS * (1 - full) / hosts
    own = under_way / by.number
    seen = np.where(by.number > 1.01, own / (own + _UNSEEN), 1.0)
    least = np.where(hosts > 1, 1 - by.least_request * (1 - full) * seen, 1.0)
    return Relief(least - (1 - cv2) / 2, least, cv2)


def _many_pods(rho: FloatArray, choices: FloatArray) -> FloatArray:
    """Wait over that of random choice with very many pods and one picker."""
    inside = np.zeros_like(rho)
    power = np.zeros_like(rho)
    for _ in range(_TERMS):
        power = power * choices + 1  # (d^i - 1) / (d - 1)
        inside += rho ** np.minimum(power, 1e6)
    return np.clip((inside - rho) * (1 - rho) / rho**2, 0.0, 1.0)

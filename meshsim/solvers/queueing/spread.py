"""How unevenly the pods of a service are loaded, as the requests see it.

*Pinned* calls follow the connection on which they travel: client connections, one connection of
each sender under HTTP/2, and a pool under HTTP/1.1 of which the connection used last is used next,
so that the j-th carries what overflows j - 1 servers, B(j - 1) - B(j) with Erlang's loss B at the
mean number of calls under way. Flows x_i of different sizes count as

    N = (Σ x_i)² / Σ x_i²

equal ones, each thrown onto one of n pods. The pod of a pinned request then carries its own flow
and Binomial(N - 1, 1/n) others, whatever it is that the connection is pinned to (W. Whitt, "The
effective number of servers", uses the same reduction). Calls whose pod is chosen one by one are
spread evenly. The law of the load that a request meets is cut into classes of equal load.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy import special

from meshsim.lowering.program import Balancing, FloatArray, IntArray, Path, Program
from meshsim.solvers.queueing.arrays import totals
from meshsim.solvers.queueing.passages import Links

_EDGES = np.array([0.0, 0.3, 0.6, 0.8, 0.92, 0.98, 1.0])
CLASSES = len(_EDGES)
_ATOMS = 32
_TURNING_AWAY = 1.5
_POOL = np.arange(1, 33)


@dataclass(frozen=True)
class Spread:
    """Classes of pods by load; rows are services."""

    share: FloatArray
    """Probability that a request meets a pod of the class [services × classes]."""
    load: FloatArray
    """Rate of such a pod over that of an even split [services × classes]."""
    pinned: FloatArray
    """Share of the calls that is pinned [services]."""
    flows: FloatArray
    """Number of equal pinned flows, N [services]."""
    pooled: FloatArray
    """Share of the calls that travels in HTTP/1.1 pools and is pinned [services]."""
    even_load: FloatArray
    """CPU load of a pod under an even split [services]."""

    @property
    def cv2(self) -> FloatArray:
        """Squared coefficient of variation of the load over the pods of a service."""
        return np.asarray(np.maximum((self.share * self.load).sum(axis=1) - 1, 0.0))


def policy_of(program: Program, path: Path, callee: IntArray) -> IntArray:
    """How the pod of each call is chosen."""
    if path.picker == 0:
        return program.services.balancing[callee]
    kind = path.segments[path.picker - 1].hops[-1].kind
    return np.full(len(callee), program.kinds.balancing[kind])


def pinned_links(program: Program, calls: Links) -> npt.NDArray[np.bool_]:
    """Whether the calls of a link follow their connection to a pod [links]."""
    policies = [
        policy_of(program, path, calls.callee[part]) for path, part in calls.path_of(program)
    ]
    return np.asarray(np.concatenate(policies) == Balancing.PER_CONNECTION)


def spread(
    program: Program,
    calls: Links,
    link_per_s: FloatArray,
    link_time_s: FloatArray,
    service_load: FloatArray,
    limited: npt.NDArray[np.bool_],
    caller_cv2: FloatArray,
) -> Spread:
    """The spread of load when calls of each link come at a rate and take a mean time.

    ``service_load`` is the CPU load of a pod under an even split, ``limited`` whether the pods have
    a quota [services].
    """
    count = len(program.services.names)
    hosts = program.services.pod_count.astype(float)
    fixed = pinned_links(program, calls) & (link_per_s > 0)
    all_calls = np.maximum(totals(calls.callee, link_per_s, count), 1e-300)
    rate = np.where(fixed, link_per_s, 0.0)
    sums, sticky, squares = _flows(
        program, calls, rate, link_time_s, service_load, limited, caller_cv2
    )
    pinned = sums / all_calls
    pooled = np.where(hosts > 1, sums - sticky, 0.0) / all_calls
    biased = np.where(limited, sums, sticky) / all_calls
    number = np.where(squares > 0, sums**2 / np.maximum(squares, 1e-300), 1.0)
    number = np.maximum(number, 1.0)
    turning = limited & (pooled > 0.5)
    away = 1 + (number - 1) / np.maximum(1 - service_load, 0.05) ** _TURNING_AWAY
    number = np.where(turning, away, number)
    uneven = (pinned > 0) & (hosts > 1)
    share, load = np.zeros((count, CLASSES)), np.ones((count, CLASSES))
    share[:, 0] = 1.0
    if not uneven.any():
        return Spread(share[:, :1], load[:, :1], pinned, number, pooled, service_load)
    share[uneven, :-1], load[uneven, :-1] = _classes(
        hosts[uneven], pinned[uneven], biased[uneven], number[uneven]
    )
    found = Spread(share, load, pinned, number, pooled, service_load)
    return _diverted(found, limited & (pooled > 0.5))


def _diverted(found: Spread, turning: npt.NDArray[np.bool_]) -> Spread:
    """The spread after pools have turned away from pods that stand still.

    What is too much for a pod goes to another one until that stands still too. Full pods form the
    last class; all others are equally likely to be filled, those without any load included.
    """
    load, share = found.load.copy(), found.share.copy()
    for row in np.flatnonzero(turning):
        each = load[row, :-1]
        weight = share[row, :-1] / np.maximum(each, 1e-9)
        idle = max(1 - float(weight.sum()), 0.0)
        full = 1 / max(float(found.even_load[row]), 1e-9)
        high = each >= full
        filled = float(weight[high].sum())
        over = float((weight * (each - full))[high].sum())
        weight[high] = 0.0
        room = float((weight * (full - each)).sum()) + idle * full
        part = min(over / room, 1.0) if room > 0 else 0.0
        filled += part * (float(weight.sum()) + idle)
        share[row] = np.append(weight * (1 - part) * each, filled * full)
        share[row] /= share[row].sum()
        load[row, -1] = full
    return replace(found, load=load, share=share)


def _flows(
    program: Program,
    calls: Links,
    rate: FloatArray,
    time_s: FloatArray,
    service_load: FloatArray,
    limited: npt.NDArray[np.bool_],
    caller_cv2: FloatArray,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Sum of the pinned flows into each service, sum without pools, sum of squares."""
    services = program.services
    count = len(services.names)
    pair = (calls.caller + 1) * count + calls.callee
    pairs, index = np.unique(pair, return_inverse=True)
    caller, callee = pairs // count - 1, pairs % count
    flow = totals(index, rate, len(pairs))
    busy = totals(index, rate * time_s, len(pairs))
    outside = caller < 0
    senders = np.where(outside, program.load.client_connections, services.pod_count[caller])
    senders = senders / (1 + np.where(outside, 0.0, caller_cv2[caller]))
    pooled = ~services.multiplexed[callee] & ~outside
    loose = pool_concentration(busy / senders) * np.maximum(1 - service_load[callee], 0.0) ** 3
    concentration = np.where(pooled & ~limited[callee], loose, 1.0)
    sticky = totals(callee, np.where(pooled, 0.0, flow), count)
    squares = totals(callee, flow**2 / senders * concentration, count)
    return totals(callee, flow, count), sticky, squares


def pool_concentration(under_way: FloatArray) -> FloatArray:
    """Σ f_j² of the shares f_j of the connections of an HTTP/1.1 pool."""
    a = np.maximum(under_way, 1e-12)[:, None]
    log_last = _POOL * np.log(a) - a - special.gammaln(_POOL + 1)
    lost = np.exp(log_last) / np.maximum(special.gammaincc(_POOL + 1, a), 1e-300)
    lost = np.concatenate([np.ones((len(a), 1)), lost], axis=1)
    return np.asarray(np.sum(np.diff(lost, axis=1) ** 2, axis=1))


def _classes(
    hosts: FloatArray, pinned: FloatArray, biased: FloatArray, number: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Shares and loads of the classes of services with pinned flows."""
    others, own_others = _binomial(number, hosts), _binomial(number - 1, hosts)
    counts, spread_out = own_others[0], own_others[1]
    chances = np.concatenate(
        [spread_out * biased[:, None], others[1] * (1 - biased)[:, None]], axis=1
    )
    flows = np.concatenate([counts + 1, others[0]], axis=1)
    loads = (1 - pinned)[:, None] + (pinned * hosts / number)[:, None] * flows
    order = np.argsort(loads, axis=1)
    loads = np.take_along_axis(loads, order, axis=1)
    chances = np.take_along_axis(chances, order, axis=1)
    upper = np.cumsum(chances, axis=1)
    upper /= upper[:, -1:]
    lower = np.concatenate([np.zeros((len(upper), 1)), upper[:, :-1]], axis=1)
    shared = np.stack(
        [
            np.clip(np.minimum(upper, high) - np.maximum(lower, low), 0.0, None)
            for low, high in pairwise(_EDGES)
        ],
        axis=1,
    )
    share = shared.sum(axis=2)
    return share, (shared * loads[:, None, :]).sum(axis=2) / np.maximum(share, 1e-300)


def _binomial(number: FloatArray, hosts: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Values and probabilities of Binomial(number, 1/hosts), the number being real.

    Beyond 31 flows: equally likely values of the normal law with the same mean and variance.
    """
    p, n = (1 / hosts)[:, None], np.maximum(number, 0.0)[:, None]
    k = np.arange(_ATOMS)[None, :]
    inside = k < n + 1
    rest = np.where(inside, n - k + 1, 1.0)
    log_chance = special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(rest)
    log_chance += k * np.log(p) + (n - k) * np.log1p(-p)
    chance = np.where(inside, np.exp(np.where(inside, log_chance, 0.0)), 0.0)
    chance /= np.maximum(chance.sum(axis=1, keepdims=True), 1e-300)
    middles = special.ndtri((np.arange(_ATOMS) + 0.5) / _ATOMS)[None, :]
    many = n * p + np.sqrt(n * p * (1 - p)) * middles
    large = n >= _ATOMS - 1
    values = np.where(large, np.maximum(many, 0.0), k)
    return values, np.where(large, 1 / _ATOMS, chance)

"""Least request: the less busy of a few hosts drawn at random (power of two choices).

Formula: draw ``choices`` hosts *with replacement*; keep the first unless a later one has strictly
fewer active requests. Active requests are those of this proxy alone, over all its workers.
Regimes: with d = 2 and many hosts the share of hosts with at least k requests falls as
``ρ^(2^k - 1)`` instead of ``ρ^k`` (Mitzenmacher 1996; Vvedenskaya, Dobrushin, Karpelevich 1996);
with two hosts, half of the draws compare a host with itself.
Source: Envoy ``source/extensions/load_balancing_policies/least_request`` (equal weights).
"""

from __future__ import annotations

from collections.abc import Sequence


def pick_least_request(active: Sequence[int], draws: Sequence[float]) -> int:
    """Index of the chosen host.

    ``active[i]`` is the number of active requests at host i; one draw in (0, 1) per choice.
    """
    hosts = len(active)
    best = int(draws[0] * hosts)
    for draw in draws[1:]:
        candidate = int(draw * hosts)
        if active[candidate] < active[best]:
            best = candidate
    return best

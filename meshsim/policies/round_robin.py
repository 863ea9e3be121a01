"""Round robin over equal hosts: each in turn.

Formula: ``host = turn mod n``; the caller counts the turns. Each load balancer object, that is
each worker thread of each proxy, starts at a turn of its own.
Regimes: one caller spreads perfectly evenly and arrivals at each host become more regular than
Poisson; many callers or workers together look almost random.
Source: Envoy ``source/extensions/load_balancing_policies/round_robin`` (equal weights, no slow
start: a plain index without the EDF scheduler).
"""

from __future__ import annotations


def pick_round_robin(hosts: int, turn: int) -> int:
    """Index of the chosen host, 0 … hosts-1, for the turn-th choice."""
    return turn % hosts

"""Random host choice: every host equally likely, whatever it is doing.

Formula: ``host = floor(u × n)`` with one uniform draw u in (0, 1).
Regimes: splitting Poisson arrivals at random keeps them Poisson, so each host of n is an
independent queue at rate λ/n; this is the worst of the usual policies for the tail.
Source: Envoy ``source/extensions/load_balancing_policies/random``; kube-proxy in iptables mode
chooses the same way, but once per connection.
"""

from __future__ import annotations


def pick_random(hosts: int, draw: float) -> int:
    """Index of the chosen host, 0 … hosts-1, for a draw in (0, 1)."""
    return int(draw * hosts)

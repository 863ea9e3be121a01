"""Processor sharing: requests on a pod's cores all run at once, each at an equal share.

With n requests on c cores each runs at the speed

    rate = min(1, c / n)

since one request cannot use more than one core. What a CPU limit of a fraction does to this is in
:mod:`meshsim.physics.quota`.

In *virtual time* V, which advances at ``rate``, a request that arrives at V₀ with demand w ends at
V₀ + w whatever happens meanwhile; the order of completions never changes, and an event-exact
simulation needs one heap and no time steps. For M/G/1 the mean time in system is w / (1 - ρ),
insensitive to the distribution of w (Kleinrock, Queueing Systems II, 1976, section 4.4).
"""

from __future__ import annotations


def sharing_rate(cores: float, requests: int) -> float:
    """Speed of each of ``requests`` (at least 1) on ``cores``, in cores per request (at most 1)."""
    return 1.0 if requests <= cores else cores / requests

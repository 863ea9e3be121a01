"""The push queue of one replica, from the size of the mesh, as means over its proxies.

It is what :mod:`meshsim.solvers.push_queue` simulates.
"""

from __future__ import annotations

from collections.abc import Sequence

from meshsim.capacity.control_plane import Changes, endpoint_push_s, full_push_s
from meshsim.capacity.estate import Estate, ProxyGroup
from meshsim.capacity.spread import Numbers
from meshsim.model.control_plane import ControlPlaneScaling
from meshsim.physics.pushes import push_slots
from meshsim.solvers.push_queue import PushLoad


def push_load(
    numbers: Numbers,
    scaling: ControlPlaneScaling,
    estate: Estate,
    groups: Sequence[ProxyGroup],
    changes: Changes,
    replicas: int,
    cores: float,
) -> PushLoad:
    """The queue of one of so many replicas, each with so many cores."""
    push = scaling.push
    assert push is not None, "CPU comes with a push policy"
    proxies = sum(group.count for group in groups)
    touched = [group.count * group.seen.endpoints / estate.endpoints for group in groups]
    informed = [group.count * group.seen.services / estate.services for group in groups]
    one_s = [endpoint_push_s(numbers, scaling, group, estate, 1.0) for group in groups]
    whole_s = [full_push_s(numbers, scaling, group, estate) for group in groups]
    seen = changes.endpoint_per_s * sum(touched) + changes.config_per_s * sum(informed)
    return PushLoad(
        endpoint_changes_per_s=changes.endpoint_per_s,
        config_changes_per_s=changes.config_per_s,
        proxies=proxies / replicas,
        seen_by=min(1.0, seen / (changes.per_s * proxies)) if changes.per_s * proxies else 0.0,
        endpoint_push_s=_mean(one_s, touched),
        full_push_s=_mean(whole_s, informed),
        context_s=numbers["cpu.per_service"] * estate.services / min(1.0, cores),
        cores=cores,
        slots=push_slots(cores, push.slots_base, push.slots_per_core, push.slots_max),
        after_s=push.debounce_after,
        longest_s=push.debounce_max,
    )


def _mean(values: Sequence[float], weights: Sequence[float]) -> float:
    """The mean over the proxies that hear of a change; 0 if none ever does."""
    total = sum(weights)
    return sum(v * w for v, w in zip(values, weights, strict=True)) / total if total else 0.0

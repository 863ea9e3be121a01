"""What the parts of a control plane use and how many replicas they have, with ranges.

A part whose mesh file has a ``scaling`` follows the mesh; the others use what the file says for a
small cluster, whatever the size. An autoscaler gives a part the fewest replicas, within its bounds,
that keep the CPU of each at the target share of its request.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from meshsim.capacity.control_plane import Changes, cpu_cores, memory_bytes
from meshsim.capacity.estate import Estate, ProxyGroup
from meshsim.capacity.spread import CONFIDENCE, Numbers, sourced, spread, values_of
from meshsim.model.control_plane import ControlPlaneScaling
from meshsim.model.mesh import ControlPlaneComponent
from meshsim.model.sourced import Sourced
from meshsim.stats import Interval


@dataclass(frozen=True)
class ComponentUse:
    """What each replica of one part of a control plane uses."""

    replicas: int
    cpu_cores: Interval
    cpu_wanted: float
    """What it would use if it could: more than its cores means that pushes fall behind."""
    memory_bytes: Interval
    follows_cpu: bool
    """Whether the CPU was computed from the size of the mesh, or is that of a small cluster."""
    follows_memory: bool


def component_use(
    part: ControlPlaneComponent,
    estate: Estate,
    groups: Sequence[ProxyGroup],
    changes: Changes,
    replicas: int | None = None,
    cores: float = math.inf,
) -> ComponentUse:
    """The use of one part; without ``replicas`` those of its autoscaler, else of the file.

    ``cores`` is what a replica may use: what it would need beyond is not used but late.
    """
    count = replicas or replicas_of(part, estate, groups, changes)
    scaling = part.scaling or ControlPlaneScaling()
    numbers = sourced(scaling)

    def cpu(values: Numbers) -> float:
        return cpu_cores(values, scaling, estate, groups, changes, count)

    def memory(values: Numbers) -> float:
        return memory_bytes(values, estate, groups, count)

    wanted = _fixed(part.cpu_used) if part.cpu_used else spread(cpu, numbers)
    return ComponentUse(
        replicas=count,
        cpu_cores=_at_most(wanted, cores),
        cpu_wanted=wanted.estimate,
        memory_bytes=_fixed(part.memory_used) if part.memory_used else spread(memory, numbers),
        follows_cpu=part.cpu_used is None,
        follows_memory=part.memory_used is None,
    )


def replicas_of(
    part: ControlPlaneComponent,
    estate: Estate,
    groups: Sequence[ProxyGroup],
    changes: Changes,
) -> int:
    """Replicas by the autoscaler of the part, or as the file has them."""
    scaling, request = part.scaling, part.resources.requests.cpu
    if scaling is None or scaling.autoscaling is None or scaling.cpu is None or request is None:
        return part.replicas
    values = values_of(scaling)
    bounds = scaling.autoscaling
    for count in range(bounds.replicas_min, bounds.replicas_max):
        used = cpu_cores(values, scaling, estate, groups, changes, count)
        if used <= bounds.cpu_target * request:
            return count
    return bounds.replicas_max


def _at_most(value: Interval, most: float) -> Interval:
    ends = (min(value.low, most), min(value.high, most))
    return Interval(min(value.estimate, most), *ends, value.confidence, value.observations)


def _fixed(number: Sourced[Any]) -> Interval:
    low, high = number.range
    return Interval(number.value, low, high, CONFIDENCE, 0)

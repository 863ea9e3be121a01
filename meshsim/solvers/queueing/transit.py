"""What a call meets on its way: proxies and the network, there and back.

Each proxy is visited twice. A visit takes its own CPU, known per link, and waits for the wake-up of
the worker and for the rest of its batches, which all links that pass the instance share. Workers of
an instance are equal queues here. The idle cost varies like a power of exponential gaps.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from meshsim.lowering.program import FloatArray, Hop, Program
from meshsim.solvers.queueing.event_loop import visit_time_s
from meshsim.solvers.queueing.loads import Loads, passage_cpu_s
from meshsim.solvers.queueing.passages import Links, from_instances, hop_cost_s, standing_at

_PAID_AGAIN = 0.75


@dataclass(frozen=True)
class Proxies:
    """The instances of the proxies at work."""

    cpu_s: FloatArray
    """CPU of a passage, idle cost included [instances]."""
    utilisation: FloatArray
    """CPU of a worker over time [instances]."""
    wait_s: FloatArray
    """Mean time of a visit beyond its own CPU [instances]."""
    wait_variance_s2: FloatArray
    """Variance of that time [instances]."""


def proxies(program: Program, found: Loads, cpu_s: FloatArray | None = None) -> Proxies:
    """Cost and waiting at all instances; waits are infinite where a worker cannot keep up.

    ``cpu_s`` is the CPU of a passage [instances], that of independent ones if it is not given.
    """
    kind = program.instances.kind
    workers = program.kinds.workers[kind]
    load = found.proxies
    passages = load.passages_per_s / workers
    cpu = passage_cpu_s(program, found) if cpu_s is None else cpu_s
    idle = (cpu - load.busy_s) / 2
    first, second, third = load.busy_s / 2, load.visit_s2, load.visit_s3
    moments = (
        first + idle,
        second + 2 * first * idle + idle**2,
        third + 3 * second * idle + 3 * first * idle**2 + idle**3,
    )
    time, variance = visit_time_s(2 * passages, program.kinds.wake_up_s[kind], *moments)
    own = np.maximum(moments[1] - moments[0] ** 2, 0.0)
    with np.errstate(invalid="ignore"):
        return Proxies(
            cpu_s=cpu,
            utilisation=passages * cpu,
            wait_s=np.maximum(time - moments[0], 0.0),
            wait_variance_s2=np.maximum(variance - own, 0.0),
        )


@dataclass(frozen=True)
class Transit:
    """Time of a call outside of the called pod; one row per link."""

    proxy_work_s: FloatArray
    proxy_wait_s: FloatArray
    network_s: FloatArray
    variance_s2: FloatArray
    least_s: FloatArray
    """Part of the mean that is the same for all calls."""

    @property
    def mean_s(self) -> FloatArray:
        """Mean of all of it."""
        return self.proxy_work_s + self.proxy_wait_s + self.network_s


def transit(
    program: Program,
    calls: Links,
    at: Proxies,
    found: Loads,
    wire: tuple[FloatArray, FloatArray],
) -> Transit:
    """The transit of each link; ``wire`` are mean and variance of the time on the network."""
    count = len(calls.callee)
    work, wait, variance, least = (np.zeros(count) for _ in range(4))
    wire_s, wire_variance = wire
    idle_s = at.cpu_s - found.proxies.busy_s
    power = found.proxies.idle_exponent
    idle_2 = idle_s**2 * (special.gamma(1 + 2 * power) / special.gamma(1 + power) ** 2 - 1)
    for path, part in calls.path_of(program):
        for hop in (hop for segment in path.segments for hop in segment.hops):
            where = standing_at(calls, part, hop)
            busy = hop_cost_s(program, calls, part, hop)
            work[part] += busy + from_instances(program, hop.kind, idle_s)[where]
            mean, spread = _visit(program, hop, at)
            wait[part] += 2 * mean[where]
            variance[part] += 2 * spread[where]
            variance[part] += from_instances(program, hop.kind, idle_2)[where]
            least[part] += busy
    return Transit(work, wait, wire_s, variance + wire_variance, least)


def company_s(
    program: Program,
    calls: Links,
    at: Proxies,
    busy_s: FloatArray,
    together: FloatArray,
    branches: FloatArray,
) -> FloatArray:
    """What calls that begin at once wait for each other at the caller's first proxy [s, links].

    They are in one batch if they meet the same worker, and leave when all of them are done. The
    first of them pays the idle cost, on the way in for all; on the way back the branch that pays it
    is the likeliest to end last, which is taken for one half of it. ``together`` is the share of
    the passages of an instance that pay nothing, ``branches`` the calls that begin at once [sites].
    """
    extra = np.zeros(len(calls.callee))
    if not program.inside.segments or not program.inside.segments[0].hops:
        return extra
    hop, part = program.inside.segments[0].hops[0], slice(0, calls.sites)
    where = standing_at(calls, part, hop)
    idle = at.cpu_s - busy_s
    unpaid = from_instances(program, hop.kind, idle * (1 / (1 - together) - 1))[where]
    visit = hop_cost_s(program, calls, part, hop) * float(program.kinds.request_share[hop.kind])
    others = (branches - 1) / float(program.kinds.workers[hop.kind])
    extra[part] = others * visit + np.where(branches > 1, _PAID_AGAIN * unpaid, 0.0)
    return extra


def _visit(program: Program, hop: Hop, at: Proxies) -> tuple[FloatArray, FloatArray]:
    """Mean and variance of the wait of a visit, over the instances that a service's pods meet."""
    mean = from_instances(program, hop.kind, at.wait_s)
    square = from_instances(program, hop.kind, at.wait_variance_s2 + at.wait_s**2)
    with np.errstate(invalid="ignore"):
        return mean, np.maximum(square - mean**2, 0.0)

"""What the stations of a program have to do: CPU of the pods, CPU of the proxies.

Cores of a pod: bursts, one per ``compute`` step, with the raw moments of their demands. Utilisation
is rate × demand / CPU limit; a limit of a fraction of a core counts as that fraction, since this is
what the quota gives in the long run. Workers: see :mod:`meshsim.physics.mean_passage`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from meshsim.lowering.program import FloatArray, Op, Program
from meshsim.physics.mean_passage import mean_passage_cpu_s
from meshsim.solvers.queueing.arrays import totals
from meshsim.solvers.queueing.flows import Flows
from meshsim.solvers.queueing.moments import raw_moments
from meshsim.solvers.queueing.passages import Links, ProxyLoad, proxy_load
from meshsim.solvers.queueing.structure import Structure


@dataclass(frozen=True)
class PodLoad:
    """Bursts of CPU of each service, over all its pods."""

    bursts_per_s: FloatArray
    """[services]"""
    demand: FloatArray
    """Raw moments of the demand of a burst [3 × services], s, s², s³."""


@dataclass(frozen=True)
class Loads:
    """The work of all stations at one rate."""

    pods: PodLoad
    proxies: ProxyLoad
    core_load: FloatArray
    """CPU over CPU limit of each pod [pods]."""
    proxy_load: FloatArray
    """Load of a worker without the idle cost, of each instance [instances]: 1 is saturation."""
    link_per_s: FloatArray
    """Tries of each link [1/s]."""


def loads(program: Program, shape: Structure, calls: Links, flow: Flows) -> Loads:
    """The work of all stations under given flows."""
    bursts = pod_load(program, shape, flow)
    link_per_s = np.concatenate([flow.site_per_s, flow.entry_per_s])
    proxies = proxy_load(program, calls, link_per_s)
    used = bursts.bursts_per_s * bursts.demand[0] / program.services.pod_count
    workers = program.kinds.workers[program.instances.kind]
    return Loads(
        pods=bursts,
        proxies=proxies,
        core_load=used[program.placement.pod_service] / program.placement.pod_cores,
        proxy_load=proxies.passages_per_s * proxies.busy_s / workers,
        link_per_s=link_per_s,
    )


def pod_load(program: Program, shape: Structure, flow: Flows) -> PodLoad:
    """Rate and demand of the bursts of each service."""
    rows = np.flatnonzero(program.steps.op == Op.COMPUTE)
    service = program.endpoints.service[shape.row_endpoint[rows]]
    rate = flow.row_per_s[rows]
    moments = raw_moments(program.steps.distributions)[:, program.steps.a[rows]]
    count = len(program.services.names)
    bursts = totals(service, rate, count)
    sums = np.array([totals(service, rate * moment, count) for moment in moments])
    return PodLoad(bursts, sums / np.maximum(bursts, 1e-300))


def passage_cpu_s(program: Program, found: Loads) -> FloatArray:
    """CPU of a passage [s] of each instance, the idle cost included [instances]."""
    kinds, kind = program.kinds, program.instances.kind
    return mean_passage_cpu_s(
        found.proxies.busy_s,
        found.proxies.idle_scale_s,
        found.proxies.idle_exponent,
        found.proxies.passages_per_s / kinds.workers[kind],
        kinds.wake_up_s[kind],
    )

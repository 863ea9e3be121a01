"""Calls that come in trains: a proxy sleeps less between them than between independent ones.

The calls of one execution, and of one request, follow each other. Of the n passages of a train at a
worker p_0 come together with another, p_1 follow within a time g, and one begins it, so that with
the mean gap Ḡ of all the long ones are G = (Ḡ - p_1 g) / (1 - p_0 - p_1). The idle cost grows with
a power a < 1 of the gap and so is

    (p_1 g^a + (1 - p_0 - p_1) G^a) / Ḡ^a

of that of equal gaps, which is taken for the ratio to that of independent passages too. Where
passages overlap so much that Ḡ < g, trains no longer show.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from meshsim.lowering.program import FloatArray, Program, Scope, Side
from meshsim.solvers.queueing.arrays import totals
from meshsim.solvers.queueing.loads import Loads
from meshsim.solvers.queueing.passages import Links
from meshsim.solvers.queueing.structure import Structure


@dataclass(frozen=True)
class Trains:
    """The trains at each instance of a proxy."""

    length: FloatArray
    """Passages of a train [instances]."""
    spacing_s: FloatArray
    """Time from one to the next [s, instances]."""
    together: FloatArray
    """Share of the passages that come together with an earlier one [instances]."""


def branches_at_once(program: Program, shape: Structure) -> FloatArray:
    """Calls that begin at the same moment as each call site, itself included [sites]."""
    steps = program.steps
    begins = np.full(len(steps.op), 1.0)
    begins[steps.branch_op] = steps.b[shape.branch_row]
    return begins[shape.site_row]


def trains(
    program: Program,
    shape: Structure,
    calls: Links,
    found: Loads,
    link_s: FloatArray,
    outside_per_s: float,
) -> Trains:
    """The trains when calls of each link take ``link_s`` in the mean."""
    count = len(program.services.names)
    rate = found.link_per_s
    received = totals(calls.callee, rate, count)
    sites = slice(0, calls.sites)
    sent = totals(calls.caller[sites], rate[sites], count)
    busy = totals(calls.callee, rate * link_s, count)
    waiting = totals(calls.caller[sites], (rate * link_s)[sites], count)
    branches = branches_at_once(program, shape)
    extra = totals(calls.caller[sites], rate[sites] * (1 - 1 / branches), count)
    per_call = sent / np.maximum(received, 1e-300)
    spacing = np.maximum(waiting, busy) / np.maximum(received, 1e-300) / (1 + per_call)
    instances = len(program.instances.kind)
    length, gap, together = np.ones(instances), np.zeros(instances), np.zeros(instances)
    answer_s = float((rate * link_s)[calls.sites :].sum() / max(rate[calls.sites :].sum(), 1e-300))
    for kind in range(len(program.kinds.names)):
        mine = np.flatnonzero(program.instances.kind == kind)
        workers = float(program.kinds.workers[kind])
        if program.kinds.scope[kind] == Scope.POD and _on_both_sides(program, kind):
            service = program.placement.pod_service
            whole, space = (1 + per_call)[service], spacing[service]
            share = (extra / np.maximum(received + sent, 1e-300))[service]
        else:
            whole = np.maximum(found.proxies.passages_per_s[mine] / outside_per_s, 1.0)
            space, share = answer_s / whole, np.zeros(len(mine))
        length[mine] = 1 + (whole - 1) / workers
        gap[mine], together[mine] = space * workers, share / workers
    return Trains(length, gap, together)


def _on_both_sides(program: Program, kind: int) -> bool:
    sides = {
        hop.side for segment in program.inside.segments for hop in segment.hops if hop.kind == kind
    }
    return sides == {Side.CALLER, Side.CALLEE}


def rest_factor(program: Program, found: Loads, at: Trains, cpu_s: FloatArray) -> FloatArray:
    """Idle cost over that of independent passages [instances]."""
    kind = program.instances.kind
    rate = found.proxies.passages_per_s / program.kinds.workers[kind]
    power = found.proxies.idle_exponent
    mean_gap = np.maximum(1 / np.maximum(rate, 1e-300) - cpu_s, 1e-12)
    follow = np.maximum(1 - 1 / at.length - at.together, 0.0)
    near = np.minimum(np.maximum(at.spacing_s - cpu_s, 1e-9), mean_gap)
    begin = np.maximum(1 - follow - at.together, 1e-9)
    far = (mean_gap - follow * near) / begin
    whole = follow * near**power + begin * far**power
    return np.asarray(np.minimum(whole / mean_gap**power, 1.0))

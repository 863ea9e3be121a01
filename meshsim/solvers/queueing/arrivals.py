"""Bursts that come alone, and bursts that follow each other.

The calls of one execution to one service follow each other closely. Where
they meet the same pod (pinned, or the only one) the first is fresh and the others follow it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from meshsim.lowering.program import FloatArray, Op, Program
from meshsim.solvers.queueing.arrays import totals
from meshsim.solvers.queueing.flows import Flows
from meshsim.solvers.queueing.passages import Links
from meshsim.solvers.queueing.structure import Structure


def fresh_bursts(
    program: Program,
    shape: Structure,
    calls: Links,
    flow: Flows,
    pinned: npt.NDArray[np.bool_],
) -> FloatArray:
    """Probability that the burst of a row is a fresh one [rows]; ``pinned`` says which links are.

    It is the first burst of an execution that is itself fresh.
    """
    steps, sites = program.steps, calls.sites
    same_pod = np.where(pinned, 1.0, 1 / program.services.pod_count[calls.callee])
    caller = shape.row_endpoint[shape.site_row]
    group = caller * len(program.services.names) + calls.callee[:sites]
    order = np.lexsort((shape.site_row, group))
    first = np.ones(sites, dtype=np.bool_)
    first[order[1:]] = group[order[1:]] != group[order[:-1]]
    alone = 1 - same_pod[:sites]
    count = np.maximum(steps.call_count, 1)
    fresh = np.where(first, (1 + (count - 1) * alone) / count, alone)
    link_fresh = np.concatenate([fresh, np.ones(len(calls.callee) - sites)])
    link_per_s = np.concatenate([flow.site_per_s, flow.entry_per_s])
    endpoints = len(program.endpoints.names)
    by_endpoint = totals(calls.endpoint, link_per_s * link_fresh, endpoints)
    by_endpoint /= np.maximum(totals(calls.endpoint, link_per_s, endpoints), 1e-300)
    rows = np.flatnonzero(steps.op == Op.COMPUTE)
    owner = shape.row_endpoint[rows]
    _, leading = np.unique(owner, return_index=True)
    found = np.zeros(len(steps.op))
    found[rows[leading]] = by_endpoint[owner[leading]]
    return found

"""Where the time of a request goes, in the mean.

Parts add up along a sequence like its times. Of parallel branches those of the last to end count:
each branch with the probability that it is the last, all scaled to the time until then.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from meshsim.lowering.program import FloatArray, Op, Program
from meshsim.solvers.observations import Part
from meshsim.solvers.queueing.arrays import totals
from meshsim.solvers.queueing.flows import Flows
from meshsim.solvers.queueing.moments import raw_moments
from meshsim.solvers.queueing.responses import Responses
from meshsim.solvers.queueing.structure import Level, Structure
from meshsim.solvers.queueing.transit import Transit

_GRID = np.linspace(0.0, 1.0, 129)
_SWEEPS_MAX = 1_000
_PRECISION = 1e-9


def endpoint_parts_s(
    program: Program,
    shape: Structure,
    flow: Flows,
    way: Transit,
    times: Responses,
) -> FloatArray:
    """Mean seconds per part of an execution of each endpoint [endpoints × parts]."""
    steps = program.steps
    rows = np.zeros((len(steps.op), len(Part)))
    own = raw_moments(steps.distributions)[0]
    compute = np.flatnonzero(steps.op == Op.COMPUTE)
    rows[compute, Part.APP_WORK] = own[steps.a[compute]]
    rows[compute, Part.APP_QUEUE] = times.row_s[compute] - own[steps.a[compute]]
    waits = np.flatnonzero(steps.op == Op.WAIT)
    rows[waits, Part.APP_WAIT] = own[steps.a[waits]]
    sequences = np.zeros((shape.sequences, len(Part)))
    link = link_parts_s(way)
    for _ in range(_SWEEPS_MAX if shape.cyclic else 1):
        before = sequences.copy()
        for level in shape.levels:
            _level(program, shape, flow, times, level, link, rows, sequences)
        if np.max(np.abs(sequences - before)) <= _PRECISION * np.max(sequences):
            break
    found = sequences[shape.endpoint_sequence]
    found[:, Part.APP_QUEUE] += times.slots.wait_s[program.endpoints.service]
    return found


def link_parts_s(way: Transit) -> FloatArray:
    """Mean seconds per part of the transit of each link [links × parts]."""
    parts = np.zeros((len(way.network_s), len(Part)))
    parts[:, Part.PROXY_WORK] = way.proxy_work_s
    parts[:, Part.PROXY_QUEUE] = way.proxy_wait_s
    parts[:, Part.NETWORK] = way.network_s
    return parts


def _level(
    program: Program,
    shape: Structure,
    flow: Flows,
    times: Responses,
    level: Level,
    link: FloatArray,
    rows: FloatArray,
    sequences: FloatArray,
) -> None:
    steps = program.steps
    calls = level.rows[steps.op[level.rows] == Op.CALL]
    site = steps.a[calls]
    callee = steps.call_endpoint[site]
    below = link[site] + sequences[shape.endpoint_sequence[callee]]
    below[:, Part.APP_QUEUE] += times.slots.wait_s[program.endpoints.service[callee]]
    rows[calls] = with_retries(below, times.row_s[calls], flow.executions[site])
    for row in level.rows[steps.op[level.rows] == Op.PARALLEL]:
        first = int(steps.a[row])
        branches = shape.branch_sequence[first : first + int(steps.b[row])]
        chance = last_to_end(times.sequence_s[branches], times.sequence_s2[branches])
        mixed = chance @ sequences[branches]
        whole = float(mixed.sum())
        rows[row] = mixed * (times.row_s[row] / whole) if whole > 0 else mixed
    reached = flow.reach[level.rows][:, None] * rows[level.rows]
    for part in range(len(Part)):
        sums = totals(level.position, reached[:, part], len(level.sequences))
        sequences[level.sequences, part] = sums


def with_retries(parts: FloatArray, whole_s: FloatArray, calls: FloatArray) -> FloatArray:
    """Parts of ``calls`` calls that take ``whole_s`` together, ``parts`` being those of one try.

    What the calls take beyond one try each is RETRY; if they take less, they were cut short.
    """
    one = parts * calls[:, None]
    sums = one.sum(axis=1)
    scale = np.minimum(whole_s / np.maximum(sums, 1e-300), 1.0)
    found = np.asarray(one * scale[:, None])
    found[:, Part.RETRY] += np.maximum(whole_s - sums, 0.0)
    return found


def last_to_end(mean: FloatArray, variance: FloatArray) -> FloatArray:
    """Probability of each of independent gamma variables to be the largest."""
    spread = np.maximum(variance, (1e-3 * mean) ** 2)
    shape = np.maximum(mean, 1e-30) ** 2 / np.maximum(spread, 1e-300)
    scale = np.maximum(spread, 1e-300) / np.maximum(mean, 1e-30)
    start = max(float((mean - 6 * np.sqrt(spread)).max()), 0.0)
    end = float((mean + 8 * np.sqrt(spread)).max())
    t = start + (end - start) * _GRID
    below = special.gammainc(shape[:, None], t / np.maximum(scale[:, None], 1e-300))
    below[:, 0] = np.where(t[0] > 0, below[:, 0], 0.0)
    steps = np.diff(np.concatenate([np.zeros((len(mean), 1)), below], axis=1), axis=1)
    others = np.array(
        [np.prod(np.delete(below, branch, axis=0), axis=0) for branch in range(len(mean))]
    )
    found = (steps * others).sum(axis=1)
    return np.asarray(found / found.sum(), dtype=np.float64)

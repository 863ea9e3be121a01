"""Rates through the call graph of a program: sequences, rows, call sites, edges.

With F the probability that an answer of an endpoint is an error, one call of a site fails with
p × F if the caller gives up on errors; the sequence goes on to the next row with the product of
the probabilities that nothing failed so far (``reach``). n repetitions are begun
1 + k + k² + … + k^(n-1) times, k being the probability that one of them does not end the sequence.
With W the expected starts of one sequence by another, rates solve

    rate = entries + Wᵀ rate

(J. Jackson, "Networks of waiting lines", Operations Research 5 (1957) 518-521), by sparse
elimination, so that calls that go round in a circle need no special case.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import spsolve

from meshsim.lowering.program import FloatArray, Op, Program
from meshsim.solvers.queueing.structure import Level, Structure

_PRECISION = 1e-13
_SWEEPS_MAX = 1_000
_DENSE_MAX = 100


@dataclass(frozen=True)
class Flows:
    """Mean rates at one rate of requests from outside."""

    outside_per_s: float
    """Requests from outside [1/s]."""
    failure: FloatArray
    """Probability that an answer is an error [endpoints]."""
    reach: FloatArray
    """Probability that a row is reached, given that its sequence has begun [rows]."""
    executions: FloatArray
    """Calls made by a site that is reached [sites]."""
    tries: FloatArray
    """Tries per call [sites]."""
    entry_tries: FloatArray
    """Tries per request from outside [entries]."""
    row_per_s: FloatArray
    """Executions of each row [1/s]."""
    site_per_s: FloatArray
    """Tries of each call site [1/s]."""
    entry_per_s: FloatArray
    """Tries of each entry point [1/s]."""
    endpoint_per_s: FloatArray
    """Executions of each endpoint [1/s]."""

    def edge_per_s(self, program: Program) -> FloatArray:
        """Calls along each edge [1/s], a call that is tried again counted once."""
        rates = np.zeros(len(program.edges))
        np.add.at(rates, program.steps.call_edge, self.site_per_s / self.tries)
        np.add.at(rates, program.entry_edge, self.entry_per_s / self.entry_tries)
        return rates


def offered_per_s(program: Program) -> float:
    """Requests from outside [1/s]: the highest point of a schedule, a recording's mean.

    Closed load offers no rate of its own; see :mod:`meshsim.solvers.queueing.closed`.
    """
    load = program.load
    assert load.process != "closed", "closed load has no rate of its own"
    if load.process == "trace":
        return len(load.times_s) / float(load.times_s[-1])
    return float(load.rate_per_s.max())


def flows(
    program: Program,
    shape: Structure,
    outside_per_s: float,
    call_failure: FloatArray | None = None,
    tries: FloatArray | None = None,
    entry_tries: FloatArray | None = None,
) -> Flows:
    """Rates when so many requests come from outside [1/s].

    ``call_failure`` is the probability that a call fails for good, tries and timeouts included
    [sites]; without it a call fails when the endpoint answers with an error.
    """
    steps, load = program.steps, program.load
    tries = np.ones(len(steps.call_endpoint)) if tries is None else tries
    entry_tries = np.ones(len(load.entry_endpoint)) if entry_tries is None else entry_tries
    failure, reach = _failures(program, shape, call_failure)
    failing = failure[steps.call_endpoint] if call_failure is None else call_failure
    executions = _executions(program, failing)
    starts = _starts(program, shape, reach, executions * tries)
    entries = np.zeros(shape.sequences)
    entry_per_s = outside_per_s * load.entry_share * entry_tries
    np.add.at(entries, shape.endpoint_sequence[load.entry_endpoint], entry_per_s)
    rates = _solved(starts, entries)
    row_per_s = rates[shape.row_sequence] * reach
    return Flows(
        outside_per_s=outside_per_s,
        failure=failure,
        reach=reach,
        executions=executions,
        tries=tries,
        entry_tries=entry_tries,
        row_per_s=row_per_s,
        site_per_s=row_per_s[shape.site_row] * executions * tries,
        entry_per_s=entry_per_s,
        endpoint_per_s=rates[shape.endpoint_sequence],
    )


def _solved(starts: sparse.csr_matrix, entries: FloatArray) -> FloatArray:
    """Solve rate = entries + startsᵀ rate."""
    count = len(entries)
    if count <= _DENSE_MAX:
        return np.linalg.solve(np.eye(count) - starts.toarray().T, entries)
    system = sparse.eye(count, format="csc") - starts.T.tocsc()
    return np.asarray(spsolve(system, entries), dtype=np.float64)


def _executions(program: Program, failing: FloatArray) -> FloatArray:
    """Calls made by a site that is reached, until one of them ends the sequence."""
    steps = program.steps
    ends = steps.call_probability * failing * steps.call_fails
    count = steps.call_count
    with np.errstate(divide="ignore", invalid="ignore"):
        begun = np.where(ends > 0, -np.expm1(count * np.log1p(-ends)) / ends, count)
    return np.asarray(steps.call_probability * begun, dtype=np.float64)


def _failures(
    program: Program, shape: Structure, call_failure: FloatArray | None
) -> tuple[FloatArray, FloatArray]:
    """Error probability of each endpoint, and reach of each row."""
    error, steps = program.endpoints.error, program.steps
    reach = np.ones(len(steps.op))
    forced = call_failure is not None and bool(np.any(call_failure > 0))
    if not np.any(error > 0) and not forced:
        return error.copy(), reach
    good = np.ones(shape.sequences)
    for _ in range(_SWEEPS_MAX):
        before = good.copy()
        for level in shape.levels:
            _succeed(program, shape, level, good, reach, call_failure)
        if not shape.cyclic or np.max(np.abs(good - before)) < _PRECISION:
            break
    return 1 - good[shape.endpoint_sequence] * (1 - error), reach


def _succeed(
    program: Program,
    shape: Structure,
    level: Level,
    good: FloatArray,
    reach: FloatArray,
    call_failure: FloatArray | None,
) -> None:
    """Set the success of the level's sequences, and the reach of their rows."""
    steps = program.steps
    fine = np.ones(len(level.rows))
    calls = steps.op[level.rows] == Op.CALL
    site = steps.a[level.rows[calls]]
    callee = steps.call_endpoint[site]
    failing = 1 - good[shape.endpoint_sequence[callee]] * (1 - program.endpoints.error[callee])
    if call_failure is not None:
        failing = call_failure[site]
    ends = steps.call_probability[site] * failing * steps.call_fails[site]
    fine[calls] = (1 - ends) ** steps.call_count[site]
    for place in np.flatnonzero(steps.op[level.rows] == Op.PARALLEL):
        row = level.rows[place]
        first = steps.a[row]
        fine[place] = np.prod(good[shape.branch_sequence[first : first + steps.b[row]]])
    logs = np.log(np.maximum(fine, 1e-300))
    sums = np.concatenate([[0.0], np.cumsum(logs)])
    reach[level.rows] = np.exp(sums[:-1] - sums[level.first])
    total = np.bincount(level.position, logs, minlength=len(level.sequences))
    good[level.sequences] = np.exp(total)


def _starts(
    program: Program, shape: Structure, reach: FloatArray, made: FloatArray
) -> sparse.csr_matrix:
    """Expected starts of one sequence by an execution of another [sequences × sequences]."""
    rows = np.concatenate([shape.site_row, shape.branch_row])
    children = np.concatenate(
        [shape.endpoint_sequence[program.steps.call_endpoint], shape.branch_sequence]
    )
    weights = np.concatenate([made, np.ones(len(shape.branch_row))]) * reach[rows]
    size = (shape.sequences, shape.sequences)
    return sparse.csr_matrix((weights, (shape.row_sequence[rows], children)), shape=size)

"""Mean and variance of the time of every endpoint, callees first.

A sequence takes the sum of its rows, a row counting with the probability that it is reached; a call
takes its transit and the time of the endpoint below, as often as it is made; parallel branches take
the longest of them, each represented by a gamma law with its two moments. Rows are taken to be
independent. A service with worker slots adds the wait for one: slots are servers that are held for
the whole time of the endpoint, calls below included (layered queueing: J. Rolia and K. Sevcik, "The
method of layers", IEEE Trans. Software Engineering 21 (1995) 689-700).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from meshsim.lowering.program import FloatArray, IntArray, Op, Program
from meshsim.solvers.queueing.arrays import totals
from meshsim.solvers.queueing.flows import Flows
from meshsim.solvers.queueing.formulas import mgc_wait_s, shared_variance_s2
from meshsim.solvers.queueing.guard import Rows, guarded
from meshsim.solvers.queueing.moments import raw_moments
from meshsim.solvers.queueing.spread import Spread
from meshsim.solvers.queueing.structure import Level, Structure
from meshsim.solvers.queueing.waits import Cores

_SWEEPS_MAX = 1_000
_PRECISION = 1e-12
_GRID = np.linspace(0.0, 1.0, 257)[1:]


@dataclass(frozen=True)
class Slots:
    """Worker slots of the services that have a number of them; others wait 0."""

    load: FloatArray
    """Slots in use over slots [services]."""
    wait_s: FloatArray
    """Mean wait [services]."""
    wait_2: FloatArray
    """Mean square of the wait [s², services]."""


@dataclass(frozen=True)
class Responses:
    """Times of the endpoints."""

    mean_s: FloatArray
    """From arrival at the pod to the answer, the wait for a slot included [endpoints]."""
    variance_s2: FloatArray
    """[endpoints]"""
    row_s: FloatArray
    """Mean time of each row that is reached [rows]."""
    sequence_s: FloatArray
    """Mean time of each sequence [sequences]."""
    sequence_s2: FloatArray
    """Its variance [s², sequences]."""
    slots: Slots


def bursts(
    program: Program, shape: Structure, at: Cores, uneven: Spread, fresh: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Mean and variance of the time of each COMPUTE row [rows]; 0 for others.

    ``fresh`` is the probability that the burst of a row is a fresh one [rows].
    """
    steps = program.steps
    rows = np.flatnonzero(steps.op == Op.COMPUTE)
    mean, variance = np.zeros(len(steps.op)), np.zeros(len(steps.op))
    service = program.endpoints.service[shape.row_endpoint[rows]]
    x1, x2, _ = raw_moments(steps.distributions)[:, steps.a[rows]][:, :, None]
    alone = fresh[rows][:, None]
    fresh_waits, following_waits = at.throttle.fresh, at.throttle.following
    quota_1, quota_2 = alone * fresh_waits[:, service] + (1 - alone) * following_waits[:, service]
    stretch, wait, wait_2 = at.stretch[service], at.wait_s[service], at.wait_2[service]
    typical = np.broadcast_to(at.demand[0][service][:, None], stretch.shape)
    jitter = shared_variance_s2(
        np.broadcast_to(x1, stretch.shape), typical, sharing_load(at)[service]
    )
    jitter = np.where(
        program.services.first_come[service][:, None], 0.0, jitter * at.eased[service][:, None]
    )
    one = x1 * stretch + wait + quota_1
    spread = (x2 - x1**2) * stretch**2 + jitter + (wait_2 - wait**2) + (quota_2 - quota_1**2)
    share = uneven.share[service]
    mean[rows] = (share * one).sum(axis=1)
    variance[rows] = (share * (spread + one**2)).sum(axis=1) - mean[rows] ** 2
    return mean, np.maximum(variance, 0.0)


def sharing_load(at: Cores) -> FloatArray:
    """Share of time for which the cores are busy while they may run [services × classes]."""
    return np.asarray(at.rate * at.demand[0][:, None] / at.servers[:, None])


def responses(
    program: Program,
    shape: Structure,
    flow: Flows,
    link: tuple[FloatArray, FloatArray],
    burst: tuple[FloatArray, FloatArray],
    uneven: Spread,
    policy: Rows,
) -> Responses:
    """Times of all endpoints, given those of a try's transit and of a burst (mean, variance)."""
    steps = program.steps
    row_mean, row_variance = burst[0].copy(), burst[1].copy()
    waits = np.flatnonzero(steps.op == Op.WAIT)
    moments = raw_moments(steps.distributions)[:, steps.a[waits]]
    row_mean[waits], row_variance[waits] = moments[0], moments[1] - moments[0] ** 2
    work = _Work(program, shape, flow, link, row_mean, row_variance, policy)
    services = len(program.services.names)
    slots = Slots(*(np.zeros(services) for _ in range(3)))
    limited = program.services.workers > 0
    rounds = _SWEEPS_MAX if shape.cyclic or limited.any() else 1
    for _ in range(rounds):
        before = work.mean.copy()
        for level in shape.levels:
            _level(work, level)
            if limited.any():
                slots = _slots(work, uneven)
                work.slot_mean, work.slot_square = slots.wait_s, slots.wait_2
        change = np.max(np.abs(np.nan_to_num(work.mean - before)), initial=0.0)
        if change <= _PRECISION * np.max(work.mean, initial=0.0, where=np.isfinite(work.mean)):
            break
    mean, variance = _endpoints(work, np.arange(len(shape.endpoint_sequence)))
    return Responses(mean, variance, work.row_mean, work.mean, work.variance, slots)


class _Work:
    """What is known so far."""

    def __init__(
        self,
        program: Program,
        shape: Structure,
        flow: Flows,
        link: tuple[FloatArray, FloatArray],
        row_mean: FloatArray,
        row_variance: FloatArray,
        policy: Rows,
    ) -> None:
        self.program, self.shape, self.flow, self.link = program, shape, flow, link
        self.row_mean, self.row_variance = row_mean, row_variance
        self.policy = policy
        self.mean = np.zeros(shape.sequences)
        self.variance = np.zeros(shape.sequences)
        self.slot_mean = np.zeros(len(program.services.names))
        self.slot_square = np.zeros(len(program.services.names))


def _endpoints(work: _Work, endpoint: IntArray) -> tuple[FloatArray, FloatArray]:
    service = work.program.endpoints.service[endpoint]
    sequence = work.shape.endpoint_sequence[endpoint]
    wait = work.slot_mean[service]
    with np.errstate(invalid="ignore"):
        spread = work.slot_square[service] - wait**2
    return work.mean[sequence] + wait, work.variance[sequence] + spread


def _level(work: _Work, level: Level) -> None:
    steps, flow, rows = work.program.steps, work.flow, level.rows
    calls = rows[steps.op[rows] == Op.CALL]
    site = steps.a[calls]
    below, below_variance = _endpoints(work, steps.call_endpoint[site])
    mean, variance = below + work.link[0][site], below_variance + work.link[1][site]
    if work.policy.any:
        own = Rows(work.policy.inner[site], work.policy.outer[site])
        failure = flow.failure[steps.call_endpoint[site]]
        call = guarded(work.program.policies, own, mean, variance, failure)
        mean, variance = call.mean_s, call.variance_s2
    made = flow.executions[site]
    work.row_mean[calls] = made * mean
    skipped = np.maximum(made - made**2 / np.maximum(steps.call_count[site], 1), 0.0)
    work.row_variance[calls] = made * variance + skipped * mean**2
    _parallel(work, rows[steps.op[rows] == Op.PARALLEL])
    reach = flow.reach[rows]
    one, spread = work.row_mean[rows], work.row_variance[rows]
    count = len(level.sequences)
    work.mean[level.sequences] = totals(level.position, reach * one, count)
    work.variance[level.sequences] = totals(
        level.position, reach * spread + reach * (1 - reach) * one**2, count
    )


def _parallel(work: _Work, rows: IntArray) -> None:
    """Set the time of PARALLEL rows, all those with the same number of branches at once."""
    steps = work.program.steps
    for branches in np.unique(steps.b[rows]):
        some = rows[steps.b[rows] == branches]
        entry = steps.a[some][:, None] + np.arange(branches)
        sequence = work.shape.branch_sequence[entry]
        found = longest(work.mean[sequence], work.variance[sequence])
        work.row_mean[some], work.row_variance[some] = found


def longest(mean: FloatArray, variance: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean and variance of the largest of independent gamma variables [rows × variables]."""
    if mean.shape[1] == 1:
        return mean[:, 0], variance[:, 0]
    spread = np.maximum(variance, (1e-4 * mean) ** 2)
    shape = np.maximum(mean, 1e-30) ** 2 / np.maximum(spread, 1e-300)
    scale = spread / np.maximum(mean, 1e-30)
    start = np.maximum(mean.max(axis=1) - 8 * np.sqrt(spread.max(axis=1)), 0.0)
    end = (mean + 10 * np.sqrt(spread)).max(axis=1)
    width = np.maximum(end - start, 1e-30)
    t = start[:, None] + width[:, None] * _GRID
    below = np.ones_like(t)
    for column in range(mean.shape[1]):
        below *= special.gammainc(shape[:, column, None], t / scale[:, column, None])
    tail = np.concatenate([np.ones((len(t), 1)), 1 - below], axis=1)
    points = np.concatenate([start[:, None], t], axis=1)
    first = start + np.trapezoid(tail, points, axis=1)
    second = start**2 + np.trapezoid(2 * points * tail, points, axis=1)
    return first, np.maximum(second - first**2, 0.0)


def _slots(work: _Work, uneven: Spread) -> Slots:
    """Wait for a slot: servers that are held for the whole time of an endpoint."""
    program, flow, shape = work.program, work.flow, work.shape
    services = program.services
    count = len(services.names)
    service = program.endpoints.service
    rate = flow.endpoint_per_s
    held, held_2 = work.mean[shape.endpoint_sequence], work.variance[shape.endpoint_sequence]
    calls = totals(service, rate, count)
    m1 = totals(service, rate * held, count) / np.maximum(calls, 1e-300)
    m2 = totals(service, rate * (held_2 + held**2), count) / np.maximum(calls, 1e-300)
    limited = (services.workers > 0) & (calls > 0)
    slots = np.maximum(services.workers, 1)
    per_pod = calls / services.pod_count
    load = np.where(limited, per_pod * m1 / slots, 0.0)
    each = per_pod[:, None] * uneven.load
    full = np.maximum(each * (m1 / slots)[:, None] / 0.98, 1.0)
    wide = np.broadcast_to(slots[:, None], each.shape)
    cv2 = np.where(m1 > 0, m2 / np.maximum(m1, 1e-30) ** 2 - 1, 0.0)
    m3 = m1**3 * (1 + cv2) * (1 + 2 * cv2)  # of a gamma law
    wait, wait_2 = mgc_wait_s(
        wide, each / full, *(np.broadcast_to(m[:, None], each.shape) for m in (m1, m2, m3))
    )
    mean = np.where(limited, (uneven.share * wait).sum(axis=1), 0.0)
    square = np.where(limited, (uneven.share * wait_2).sum(axis=1), 0.0)
    return Slots(load, mean, square)

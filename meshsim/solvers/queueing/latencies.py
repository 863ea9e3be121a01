"""Distributions of the latencies of a program on equally likely points.

The same physics as :mod:`meshsim.solvers.queueing.responses`, with whole distributions in place of
two moments: a quota makes times bimodal, and connections make the calls of one execution meet one
and the same pod, which no two moments tell. The points of an endpoint lie in blocks, one for each
class of load of its pods; a pinned call of an execution draws its pod's class once and takes points
of that block.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from meshsim.lowering.program import FloatArray, IntArray, Op, Program
from meshsim.physics.quota import PERIOD_S
from meshsim.policies.retry import Outcome
from meshsim.solvers.queueing.flows import Flows
from meshsim.solvers.queueing.formulas import shared_variance_s2
from meshsim.solvers.queueing.guard import Guarded, Rows, pauses_s, repeats
from meshsim.solvers.queueing.points import Points
from meshsim.solvers.queueing.responses import Responses, sharing_load
from meshsim.solvers.queueing.spread import Spread
from meshsim.solvers.queueing.structure import Structure
from meshsim.solvers.queueing.transit import Proxies, Transit
from meshsim.solvers.queueing.waits import Cores

_REPEATS_MAX = 24
Tried = tuple[FloatArray, npt.NDArray[np.bool_]]
"""Time of a call, and whether it failed, at each point."""
Environment = dict[int, IntArray]


@dataclass(frozen=True)
class Model:
    """All that the moments have found, to be filled with distributions."""

    program: Program
    shape: Structure
    flow: Flows
    cores: Cores
    uneven: Spread
    proxies: Proxies
    transit: Transit
    responses: Responses
    pinned: npt.NDArray[np.bool_]
    """Whether a link follows its connection to a pod [links]."""
    fresh: FloatArray
    """Probability that a burst is a fresh one [rows]."""
    policy: Rows
    """Policies of the links."""
    guarded: Guarded
    """Calls under their policies [links]."""


class Latencies:
    """Distributions of endpoints and links, worked out on demand and kept."""

    def __init__(self, model: Model, points: Points) -> None:
        self._model, self._points = model, points
        self._blocks: dict[int, IntArray] = {}
        self._classes: dict[int, IntArray] = {}
        self._endpoints: dict[int, FloatArray] = {}
        self._additive = additive(model)

    def link(self, number: int, callee: int) -> FloatArray:
        """Points of the time of one call or request along a link [s].

        Where times only add up, the moments' mean is exact and the points are scaled to it.
        """
        return self._guarded(
            number, lambda: self._transit(number) + self.endpoint(callee)[self._points.order()]
        )

    def endpoint(self, endpoint: int) -> FloatArray:
        """Points of the time of an endpoint [s], in blocks by the class of its pod."""
        known = self._endpoints.get(endpoint)
        if known is None:
            known = self._endpoints[endpoint] = self._work_out(endpoint)
        return known

    def _work_out(self, endpoint: int) -> FloatArray:
        model = self._model
        service = int(model.program.endpoints.service[endpoint])
        sequence = int(model.shape.endpoint_sequence[endpoint])
        total = self._sequence(sequence, self._class(service), {})
        slots = model.responses.slots
        if slots.wait_s[service] > 0:
            wait, square = slots.wait_s[service], slots.wait_2[service]
            total = total + self._points.two_moments(
                np.full(self._points.count, wait), np.full(self._points.count, square)
            )
        if self._additive[endpoint] and np.any(total > 0):
            total = total * (model.responses.mean_s[endpoint] / total.mean())
        return total

    def _class(self, service: int) -> IntArray:
        """Class of load of the pod at each point, in blocks."""
        known = self._classes.get(service)
        if known is None:
            upper = np.cumsum(self._model.uneven.share[service])
            bounds = np.round(upper / upper[-1] * self._points.count).astype(np.int64)
            self._blocks[service] = np.concatenate([[0], bounds])
            found = np.searchsorted(bounds, np.arange(self._points.count), side="right")
            known = self._classes[service] = found.astype(np.int64)
        return known

    def _sequence(self, sequence: int, pod: IntArray, met: Environment) -> FloatArray:
        """Points of the time of a run of steps in pods of the classes ``pod``."""
        steps = self._model.program.steps
        total = np.zeros(self._points.count)
        reach = self._model.flow.reach
        going: FloatArray | None = None
        row = int(np.searchsorted(self._model.shape.row_sequence, sequence))
        while steps.op[row] != Op.END:
            if reach[row] < 1.0:
                going = self._points.uniform() if going is None else going
            time = self._row(row, pod, met)
            total += time if going is None else np.where(going < reach[row], time, 0.0)
            row += 1
        return total

    def _row(self, row: int, pod: IntArray, met: Environment) -> FloatArray:
        steps = self._model.program.steps
        argument = int(steps.a[row])
        if steps.op[row] == Op.COMPUTE:
            return self._burst(row, argument, pod)
        if steps.op[row] == Op.WAIT:
            return self._points.demand(argument)
        if steps.op[row] == Op.CALL:
            return self._calls(argument, met)
        branches = self._model.shape.branch_sequence[argument : argument + int(steps.b[row])]
        times = [self._sequence(int(branch), pod, met) for branch in branches]
        return np.asarray(np.maximum.reduce(times), dtype=np.float64)

    def _burst(self, row: int, distribution: int, pod: IntArray) -> FloatArray:
        """Demand, and the wait for the cores and the quota of a pod of the class ``pod``."""
        model, at = self._model, self._model.cores
        service = int(model.program.endpoints.service[model.shape.row_endpoint[row]])
        demand = self._points.demand(distribution)
        if at.first_come[service]:
            wait = self._points.two_moments(at.wait_s[service][pod], at.wait_2[service][pod])
        else:
            mean = demand * (at.stretch[service][pod] - 1)
            load = sharing_load(at)[service][pod]
            typical = np.full_like(demand, at.demand[0, service])
            jitter = at.eased[service] * shared_variance_s2(demand, typical, load)
            wait = self._points.two_moments(mean, jitter + mean**2)
        served = demand + wait
        if at.quota_s[service] == np.inf:
            return served
        return self._throttled(service, demand, served, pod, float(model.fresh[row]))

    def _throttled(
        self, service: int, demand: FloatArray, served: FloatArray, pod: IntArray, fresh: float
    ) -> FloatArray:
        """The time of a burst whose pod may have used up its quota."""
        at, points = self._model.cores.throttle, self._points
        if at.pooled[service]:
            caught = points.uniform() < fresh * at.caught[service][pod]
            wait = at.caught_s[service][pod] * 2 * points.uniform()
            return served + np.where(caught, wait, 0.0)
        quota_s = float(self._model.cores.quota_s[service])
        phase = points.uniform()
        before = self._work_before(service, pod, phase)
        free = before[before < quota_s]
        if fresh < 1.0 and len(free) > 0:
            other = np.resize(free, points.count)[points.order()]
            before = np.where(points.uniform() < fresh, before, other)
        total = before + demand
        periods = np.maximum(np.ceil(total / quota_s) - 1, 0.0)
        until = periods * PERIOD_S + total - periods * quota_s - phase * PERIOD_S
        extra = np.maximum(until - served, 0.0) * at.sharing[service][pod]
        return served + np.where(periods > 0, extra, 0.0)

    def _work_before(self, service: int, pod: IntArray, phase: FloatArray) -> FloatArray:
        """Work of the period [s] before a burst at a ``phase`` of it, that left over included."""
        at, points = self._model.cores.throttle, self._points
        work = at.work[:, service][:, pod] * phase
        shape = 4 * work[1] ** 3 / work[2] ** 2
        scale = work[2] / (2 * work[1])
        start = work[0] - shape * scale
        ahead = start + points.two_moments(shape * scale, (shape + shape**2) * scale**2)
        left = at.backlog
        some = points.uniform() >= left.none[service][pod]
        over = points.two_moments(left.mean[service][pod], left.second[service][pod])
        return np.asarray(np.maximum(ahead, 0.0) + np.where(some, over, 0.0))

    def _calls(self, site: int, met: Environment) -> FloatArray:
        """The calls of one site, one after the other."""
        steps, flow = self._model.program.steps, self._model.flow
        count = int(steps.call_count[site])
        drawn = min(count, _REPEATS_MAX)
        chance = flow.executions[site] / count
        total = np.zeros(self._points.count)
        for _ in range(drawn):
            time = self._guarded(site, lambda: self._transit(site) + self._below(site, met))
            if chance < 1.0:
                time = np.where(self._points.uniform() < chance, time, 0.0)
            total += time
        if count > drawn:  # by the central limit theorem
            mean = total.mean()
            total = mean * (count / drawn) + (total - mean) * np.sqrt(count / drawn)
            total = np.maximum(total, 0.0)
        return total

    def _guarded(self, number: int, draw: Callable[[], FloatArray]) -> FloatArray:
        """Points of a call under its policies, given how to draw points of a try."""
        model = self._model
        inner, outer = int(model.policy.inner[number]), int(model.policy.outer[number])
        if inner < 0 and outer < 0:
            return draw()
        callee = (
            model.program.steps.call_endpoint[number]
            if number < len(model.program.steps.call_endpoint)
            else model.program.load.entry_endpoint[number - len(model.program.steps.call_endpoint)]
        )
        error = float(model.flow.failure[callee])

        def attempt() -> Tried:
            return draw(), self._points.uniform() < error

        def proxied() -> Tried:
            return self._tries(inner, attempt)

        return self._tries(outer, proxied)[0]

    def _tries(self, policy: int, attempt: Callable[[], Tried]) -> Tried:
        """Time and failure of a call that is tried under a policy."""
        if policy < 0:
            return attempt()
        policies = self._model.program.policies
        after_error = repeats(policies, policy, Outcome.ERROR)
        after_late = repeats(policies, policy, Outcome.TRY_TIMEOUT)
        total, failed = np.zeros(self._points.count), np.zeros(self._points.count, np.bool_)
        going = ~failed
        for pause_s in (*pauses_s(policies, policy), 0.0):
            time, wrong = attempt()
            late = time > policies.per_try_timeout_s[policy]
            time = np.minimum(time, policies.per_try_timeout_s[policy])
            failed = np.where(going, wrong | late, failed)
            again = going & ((late & after_late) | (wrong & ~late & after_error))
            pause = 2 * pause_s * self._points.uniform()
            total += np.where(going, time, 0.0) + np.where(again, pause, 0.0)
            going = again
        late = total > policies.timeout_s[policy]
        return np.minimum(total, policies.timeout_s[policy]), failed | late

    def _below(self, site: int, met: Environment) -> FloatArray:
        """Points of the called endpoint; pinned calls keep to their pod's class."""
        program = self._model.program
        callee = int(program.steps.call_endpoint[site])
        times = self.endpoint(callee)
        service = int(program.endpoints.service[callee])
        if not self._model.pinned[site] or self._model.uneven.share.shape[1] == 1:
            return times[self._points.order()]
        known = met.get(service)
        if known is None:
            order = self._points.order()
            met[service] = self._class(service)[order]
            return times[order]
        blocks = self._blocks[service]
        start, size = blocks[known], blocks[known + 1] - blocks[known]
        return np.asarray(times[start + (self._points.uniform() * size).astype(np.int64)])

    def _transit(self, number: int) -> FloatArray:
        """Points of proxies and network of a call."""
        transit = self._model.transit
        least = float(transit.least_s[number])
        mean = float(transit.mean_s[number]) - least
        square = float(transit.variance_s2[number]) + mean**2
        if mean <= 0.0:
            return np.full(self._points.count, least)
        return least + shaped_to(self._points, mean, square)


def shaped_to(points: Points, mean: float, square: float) -> FloatArray:
    """Points of a variable with exactly that mean and about that mean square."""
    found = points.two_moments(np.full(points.count, mean), np.full(points.count, square))
    return np.asarray(found * (mean / found.mean()), dtype=np.float64)


def additive(model: Model) -> npt.NDArray[np.bool_]:
    """Endpoints below which nothing happens at once and nothing is tried again [endpoints]."""
    steps, shape = model.program.steps, model.shape
    bent = np.zeros(shape.sequences, dtype=np.bool_)
    bent[shape.row_sequence[steps.op == Op.PARALLEL]] = True
    sites = len(steps.call_endpoint)
    tried = (model.policy.inner[:sites] >= 0) | (model.policy.outer[:sites] >= 0)
    callers = shape.row_sequence[shape.site_row]
    bent[callers[tried]] = True
    below = shape.endpoint_sequence[steps.call_endpoint]
    for _ in range(shape.sequences):
        more = bent.copy()
        more[callers[bent[below]]] = True
        if np.array_equal(more, bent):
            break
        bent = more
    return ~bent[shape.endpoint_sequence]

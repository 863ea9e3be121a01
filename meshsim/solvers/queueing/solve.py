"""From a program to the answer of the formulas."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from meshsim.lowering.program import FloatArray, Program
from meshsim.solvers.queueing.answer import QueueingAnswer, StationUse
from meshsim.solvers.queueing.arrays import totals
from meshsim.solvers.queueing.arrivals import fresh_bursts
from meshsim.solvers.queueing.assumptions import assumptions
from meshsim.solvers.queueing.capacity import Bottleneck, bottleneck, busiest
from meshsim.solvers.queueing.closed import closed_rate
from meshsim.solvers.queueing.flows import Flows, flows, offered_per_s
from meshsim.solvers.queueing.guard import guarded, rows
from meshsim.solvers.queueing.latencies import Latencies, Model
from meshsim.solvers.queueing.loads import Loads, loads
from meshsim.solvers.queueing.network import network_s
from meshsim.solvers.queueing.parts import endpoint_parts_s, link_parts_s, with_retries
from meshsim.solvers.queueing.passages import Links, links
from meshsim.solvers.queueing.points import Points
from meshsim.solvers.queueing.relief import pickers, relief
from meshsim.solvers.queueing.responses import bursts, responses
from meshsim.solvers.queueing.spread import pinned_links, spread
from meshsim.solvers.queueing.structure import Structure, structure
from meshsim.solvers.queueing.throttle import standing
from meshsim.solvers.queueing.times import latencies, scaled
from meshsim.solvers.queueing.trains import branches_at_once, rest_factor, trains
from meshsim.solvers.queueing.transit import Proxies, Transit, company_s, proxies, transit
from meshsim.solvers.queueing.waits import burst_s, cores

POINTS = 4096
_ENDPOINTS_MAX = 300
"""Programs with more endpoints get their quantiles from two moments."""
_ROUNDS = 4
_SLOT_ROUNDS = 20
_NEARLY_IDLE = 1e-6
_TRY_ROUNDS = 60
_TRY_PRECISION = 1e-6
_NEARLY_FULL = 0.98


@dataclass(frozen=True)
class _Case:
    """A program at one rate, before any waiting is worked out."""

    program: Program
    shape: Structure
    calls: Links
    flow: Flows
    loads: Loads
    proxies: Proxies


def solve(
    program: Program, outside_per_s: float | None = None, points: int = POINTS
) -> QueueingAnswer:
    """The answer for a program; ``outside_per_s`` replaces the rate of its load.

    ``points`` is the number of points of each distribution; 0 takes quantiles from two moments, as
    programs with more than 300 endpoints do.
    """
    shape = structure(program)
    calls = links(program, shape.row_endpoint, shape.site_row)
    latency_s = None
    if outside_per_s is not None:
        rate = outside_per_s
    elif program.load.process == "closed":
        rate, latency_s = _closed(program, shape, calls)
    elif program.load.process == "paced":
        rate, latency_s = _paced(program, shape, calls)
    else:
        rate = offered_per_s(program)
    case = _case(program, shape, calls, rate)
    busy = busiest(program, case.loads, rate)
    if busy.overloaded and latency_s is None:
        return _overloaded(case, busy, np.zeros(len(program.services.names)))
    if latency_s is not None:  # the users wait for answers, so that nothing is ever quite full
        rate = min(rate, _NEARLY_FULL * busy.carries_per_s)
        case = _case(program, shape, calls, rate)
    case, found = _tried(case, _model(case))
    slots = found.responses.slots.load
    busy = busiest(program, case.loads, rate, slots)
    if busy.overloaded:
        return _overloaded(case, _slot_capacity(case, busy), slots)
    return _answer(case, found, busy, points, latency_s)


def _tried(case: _Case, found: Model) -> tuple[_Case, Model]:
    """The case and its model with the flows that retries and time-outs make."""
    if not found.policy.any:
        return case, found
    program, sites = case.program, case.calls.sites
    for _ in range(_TRY_ROUNDS):
        before, call = case.flow, found.guarded
        flow = flows(
            program,
            case.shape,
            before.outside_per_s,
            call.failure[:sites],
            (before.tries + call.tries[:sites]) / 2,
            (before.entry_tries + call.tries[sites:]) / 2,
        )
        case = _case(program, case.shape, case.calls, before.outside_per_s, flow)
        if busiest(program, case.loads, before.outside_per_s).overloaded:
            break
        found = _model(case)
        change = np.max(np.abs(flow.tries - before.tries), initial=0.0)
        change = max(change, float(np.max(np.abs(flow.entry_tries - before.entry_tries))))
        if change < _TRY_PRECISION:
            break
    return case, found


def _case(
    program: Program, shape: Structure, calls: Links, rate: float, flow: Flows | None = None
) -> _Case:
    flow = flows(program, shape, rate) if flow is None else flow
    found = loads(program, shape, calls, flow)
    return _Case(program, shape, calls, flow, found, proxies(program, found))


def _model(case: _Case) -> Model:
    program, shape, calls, flow = case.program, case.shape, case.calls, case.flow
    at, wire = case.proxies, network_s(program, calls)
    way = transit(program, calls, at, case.loads, wire)
    pinned = pinned_links(program, calls)
    fresh = fresh_bursts(program, shape, calls, flow, pinned)
    by = pickers(program, calls, case.loads.link_per_s)
    first_pod = program.services.pod_first
    service_load = case.loads.core_load[first_pod]
    limited = program.placement.pod_cores[first_pod] % 1 != 0
    pod_per_s = case.loads.pods.bursts_per_s / program.services.pod_count
    stay_s = case.loads.pods.demand[0] / np.maximum(1 - service_load, 0.02)
    cv2, time_s = np.zeros(len(service_load)), way.mean_s
    together = np.zeros(len(service_load))
    policy = rows(program, calls)
    for _ in range(_ROUNDS):
        uneven = spread(program, calls, case.loads.link_per_s, time_s, service_load, limited, cv2)
        eased = relief(program, by, service_load, pod_per_s * stay_s)
        stations = cores(program, case.loads.pods, uneven, eased, together)
        together = _from_callers(case, standing(stations.throttle, uneven))
        stay_s = burst_s(stations, uneven)
        burst = bursts(program, shape, stations, uneven, fresh)
        link = (way.mean_s[: calls.sites], way.variance_s2[: calls.sites])
        times = responses(program, shape, flow, link, burst, uneven, policy)
        cv2, time_s = uneven.cv2, way.mean_s + times.mean_s[calls.endpoint]
        at, way = _in_trains(case, time_s, wire)
    spread_s2 = way.variance_s2 + times.variance_s2[calls.endpoint]
    called = guarded(program.policies, policy, time_s, spread_s2, flow.failure[calls.endpoint])
    return Model(
        program=program,
        shape=shape,
        flow=flow,
        cores=stations,
        uneven=uneven,
        proxies=at,
        transit=way,
        responses=times,
        pinned=pinned,
        fresh=fresh,
        policy=policy,
        guarded=called,
    )


def _in_trains(
    case: _Case, time_s: FloatArray, wire: tuple[FloatArray, FloatArray]
) -> tuple[Proxies, Transit]:
    """The proxies and the way through them, for calls that come in trains and at once."""
    program, found, busy_s = case.program, case.loads, case.loads.proxies.busy_s
    outside = max(case.flow.outside_per_s, 1e-300)
    seen = trains(program, case.shape, case.calls, found, time_s, outside)
    alone_s = case.proxies.cpu_s
    rest = rest_factor(program, found, seen, alone_s)
    at = proxies(program, found, busy_s + rest * (alone_s - busy_s))
    way = transit(program, case.calls, at, found, wire)
    branches = branches_at_once(program, case.shape)
    extra = company_s(program, case.calls, at, busy_s, seen.together, branches)
    return at, replace(way, proxy_wait_s=way.proxy_wait_s + extra)


def _from_callers(case: _Case, value: FloatArray) -> FloatArray:
    """A quantity of the calling services, averaged over the calls to each service."""
    calls, rate = case.calls, case.loads.link_per_s
    theirs = np.where(calls.caller >= 0, value[calls.caller], 0.0)
    count = len(value)
    whole = np.maximum(totals(calls.callee, rate, count), 1e-300)
    return totals(calls.callee, rate * theirs, count) / whole


def _closed(program: Program, shape: Structure, calls: Links) -> tuple[float, float]:
    """Rate and mean latency of closed load."""
    carries = bottleneck(program, 1.0).carries_per_s
    idle = min(_NEARLY_IDLE, _NEARLY_IDLE * carries)
    still = _model(_case(program, shape, calls, idle))
    share = program.load.entry_share
    answer_s = float(share @ entry_mean_s(still))
    one = loads(program, shape, calls, flows(program, shape, 1.0))
    rate, cpu_s = program.load.users / max(answer_s, 1e-12), np.zeros(0)
    for _ in range(_ROUNDS):
        rate = min(rate, _NEARLY_FULL * carries)
        cpu_s = _case(program, shape, calls, rate).proxies.cpu_s
        rate, latency_s = closed_rate(program, one, cpu_s, answer_s, carries)
    return rate, latency_s


def _paced(program: Program, shape: Structure, calls: Links) -> tuple[float, float | None]:
    """Paced load keeps its rate, as open load does, if its connections get answers in time."""
    offered = offered_per_s(program)
    rate, latency_s = _closed(program, shape, calls)
    return (offered, None) if offered < rate else (rate, latency_s)


def entry_mean_s(found: Model) -> FloatArray:
    """Mean latency of each entry point [entries] by moments."""
    return found.guarded.mean_s[len(found.program.steps.call_endpoint) :]


def _slot_capacity(case: _Case, busy: Bottleneck) -> Bottleneck:
    """The bottleneck with the rate at which slots are full, which is found by bisection."""
    if busy.kind != "slots":
        return busy
    low, high = 0.0, case.flow.outside_per_s
    for _ in range(_SLOT_ROUNDS):
        rate = (low + high) / 2
        tried = _model(_case(case.program, case.shape, case.calls, rate))
        full = float(tried.responses.slots.load.max()) >= 1
        low, high = (low, rate) if full else (rate, high)
    load = case.flow.outside_per_s / max(low, 1e-300)
    return Bottleneck("slots", busy.name, load, low)


def _stations(case: _Case, at: Proxies) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Utilisation and rate of all stations, and the wait of a visit to the workers."""
    program = case.program
    workers = program.kinds.workers[program.instances.kind]
    service = program.placement.pod_service
    pods = (case.loads.pods.bursts_per_s / program.services.pod_count)[service]
    visits = np.repeat(2 * case.loads.proxies.passages_per_s / workers, workers)
    used = np.concatenate([case.loads.core_load, np.repeat(at.utilisation, workers)])
    return used, np.concatenate([pods, visits]), np.repeat(at.wait_s, workers)


def _overloaded(case: _Case, busy: Bottleneck, slots: FloatArray) -> QueueingAnswer:
    used, per_s, _ = _stations(case, case.proxies)
    waits = np.full(len(used), np.nan)
    return QueueingAnswer(
        outside_per_s=case.flow.outside_per_s,
        bottleneck=busy,
        overload=f"no steady state: {busy}",
        all_entries=None,
        entries=None,
        edges=None,
        parts_s=None,
        failure=case.flow.failure[case.program.load.entry_endpoint],
        edge_per_s=case.flow.edge_per_s(case.program),
        stations=StationUse(used, per_s, waits),
        slot_utilisation=slots,
        assumptions=(),
    )


def _answer(
    case: _Case, found: Model, busy: Bottleneck, points: int, latency_s: float | None
) -> QueueingAnswer:
    program = case.program
    many = len(program.endpoints.names) > _ENDPOINTS_MAX or points == 0
    laws = None if many else Latencies(found, Points(points, program.steps.distributions))
    entries, together, edges = latencies(found, case.calls, case.flow, laws)
    if latency_s is not None:
        factor = latency_s / float(together.mean_s[0])
        entries, together, edges = (scaled(t, factor) for t in (entries, together, edges))
    used, per_s, worker_waits = _stations(case, found.proxies)
    return QueueingAnswer(
        outside_per_s=case.flow.outside_per_s,
        bottleneck=busy,
        overload=None,
        all_entries=together,
        entries=entries,
        edges=edges,
        parts_s=_parts(case, found, entries.mean_s),
        failure=found.guarded.failure[case.calls.sites :],
        edge_per_s=case.flow.edge_per_s(program),
        stations=StationUse(used, per_s, np.concatenate([_pod_waits(case, found), worker_waits])),
        slot_utilisation=found.responses.slots.load,
        assumptions=assumptions(found, many),
    )


def _pod_waits(case: _Case, found: Model) -> FloatArray:
    """Mean time of a burst beyond its demand, in the pods of each service [pods]."""
    at, share = found.cores, found.uneven.share
    waits = at.demand[0][:, None] * (at.stretch - 1) + at.wait_s + at.throttle.fresh[0]
    return np.asarray((share * waits).sum(axis=1)[case.program.placement.pod_service])


def _parts(case: _Case, found: Model, mean_s: FloatArray) -> FloatArray:
    program = case.program
    below = endpoint_parts_s(program, case.shape, case.flow, found.transit, found.responses)
    link = link_parts_s(found.transit)[case.calls.sites :]
    one = link + below[program.load.entry_endpoint]
    whole_s = entry_mean_s(found)
    parts = with_retries(one, whole_s, np.ones(len(whole_s)))
    scale = np.divide(mean_s, whole_s, out=np.ones_like(mean_s), where=whole_s > 0.0)
    return np.asarray(parts * scale[:, None], dtype=np.float64)

"""The caller's side of a call: the way of a try through the proxies to the pod, and back.

Each function takes one frame one step further and says what that frame, or another, does at once;
STAND means that it waits. Follows :mod:`meshsim.solvers.simpy_model.calling`.
"""

from __future__ import annotations

from meshsim.lowering.program import Side
from meshsim.physics import passage
from meshsim.policies.retry import Outcome
from meshsim.solvers.kernel.calendar import put_now
from meshsim.solvers.kernel.connections import answered, give_back, pick_host, take_connection
from meshsim.solvers.kernel.frames import add_up, lacks_connections, set_free, signal
from meshsim.solvers.kernel.jit import compiled, inlined
from meshsim.solvers.kernel.recording import record_try
from meshsim.solvers.kernel.records import (
    ARRIVE,
    DONE,
    EVENT_RESUME,
    HOME,
    LEG_BACK,
    LEG_OUT,
    NONE,
    OVER,
    RETURNED,
    SHORT,
    STAND,
    TRY,
    VISIT_BACK,
    VISIT_OUT,
    VISITED_BACK,
    VISITED_OUT,
)
from meshsim.solvers.kernel.workers import enter_worker
from meshsim.solvers.kernel.world import World
from meshsim.solvers.observations import Part

busy_cost_s = inlined(passage.busy_cost_s)

CALLEE = int(Side.CALLEE)
NETWORK, PROXY_WORK, PROXY_QUEUE = int(Part.NETWORK), int(Part.PROXY_WORK), int(Part.PROXY_QUEUE)
OK, ERROR = int(Outcome.OK), int(Outcome.ERROR)


@inlined
def travel(w: World, number: int, side: int, node: int, size: float, then: int) -> int:
    """The network, wherever the way leaves one side for another; then ``then``."""
    return travel_after(w, number, side, node, size, then, 0)


@inlined
def travel_after(
    w: World, number: int, side: int, node: int, size: float, then: int, round_trips: int
) -> int:
    """The same after some round trips, which open a connection."""
    frame = w.frames[number]
    from_side, from_node = frame.side, frame.node
    frame.side, frame.node = side, node
    if from_side == side:
        return then
    delay = one_way(w, from_node, node, size)
    if round_trips > 0:
        delay += 2 * round_trips * one_way(w, from_node, node, 0.0)
    if delay <= 0.0:
        return then
    w.spent[number, NETWORK] += delay
    frame.resume = then
    put_now(w, delay, EVENT_RESUME, number)
    return STAND


@inlined
def one_way(w: World, node: int, to_node: int, size: float) -> float:
    """Time [s] of a message of ``size`` bytes; node -1 is outside."""
    clock = w.clock[0]
    if node < 0 or to_node < 0:
        return clock.client_one_way
    if node == to_node:
        return clock.same_node_one_way
    half = w.zone_one_way[w.node_zone[node], w.node_zone[to_node]]
    return half + size / clock.bandwidth


@inlined
def leg_out(w: World, number: int) -> int:
    """On to the next proxy of the path, or from the last to the pod.

    On a direct path to a service of one pod there is nothing to choose or to count.
    """
    frame = w.frames[number]
    path = w.paths[frame.path]
    if path.direct:
        service = w.services[frame.service]
        if service.pod_count == 1:
            frame.pod = service.pod_first
            return travel(w, number, CALLEE, w.pods[frame.pod].node, frame.request_bytes, ARRIVE)
    while True:
        if frame.segment == frame.segment_end:
            if frame.routed:
                frame.policy = path.policy
                frame.attempt = 0
                frame.call_key = frame.key
                return TRY
            node = w.pods[frame.pod].node
            trips = frame.new
            return travel_after(w, number, CALLEE, node, frame.request_bytes, ARRIVE, trips)
        segment = w.segments[frame.segment]
        if frame.hop == 0:
            if lacks_connections(w, LEG_OUT):
                return SHORT
            if frame.segment == path.segment_first + path.picker:
                pick_host(w, number, path.picker > 0)
            connection = take_connection(w, number)
            if frame.new and segment.open_cost > 0.0:
                # Paid with the answer: where in its way a request waits for this is all one.
                w.legs[frame.visit_leg].response_cost += segment.open_cost
            w.taken[number, frame.taken] = connection
            frame.taken += 1
            frame.pod = w.connections[connection].pod
        if frame.hop < segment.hops:
            hop = w.hops[segment.hop_first + frame.hop]
            station = w.connection_stations[w.taken[number, frame.taken - 1], frame.hop]
            instance = w.workers[station - len(w.pods)].instance
            node = w.instances[instance].node
            trips = hop.round_trips if frame.new else 0
            size = frame.request_bytes
            return travel_after(w, number, hop.side, node, size, VISIT_OUT, trips)
        frame.segment += 1
        frame.hop = 0


@inlined
def visit_out(w: World, number: int) -> int:
    """Enter the worker to which the connection is pinned."""
    frame = w.frames[number]
    segment = w.segments[frame.segment]
    hop = w.hops[segment.hop_first + frame.hop]
    kind = w.kinds[hop.kind]
    frame.visit_leg = number * w.clock[0].hops_max + frame.leg
    leg = w.legs[frame.visit_leg]
    leg.station = w.connection_stations[w.taken[number, frame.taken - 1], frame.hop]
    leg.node, leg.side, leg.service = frame.node, frame.side, frame.service
    cost = busy_cost_s(
        w.busy_cost[hop.cost, frame.service],
        w.byte_cost[hop.cost, frame.service],
        frame.request_bytes + frame.response_bytes,
    )
    leg.request_cost = cost * kind.request_share
    if frame.new:
        leg.request_cost += hop.open_cost
    leg.response_cost = cost * (1 - kind.request_share)
    frame.leg += 1
    return visit(w, number, False, VISITED_OUT)


@inlined
def visit(w: World, number: int, returning: bool, then: int) -> int:
    """Wait for the worker of the present leg; then ``then``."""
    frame = w.frames[number]
    frame.returning = 1 if returning else 0
    frame.since = w.clock[0].now
    frame.resume = then
    enter_worker(w, w.legs[frame.visit_leg].station - len(w.pods), number)
    return STAND


@inlined
def account_visit(w: World, number: int) -> None:
    """The worker has done its part: what was work, what was waiting."""
    frame = w.frames[number]
    w.spent[number, PROXY_WORK] += frame.work
    w.spent[number, PROXY_QUEUE] += w.clock[0].now - frame.since - frame.work


@inlined
def visited_out(w: World, number: int) -> int:
    """From now on this proxy's worker is the sender."""
    account_visit(w, number)
    frame = w.frames[number]
    frame.sender = w.clock[0].clients + w.legs[frame.visit_leg].station
    frame.hop += 1
    return LEG_OUT


@compiled
def retaken(w: World, number: int) -> int:
    """The proxy's worker has taken the request up again, for another try."""
    account_visit(w, number)
    return LEG_OUT


@inlined
def served(w: World, number: int) -> int:
    """The pod has answered."""
    frame = w.frames[number]
    frame.outcome = ERROR if frame.failed else OK
    frame.leg -= 1
    return LEG_BACK


@inlined
def leg_back(w: World, number: int) -> int:
    """Back to the proxy before, or home."""
    frame = w.frames[number]
    if frame.leg < 0:
        side, node = frame.home_side, frame.home_node
        return travel(w, number, side, node, frame.response_bytes, HOME)
    frame.visit_leg = number * w.clock[0].hops_max + frame.leg
    leg = w.legs[frame.visit_leg]
    return travel(w, number, leg.side, leg.node, frame.response_bytes, VISIT_BACK)


@inlined
def visit_back(w: World, number: int) -> int:
    """Enter the worker again, with the answer."""
    return visit(w, number, True, VISITED_BACK)


@inlined
def visited_back(w: World, number: int) -> int:
    """One proxy less on the way back."""
    account_visit(w, number)
    w.frames[number].leg -= 1
    return LEG_BACK


@inlined
def home(w: World, number: int) -> int:
    """The answer is there: let go of what the try held, and tell who waits for it."""
    frame = w.frames[number]
    for place in range(frame.taken):
        give_back(w, w.taken[number, place])
    answered(w, number)
    record_try(w, number)
    parent = frame.parent
    if parent == NONE:
        return OVER
    host = w.frames[parent]
    host.outcome = frame.outcome
    if host.policy == NONE:
        add_up(w, number, parent)
        set_free(w, number)
        w.clock[0].frame = parent
        return RETURNED
    frame.resume = DONE
    signal(w, parent)
    return STAND

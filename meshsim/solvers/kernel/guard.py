"""Who waits for a call: its deadlines, its tries, the pauses between them.

Follows :mod:`meshsim.solvers.simpy_model.guard`; what is tried again, and after how long, is
decided by the same functions. Deadlines of one policy all have the same length, so they come due in
the order in which they were set: they stand in a list, which has one event in the calendar for its
first.
"""

from __future__ import annotations

import math

from meshsim.policies import retry
from meshsim.policies.retry import Outcome
from meshsim.solvers.kernel.calendar import next_order, put, put_now
from meshsim.solvers.kernel.frames import (
    add_up,
    lacks_frames,
    new_frame,
    set_free,
    signal,
)
from meshsim.solvers.kernel.jit import compiled, inlined
from meshsim.solvers.kernel.keyed import Key, mix, uniform
from meshsim.solvers.kernel.records import (
    CALL,
    EVENT_DEADLINE,
    EVENT_RESUME,
    LATE,
    LEG_OUT,
    NONE,
    PAUSE,
    PAUSE_OVER,
    PAUSED,
    RETAKEN,
    RETURNED,
    ROOT,
    SETTLED,
    SHORT,
    STAND,
    TRY,
    WAITS,
)
from meshsim.solvers.kernel.workers import enter_worker
from meshsim.solvers.kernel.world import World
from meshsim.solvers.observations import Part
from meshsim.solvers.streams import Purpose

may_retry = inlined(retry.may_retry)
backoff_window_s = compiled(retry.backoff_window_s)
backoff_s = compiled(retry.backoff_s)

TIMEOUT, TRY_TIMEOUT = int(Outcome.TIMEOUT), int(Outcome.TRY_TIMEOUT)
RETRY = int(Part.RETRY)
_CALLER_TRY, _PROXY_TRY, _BACKOFF = (
    int(Purpose.CALLER_TRY),
    int(Purpose.PROXY_TRY),
    int(Purpose.BACKOFF),
)
CALLS, TRIES = range(2)
INSIDE, ENTRY = range(2)


@inlined
def make_try(w: World, number: int) -> int:
    """The next try of the call that a frame makes; it is a frame of its own, which goes on."""
    if lacks_frames(w, TRY):
        return SHORT
    host = w.frames[number]
    attempt, key = host.attempt, key_of_try(w, number)
    if host.policy != NONE:
        policy = w.policies[host.policy]
        host.try_start = w.clock[0].now
        if attempt == 0:
            host.missed = 0
            arm(w, number, CALLS, policy.timeout)
        arm(w, number, TRIES, policy.per_try_timeout)
        host.resume = SETTLED
    else:
        host.resume = WAITS
    child = new_frame(w, CALL, number)
    frame = w.frames[child]
    host.child = child
    frame.key = key
    frame.start = w.clock[0].now
    frame.ordinal = host.ordinal
    w.clock[0].frame = child
    if host.routed:
        return try_of_proxy(w, number, child)
    if host.kind == ROOT:
        try_from_outside(w, child, host.site, host.client)
    else:
        try_from_pod(w, child, host.site, host.pod)
    return LEG_OUT


@inlined
def key_of_try(w: World, number: int) -> Key:
    """The key of the present try: the first has that of the call."""
    host = w.frames[number]
    if host.attempt == 0:
        return host.call_key
    return mix(host.call_key, (_PROXY_TRY if host.routed else _CALLER_TRY) + int(host.attempt))


@inlined
def try_from_pod(w: World, child: int, site_number: int, caller: int) -> None:
    """Fill in a try that an application makes in a pod."""
    frame = w.frames[child]
    frame.caller_pod = caller
    frame.sender = w.clock[0].clients + caller
    frame.node = frame.home_node = w.pods[caller].node
    set_out(w, child, site_number, INSIDE)


@inlined
def try_from_outside(w: World, child: int, site_number: int, client: int) -> None:
    """Fill in a try that a client makes."""
    frame = w.frames[child]
    frame.caller_pod = NONE
    frame.sender = client
    frame.node = frame.home_node = NONE
    set_out(w, child, site_number, ENTRY)


@inlined
def set_out(w: World, child: int, site_number: int, path_number: int) -> None:
    """Fill in what a try is to do, and the first part of its path."""
    frame, site, path = w.frames[child], w.sites[site_number], w.paths[path_number]
    frame.path = path_number
    frame.endpoint = site.endpoint
    frame.service = w.endpoints[site.endpoint].service
    frame.edge = site.edge
    frame.request_bytes, frame.response_bytes = site.request_bytes, site.response_bytes
    frame.pod = NONE
    frame.side = frame.home_side = 0
    frame.segment = path.segment_first
    frame.routed = 1 if path.policy != NONE else 0
    frame.segment_end = frame.segment + (path.picker if frame.routed else path.segments)


@compiled
def try_of_proxy(w: World, number: int, child: int) -> int:
    """Fill in a try that the proxy makes which chooses the host; for all but the first, its worker
    takes the request up again.
    """
    host, frame = w.frames[number], w.frames[child]
    path = w.paths[host.path]
    frame.path = host.path
    frame.endpoint, frame.service, frame.edge = host.endpoint, host.service, host.edge
    frame.request_bytes, frame.response_bytes = host.request_bytes, host.response_bytes
    frame.caller_pod = host.caller_pod
    frame.pod = NONE
    frame.sender = host.sender
    router = w.legs[number * w.clock[0].hops_max + host.leg - 1]
    frame.side = frame.home_side = router.side
    frame.node = frame.home_node = router.node
    frame.segment = path.segment_first + path.picker
    frame.segment_end = path.segment_first + path.segments
    frame.visit_leg = number * w.clock[0].hops_max + host.leg - 1
    if host.attempt == 0:
        return LEG_OUT
    frame.returning = 0
    frame.since = w.clock[0].now
    frame.resume = RETAKEN
    enter_worker(w, router.station - len(w.pods), child)
    return STAND


@compiled
def settled(w: World, number: int) -> int:
    """A try was answered or given up: once more, after a pause, or that was it."""
    if lacks_frames(w, SETTLED):
        return SHORT
    host = w.frames[number]
    policy = w.policies[host.policy]
    disarm(w, number, TRIES)
    host.attempt += 1
    if host.missed or not may_retry(
        policy.retry_on, host.outcome, policy.retries + 1 - host.attempt
    ):
        return conclude(w, number)
    if host.child != NONE:
        set_free(w, host.child)
        host.child = NONE
    window = backoff_window_s(policy.backoff_base, policy.backoff_max, host.attempt)
    pause = backoff_s(window, uniform(key_of_try(w, number), _BACKOFF))
    if pause <= 0.0:
        return PAUSED
    host.child = new_frame(w, PAUSE, number)
    w.frames[host.child].resume = PAUSE_OVER
    host.resume = PAUSED
    put_now(w, pause, EVENT_RESUME, host.child)
    return STAND


@compiled
def pause_over(w: World, number: int) -> int:
    """The pause has passed: tell who waited for it."""
    parent = w.frames[number].parent
    w.frames[parent].child = NONE
    set_free(w, number)
    signal(w, parent)
    return STAND


@compiled
def paused(w: World, number: int) -> int:
    """After the pause the next try, unless the deadline of the call came first."""
    host = w.frames[number]
    if host.missed:
        return conclude(w, number)
    w.spent[number, RETRY] += w.clock[0].now - host.try_start
    return TRY


@compiled
def conclude(w: World, number: int) -> int:
    """No more tries: what the last one brought is the outcome of the call."""
    host = w.frames[number]
    disarm(w, number, CALLS)
    if host.missed or host.outcome == TRY_TIMEOUT:
        w.spent[number, RETRY] += w.clock[0].now - host.try_start
        host.outcome = TIMEOUT
    else:
        add_up(w, host.child, number)
    if host.child != NONE:
        set_free(w, host.child)
        host.child = NONE
    return RETURNED


@compiled
def arm(w: World, number: int, which: int, timeout: float) -> None:
    """Set a deadline, unless it is infinitely far."""
    if timeout == math.inf:
        return
    frame = w.frames[number]
    place = 2 * frame.policy + which
    deadlines = w.deadlines[place]
    due, order = w.clock[0].now + timeout, next_order(w) | LATE
    tail = deadlines.tail
    if which == CALLS:
        frame.due_0, frame.order_0, frame.before_0, frame.after_0 = due, order, tail, NONE
        if tail != NONE:
            w.frames[tail].after_0 = number
    else:
        frame.due_1, frame.order_1, frame.before_1, frame.after_1 = due, order, tail, NONE
        if tail != NONE:
            w.frames[tail].after_1 = number
    deadlines.tail = number
    if tail == NONE:
        deadlines.head = number
    if not deadlines.timed:
        deadlines.timed = 1
        put(w, due, order, EVENT_DEADLINE, place)


@compiled
def disarm(w: World, number: int, which: int) -> None:
    """Take a deadline back, if it was set."""
    frame = w.frames[number]
    place = 2 * frame.policy + which
    policy = w.policies[frame.policy]
    if (policy.timeout if which == CALLS else policy.per_try_timeout) < math.inf:
        unlink(w, number, place)


@compiled
def unlink(w: World, number: int, place: int) -> None:
    """Take a frame out of a list of deadlines, if it is in it."""
    frame, deadlines = w.frames[number], w.deadlines[place]
    calls = place % 2 == CALLS
    if (frame.order_0 if calls else frame.order_1) == 0:
        return
    before = frame.before_0 if calls else frame.before_1
    after = frame.after_0 if calls else frame.after_1
    if calls:
        frame.order_0 = 0
    else:
        frame.order_1 = 0
    if before == NONE:
        deadlines.head = after
    elif calls:
        w.frames[before].after_0 = after
    else:
        w.frames[before].after_1 = after
    if after == NONE:
        deadlines.tail = before
    elif calls:
        w.frames[after].before_0 = before
    else:
        w.frames[after].before_1 = before


@compiled
def due_now(w: World, place: int) -> int:
    """The frame whose deadline this event was set for, its deadline taken out; or NONE.

    The event of a deadline that was taken back is put in again for the first that still stands.
    """
    deadlines, clock = w.deadlines[place], w.clock[0]
    calls = place % 2 == CALLS
    missed = NONE
    deadlines.timed = 0
    head = deadlines.head
    if head != NONE:
        frame = w.frames[head]
        if (frame.order_0 if calls else frame.order_1) == clock.order_taken:
            missed = head
            unlink(w, head, place)
            head = deadlines.head
    if head != NONE:
        frame = w.frames[head]
        deadlines.timed = 1
        due = frame.due_0 if calls else frame.due_1
        put(w, due, frame.order_0 if calls else frame.order_1, EVENT_DEADLINE, place)
    return missed

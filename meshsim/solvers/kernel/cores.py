"""The cores of a pod: shared or first come, in virtual time, under a quota.

Follows :mod:`meshsim.solvers.simpy_model.cores` step by step, with the same functions of physics.
Those in service stand in a skew heap by the virtual time of their end (D. D. Sleator and
R. E. Tarjan, "Self-adjusting heaps", SIAM Journal on Computing 15 (1986) 52-69); those given up
stay in it, dead, until they come to the top.
"""

from __future__ import annotations

import math

from meshsim.physics import quota, sharing
from meshsim.solvers.kernel.calendar import next_order, put, take_back
from meshsim.solvers.kernel.frames import go_on, set_free
from meshsim.solvers.kernel.jit import compiled, inlined
from meshsim.solvers.kernel.records import COMPLETE, EVENT_CORES, NONE, RESUME, STAND, STOP
from meshsim.solvers.kernel.world import World

PERIOD_S = quota.PERIOD_S
_ROUNDING_S = 1e-9
_NOTHING = 0
SERVED_FULLY = 2
"""A frame's ``running``: 0 in line, 1 on a core, this when it has had all its CPU."""

sharing_rate = inlined(sharing.sharing_rate)
until_used_up_s = compiled(quota.until_used_up_s)


@inlined
def serve(w: World, number: int, visitor: int, demand: float) -> None:
    """A frame asks for ``demand`` seconds of CPU of pod ``number``."""
    pod = w.pods[number]
    frame = w.frames[visitor]
    advance(w, number)
    frame.work = demand
    if pod.first_come and pod.running >= pod.cores:
        frame.running = 0
        frame.next = NONE
        if pod.line_head == NONE:
            pod.line_head = visitor
        else:
            w.frames[pod.line_tail].next = visitor
        pod.line_tail = visitor
    else:
        start(w, number, visitor)
    schedule(w, number)


@inlined
def start(w: World, number: int, visitor: int) -> None:
    """Put a frame among those in service."""
    pod = w.pods[number]
    frame = w.frames[visitor]
    pod.started += 1
    pod.running += 1
    frame.running = 1
    frame.started = pod.started
    frame.finish = pod.virtual + frame.work
    frame.left = frame.right = NONE
    pod.heap = merge(w, pod.heap, visitor)


@inlined
def before(w: World, a: int, b: int) -> bool:
    """Whether frame ``a`` ends before frame ``b``."""
    one, other = w.frames[a], w.frames[b]
    if one.finish == other.finish:
        return one.started < other.started
    return one.finish < other.finish


@inlined
def merge(w: World, a: int, b: int) -> int:
    """The heap of two heaps."""
    if a == NONE:
        return b
    if b == NONE:
        return a
    if before(w, b, a):
        a, b = b, a
    top = a
    while True:
        frame = w.frames[a]
        rest = frame.right
        frame.right = frame.left
        if rest == NONE:
            frame.left = b
            return top
        if before(w, b, rest):
            rest, b = b, rest
        frame.left = rest
        a = rest


@inlined
def rate_of(w: World, number: int) -> float:
    """Speed of each one in service [cores]."""
    pod = w.pods[number]
    if pod.throttled or pod.running == 0:
        return 0.0
    return sharing_rate(pod.cores, pod.running)


@inlined
def advance(w: World, number: int) -> None:
    """Bring virtual time, used CPU and the quota to the present."""
    pod = w.pods[number]
    now = w.clock[0].now
    rate = rate_of(w, number)
    pod.virtual += (now - pod.seen_at) * rate
    speed = rate * pod.running
    pod.busy += (now - pod.seen_at) * speed
    if pod.quota < math.inf:
        spend(w, number, speed)
    pod.seen_at = now


@compiled
def spend(w: World, number: int, speed: float) -> None:
    """Take what was used since the last time from the quota; a new period brings a new one."""
    pod = w.pods[number]
    now = w.clock[0].now
    started = pod.seen_at
    if now >= pod.period_end - _ROUNDING_S:
        periods = math.floor((now - pod.period_end + _ROUNDING_S) / PERIOD_S) + 1
        pod.period_end += periods * PERIOD_S
        pod.left = pod.quota
        pod.throttled = 0
        started = max(started, pod.period_end - PERIOD_S)
    pod.left = max(0.0, pod.left - max(0.0, now - started) * speed)


@inlined
def schedule(w: World, number: int) -> None:
    """Set the timer for what comes next, unless it stands for the same end at the same speed."""
    pod = w.pods[number]
    aim, rate = _NOTHING, 0.0
    if pod.running > 0:
        while w.frames[pod.heap].dead:
            drop_top(w, number)
        aim, rate = w.frames[pod.heap].started, rate_of(w, number)
    unlimited = pod.quota == math.inf
    if unlimited and aim == pod.aim and rate == pod.aim_rate:
        return
    pod.aim, pod.aim_rate = aim, rate
    if pod.timer:
        take_back(w, pod.timer_time, pod.timer)
        pod.timer = 0
    if pod.running == 0:
        return
    if unlimited and rate == 1.0:
        set_timer(w, number, w.frames[pod.heap].finish - pod.virtual, COMPLETE)
    else:
        schedule_slowed(w, number, rate)


@compiled
def schedule_slowed(w: World, number: int, rate: float) -> None:
    """The same for a pod that does not run at full speed, or not all the time."""
    pod = w.pods[number]
    if pod.throttled:
        set_timer(w, number, pod.period_end - w.clock[0].now, RESUME)
        return
    finish = max(0.0, w.frames[pod.heap].finish - pod.virtual) / rate
    if pod.quota == math.inf:
        set_timer(w, number, finish, COMPLETE)
        return
    until_period = pod.period_end - w.clock[0].now
    stop = until_used_up_s(pod.left, pod.quota, until_period, rate * pod.running)
    if stop < finish - _ROUNDING_S:
        set_timer(w, number, stop, STOP)
    else:
        set_timer(w, number, finish, COMPLETE)


@inlined
def set_timer(w: World, number: int, delay: float, timer_for: int) -> None:
    """The timer goes off after ``delay``; there is no other."""
    pod = w.pods[number]
    pod.timer_for = timer_for
    pod.timer_time = w.clock[0].now + max(0.0, delay)
    pod.timer = next_order(w)
    put(w, pod.timer_time, pod.timer, EVENT_CORES, number)


@inlined
def drop_top(w: World, number: int) -> None:
    """Take the first frame out of the heap and set it free."""
    pod = w.pods[number]
    top = pod.heap
    pod.heap = merge(w, w.frames[top].left, w.frames[top].right)
    set_free(w, top)


@inlined
def timer_off(w: World, number: int) -> int:
    """The timer went off: somebody is done and goes on, a quota is used up, or a period begins."""
    pod = w.pods[number]
    pod.timer = 0
    if pod.timer_for == COMPLETE:
        pod.aim, pod.aim_rate = _NOTHING, 0.0
        advance(w, number)
        top = pod.heap
        frame = w.frames[top]
        pod.heap = merge(w, frame.left, frame.right)
        pod.running -= 1
        frame.running = SERVED_FULLY
        pod.virtual = max(pod.virtual, frame.finish)
        start_next(w, number)
        schedule(w, number)
        return go_on(w, top)
    advance(w, number)
    if pod.timer_for == STOP:
        pod.throttled = 1 if pod.left <= _ROUNDING_S else 0
    schedule(w, number)
    return STAND


@inlined
def start_next(w: World, number: int) -> None:
    """A core is free: the next in line, if the pod has a line, gets it."""
    pod = w.pods[number]
    while pod.line_head != NONE:
        visitor = pod.line_head
        pod.line_head = w.frames[visitor].next
        if w.frames[visitor].dead:
            set_free(w, visitor)
        else:
            start(w, number, visitor)
            return


@compiled
def withdraw(w: World, number: int, visitor: int) -> None:
    """Give a request up: it is dead, and the CPU that it has not had yet is not used."""
    pod = w.pods[number]
    w.frames[visitor].dead = 1
    advance(w, number)
    if w.frames[visitor].running:
        pod.running -= 1
        if pod.running == 0:
            pod.heap = empty(w, pod.heap)
        start_next(w, number)
    schedule(w, number)


@compiled
def empty(w: World, top: int) -> int:
    """Set a heap free of which all are dead; the empty heap."""
    while top != NONE:
        rest = merge(w, w.frames[top].left, w.frames[top].right)
        set_free(w, top)
        top = rest
    return NONE


@compiled
def busy_s(w: World, number: int) -> float:
    """CPU used so far [core seconds]."""
    pod = w.pods[number]
    now = w.clock[0].now
    return pod.busy + (now - pod.seen_at) * rate_of(w, number) * pod.running

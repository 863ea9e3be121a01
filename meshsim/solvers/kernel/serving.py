"""The server's side of a call: worker slot, steps, reply. An interpreter of the program's op-codes.

Follows :mod:`meshsim.solvers.simpy_model.serving`. Steps are run by the frame of a try, once it has
been admitted to a pod, or by a branch of it.
"""

from __future__ import annotations

from meshsim.lowering.program import Op
from meshsim.policies.retry import Outcome
from meshsim.solvers.kernel import cores
from meshsim.solvers.kernel.calendar import put_now
from meshsim.solvers.kernel.frames import (
    add_up,
    go_on_in_turn,
    lacks_frames,
    new_frame,
    set_free,
    signal,
)
from meshsim.solvers.kernel.jit import inlined
from meshsim.solvers.kernel.keyed import duration, mix, uniform
from meshsim.solvers.kernel.recording import record_call
from meshsim.solvers.kernel.records import (
    ADMITTED,
    BRANCH,
    COMPUTED,
    DONE,
    EVENT_RESUME,
    JOINED,
    LEG_BACK,
    NONE,
    OVER,
    ROOT,
    SERVED,
    SHORT,
    STAND,
    STEP,
    TRY,
)
from meshsim.solvers.kernel.world import World
from meshsim.solvers.observations import Part
from meshsim.solvers.streams import Purpose

END, COMPUTE, WAIT, CALL_OP = int(Op.END), int(Op.COMPUTE), int(Op.WAIT), int(Op.CALL)
APP_WORK, APP_WAIT, APP_QUEUE = int(Part.APP_WORK), int(Part.APP_WAIT), int(Part.APP_QUEUE)
OK = int(Outcome.OK)
_STEP_PURPOSE, _REQUEST, _ERROR = int(Purpose.STEP), int(Purpose.REQUEST), int(Purpose.ERROR)


@inlined
def arrive(w: World, number: int) -> int:
    """At the pod: to a worker slot, in order of arrival."""
    frame = w.frames[number]
    pod = w.pods[frame.pod]
    pod.requests += 1
    if pod.slots > 0:
        if pod.slots_free == 0:
            frame.since = w.clock[0].now
            frame.resume = ADMITTED
            frame.next = NONE
            if pod.slots_head == NONE:
                pod.slots_head = number
            else:
                w.frames[pod.slots_tail].next = number
            pod.slots_tail = number
            return STAND
        pod.slots_free -= 1
    return begin_steps(w, number)


@inlined
def admitted(w: World, number: int) -> int:
    """The request has its slot, and holds it to the end."""
    frame = w.frames[number]
    w.spent[number, APP_QUEUE] += w.clock[0].now - frame.since
    return begin_steps(w, number)


@inlined
def begin_steps(w: World, number: int) -> int:
    """The first step of the endpoint."""
    frame = w.frames[number]
    frame.admitted = 1
    frame.op = w.endpoints[frame.endpoint].first_op
    frame.repetition = 0
    return STEP


@inlined
def release_slot(w: World, pod_number: int) -> None:
    """Give a slot to the next in line."""
    pod = w.pods[pod_number]
    if pod.slots == 0:
        return
    while pod.slots_head != NONE:
        number = pod.slots_head
        frame = w.frames[number]
        pod.slots_head = frame.next
        if frame.dead:
            set_free(w, number)
        else:
            frame.admitted = 1
            signal(w, number)
            return
    pod.slots_free += 1


@inlined
def step(w: World, number: int) -> int:
    """The present step of a frame."""
    frame = w.frames[number]
    op = w.ops[frame.op]
    if op.op == COMPUTE:
        demand = duration(w, op.a, uniform(frame.key, _STEP_PURPOSE + frame.op))
        frame.since = w.clock[0].now
        frame.resume = COMPUTED
        cores.serve(w, frame.pod, number, demand)
        return STAND
    if op.op == CALL_OP:
        return call_step(w, number, op.a)
    if op.op == END:
        return end_of_run(w, number)
    if op.op == WAIT:
        wait = duration(w, op.a, uniform(frame.key, _STEP_PURPOSE + frame.op))
        w.spent[number, APP_WAIT] += wait
        frame.op += 1
        frame.resume = STEP
        put_now(w, wait, EVENT_RESUME, number)
        return STAND
    return parallel(w, number, op.a, op.b)


@inlined
def call_step(w: World, number: int, site_number: int) -> int:
    """The next call of a step that makes one or several, one after the other."""
    frame = w.frames[number]
    site = w.sites[site_number]
    site_key = mix(frame.key, _STEP_PURPOSE + frame.op)
    while frame.repetition < site.count:
        key = mix(site_key, frame.repetition)
        if site.probability >= 1.0 or uniform(key, _REQUEST) < site.probability:
            frame.site = site_number
            frame.policy = site.policy
            frame.attempt = 0
            frame.call_key = key
            frame.call_start = w.clock[0].now
            return TRY
        frame.repetition += 1
    frame.op += 1
    frame.repetition = 0
    return STEP


@inlined
def computed(w: World, number: int) -> int:
    """The cores have done it."""
    frame = w.frames[number]
    w.spent[number, APP_WORK] += frame.work
    w.spent[number, APP_QUEUE] += w.clock[0].now - frame.since - frame.work
    frame.op += 1
    return STEP


@inlined
def returned(w: World, number: int) -> int:
    """A call is over: the caller goes on, or fails with it."""
    frame = w.frames[number]
    if frame.routed and not frame.admitted:
        frame.leg -= 1
        return LEG_BACK
    if frame.kind == ROOT:
        return OVER
    record_call(w, number)
    if frame.outcome != OK and w.sites[frame.site].fails:
        frame.failed = 1
        return end_of_run(w, number)
    frame.repetition += 1
    return STEP


@inlined
def end_of_run(w: World, number: int) -> int:
    """The steps are done, or one has failed: a branch is joined, a serving answers."""
    frame = w.frames[number]
    if frame.kind == BRANCH:
        parent = frame.parent
        host = w.frames[parent]
        frame.resume = DONE
        host.failed |= frame.failed
        host.open -= 1
        if host.open == 0:
            host.last = number
            signal(w, parent)
        return STAND
    release_slot(w, frame.pod)
    if not frame.failed:
        error = w.endpoints[frame.endpoint].error
        if error > 0.0 and uniform(frame.key, _ERROR) < error:
            frame.failed = 1
    if frame.orphan:
        set_free(w, number)
        return STAND
    return go_on_in_turn(w, number, SERVED)


@inlined
def parallel(w: World, number: int, first: int, count: int) -> int:
    """Begin all branches, the first of them at once, the others as soon as it waits."""
    if lacks_frames(w, STEP):
        return SHORT
    frame = w.frames[number]
    frame.open = count
    frame.child = NONE
    frame.resume = JOINED
    for place in range(count - 1, -1, -1):
        branch_number = new_frame(w, BRANCH, number)
        branch = w.frames[branch_number]
        branch.key, branch.ordinal, branch.pod = frame.key, frame.ordinal, frame.pod
        branch.op = w.branch_op[first + place]
        branch.repetition = 0
        branch.resume = STEP
        branch.sibling = frame.child
        frame.child = branch_number
        branch.next = w.clock[0].starts
        w.clock[0].starts = branch_number
    return STAND


@inlined
def joined(w: World, number: int) -> int:
    """All branches have ended: the time went where the last of them spent it."""
    frame = w.frames[number]
    add_up(w, frame.last, number)
    branch = frame.child
    while branch != NONE:
        after = w.frames[branch].sibling
        set_free(w, branch)
        branch = after
    frame.child = NONE
    if frame.failed:
        return end_of_run(w, number)
    frame.op += 1
    return STEP

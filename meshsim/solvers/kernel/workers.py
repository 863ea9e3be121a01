"""The event loops of the proxies: batches, wake-up, the idle cost of the first of a batch.

The discipline is told in :mod:`meshsim.solvers.simpy_model.event_loop`, which this follows event by
event; the cost of an idle worker is the same function.
"""

from __future__ import annotations

from meshsim.physics import passage, stall
from meshsim.solvers.kernel.calendar import put_now
from meshsim.solvers.kernel.frames import set_free, signal
from meshsim.solvers.kernel.jit import inlined
from meshsim.solvers.kernel.keyed import mix, uniform
from meshsim.solvers.kernel.records import EVENT_BATCH_END, EVENT_WAKE, NONE
from meshsim.solvers.kernel.world import World

idle_cost_s = inlined(passage.idle_cost_s)
stall_s = inlined(stall.stall_s)


@inlined
def enter_worker(w: World, number: int, visitor: int) -> None:
    """A frame is ready for the next batch of worker ``number``."""
    worker = w.workers[number]
    w.frames[visitor].next = NONE
    if worker.ready_head == NONE:
        worker.ready_head = visitor
    else:
        w.frames[worker.ready_tail].next = visitor
    worker.ready_tail = visitor
    if not worker.awake:
        worker.awake = 1
        put_now(w, w.kinds[worker.kind].wake_up, EVENT_WAKE, number)


@inlined
def wake(w: World, number: int) -> None:
    """The worker has woken up."""
    worker = w.workers[number]
    worker.gap += w.clock[0].now - worker.idle_since
    run_batch(w, number)


@inlined
def run_batch(w: World, number: int) -> None:
    """Run all that are ready, as one batch; without any fall asleep."""
    worker = w.workers[number]
    visitor = worker.ready_head
    worker.ready_head = worker.batch_head = NONE
    last, total = NONE, 0.0
    while visitor != NONE:
        frame = w.frames[visitor]
        after = frame.next
        if frame.dead:
            set_free(w, visitor)
        else:
            leg = w.legs[frame.visit_leg]
            if frame.returning:
                frame.work = leg.response_cost + leg.idle_share
            else:
                idle = idle_cost_s(
                    w.idle_scale[worker.kind, leg.service],
                    w.idle_exponent[worker.kind, leg.service],
                    worker.gap,
                )
                worker.gap = 0.0
                leg.idle_share = idle / 2
                frame.work = leg.request_cost + leg.idle_share
            total += frame.work
            if last == NONE:
                worker.batch_head = visitor
            else:
                w.frames[last].next = visitor
            last = visitor
            frame.next = NONE
        visitor = after
    now = w.clock[0].now
    if last == NONE:
        worker.awake = 0
        worker.idle_since = now
        return
    worker.charged += total
    worker.batch_end = now + total
    put_now(w, total + stall_of_batch(w, number), EVENT_BATCH_END, number)


@inlined
def stall_of_batch(w: World, number: int) -> float:
    """How long the machine holds up the batch that begins."""
    worker = w.workers[number]
    kind = w.kinds[worker.kind]
    if kind.stall_probability == 0.0:
        return 0.0
    worker.batches += 1
    key = mix(mix(w.clock[0].stall_key, number), worker.batches)
    return stall_s(kind.stall_probability, kind.stall, uniform(key, 0), uniform(key, 1))


@inlined
def end_batch(w: World, number: int) -> None:
    """What the batch wrote leaves; what has become ready is the next."""
    worker = w.workers[number]
    visitor = worker.batch_head
    while visitor != NONE:
        frame = w.frames[visitor]
        after = frame.next
        signal(w, visitor)
        visitor = after
    run_batch(w, number)

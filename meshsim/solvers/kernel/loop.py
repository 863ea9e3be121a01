"""The event loop: the one place where time moves.

Signals first, in the order in which they were given; then the next event of the calendar. Either
makes a frame go on, step by step, until it waits; then branches that were begun are started, the
last begun first. The loop stops between two steps when memory is short, and goes on where it was.
"""

from __future__ import annotations

from collections.abc import Callable

from meshsim.solvers.kernel import calling, guard, load, serving, workers
from meshsim.solvers.kernel.calendar import index_of, kind_of, rehang, take, tune
from meshsim.solvers.kernel.cancelling import deadline_over
from meshsim.solvers.kernel.cores import timer_off
from meshsim.solvers.kernel.frames import set_free, shortage
from meshsim.solvers.kernel.jit import compiled, fingerprint, inlined, kept, melted
from meshsim.solvers.kernel.recording import read_at_end
from meshsim.solvers.kernel.records import (
    ADMITTED,
    ARRIVE,
    BEGIN,
    COMPUTED,
    ENTER_ALL,
    EVENT_ARRIVAL,
    EVENT_BATCH_END,
    EVENT_CORES,
    EVENT_DEADLINE,
    EVENT_RESUME,
    EVENT_STOP,
    EVENT_WAKE,
    FINISHED,
    HOME,
    JOINED,
    LEG_BACK,
    LEG_OUT,
    NEEDS_ARRIVALS,
    NONE,
    PAUSE_OVER,
    PAUSED,
    READ_AT_END,
    REHANG,
    RETAKEN,
    RETURNED,
    RUN,
    SERVED,
    SETTLED,
    SHORT,
    STAND,
    STEP,
    TRY,
    VISIT_BACK,
    VISIT_OUT,
    VISITED_BACK,
    VISITED_OUT,
)
from meshsim.solvers.kernel.table import enter_all
from meshsim.solvers.kernel.world import World

_TUNE_EVERY = 1 << 12


@melted
def run(w: World) -> int:  # noqa: PLR0912 (one branch per kind of event)
    """Run until finished or until something is short; which of them."""
    clock = w.clock[0]
    action = clock.action
    clock.action = STAND
    while True:
        while action != STAND:
            number = clock.frame
            following = act(w, action, number)
            if following == SHORT:
                clock.action, clock.frame = action, number
                return shortage(w)
            action = following
        if clock.starts != NONE:
            action = begin_branch(w)
        elif clock.ring_head < clock.ring_tail:
            action = go_on(w, next_signal(w))
        else:
            if clock.arrivals_end - 1 <= clock.arrivals < clock.arrivals_total - 1:
                return NEEDS_ARRIVALS
            clock.steps += 1
            if clock.steps & (_TUNE_EVERY - 1) == 0:
                tune(w)
            what = take(w)
            kind, index = kind_of(what), index_of(what)
            if kind == EVENT_RESUME:
                action = go_on(w, index)
            elif kind == EVENT_BATCH_END:
                workers.end_batch(w, index)
            elif kind == EVENT_WAKE:
                workers.wake(w, index)
            elif kind == EVENT_CORES:
                timer_off(w, index)
            elif kind == EVENT_STOP:
                return FINISHED
            else:
                action = happen(w, kind, index)


@inlined
def go_on(w: World, number: int) -> int:
    """A frame that has waited goes on, unless it was given up meanwhile."""
    frame = w.frames[number]
    if frame.dead:
        set_free(w, number)
        return STAND
    w.clock[0].frame = number
    return frame.resume


@inlined
def next_signal(w: World) -> int:
    """Take the first signal out of the ring: its frame."""
    clock = w.clock[0]
    number = w.ring[clock.ring_head & (len(w.ring) - 1)]
    clock.ring_head += 1
    return number


@inlined
def begin_branch(w: World) -> int:
    """The next branch that was begun runs its first step."""
    clock = w.clock[0]
    clock.frame = clock.starts
    clock.starts = w.frames[clock.frame].next
    return STEP


@compiled
def happen(w: World, kind: int, index: int) -> int:
    """An event of the load, or a deadline."""
    clock = w.clock[0]
    if kind == EVENT_DEADLINE:
        deadline_over(w, index)
        return STAND
    clock.frame = load.arrive_from_outside(w) if kind == EVENT_ARRIVAL else load.user_asks(w, index)
    return TRY


@melted
def act(w: World, action: int, number: int) -> int:  # noqa: PLR0911, PLR0912 (one per step)
    """One step of one frame: what comes next, for the frame that then stands in the clock."""
    if action == STEP:
        return serving.step(w, number)
    if action == LEG_OUT:
        return calling.leg_out(w, number)
    if action == VISIT_OUT:
        return calling.visit_out(w, number)
    if action == VISITED_OUT:
        return calling.visited_out(w, number)
    if action == LEG_BACK:
        return calling.leg_back(w, number)
    if action == VISIT_BACK:
        return calling.visit_back(w, number)
    if action == VISITED_BACK:
        return calling.visited_back(w, number)
    if action == TRY:
        return guard.make_try(w, number)
    if action == ARRIVE:
        return serving.arrive(w, number)
    if action == ADMITTED:
        return serving.admitted(w, number)
    if action == COMPUTED:
        return serving.computed(w, number)
    if action == SERVED:
        return calling.served(w, number)
    if action == HOME:
        return calling.home(w, number)
    if action == RETURNED:
        return serving.returned(w, number)
    if action == SETTLED:
        return guard.settled(w, number)
    if action == JOINED:
        return serving.joined(w, number)
    if action == PAUSED:
        return guard.paused(w, number)
    if action == RETAKEN:
        return calling.retaken(w, number)
    if action == PAUSE_OVER:
        return guard.pause_over(w, number)
    return STAND


@melted
def obey(w: World, command: int) -> int:
    """All that the loop is asked to do from outside goes through one compiled function."""
    if command == RUN:
        return run(w)
    if command == BEGIN:
        rehang(w)
        load.begin(w)
    elif command == REHANG:
        rehang(w)
    elif command == ENTER_ALL:
        enter_all(w)
    elif command == READ_AT_END:
        read_at_end(w)
    return FINISHED


def _kept() -> Callable[[World, int], int]:
    """``obey`` under the fingerprint of all that is compiled into it."""
    made_from = fingerprint()

    def run_kernel(w: World, command: int) -> int:
        return obey(w, command) if made_from else FINISHED

    return kept(run_kernel)


run_kernel = _kept()

"""The event loop: the one place where time moves.

Signals first, in the order in which they were given; then the next event of the calendar. Either
makes a frame go on, step by step, until it waits; then branches that were begun are started, the
last begun first. The loop stops between two steps when memory is short, and goes on where it was.
"""

from __future__ import annotations

from collections.abc import Callable

from meshsim.solvers.kernel import calling, guard, load, serving, workers
from meshsim.solvers.kernel.calendar import index_of, kind_of, take, tune
from meshsim.solvers.kernel.cancelling import deadline_over
from meshsim.solvers.kernel.cores import timer_off
from meshsim.solvers.kernel.frames import set_free
from meshsim.solvers.kernel.jit import compiled, enabled, fingerprint, kept
from meshsim.solvers.kernel.records import (
    ADMITTED,
    ARRIVE,
    COMPUTED,
    EVENT_ARRIVAL,
    EVENT_BATCH_END,
    EVENT_CORES,
    EVENT_RESUME,
    EVENT_STOP,
    EVENT_USER,
    EVENT_WAKE,
    FINISHED,
    HOME,
    JOINED,
    LEG_BACK,
    LEG_OUT,
    NEEDS_ARRIVALS,
    NEEDS_CONNECTIONS,
    NEEDS_EVENTS,
    NEEDS_FRAMES,
    NEEDS_ROWS,
    NONE,
    PAUSE_OVER,
    PAUSED,
    RETAKEN,
    RETURNED,
    SERVED,
    SETTLED,
    STAND,
    STEP,
    TRY,
    VISIT_BACK,
    VISIT_OUT,
    VISITED_BACK,
    VISITED_OUT,
    World,
)

if enabled():
    import meshsim.solvers.kernel.world_type  # noqa: F401  (tells numba what a world is)

MARGIN = 64
"""What one step may use up of anything but frames."""
_TUNE_EVERY = 1 << 12


@compiled
def run(w: World) -> int:
    """Run until finished or until something is short; which of them."""
    clock = w.clock[0]
    while True:
        if clock.action == STAND:
            if clock.starts != NONE:
                begin_branch(w)
            elif clock.ring_head < clock.ring_tail:
                go_on(w, next_signal(w))
            else:
                clock.steps += 1
                what = take(w)
                kind, index = kind_of(what), index_of(what)
                if kind == EVENT_RESUME:
                    go_on(w, index)
                elif kind == EVENT_STOP:
                    return FINISHED
                else:
                    happen(w, kind, index)
                if clock.steps & (_TUNE_EVERY - 1) == 0:
                    tune(w)
        short = shortage(w)
        if short != FINISHED:
            return short
        if clock.action != STAND:
            clock.action = act(w, clock.action, clock.frame)


@compiled
def go_on(w: World, number: int) -> None:
    """A frame that has waited goes on, unless it was given up meanwhile."""
    clock, frame = w.clock[0], w.frames[number]
    if frame.dead:
        set_free(w, number)
        return
    clock.action = frame.resume
    clock.frame = number


@compiled
def next_signal(w: World) -> int:
    """Take the first signal out of the ring: its frame."""
    clock = w.clock[0]
    number = w.ring[clock.ring_head & (len(w.ring) - 1)]
    clock.ring_head += 1
    return number  # type: ignore[no-any-return]


@compiled
def begin_branch(w: World) -> None:
    """The next branch that was begun runs its first step."""
    clock = w.clock[0]
    clock.frame = clock.starts
    clock.action = STEP
    clock.starts = w.frames[clock.frame].next


@compiled
def happen(w: World, kind: int, index: int) -> None:
    """An event of a station or of the load."""
    clock = w.clock[0]
    if kind == EVENT_BATCH_END:
        workers.end_batch(w, index)
    elif kind == EVENT_WAKE:
        workers.wake(w, index)
    elif kind == EVENT_CORES:
        if clock.order_taken == w.pods[index].timer:
            timer_off(w, index)
    elif kind == EVENT_ARRIVAL:
        clock.frame = load.arrive_from_outside(w)
        clock.action = TRY
    elif kind == EVENT_USER:
        clock.frame = load.user_asks(w, index)
        clock.action = TRY
    else:
        deadline_over(w, index)


@compiled
def shortage(w: World) -> int:
    """What is too short for another step; FINISHED for nothing."""
    clock = w.clock[0]
    if clock.frames_left < clock.frames_margin:
        return NEEDS_FRAMES
    if clock.events_left < MARGIN:
        return NEEDS_EVENTS
    if (
        clock.connections_left < MARGIN
        or clock.pools + MARGIN > len(w.pools)
        or 2 * (clock.keys + MARGIN) > len(w.table_keys)
        or clock.active + clock.active_margin > len(w.active)
        or clock.turns + MARGIN > len(w.turns)
    ):
        return NEEDS_CONNECTIONS
    if clock.calls + MARGIN > len(w.call_rows) or clock.tries + MARGIN > len(w.try_rows):
        return NEEDS_ROWS
    if clock.arrivals_end - 1 <= clock.arrivals < clock.arrivals_total - 1:
        return NEEDS_ARRIVALS
    return FINISHED


@compiled
def act(w: World, action: int, number: int) -> int:
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


def _kept_run() -> Callable[[World], int]:
    """The loop under the fingerprint of all that is compiled into it."""
    made_from = fingerprint()

    def run_kernel(w: World) -> int:
        assert made_from
        return run(w)

    return kept(run_kernel)


run_kernel = _kept_run()

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
from meshsim.solvers.kernel.frames import go_on, next_signal, shortage
from meshsim.solvers.kernel.jit import compiled, fingerprint, inlined, kept, melted
from meshsim.solvers.kernel.recording import count_calls, read_at_end, sort_calls
from meshsim.solvers.kernel.records import (
    ADMITTED,
    ARRIVAL,
    ARRIVE,
    ASKING,
    BEGIN,
    COMPUTED,
    COUNT_CALLS,
    ENTER_ALL,
    EVENT_ARRIVAL,
    EVENT_BATCH_END,
    EVENT_CORES,
    EVENT_DEADLINE,
    EVENT_RESUME,
    EVENT_USER,
    EVENT_WAKE,
    FINISHED,
    HOME,
    JOINED,
    LEG_BACK,
    LEG_OUT,
    NONE,
    OVER,
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
    SORT_CALLS,
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
            action = act(w, action, clock.frame)
            if action == SHORT:
                return shortage(w)
        if clock.starts != NONE:
            action = begin_branch(w)
        elif clock.ring_head < clock.ring_tail:
            action = go_on(w, next_signal(w))
        else:
            clock.steps += 1
            if clock.steps & (_TUNE_EVERY - 1) == 0:
                tune(w)
            what = take(w)
            kind, index = kind_of(what), index_of(what)
            if kind == EVENT_RESUME:
                action = go_on(w, index)
            elif kind == EVENT_CORES:
                action = timer_off(w, index)
            elif kind == EVENT_BATCH_END:
                workers.end_batch(w, index)
            elif kind == EVENT_WAKE:
                workers.wake(w, index)
            elif kind == EVENT_ARRIVAL:
                action = ARRIVAL
            elif kind == EVENT_USER:
                action, clock.frame = ASKING, index
            elif kind == EVENT_DEADLINE:
                deadline_over(w, index)
            else:
                return FINISHED


@inlined
def begin_branch(w: World) -> int:
    """The next branch that was begun runs its first step."""
    clock = w.clock[0]
    clock.frame = clock.starts
    clock.starts = w.frames[clock.frame].next
    return STEP


@melted
def act(w: World, action: int, number: int) -> int:  # noqa: PLR0912 (one branch per step)
    """The steps of one frame, until it waits, or another frame is to go on: what is next.

    Steps are asked for in the order in which a call takes them, so that most go straight on to the
    next. Frame ``number`` stands in the clock; those that say so put another one there.
    """
    clock = w.clock[0]
    if action == ARRIVAL:
        action = load.arrive_from_outside(w)
        number = clock.frame
    elif action == ASKING:
        action = load.user_asks(w, number)
        number = clock.frame
    if action == TRY:
        action = guard.make_try(w, number)
        number = clock.frame
    if action == LEG_OUT:
        action = calling.leg_out(w, number)
    if action == VISIT_OUT:
        return calling.visit_out(w, number)
    if action == VISITED_OUT:
        return calling.visited_out(w, number)
    if action == ARRIVE:
        action = serving.arrive(w, number)
    if action == ADMITTED:
        action = serving.admitted(w, number)
    elif action == COMPUTED:
        action = serving.computed(w, number)
    if action == STEP:
        action = serving.step(w, number)
    if action == SERVED:
        action = calling.served(w, number)
    elif action == VISITED_BACK:
        action = calling.visited_back(w, number)
    if action == LEG_BACK:
        action = calling.leg_back(w, number)
    if action == VISIT_BACK:
        return calling.visit_back(w, number)
    if action == HOME:
        action = calling.home(w, number)
        number = clock.frame
    if action == RETURNED:
        action = serving.returned(w, number)
    if action == OVER:
        return load.request_over(w, number)
    return rarely(w, action, number) if SETTLED <= action <= JOINED else action


@compiled
def rarely(w: World, action: int, number: int) -> int:
    """The other steps of one frame."""
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
    elif command == COUNT_CALLS:
        count_calls(w)
    elif command == SORT_CALLS:
        sort_calls(w)
    return FINISHED


def _kept() -> Callable[[World, int], int]:
    """``obey`` under the fingerprint of all that is compiled into it."""
    made_from = fingerprint()

    def run_kernel(w: World, command: int) -> int:
        return obey(w, command) if made_from else FINISHED

    return kept(run_kernel)


run_kernel = _kept()

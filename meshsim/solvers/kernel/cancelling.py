"""Giving up: what a call that nobody waits for any more leaves behind.

In the order of the SimPy model's handlers, innermost first: what runs below is given up, then the
frame leaves the line in which it stands, then it lets go of what it holds. A pod whose service
finishes what it has begun goes on with it, as an orphan.
"""

from __future__ import annotations

import numpy as np

from meshsim.solvers.kernel import cores
from meshsim.solvers.kernel.connections import answered, close
from meshsim.solvers.kernel.frames import set_free, signal
from meshsim.solvers.kernel.guard import CALLS, TIMEOUT, TRIES, TRY_TIMEOUT, disarm, due_now
from meshsim.solvers.kernel.jit import compiled
from meshsim.solvers.kernel.records import (
    ADMITTED,
    CALL,
    COMPUTED,
    DONE,
    HOME,
    JOINED,
    NONE,
    PAUSE,
    PAUSED,
    SERVED,
    SETTLED,
    WAITS,
)
from meshsim.solvers.kernel.serving import release_slot
from meshsim.solvers.kernel.world import World


@compiled
def deadline_over(w: World, place: int) -> None:
    """The event of a list of deadlines: its first caller, if it is due, gives up and is told."""
    number = due_now(w, place)
    if number == NONE:
        return
    host = w.frames[number]
    if place % 2 == CALLS:
        host.missed = 1
        host.outcome = TIMEOUT
    else:
        host.outcome = TRY_TIMEOUT
    if host.child != NONE:
        cancel(w, host.child)
        host.child = NONE
    signal(w, number)


@compiled
def cancel(w: World, number: int) -> None:
    """Give up a try, a branch or a pause, with all that it has begun."""
    frame = w.frames[number]
    if frame.kind == PAUSE:
        frame.dead = 1
        return
    if frame.resume == DONE:
        set_free(w, number)
        return
    in_pod = in_a_pod(w, number)
    if frame.kind == CALL and in_pod and not w.services[frame.service].stops:
        let_go(w, number)
        frame.orphan = 1
        return
    signalled = True
    if frame.resume in (WAITS, SETTLED, PAUSED):
        signalled = frame.child == NONE or w.frames[frame.child].resume == DONE
        if frame.child != NONE:
            cancel(w, np.int64(frame.child))  # type: ignore[arg-type]
        if frame.policy != NONE:
            disarm(w, number, TRIES)
            disarm(w, number, CALLS)
    elif frame.resume == JOINED:
        signalled = frame.open == 0
        branch = frame.child
        while branch != NONE:
            after = w.frames[branch].sibling
            cancel(w, np.int64(branch))  # type: ignore[arg-type]
            branch = after
    leave_line(w, number, signalled)
    if frame.kind == CALL:
        if in_pod:
            release_slot(w, frame.pod)
        let_go(w, number)


@compiled
def in_a_pod(w: World, number: int) -> bool:
    """Whether a frame runs steps: it has been admitted and has not been answered yet."""
    frame = w.frames[number]
    on_way_back = SERVED <= frame.resume <= HOME
    return bool(frame.admitted and frame.resume != ADMITTED and not on_way_back)


@compiled
def leave_line(w: World, number: int, signalled: bool) -> None:
    """Die in the line in which the frame stands; in none, be free at once.

    What is free here is not used again before its cancellation is over, so the frame may be read.
    """
    frame = w.frames[number]
    if frame.resume == COMPUTED and frame.running != cores.SERVED_FULLY:
        cores.withdraw(w, frame.pod, number)
        return
    if frame.resume in (WAITS, SETTLED, PAUSED, JOINED) and not signalled:
        set_free(w, number)
        return
    frame.dead = 1
    if frame.resume == ADMITTED and frame.admitted:
        release_slot(w, frame.pod)


@compiled
def let_go(w: World, number: int) -> None:
    """Close the connections that are of no more use, and count the host's request no more."""
    frame = w.frames[number]
    for place in range(frame.taken):
        close(w, w.taken[number, place])
    answered(w, number)

"""Frames are taken and set free; signals wait in a ring in the order in which they were given."""

from __future__ import annotations

from meshsim.solvers.kernel.jit import inlined
from meshsim.solvers.kernel.records import (
    FINISHED,
    NEEDS_ARRIVALS,
    NEEDS_CONNECTIONS,
    NEEDS_FRAMES,
    NEEDS_ROWS,
    NONE,
    OVERLOADED,
    PARTS,
    STAND,
)
from meshsim.solvers.kernel.world import World

MARGIN = 64
"""More than a segment of a try may use up of connections and of what belongs to them."""
FRAMES_MAX = 1 << 20
"""More lines of execution at once than any system that keeps up has; some 500 MB of them."""


@inlined
def new_frame(w: World, kind: int, parent: int) -> int:
    """A frame with nothing in it; the loop has seen to it that there is one."""
    clock = w.clock[0]
    number = clock.frames_free
    frame = w.frames[number]
    clock.frames_free = frame.next
    clock.frames_left -= 1
    clock.frames_used += 1
    frame.child = frame.sibling = frame.block = frame.policy = NONE
    frame.resume = STAND
    frame.taken = frame.leg = frame.hop = 0
    frame.dead = frame.orphan = frame.admitted = frame.failed = frame.running = 0
    frame.routed = frame.missed = frame.outcome = frame.new = 0
    frame.order_0 = frame.order_1 = 0
    frame.next = NONE
    frame.parent = parent
    frame.kind = kind
    for part in range(PARTS):
        w.spent[number, part] = 0.0
    return number


@inlined
def shortage(w: World) -> int:
    """What is too short for the next step; FINISHED for nothing."""
    short = shortage_of_frames(w)
    if short == FINISHED:
        short = shortage_of_arrivals(w)
    return short if short != FINISHED else shortage_of_connections(w)


@inlined
def shortage_of_frames(w: World) -> int:
    """What is too short for another try, pause or set of branches; FINISHED for nothing.

    Until the next try there is at most one more row for each frame in use, and each has at most one
    event in the calendar.
    """
    clock = w.clock[0]
    if clock.frames_left < clock.frames_margin:
        return NEEDS_FRAMES if len(w.frames) < FRAMES_MAX else OVERLOADED
    rows = clock.frames_used + MARGIN
    if clock.calls + rows > len(w.call_rows):
        return NEEDS_ROWS
    if clock.log_tries and clock.tries + rows > len(w.try_rows):
        return NEEDS_ROWS
    return FINISHED


@inlined
def shortage_of_arrivals(w: World) -> int:
    """Whether the time of the arrival after the present one is not known yet."""
    clock = w.clock[0]
    if clock.arrivals_end - 1 <= clock.arrivals < clock.arrivals_total - 1:
        return NEEDS_ARRIVALS
    return FINISHED


@inlined
def shortage_of_connections(w: World) -> int:
    """What is too short for a host and a connection of one segment; FINISHED for nothing."""
    clock = w.clock[0]
    if (
        clock.connections_left < MARGIN
        or clock.pools + MARGIN > len(w.pools)
        or 2 * (clock.keys + MARGIN) > len(w.table_keys)
        or clock.active + clock.active_margin > len(w.active)
        or clock.turns + MARGIN > len(w.turns)
    ):
        return NEEDS_CONNECTIONS
    return FINISHED


@inlined
def lacks_frames(w: World, action: int) -> bool:
    """Whether something is too short for another frame: if so, ``action`` is to be done again."""
    if shortage_of_frames(w) == FINISHED:
        return False
    w.clock[0].action = action
    return True


@inlined
def lacks_arrivals(w: World, action: int) -> bool:
    """The same for the next arrival."""
    if shortage_of_arrivals(w) == FINISHED:
        return False
    w.clock[0].action = action
    return True


@inlined
def lacks_connections(w: World, action: int) -> bool:
    """The same for a connection."""
    if shortage_of_connections(w) == FINISHED:
        return False
    w.clock[0].action = action
    return True


@inlined
def set_free(w: World, number: int) -> None:
    """Give a frame back; nothing points at it any more."""
    clock = w.clock[0]
    w.frames[number].next = clock.frames_free
    clock.frames_free = number
    clock.frames_left += 1
    clock.frames_used -= 1


@inlined
def signal(w: World, number: int) -> None:
    """Let a frame go on at this moment, after those that were let go on before."""
    clock = w.clock[0]
    w.ring[clock.ring_tail & (len(w.ring) - 1)] = number
    clock.ring_tail += 1


@inlined
def next_signal(w: World) -> int:
    """Take the first signal out of the ring: its frame."""
    clock = w.clock[0]
    number = w.ring[clock.ring_head & (len(w.ring) - 1)]
    clock.ring_head += 1
    return number


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
def go_on_in_turn(w: World, number: int, action: int) -> int:
    """The present frame goes on at this moment, after those that were let go on before."""
    clock = w.clock[0]
    if clock.starts == NONE and clock.ring_head == clock.ring_tail:
        return action
    w.frames[number].resume = action
    signal(w, number)
    return STAND


@inlined
def add_up(w: World, source: int, target: int) -> None:
    """Add the seconds of one frame to those of another."""
    for part in range(PARTS):
        w.spent[target, part] += w.spent[source, part]

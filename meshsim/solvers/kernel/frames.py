"""Frames are taken and set free; signals wait in a ring in the order in which they were given."""

from __future__ import annotations

from meshsim.solvers.kernel.jit import compiled
from meshsim.solvers.kernel.records import NONE, PARTS, STAND, World


@compiled
def new_frame(w: World, kind: int, parent: int) -> int:
    """A frame with nothing in it; the loop has seen to it that there is one."""
    clock = w.clock[0]
    number = clock.frames_free
    frame = w.frames[number]
    clock.frames_free = frame.next
    clock.frames_left -= 1
    clock.frames_used += 1
    frame.kind = kind
    frame.parent = parent
    frame.next = frame.child = frame.sibling = frame.block = NONE
    frame.dead = frame.orphan = frame.admitted = frame.failed = frame.running = 0
    frame.routed = frame.missed = frame.outcome = 0
    frame.resume = STAND
    frame.taken = frame.leg = frame.hop = 0
    frame.policy = NONE
    frame.order_0 = frame.order_1 = 0
    for part in range(PARTS):
        w.spent[number, part] = 0.0
    return number  # type: ignore[no-any-return]


@compiled
def set_free(w: World, number: int) -> None:
    """Give a frame back; nothing points at it any more."""
    clock = w.clock[0]
    w.frames[number].next = clock.frames_free
    clock.frames_free = number
    clock.frames_left += 1
    clock.frames_used -= 1


@compiled
def signal(w: World, number: int) -> None:
    """Let a frame go on at this moment, after those that were let go on before."""
    clock = w.clock[0]
    w.ring[clock.ring_tail & (len(w.ring) - 1)] = number
    clock.ring_tail += 1


@compiled
def add_up(w: World, source: int, target: int) -> None:
    """Add the seconds of one frame to those of another."""
    for part in range(PARTS):
        w.spent[target, part] += w.spent[source, part]

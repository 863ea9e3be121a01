"""Room for more: arrays are doubled between two steps of the loop, and keep what they held."""

from __future__ import annotations

from typing import Any

import numpy as np

from meshsim.solvers.kernel import records as r
from meshsim.solvers.kernel.loop import run_kernel
from meshsim.solvers.kernel.world import World


def link_free(following: Any, first: int) -> None:  # noqa: ANN401
    """Link the records from ``first`` on into a list of free ones; ``following`` is their field."""
    following[first:] = np.arange(first + 1, len(following) + 1)
    following[-1] = r.NONE


def more_frames(world: World) -> World:
    """Twice as many frames, a ring for all of them, an event and a day for each."""
    clock, old = world.clock[0], len(world.frames)
    frames = _doubled(world.frames)
    link_free(frames.next, old)
    frames.next[-1] = clock.frames_free
    clock.frames_free = old
    clock.frames_left += old
    ring = np.zeros(2 * old, dtype=np.int32)
    waiting = np.arange(clock.ring_head, clock.ring_tail)
    ring[waiting & (2 * old - 1)] = world.ring[waiting & (old - 1)]
    events_old = len(world.events)
    events = np.zeros(events_old + old, r.EVENT).view(np.recarray)
    events[:events_old] = world.events
    link_free(events.next, events_old)
    events.next[-1] = clock.events_free
    clock.events_free = events_old
    buckets = np.full(2 * len(world.buckets), r.NONE, dtype=np.int32)
    buckets[: len(world.buckets)] = world.buckets
    clock.buckets = len(buckets)
    larger = world.with_arrays(
        frames=frames,
        spent=_doubled(world.spent),
        legs=_doubled(world.legs),
        taken=_doubled(world.taken),
        ring=ring,
        events=events,
        buckets=buckets,
        bucket_tails=np.full(len(buckets), r.NONE, dtype=np.int32),
    )
    run_kernel(larger, r.REHANG)
    return larger


def more_connections(world: World) -> World:
    """Twice as many connections, pools, counts, turns and slots of the table."""
    clock, old = world.clock[0], len(world.connections)
    connections = _doubled(world.connections)
    link_free(connections.next, old)
    connections.next[-1] = clock.connections_free
    clock.connections_free = old
    clock.connections_left += old
    pools = _doubled(world.pools)
    pools.free[len(world.pools) :] = r.NONE
    larger = world.with_arrays(
        connections=connections,
        connection_stations=_doubled(world.connection_stations),
        pools=pools,
        table_keys=np.full(2 * len(world.table_keys), r.NONE, dtype=np.int64),
        table_values=np.zeros(2 * len(world.table_keys), dtype=np.int64),
        old_keys=world.table_keys,
        old_values=world.table_values,
        active=_doubled(world.active),
        turns=_doubled(world.turns),
    )
    run_kernel(larger, r.ENTER_ALL)
    return larger


def _doubled(array: Any) -> Any:  # noqa: ANN401
    larger = np.zeros((2 * len(array), *array.shape[1:]), dtype=array.dtype)
    larger[: len(array)] = array
    return larger.view(np.recarray) if array.dtype.names else larger

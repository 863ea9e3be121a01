"""Goal: larger arrays hold what the smaller ones held, and every new record is free once.

Method: worlds are filled by hand, grown, and looked through.
"""

import kernel_samples
import numpy as np
from kernel_samples import NONE, K

growth, frames, records = K.growth, K.frames, K.records


def test_frames_and_signals_are_kept():
    world = kernel_samples.world()
    old = len(world.frames)
    numbers = [frames.new_frame(world, records.CALL, NONE) for _ in range(old - 3)]
    for number in numbers:
        world.frames[number].ordinal = 1000 + number
        world.spent[number] = number
        world.taken[number, 0] = number
    world.legs.station = np.arange(len(world.legs))
    world.clock[0].ring_head = world.clock[0].ring_tail = 1000 * old + old - 5
    for number in numbers[:20]:  # around the end of the ring
        frames.signal(world, number)
    larger = growth.more_frames(world)
    assert len(larger.frames) == len(larger.ring) == 2 * old
    assert larger.frames.ordinal[numbers].tolist() == [1000 + n for n in numbers]
    assert larger.spent[numbers, 0].tolist() == numbers
    assert larger.taken[numbers, 0].tolist() == numbers
    assert larger.legs.station[: len(world.legs)].tolist() == list(range(len(world.legs)))
    assert [K.frames.next_signal(larger) for _ in range(20)] == numbers[:20]
    free = kernel_samples.line(larger.clock[0].frames_free, larger.frames.next)
    assert sorted(free + numbers) == list(range(2 * old))
    assert larger.clock[0].frames_left == len(free)


def test_events_are_kept_and_there_is_one_for_each_frame_more():
    world = kernel_samples.world()
    for delay in (3.0, 1.0, 2.0):
        K.calendar.put_now(world, delay, records.EVENT_RESUME, int(delay))
    K.calendar.spread(world)
    larger = growth.more_frames(world)
    assert len(larger.events) == len(world.events) + len(world.frames)
    assert len(larger.buckets) == len(larger.bucket_tails) == 2 * len(world.buckets)
    free = kernel_samples.line(larger.clock[0].events_free, larger.events.next)
    assert len(set(free)) == len(free) == len(larger.events) - 3
    taken = [K.calendar.index_of(K.calendar.take(larger)) for _ in range(3)]
    assert taken == [1, 2, 3]


def test_connections_pools_counts_and_turns_are_kept():
    world = kernel_samples.world()
    old = len(world.connections)
    clock = world.clock[0]
    used = kernel_samples.line(clock.connections_free, world.connections.next)[:10]
    clock.connections_free = world.connections[used[-1]].next
    clock.connections_left -= len(used)
    for number in used:
        world.connections[number].pod = 100 + number
        world.connection_stations[number] = number
    world.pools.free[:5] = [4, 3, 2, 1, 0]
    world.active[:5] = world.turns[:5] = [5, 4, 3, 2, 1]
    larger = growth.more_connections(world)
    assert larger.connections.pod[used].tolist() == [100 + n for n in used]
    assert larger.connection_stations[used, 0].tolist() == used
    assert larger.pools.free[:5].tolist() == [4, 3, 2, 1, 0]
    assert set(larger.pools.free[5:]) == {NONE}
    assert larger.active[:5].tolist() == larger.turns[:5].tolist() == [5, 4, 3, 2, 1]
    assert len(larger.active) == 2 * len(world.active)
    assert len(larger.turns) == 2 * len(world.turns)
    free = kernel_samples.line(larger.clock[0].connections_free, larger.connections.next)
    assert sorted(free + used) == list(range(2 * old))
    assert larger.clock[0].connections_left == len(free)

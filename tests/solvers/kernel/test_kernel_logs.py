"""Goal: rows that were put aside come back in order, and those that nobody waits for are left out.

Method: rows by hand, in several blocks.
"""

import kernel_samples
from kernel_samples import K


def fill(world, ordinals):
    """A call and a try of each of these requests; the edge tells them apart."""
    clock = world.clock[0]
    for ordinal in ordinals:
        call, one = world.call_rows[clock.calls], world.try_rows[clock.tries]
        call.ordinal = one.ordinal = ordinal
        call.edge = one.edge = fill.written
        fill.written += 1
        clock.calls += 1
        clock.tries += 1


def logged(*blocks):
    fill.written = 0
    logs, world = K.logs.Logs(), kernel_samples.world()
    for ordinals in blocks:
        fill(world, ordinals)
        world = logs.put_aside(world)
        assert (world.clock[0].calls, world.clock[0].tries) == (0, 0)
    return logs, world


def test_calls_are_told_request_by_request_and_tries_as_they_were_answered():
    logs, world = logged([2, 0, 1], [0, 2], [], [1])
    calls, tries = logs.calls(world, 3), logs.tries(3)
    assert calls.call_request.tolist() == [0, 0, 1, 1, 2, 2]
    assert calls.call_edge.tolist() == [1, 3, 2, 5, 0, 4]
    assert tries.request.tolist() == [2, 0, 1, 0, 2, 1]
    assert tries.edge.tolist() == list(range(6))


def test_rows_of_requests_that_are_not_told_are_left_out():
    logs, world = logged([2, 0, 1], [0, 3])
    assert logs.calls(world, 2).call_request.tolist() == [0, 0, 1]
    assert len(logs.calls(world, 0).call_request) == 0
    assert logs.tries(2).request.tolist() == [0, 1, 0]


def test_there_is_always_room_for_every_frame_in_use():
    logs, world = K.logs.Logs(), kernel_samples.world()
    world.clock[0].frames_used = 1_000_000
    larger = logs.put_aside(world)
    assert len(larger.call_rows) > 1_000_000
    assert K.frames.shortage_of_frames(larger) == K.records.FINISHED

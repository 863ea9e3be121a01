"""Goal: frames are taken clean and given back, signals keep their order, shortage is seen in time.

Method: by hand, and a ring that is filled and emptied many times over against a queue.
"""

from collections import deque

import kernel_samples
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernel_samples import NONE, K

frames, records = K.frames, K.records


def test_a_frame_is_taken_clean():
    world = kernel_samples.world()
    number = frames.new_frame(world, records.CALL, 7)
    world.spent[number] = 5.0
    frame = world.frames[number]
    frame.dead = frame.orphan = frame.failed = frame.outcome = frame.taken = 1
    frames.set_free(world, number)
    again = frames.new_frame(world, records.BRANCH, NONE)
    assert again == number, "the last one given back is the first to be taken"
    frame = world.frames[again]
    assert world.spent[again].tolist() == [0.0] * records.PARTS
    assert (frame.dead, frame.orphan, frame.failed, frame.outcome, frame.taken) == (0,) * 5
    assert (frame.kind, frame.parent, frame.resume) == (records.BRANCH, NONE, records.STAND)


def test_frames_are_counted():
    world = kernel_samples.world()
    numbers = [frames.new_frame(world, records.CALL, NONE) for _ in range(5)]
    clock = world.clock[0]
    assert (clock.frames_used, clock.frames_left) == (5, len(world.frames) - 5)
    for number in numbers:
        frames.set_free(world, number)
    assert (clock.frames_used, clock.frames_left) == (0, len(world.frames))


@given(st.lists(st.integers(-60, 60), max_size=60))
def test_signals_keep_their_order_around_the_ring(moves):
    """A positive move gives so many signals, a negative one takes so many."""
    world, expected, number = kernel_samples.world(), deque(), 0
    for move in moves:
        for _ in range(min(move, len(world.ring) - len(expected))):
            number = (number + 1) % len(world.frames)
            frames.signal(world, number)
            expected.append(number)
        for _ in range(min(-move, len(expected))):
            assert K.frames.next_signal(world) == expected.popleft()
    assert world.clock[0].ring_tail - world.clock[0].ring_head == len(expected)


def test_the_seconds_of_one_frame_are_added_to_another():
    world = kernel_samples.world()
    world.spent[1, :], world.spent[2, :] = 1.0, 2.0
    frames.add_up(world, 1, 2)
    assert world.spent[2].tolist() == [3.0] * records.PARTS


def test_nothing_is_short_at_first():
    assert frames.shortage(kernel_samples.world()) == records.FINISHED


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("frames_left", 1, records.NEEDS_FRAMES),
        ("calls", K.build.ROWS, records.NEEDS_ROWS),
        ("tries", K.build.ROWS, records.NEEDS_ROWS),
        ("connections_left", frames.MARGIN - 1, records.NEEDS_CONNECTIONS),
        ("pools", K.build.CONNECTIONS, records.NEEDS_CONNECTIONS),
        ("keys", K.build.TABLE // 2, records.NEEDS_CONNECTIONS),
        ("active", K.build.CONNECTIONS + 2, records.NEEDS_CONNECTIONS),
        ("turns", K.build.CONNECTIONS, records.NEEDS_CONNECTIONS),
    ],
)
def test_what_is_short_is_named(name, value, expected):
    world = kernel_samples.world()
    world.clock[0][name] = value
    assert frames.shortage(world) == expected


def test_there_is_an_end_to_growing(monkeypatch):
    world = kernel_samples.world()
    world.clock[0].frames_left = 0
    monkeypatch.setattr(frames, "FRAMES_MAX", len(world.frames))
    assert frames.shortage(world) == records.OVERLOADED

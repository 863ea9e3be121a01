"""Worker slots with literal times, in seconds."""

import pytest
import simpy

from meshsim.solvers.simpy_model.stations import WorkerSlots
from meshsim.solvers.simpy_model.strand import Strand


def hold(env, slots, log, name, arrival, length):
    yield env.timeout(arrival)
    yield from slots.acquire()
    log.append((name, "in", env.now))
    yield env.timeout(length)
    log.append((name, "out", env.now))
    slots.release()


def test_slots_are_granted_in_order_of_arrival():
    env = simpy.Environment()
    slots, log = WorkerSlots(env, 2), []
    for name, arrival, length in [("a", 0, 5), ("b", 1, 1), ("c", 1.5, 1), ("d", 1.6, 9)]:
        env.process(hold(env, slots, log, name, arrival, length))
    env.run(until=4)
    assert log == [
        ("a", "in", 0),
        ("b", "in", 1),
        ("b", "out", 2),
        ("c", "in", 2),
        ("c", "out", 3),
        ("d", "in", 3),
    ]
    assert slots.inside == 2
    slots.verify()
    env.run()
    assert slots.inside == 0
    slots.verify()


def test_a_free_slot_is_not_waited_for():
    env = simpy.Environment()
    slots = WorkerSlots(env, 1)
    assert list(slots.acquire()) == []
    assert len(list(slots.acquire())) == 1


def test_a_slot_that_comes_back_is_free_again():
    env = simpy.Environment()
    slots = WorkerSlots(env, 1)
    for _ in range(3):
        assert list(slots.acquire()) == []
        slots.release()


def test_verify_notices_a_slot_released_twice():
    slots = WorkerSlots(simpy.Environment(), 1)
    slots.release()
    with pytest.raises(AssertionError, match="departures"):
        slots.verify()


# Giving up ---------------------------------------------------------------------------------------


def patient(slots, log, name):
    """A strand that waits for a slot and notes that it has it."""

    def life():
        yield from slots.acquire()
        log.append(name)

    strand = Strand(life(), lambda _: None)
    strand.start()
    return strand


def test_who_is_ended_in_line_leaves_it():
    env = simpy.Environment()
    slots, log = WorkerSlots(env, 1), []
    patient(slots, log, "a")
    waiting = patient(slots, log, "b")
    patient(slots, log, "c")
    waiting.end()
    assert slots.inside == 2
    slots.release()
    env.run()
    assert log == ["a", "c"]
    assert slots.inside == 1
    slots.verify()


def test_a_slot_granted_at_the_moment_of_the_end_is_passed_on():
    env = simpy.Environment()
    slots, log = WorkerSlots(env, 1), []
    patient(slots, log, "a")
    granted = patient(slots, log, "b")
    patient(slots, log, "c")
    slots.release()  # to b, which does not know it yet
    granted.end()
    env.run()
    assert log == ["a", "c"]
    assert slots.inside == 1
    slots.verify()


def test_a_granted_slot_that_nobody_else_wants_is_free_again():
    env = simpy.Environment()
    slots, log = WorkerSlots(env, 1), []
    patient(slots, log, "a")
    granted = patient(slots, log, "b")
    slots.release()
    granted.end()
    env.run()
    assert slots.inside == 0
    assert list(slots.acquire()) == []
    slots.verify()

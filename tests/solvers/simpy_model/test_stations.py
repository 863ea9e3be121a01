"""Worker slots with literal times, in seconds."""

import pytest
import simpy

from meshsim.solvers.simpy_model.stations import WorkerSlots


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

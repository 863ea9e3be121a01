"""Goal: deadlines come due in the order of time, whichever of them are taken back before.

Method: random deadlines of one policy, armed, disarmed and waited for, against a list.
"""

import builders
import kernel_samples
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernel_samples import NONE, K

guard, records = K.guard, K.records
TIMEOUT_S = 0.004
MOVES = st.lists(
    st.tuples(st.sampled_from(["arm", "disarm", "pass"]), st.floats(0.0, 1.0)), max_size=40
)


def guarded():
    """A world of two policies: that of the clients, and that of calls to b."""
    retries = "{attempts: 2, retry_on: [5xx], per_try_timeout: 4ms}"
    services = builders.listed(
        builders.service("a", "[{call: b/get, timeout: 9ms}]"), builders.service("b")
    )
    clients = f"timeout: 4ms, retries: {retries}"
    return kernel_samples.world(builders.topology(services, clients=clients))


@pytest.mark.parametrize("which", [guard.CALLS, guard.TRIES])
@given(moves=MOVES)
def test_deadlines_come_due_in_order(which, moves):
    world, armed, missed = guarded(), [], []
    clock = world.clock[0]
    place = 2 * int(clock.load_policy) + which

    def happen():
        while K.calendar.pending(world):
            assert K.calendar.index_of(K.calendar.take(world)) == place
            number = guard.due_now(world, place)
            if number != NONE:
                missed.append((float(clock.now), number))

    for name, argument in moves:
        if name == "arm":
            number = K.frames.new_frame(world, records.CALL, NONE)
            world.frames[number].policy = clock.load_policy
            guard.arm(world, number, which, TIMEOUT_S)
            armed.append((float(clock.now) + TIMEOUT_S, number))
        elif name == "disarm" and armed:
            due = armed.pop(int(argument * (len(armed) - 1)))
            guard.disarm(world, due[1], which)
            guard.disarm(world, due[1], which)  # once more changes nothing
        elif name == "pass" and not missed:
            clock.now += argument * 1e-3
            if clock.now >= TIMEOUT_S / 2:
                break
    happen()
    assert missed == armed
    deadlines = world.deadlines[place]
    assert (deadlines.head, deadlines.tail, deadlines.timed) == (NONE, NONE, 0)


def test_a_deadline_that_is_infinitely_far_is_none():
    world = guarded()
    number = K.frames.new_frame(world, records.CALL, NONE)
    world.frames[number].policy = world.clock[0].load_policy
    guard.arm(world, number, guard.CALLS, float("inf"))
    assert K.calendar.pending(world) == 0
    assert world.frames[number].order_0 == 0


def test_a_deadline_comes_after_all_else_of_its_moment():
    world = guarded()
    number = K.frames.new_frame(world, records.CALL, NONE)
    world.frames[number].policy = world.clock[0].load_policy
    guard.arm(world, number, guard.CALLS, TIMEOUT_S)
    K.calendar.put_now(world, TIMEOUT_S, records.EVENT_RESUME, 5)
    kinds = [K.calendar.kind_of(K.calendar.take(world)) for _ in range(2)]
    assert kinds == [records.EVENT_RESUME, records.EVENT_DEADLINE]

"""Goal: the cores' heap gives those in service in the order of their ends, and no frame is lost.

Method: random ends, with ties, against a sorted list; heaps of which all are dead. What the cores
do as a whole is compared with the SimPy model (``tests/engines``).
"""

import builders
import kernel_samples
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernel_samples import NONE, K

cores = K.cores
FINISHES = st.lists(st.sampled_from([0.0, 1.0, 1.5, 2.0, 7.0]) | st.floats(0.0, 10.0), max_size=60)


def heap_of(world, finishes):
    """A heap of new frames that end at those moments of virtual time."""
    heap, frames = NONE, []
    for started, finish in enumerate(finishes):
        number = K.frames.new_frame(world, K.records.CALL, NONE)
        frame = world.frames[number]
        frame.finish, frame.started = finish, started
        frame.left = frame.right = NONE
        heap = cores.merge(world, heap, number)
        frames.append(number)
    return heap, frames


@given(FINISHES, FINISHES)
def test_the_first_to_end_comes_out_first(one, other):
    world = kernel_samples.world()
    first, frames = heap_of(world, one)
    second, more = heap_of(world, other)
    for number in more:
        world.frames[number].started += len(one)
    heap, order = cores.merge(world, first, second), []
    while heap != NONE:
        order.append(heap)
        heap = cores.merge(world, world.frames[heap].left, world.frames[heap].right)
    ends = {number: world.frames[number].finish for number in frames + more}
    assert order == sorted(frames + more, key=lambda n: (ends[n], world.frames[n].started))


@given(FINISHES)
def test_a_heap_of_the_dead_is_set_free(finishes):
    world = kernel_samples.world()
    before = world.clock[0].frames_left
    heap, frames = heap_of(world, finishes)
    assert world.clock[0].frames_left == before - len(frames)
    assert cores.empty(world, heap) == NONE
    assert world.clock[0].frames_left == before
    assert world.clock[0].frames_used == 0


def pod(limit, sharing):
    a = builders.service("a", resources=builders.cores(limit), cpu_sharing=sharing)
    return kernel_samples.world(builders.topology(builders.listed(a)))


def serve(world, demand):
    number = K.frames.new_frame(world, K.records.CALL, NONE)
    world.frames[number].pod = 0
    world.frames[number].resume = K.records.COMPUTED
    cores.serve(world, 0, number, demand)
    return number


def ends(world, until):
    """When the cores' timers go off and who then goes on."""
    told, clock = [], world.clock[0]
    while clock.now < until and K.calendar.pending(world):
        K.calendar.take(world)
        action = cores.timer_off(world, 0)
        if action != K.records.STAND:
            assert action == K.records.COMPUTED
            told.append((round(float(clock.now), 9), int(clock.frame)))
    return told


def test_two_share_one_core():
    world = pod(1, "processor_sharing")
    first, second = serve(world, 1.0), serve(world, 2.0)
    assert ends(world, 10.0) == [(2.0, first), (3.0, second)]
    assert cores.busy_s(world, 0) == pytest.approx(3.0)


def test_one_after_the_other_on_one_core():
    world = pod(1, "first_come")
    first, second = serve(world, 2.0), serve(world, 1.0)
    assert ends(world, 10.0) == [(2.0, first), (3.0, second)]


def test_who_is_withdrawn_leaves_the_cpu_to_others():
    for sharing in ("processor_sharing", "first_come"):
        world = pod(1, sharing)
        first, second = serve(world, 1.0), serve(world, 2.0)
        cores.withdraw(world, 0, first)
        assert ends(world, 10.0) == [(2.0, second)]
        assert cores.busy_s(world, 0) == pytest.approx(2.0)


def test_who_is_withdrawn_from_the_line_is_not_served():
    world = pod(1, "first_come")
    first, second, third = (serve(world, 1.0) for _ in range(3))
    cores.withdraw(world, 0, second)
    assert ends(world, 10.0) == [(1.0, first), (2.0, third)]


def test_the_last_in_service_is_withdrawn():
    world = pod(1, "processor_sharing")
    cores.withdraw(world, 0, serve(world, 1.0))
    assert world.pods[0].heap == NONE
    assert ends(world, 10.0) == []


def test_a_quota_lets_work_wait_for_its_next_period():
    """Half a core: 50 ms in each period of 100 ms, the first of which began before.

    120 ms take parts of three periods: 20 ms of the third, after one that was 50 to 100 ms away.
    """
    world = pod(0.5, "processor_sharing")
    number = serve(world, 0.12)
    (end, who), *rest = ends(world, 10.0)
    assert (who, rest) == (number, [])
    assert 0.17 <= end <= 0.22
    assert cores.busy_s(world, 0) == pytest.approx(0.12)

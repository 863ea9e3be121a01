"""Goal: events come in the order of (time, order), whatever the width of the days in which they
hang, and whether they hang in days or stand in a line.

Method: random operations, with ties, gaps of years, events that are taken back, days that change
and arrays that grow, compared with a sorted list.
"""

import kernel_samples
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernel_samples import NONE, K

calendar = K.calendar

DELAYS = st.one_of(
    st.sampled_from([0.0, 1e-4, 2e-4, 1e-3, 0.0256, 1.0]),  # a day, and a year of 256 days
    st.floats(0.0, 1e-3),
    st.floats(0.0, 1e6),
)
OPERATIONS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), DELAYS),
        st.tuples(st.just("put_late"), DELAYS),
        st.tuples(st.just("take"), st.just(0.0)),
        st.tuples(st.just("take_back"), st.floats(0.0, 1.0)),
        st.tuples(st.just("tune"), st.sampled_from([1, 100, 10**6])),
        st.tuples(st.just("grow"), st.just(0.0)),
        st.tuples(st.just("spread"), st.just(0.0)),
    ),
    max_size=80,
)


class Listed:
    """A calendar beside a list that is sorted whenever something is asked."""

    def __init__(self):
        self.world = kernel_samples.world()
        self.expected = []
        self.put_so_far = 0
        self.grown = 0

    def put(self, delay):
        self._put(delay, calendar.next_order(self.world))

    def put_late(self, delay):
        self._put(delay, calendar.next_order(self.world) | K.records.LATE)

    def _put(self, delay, order):
        time, index = self.world.clock[0].now + delay, self.put_so_far
        self.put_so_far += 1
        calendar.put(self.world, time, order, K.records.EVENT_CORES, index)
        self.expected.append((float(time), int(order), index))

    def take(self, _=0.0):
        if not self.expected:
            return
        time, order, index = first = min(self.expected)
        self.expected.remove(first)
        what = calendar.take(self.world)
        clock = self.world.clock[0]
        assert (clock.now, clock.order_taken) == (time, order)
        assert calendar.kind_of(what) == K.records.EVENT_CORES
        assert calendar.index_of(what) == index

    def take_back(self, place):
        if self.expected:
            event = self.expected.pop(int(place * (len(self.expected) - 1)))
            calendar.take_back(self.world, event[0], event[1])

    def tune(self, steps):
        self.world.clock[0].steps += steps
        calendar.tune(self.world)

    def grow(self, _):
        if self.grown < 2:
            self.grown += 1
            self.world = K.growth.more_frames(self.world)

    def spread(self, _):
        if self.world.clock[0].few:
            calendar.spread(self.world)


@given(OPERATIONS)
def test_events_come_in_order(operations):
    both = Listed()
    for name, argument in operations:
        getattr(both, name)(argument)
    while both.expected:
        both.take()
    assert calendar.pending(both.world) == 0
    assert set(both.world.buckets) == {NONE}
    free = kernel_samples.line(both.world.clock[0].events_free, both.world.events.next)
    assert sorted(free) == list(range(len(both.world.events))), "every event is free again"


def test_many_events_at_one_moment_keep_their_order():
    both = Listed()
    for _ in range(100):
        both.put(1.0)
    for place in (0.99, 0.5, 0.0):
        both.take_back(place)
    both.put(1.0)
    for _ in range(98):
        both.take()
    assert not both.expected


def test_days_are_fitted_to_the_events():
    both = Listed()
    clock = both.world.clock[0]
    both.put(1.0)
    both.take()
    both.tune(50_000)
    assert clock.per_second == 50_000.0
    both.put(1.0)
    both.take()
    both.tune(60_000)
    assert clock.per_second == 50_000.0, "near enough"


def test_events_that_differ_by_rounding_do_not_make_a_day_shorter_than_a_nanosecond():
    both = Listed()
    both.put(1e4)
    both.take()
    both.tune(1)
    both.put(2e-12)
    both.take()
    both.tune(4096)
    assert both.world.clock[0].per_second == 1e9
    for delay in (0.0, 3e6, 1e-9):
        both.put(delay)
    for _ in range(3):
        both.take()


def test_without_time_passing_days_stay_as_they_are():
    both = Listed()
    before = both.world.clock[0].per_second
    both.tune(4096)
    assert both.world.clock[0].per_second == before


def test_an_event_long_after_all_others_is_found():
    both = Listed()
    both.put(1e9)
    both.put(1.0)
    both.take()
    both.take()
    assert both.world.clock[0].now == pytest.approx(1e9)


def test_more_than_few_hang_in_days_until_they_are_few_again():
    both = Listed()
    clock = both.world.clock[0]
    for number in range(calendar.FEW):
        both.put(1.0 + number % 5)
    assert (clock.few, clock.in_line) == (1, calendar.FEW)
    both.put(0.5)
    assert (clock.few, clock.in_line) == (0, 0)
    assert calendar.pending(both.world) == calendar.FEW + 1
    while calendar.pending(both.world) > calendar.FEW // 2:
        both.tune(4096)
        assert clock.few == 0
        both.take()
    both.tune(4096)
    assert (clock.few, clock.in_line) == (1, calendar.FEW // 2)
    while both.expected:
        both.take()

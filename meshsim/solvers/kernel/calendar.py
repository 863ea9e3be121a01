"""The calendar: what happens when, in the order of (time, order).

Events hang in buckets of equal width, each a sorted line; bucket b holds the times of day b of
every year. The next event is the first of the present day, or of the next day that has one. With
about one event per day both putting in and taking out take a few steps, however many events there
are, where a heap's branches are guessed wrong at every level (R. Brown, "Calendar queues: a fast
O(1) priority queue implementation for the simulation event set problem", Communications of the ACM
31 (1988) 1220-1227). The width of a day follows the events seen; it changes the speed, never the
order.
"""

from __future__ import annotations

from meshsim.solvers.kernel.jit import compiled, inlined
from meshsim.solvers.kernel.records import INDEX_MASK, KIND_SHIFT, NONE
from meshsim.solvers.kernel.world import World

FEW = 16
"""As many events stand in a line, before they are hung in days."""
_TOO_FEW, _TOO_MANY = 0.3, 3.0
"""Events per day between which the width of a day is left alone."""
_DAYS_PER_SECOND_MAX = 1e9
"""Moments that differ by rounding alone must not make days so short that their number overflows."""


@inlined
def next_order(w: World) -> int:
    """The place of an event among those of its moment: in the order in which they are asked for."""
    clock = w.clock[0]
    order = clock.order
    clock.order = order + 1
    return order


@inlined
def put(w: World, time: float, order: int, kind: int, index: int) -> None:
    """Put an event in."""
    clock = w.clock[0]
    what = (kind << KIND_SHIFT) | index
    if clock.few:
        if clock.in_line < FEW:
            line_up(w, time, order, what)
            return
        spread(w)
    hang_new(w, time, order, what)


@inlined
def line_up(w: World, time: float, order: int, what: int) -> None:
    """Put an event into the line, before all that are earlier."""
    clock = w.clock[0]
    place = clock.in_line
    clock.in_line = place + 1
    while place > 0:
        earlier_one, behind = w.line[place - 1], w.line[place]
        if earlier_one.time > time or (earlier_one.time == time and earlier_one.order > order):
            break
        behind.time, behind.order = earlier_one.time, earlier_one.order
        behind.what = earlier_one.what
        place -= 1
    item = w.line[place]
    item.time, item.order, item.what = time, order, what


@inlined
def hang_new(w: World, time: float, order: int, what: int) -> None:
    """Put an event into its day."""
    clock = w.clock[0]
    number = clock.events_free
    event = w.events[number]
    clock.events_free = event.next
    event.time, event.order, event.what = time, order, what
    hang(w, number, int(time * clock.per_second))


@compiled
def spread(w: World) -> None:
    """Too many for a line: hang them all in their days."""
    clock = w.clock[0]
    clock.few = 0
    clock.bucket = int(clock.now * clock.per_second)
    for place in range(clock.in_line):
        item = w.line[place]
        hang_new(w, item.time, item.order, item.what)
    clock.in_line = 0


@compiled
def gather(w: World) -> None:
    """So few that a line is faster: take them all out of their days."""
    clock = w.clock[0]
    clock.few = 1
    for bucket in range(clock.buckets):
        number = w.buckets[bucket]
        w.buckets[bucket] = NONE
        while number != NONE:
            event = w.events[number]
            line_up(w, event.time, event.order, event.what)
            after = event.next
            event.next = clock.events_free
            clock.events_free = number
            number = after


@compiled
def take_back(w: World, time: float, order: int) -> None:
    """Take an event out before it happens; there must be one of that moment and order."""
    if w.clock[0].few:
        leave_line(w, order)
    else:
        unhang(w, time, order)


@inlined
def leave_line(w: World, order: int) -> None:
    """Take an event out of the line; those before it move up."""
    clock = w.clock[0]
    place = clock.in_line - 1
    while w.line[place].order != order:
        place -= 1
    clock.in_line -= 1
    while place < clock.in_line:
        item, ahead = w.line[place], w.line[place + 1]
        item.time, item.order, item.what = ahead.time, ahead.order, ahead.what
        place += 1


@inlined
def unhang(w: World, time: float, order: int) -> None:
    """Take an event out of its day."""
    clock = w.clock[0]
    bucket = int(time * clock.per_second) & (clock.buckets - 1)
    here, before = w.buckets[bucket], NONE
    while w.events[here].order != order:
        before = here
        here = w.events[here].next
    event = w.events[here]
    if before == NONE:
        w.buckets[bucket] = event.next
    else:
        w.events[before].next = event.next
    if event.next == NONE:
        w.bucket_tails[bucket] = before
    event.next = clock.events_free
    clock.events_free = here


@inlined
def hang(w: World, number: int, day: int) -> None:
    """Hang event ``number`` in its place in the line of its day.

    Many events may fall on one moment, so the end of the line is looked at first.
    """
    event = w.events[number]
    bucket = day & (w.clock[0].buckets - 1)
    here = w.buckets[bucket]
    before = NONE
    if here != NONE and not earlier(w, number, w.bucket_tails[bucket]):
        before, here = w.bucket_tails[bucket], NONE
    while here != NONE and not earlier(w, number, here):
        before = here
        here = w.events[here].next
    event.next = here
    if here == NONE:
        w.bucket_tails[bucket] = number
    if before == NONE:
        w.buckets[bucket] = number
    else:
        w.events[before].next = number


@inlined
def earlier(w: World, one: int, other: int) -> bool:
    """Whether event ``one`` comes before event ``other``."""
    a, b = w.events[one], w.events[other]
    return a.time < b.time or (a.time == b.time and a.order < b.order)


@inlined
def put_now(w: World, delay: float, kind: int, index: int) -> None:
    """Put in an event that happens after ``delay``, after all others of that moment so far."""
    put(w, w.clock[0].now + delay, next_order(w), kind, index)


@inlined
def take(w: World) -> int:
    """Take the next event out and move the clock to it; there must be one."""
    clock = w.clock[0]
    if not clock.few:
        return take_of_days(w)
    place = clock.in_line - 1
    clock.in_line = place
    item = w.line[place]
    clock.now = item.time
    clock.order_taken = item.order
    return item.what


@inlined
def take_of_days(w: World) -> int:
    """The same, if events hang in days."""
    clock = w.clock[0]
    day, mask, empty = clock.bucket, clock.buckets - 1, 0
    while True:
        number = w.buckets[day & mask]
        if number != NONE and int(w.events[number].time * clock.per_second) <= day:
            break
        day += 1
        empty += 1
        if empty > mask:
            day = earliest_day(w)
            empty = 0
    clock.bucket = day
    event = w.events[number]
    w.buckets[day & mask] = event.next
    event.next = clock.events_free
    clock.events_free = number
    clock.now = event.time
    clock.order_taken = event.order
    return event.what


@compiled
def earliest_day(w: World) -> int:
    """The day of the earliest event, after a year without any."""
    clock = w.clock[0]
    day = -1
    for bucket in range(clock.buckets):
        number = w.buckets[bucket]
        if number != NONE:
            found = int(w.events[number].time * clock.per_second)
            if day < 0 or found < day:
                day = found
    return day


@compiled
def tune(w: World) -> None:
    """Fit the width of a day to the events since the last time, if it is far off; line events up
    again that have become few.
    """
    clock = w.clock[0]
    if not clock.few and pending(w) <= FEW // 2:
        gather(w)
    span, steps = clock.now - clock.tuned_at, clock.steps - clock.tuned_steps
    clock.tuned_at, clock.tuned_steps = clock.now, clock.steps
    if span <= 0.0:
        return
    fitting = _DAYS_PER_SECOND_MAX
    if steps < span * _DAYS_PER_SECOND_MAX:
        fitting = steps / span
    per_day = fitting / clock.per_second
    if not _TOO_FEW < per_day < _TOO_MANY:
        clock.per_second = fitting
        rehang(w)


@compiled
def pending(w: World) -> int:
    """How many events there are."""
    found = w.clock[0].in_line
    for bucket in range(len(w.buckets)):
        here = w.buckets[bucket]
        while here != NONE:
            found += 1
            here = w.events[here].next
    return found


@compiled
def rehang(w: World) -> None:
    """Hang all events anew, after a change of the width or of the number of buckets."""
    clock = w.clock[0]
    held = NONE
    for bucket in range(len(w.buckets)):
        here = w.buckets[bucket]
        w.buckets[bucket] = NONE
        while here != NONE:
            after = w.events[here].next
            w.events[here].next = held
            held = here
            here = after
    clock.bucket = int(clock.now * clock.per_second)
    while held != NONE:
        after = w.events[held].next
        hang(w, held, int(w.events[held].time * clock.per_second))
        held = after


@inlined
def kind_of(what: int) -> int:
    """The kind of an event."""
    return what >> KIND_SHIFT


@inlined
def index_of(what: int) -> int:
    """What an event is about."""
    return what & INDEX_MASK

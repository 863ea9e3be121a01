"""Requests from outside: arrivals of open load, users of closed load.

Follows :mod:`meshsim.solvers.simpy_model.run`.
"""

from __future__ import annotations

from meshsim.solvers import arrivals
from meshsim.solvers.kernel.calendar import put_now
from meshsim.solvers.kernel.frames import new_frame, set_free
from meshsim.solvers.kernel.jit import compiled, inlined
from meshsim.solvers.kernel.keyed import Key, duration, mix, uniform
from meshsim.solvers.kernel.recording import read_stations, record_request
from meshsim.solvers.kernel.records import EVENT_ARRIVAL, EVENT_STOP, EVENT_USER, NONE, ROOT
from meshsim.solvers.kernel.world import World
from meshsim.solvers.streams import Purpose

paced_pause_s = inlined(arrivals.paced_pause_s)
_THINK, _ENTRY = int(Purpose.THINK), int(Purpose.ENTRY)


@compiled
def begin(w: World) -> None:
    """Schedule the first arrival, or let all users begin to think."""
    if w.clock[0].closed:
        for user in range(len(w.users)):
            user_thinks(w, user)
    else:
        next_arrival(w)


@compiled
def next_arrival(w: World) -> None:
    """Put the next arrival into the calendar, if there is one."""
    clock = w.clock[0]
    if clock.arrivals < clock.arrivals_total:
        time = w.arrivals[clock.arrivals - clock.arrivals_first]
        put_now(w, max(0.0, time - clock.now), EVENT_ARRIVAL, 0)


@compiled
def arrive_from_outside(w: World) -> int:
    """An arrival of open load: its frame."""
    clock = w.clock[0]
    ordinal = clock.arrivals
    entry = entry_at(w, uniform(clock.entry_key, ordinal))
    client = int(uniform(clock.client_key, ordinal) * clock.connections)
    read_stations(w, ordinal)
    clock.arrivals += 1
    next_arrival(w)
    return new_request(w, ordinal, ordinal, entry, client)


@compiled
def user_asks(w: World, user: int) -> int:
    """A user of closed load has thought enough: the frame of the request."""
    clock = w.clock[0]
    ordinal = clock.started
    clock.started += 1
    read_stations(w, ordinal)
    turn = w.users[user].asked
    entry = entry_at(w, uniform(turn_key(w, user), _ENTRY))
    return new_request(w, ordinal, user + turn * len(w.users), entry, user)


@inlined
def entry_at(w: World, draw: float) -> int:
    """The entry point of a draw in (0, 1)."""
    entry, entries = 0, len(w.entry_bound)
    while entry < entries - 1 and draw >= w.entry_bound[entry]:
        entry += 1
    return entry


@compiled
def turn_key(w: World, user: int) -> Key:
    """The key of what a user draws in the present round."""
    user_key = mix(mix(w.clock[0].root_key, _THINK), user)
    return mix(user_key, w.users[user].asked)


@compiled
def user_thinks(w: World, user: int) -> None:
    """The user thinks before the request of the present round, or waits for its moment."""
    clock = w.clock[0]
    draw = uniform(turn_key(w, user), _THINK)
    if clock.interval > 0.0:
        moment = w.users[user].asked * clock.interval
        think = paced_pause_s(clock.now, moment, clock.jitter, clock.tick, draw)
    else:
        think = duration(w, clock.think, draw)
    put_now(w, think, EVENT_USER, user)


@compiled
def new_request(w: World, ordinal: int, request: int, entry: int, client: int) -> int:
    """The frame of a request from outside."""
    clock = w.clock[0]
    number = new_frame(w, ROOT, NONE)
    frame = w.frames[number]
    frame.ordinal = ordinal
    frame.start = clock.now
    frame.pod = NONE
    frame.sender = client
    frame.site = len(w.sites) - len(w.entry_bound) + entry
    frame.policy = clock.load_policy
    frame.call_key = mix(clock.request_key, request)
    frame.attempt = 0
    frame.call_start = clock.now
    return number


@compiled
def request_over(w: World, number: int) -> None:
    """A request from outside is over; a user of closed load begins to think."""
    clock = w.clock[0]
    open_before = clock.open
    record_request(w, number)
    if clock.open == 0 and open_before > 0:
        put_now(w, 0.0, EVENT_STOP, 0)
    user = w.frames[number].sender
    set_free(w, number)
    if clock.closed:
        w.users[user].asked += 1
        user_thinks(w, user)

"""Requests from outside: arrivals of open load, users of closed load.

Follows :mod:`meshsim.solvers.simpy_model.run`.
"""

from __future__ import annotations

import math

from meshsim.solvers import arrivals
from meshsim.solvers.kernel.calendar import put_now
from meshsim.solvers.kernel.frames import lacks_arrivals, lacks_frames, new_frame, set_free
from meshsim.solvers.kernel.guard import try_from_outside
from meshsim.solvers.kernel.jit import compiled, inlined
from meshsim.solvers.kernel.keyed import Key, duration, mix, uniform
from meshsim.solvers.kernel.recording import read_stations, record_request
from meshsim.solvers.kernel.records import (
    ARRIVAL,
    ASKING,
    CALL,
    EVENT_ARRIVAL,
    EVENT_STOP,
    EVENT_USER,
    LEG_OUT,
    NONE,
    ROOT,
    SHORT,
    STAND,
    TRY,
)
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
        if w.clock[0].steady:
            make_arrival(w, 0)
        next_arrival(w)


@inlined
def next_arrival(w: World) -> None:
    """Put the next arrival into the calendar, if there is one. Steady arrivals are made here, the
    times of others are known (:mod:`meshsim.solvers.arrivals` has the formula).
    """
    clock = w.clock[0]
    if clock.arrivals < clock.arrivals_total:
        if clock.steady:
            time = clock.arrival_time
            make_arrival(w, clock.arrivals + 1)
        else:
            time = w.arrivals[clock.arrivals - clock.arrivals_first]
        put_now(w, max(0.0, time - clock.now), EVENT_ARRIVAL, 0)


@inlined
def make_arrival(w: World, ordinal: int) -> None:
    """The time of a steady arrival, one ahead: when it is asked for it has long been there."""
    clock = w.clock[0]
    clock.arrival_unit -= math.log(uniform(clock.arrival_key, ordinal))
    clock.arrival_time = clock.arrivals_from + clock.arrival_unit / clock.arrival_rate


@inlined
def arrive_from_outside(w: World) -> int:
    """An arrival of open load: its request goes on."""
    if lacks_frames(w, ARRIVAL) or lacks_arrivals(w, ARRIVAL):
        return SHORT
    clock = w.clock[0]
    ordinal = clock.arrivals
    entry, client = 0, 0
    if len(w.entry_bound) > 1:
        entry = entry_at(w, uniform(clock.entry_key, ordinal))
    if clock.connections > 1:
        client = int(uniform(clock.client_key, ordinal) * clock.connections)
    read_stations(w, ordinal)
    clock.arrivals += 1
    next_arrival(w)
    return new_request(w, ordinal, ordinal, entry, client)


@compiled
def user_asks(w: World, user: int) -> int:
    """A user of closed load has thought enough: the request goes on."""
    if lacks_frames(w, ASKING):
        return SHORT
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


@inlined
def new_request(w: World, ordinal: int, request: int, entry: int, client: int) -> int:
    """The frame of a request from outside; without a policy it is that of its only try, too."""
    clock = w.clock[0]
    number = new_frame(w, ROOT, NONE)
    clock.frame = number
    frame = w.frames[number]
    site = len(w.sites) - len(w.entry_bound) + entry
    frame.ordinal = ordinal
    frame.start = clock.now
    frame.client, frame.entry = client, entry
    frame.edge = w.sites[site].edge
    key = mix(clock.request_key, request)
    if clock.load_policy == NONE:
        frame.kind = CALL
        frame.key = key
        try_from_outside(w, number, site, client)
        return LEG_OUT
    frame.pod = NONE
    frame.site = site
    frame.policy = clock.load_policy
    frame.call_key = key
    frame.attempt = 0
    return TRY


@inlined
def request_over(w: World, number: int) -> int:
    """A request from outside is over; a user of closed load begins to think."""
    clock = w.clock[0]
    open_before = clock.open
    record_request(w, number)
    if clock.open == 0 and open_before > 0:
        put_now(w, 0.0, EVENT_STOP, 0)
    user = w.frames[number].client
    set_free(w, number)
    if clock.closed:
        w.users[user].asked += 1
        user_thinks(w, user)
    return STAND

"""The mesh chain by hand: the limit that an interpreter of programs can be compared with.

The same events as the kernel's for three services with a sidecar each: event loops with batches,
wake-up and the cost of idle time, connections that are taken last in, first out and are pinned to
one of two workers, eight slots per service held through the calls below. Everything else is left
out: no host choice, no policies, no shares of cores (eight slots on eight cores never share), no
keyed random numbers, nothing recorded but the sum of latencies and what is asserted.

A request is one line of execution, so its state is a place in a list of op-codes:

    NET, OUT 0, SLOT 0, COMPUTE 0, TAKE 1, OUT 1, TAKE 2, NET, OUT 2, SLOT 1, ... DONE

Pass 0 goes through the sidecar of service 0 at the entry; passes 1 and 2 through those of services
0 and 1, between the two; 3 and 4 through those of 1 and 2. So pass p is made at sidecar p // 2.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from benchmarks.bare_heap import (
    Ints,
    Record,
    draw,
    exponential,
    inlined,
    looped,
    new_heap,
    put_after,
    take,
)

NET, OUT, BACK, SLOT, COMPUTE, FREE, TAKE, GIVE, DONE = range(9)
SERVICES, PASSES, CLIENTS, SLOTS = 3, 5, 64, 8
_RESUME, _WAKE, _BATCH_END, _ARRIVAL = (kind << 20 for kind in range(4))
_INDEX = (1 << 20) - 1
_ROOM = 1 << 14
_TO_CLIENT, _TO_POD = range(2)


class Costs(NamedTuple):
    """The parameters of the chain, in seconds."""

    gap: float
    """Mean time between arrivals."""
    work: float
    """Mean of the exponential CPU time of a service."""
    one_way: tuple[float, float]
    """Network delay from and to the clients, and between pods."""
    wake_up: float
    request: tuple[float, float]
    """CPU of a sidecar for a request, without idle time: at the entry in plain text, and for calls
    between sidecars, which are encrypted."""
    response: tuple[float, float]
    """The same for a response."""
    idle_scale: float
    idle_exponent: float


STATE = np.dtype(
    [
        # Counters and sums.
        ("free", "i8"),
        ("ring_head", "i8"),
        ("ring_tail", "i8"),
        ("opened", "i8"),
        ("arrivals", "i8"),
        ("answered", "i8"),
        ("visits", "i8"),
        ("computed", "i8"),
        ("latency", "f8"),
        ("charged", "f8"),
        # Requests, and the ring of those that go on at this moment.
        ("place", "i4", _ROOM),
        ("next", "i4", _ROOM),
        ("ring", "i4", _ROOM),
        ("started", "f8", _ROOM),
        ("ordinal", "i8", _ROOM),
        ("worker", "i4", (_ROOM, PASSES)),
        ("connection", "i4", (_ROOM, PASSES)),
        ("idle_half", "f8", (_ROOM, PASSES)),
        # Workers, two of each sidecar; which of them gets the sidecar's next connection.
        ("ready_head", "i4", 2 * SERVICES),
        ("ready_tail", "i4", 2 * SERVICES),
        ("batch_head", "i4", 2 * SERVICES),
        ("awake", "i4", 2 * SERVICES),
        ("gap", "f8", 2 * SERVICES),
        ("idle_since", "f8", 2 * SERVICES),
        ("turn", "i4", SERVICES),
        # Connections; a pool per pass and worker that opens them.
        ("client_worker", "i4", CLIENTS),
        ("pool", "i4", 2 * PASSES),
        ("pinned_to", "i4", _ROOM),
        ("pool_of", "i4", _ROOM),
        ("below", "i4", _ROOM),
        # Slots of each service.
        ("slots_free", "i4", SERVICES),
        ("line_head", "i4", SERVICES),
        ("line_tail", "i4", SERVICES),
    ],
    align=True,
)
"""Everything that changes: one record, which compiled code sees as one pointer."""
_NOBODY = ("ready_head", "batch_head", "client_worker", "pool", "line_head")


def new_state() -> Any:  # noqa: ANN401
    """Nobody is there yet."""
    state = np.zeros(1, STATE)
    for name in _NOBODY:
        state[name] = -1
    state["next"] = np.arange(1, _ROOM + 1)
    state["slots_free"] = SLOTS
    return state


def chain_codes() -> Ints:
    """The op-codes of a request and their arguments [codes × 2]."""

    def inner(service: int) -> list[tuple[int, int]]:
        arrival = 2 * service
        codes = [(OUT, arrival), (SLOT, service), (COMPUTE, service)]
        if service < SERVICES - 1:
            out = arrival + 1
            codes += [(TAKE, out), (OUT, out), (TAKE, out + 1), (NET, _TO_POD)]
            codes += inner(service + 1)
            codes += [(NET, _TO_POD), (BACK, out), (GIVE, out), (GIVE, out + 1)]
        return [*codes, (FREE, service), (BACK, arrival)]

    return np.array([(NET, _TO_CLIENT), *inner(0), (NET, _TO_CLIENT), (DONE, 0)], dtype=np.int64)


class Chained(NamedTuple):
    """What a run of the chain saw."""

    latency_s: float
    """Sum over the measured requests."""
    sidecars_s: float
    """CPU that the sidecars used."""
    visits: int
    """Visits to workers of sidecars."""
    computed: int
    arrivals: int
    events: int


def run_chain(costs: Costs, requests: int, seed: int) -> Chained:
    """Simulate until the first ``requests`` requests are answered."""
    state, heap = new_state(), new_heap(seed)
    _loop(chain_codes(), costs, state, heap, requests)
    end = state[0]
    return Chained(
        float(end["latency"]),
        float(end["charged"]),
        int(end["visits"]),
        int(end["computed"]),
        int(end["arrivals"]),
        int(heap["taken"][0]),
    )


@looped
def _loop(codes: Ints, costs: Costs, states: Record, heaps: Record, requests: int) -> None:
    s, heap = states[0], heaps[0]
    put_after(heap, exponential(heap, costs.gap), _ARRIVAL)
    while s.answered < requests:
        if s.ring_head < s.ring_tail:
            frame = s.ring[s.ring_head & (_ROOM - 1)]
            s.ring_head += 1
        else:
            what = take(heap)
            kind, index = what & ~_INDEX, what & _INDEX
            if kind == _RESUME:
                frame = index
            elif kind == _ARRIVAL:
                frame = _arrive(costs, s, heap)
            else:
                _turn_of_loop(codes, costs, s, heap, index, kind == _WAKE)
                continue
        _go_on(codes, costs, s, heap, frame, requests)


@inlined
def _arrive(costs: Costs, s: Record, heap: Record) -> int:
    """A new request, over one of the clients' connections."""
    frame: int = s.free
    assert frame < _ROOM
    s.free = s.next[frame]
    s.place[frame] = 0
    s.started[frame] = heap.now
    s.ordinal[frame] = s.arrivals
    s.arrivals += 1
    client = np.int64(draw(heap) >> np.uint64(58))
    if s.client_worker[client] < 0:
        s.client_worker[client] = s.turn[0]
        s.turn[0] ^= 1
    s.worker[frame, 0] = s.client_worker[client]
    put_after(heap, exponential(heap, costs.gap), _ARRIVAL)
    return frame


@inlined
def _turn_of_loop(
    codes: Ints, costs: Costs, s: Record, heap: Record, worker: int, woken: bool
) -> None:
    """A worker wakes up, or lets a batch go; it runs the next, or falls asleep."""
    if woken:
        s.gap[worker] += heap.now - s.idle_since[worker]
    else:
        visitor = s.batch_head[worker]
        while visitor >= 0:
            _signal(s, visitor)
            visitor = s.next[visitor]
    visitor = s.ready_head[worker]
    s.batch_head[worker] = visitor
    s.ready_head[worker] = -1
    if visitor < 0:
        s.awake[worker] = 0
        s.idle_since[worker] = heap.now
        return
    total = 0.0
    while visitor >= 0:
        total += _cost(codes, costs, s, worker, visitor)
        s.visits += 1
        visitor = s.next[visitor]
    s.charged += total
    put_after(heap, total, _BATCH_END | worker)


@inlined
def _cost(codes: Ints, costs: Costs, s: Record, worker: int, visitor: int) -> float:
    """CPU of a visit; the first new request after a gap pays for it, half on each visit."""
    at = s.place[visitor] - 1
    code, leg = codes[at, 0], codes[at, 1]
    if code == BACK:
        return costs.response[min(leg, 1)] + float(s.idle_half[visitor, leg])
    half = 0.0
    if s.gap[worker] > 0.0:
        half = 0.5 * costs.idle_scale * (s.gap[worker] * 1e6) ** costs.idle_exponent
        s.gap[worker] = 0.0
    s.idle_half[visitor, leg] = half
    return costs.request[min(leg, 1)] + half


@inlined
def _signal(s: Record, frame: int) -> None:
    """Let a request go on at this moment, after the others."""
    s.ring[s.ring_tail & (_ROOM - 1)] = frame
    s.ring_tail += 1


@inlined
def _go_on(codes: Ints, costs: Costs, s: Record, heap: Record, frame: int, requests: int) -> None:
    """Run the op-codes of a request until it waits."""
    while True:
        at = s.place[frame]
        s.place[frame] = at + 1
        code, argument = codes[at, 0], codes[at, 1]
        if code in (OUT, BACK):
            _visit(costs, s, heap, frame, s.worker[frame, argument])
            return
        if code == NET:
            put_after(heap, costs.one_way[argument], frame)
            return
        if code == TAKE:
            _take_connection(s, frame, argument)
        elif code == GIVE:
            connection = s.connection[frame, argument]
            s.below[connection] = s.pool[s.pool_of[connection]]
            s.pool[s.pool_of[connection]] = connection
        elif code == SLOT:
            if s.slots_free[argument] == 0:
                _wait_for_slot(s, frame, argument)
                return
            s.slots_free[argument] -= 1
        elif code == COMPUTE:
            s.computed += 1
            put_after(heap, exponential(heap, costs.work), frame)
            return
        elif code == FREE:
            _free_slot(s, argument)
        else:
            _answer(s, heap, frame, requests)
            return


@inlined
def _visit(costs: Costs, s: Record, heap: Record, frame: int, worker: int) -> None:
    """Be ready for the next batch of a worker."""
    s.next[frame] = -1
    if s.ready_head[worker] < 0:
        s.ready_head[worker] = frame
    else:
        s.next[s.ready_tail[worker]] = frame
    s.ready_tail[worker] = frame
    if s.awake[worker] == 0:
        s.awake[worker] = 1
        put_after(heap, costs.wake_up, _WAKE | worker)


@inlined
def _take_connection(s: Record, frame: int, made: int) -> None:
    """A connection for pass ``made``, opened by a pod (odd) or a worker of the pass before."""
    opener = 0 if made & 1 else s.worker[frame, made - 1] & 1
    number = 2 * made + opener
    connection = s.pool[number]
    if connection < 0:
        connection = np.int32(s.opened)
        s.opened += 1
        sidecar = made >> 1
        s.pinned_to[connection] = 2 * sidecar + s.turn[sidecar]
        s.pool_of[connection] = number
        s.turn[sidecar] ^= 1
    else:
        s.pool[number] = s.below[connection]
    s.connection[frame, made] = connection
    s.worker[frame, made] = s.pinned_to[connection]


@inlined
def _wait_for_slot(s: Record, frame: int, service: int) -> None:
    s.next[frame] = -1
    if s.line_head[service] < 0:
        s.line_head[service] = frame
    else:
        s.next[s.line_tail[service]] = frame
    s.line_tail[service] = frame


@inlined
def _free_slot(s: Record, service: int) -> None:
    """The next in line gets the slot."""
    first = s.line_head[service]
    if first < 0:
        s.slots_free[service] += 1
    else:
        s.line_head[service] = s.next[first]
        _signal(s, first)


@inlined
def _answer(s: Record, heap: Record, frame: int, requests: int) -> None:
    if s.ordinal[frame] < requests:
        s.latency += heap.now - s.started[frame]
        s.answered += 1
    s.next[frame] = s.free
    s.free = frame

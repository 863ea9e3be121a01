"""The mesh chain by hand: the limit that an interpreter of programs can be compared with.

The same events as the kernel's for three services with a sidecar each: event loops with batches,
wake-up and the cost of idle time, connections that are taken last in, first out and are pinned to
one of two workers, eight slots per service held through the calls below. Everything else is left
out: no host choice, no policies, no shares of cores (eight slots on eight cores never share), no
keyed random numbers, nothing recorded but the sum of latencies and what is asserted.

A request is one line of execution, so its state is a place in a list of op-codes:

    NET, OUT 0, SLOT 0, COMPUTE 0, TAKE, OUT 1, TAKE, NET, OUT 2, SLOT 1, ... DONE

Pass 0 is the entry's sidecar; 1 and 2 are the sidecars between services 0 and 1, 3 and 4 those
between 1 and 2. Pass p is through the sidecar of service p // 2 (of 0 for p = 1, of 1 for p = 2, 3).
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np

from benchmarks.bare_heap import (
    ROOM,
    WHAT_BITS,
    WHAT_MASK,
    Floats,
    Ints,
    drop_first,
    exponential,
    next_random,
    push,
)

NET, OUT, BACK, SLOT, COMPUTE, FREE, TAKE, GIVE, DONE = range(9)
SERVICES, PASSES, CLIENTS, SLOTS = 3, 5, 64, 8
_RESUME, _WAKE, _BATCH_END, _ARRIVAL = (kind << 20 for kind in range(4))
_INDEX = (1 << 20) - 1
_FRAMES = 1 << 14
(MEAN_GAP, MEAN_WORK, CLIENT_DELAY, DELAY, WAKE_UP, REQUEST_COST, RESPONSE_COST, SCALE, EXPONENT) = (
    range(9)
)


def chain_codes() -> Ints:
    """The op-codes of a request and their arguments [2 × codes]."""

    def inner(service: int) -> list[tuple[int, int]]:
        arrival = 2 * service
        codes = [(OUT, arrival), (SLOT, service), (COMPUTE, service)]
        if service < SERVICES - 1:
            out = arrival + 1
            codes += [(TAKE, out), (OUT, out), (TAKE, out + 1), (NET, DELAY)]
            codes += inner(service + 1)
            codes += [(NET, DELAY), (BACK, out), (GIVE, out), (GIVE, out + 1)]
        return [*codes, (FREE, service), (BACK, arrival)]

    codes = [(NET, CLIENT_DELAY), *inner(0), (NET, CLIENT_DELAY), (DONE, 0)]
    return np.array(codes, dtype=np.int64).T.copy()


@numba.njit(error_model="numpy", nogil=True, cache=True)  # type: ignore[untyped-decorator]
def run_chain(codes: Ints, parameters: Floats, requests: int, seed: int) -> Floats:
    """Sum of latencies, batch visits, slots, computations, CPU of sidecars, events."""
    times, items = np.zeros(ROOM), np.zeros(ROOM, dtype=np.int64)
    size, order = 0, 0
    now = 0.0
    state = np.uint64(seed) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(1)
    mean_gap, mean_work, wake_up = parameters[0], parameters[1], parameters[4]
    request_cost, response_cost = parameters[5], parameters[6]
    scale, exponent = parameters[7], parameters[8]
    # Frames.
    place = np.zeros(_FRAMES, dtype=np.int32)
    following = np.arange(1, _FRAMES + 1).astype(np.int32)
    started = np.zeros(_FRAMES)
    ordinal = np.zeros(_FRAMES, dtype=np.int64)
    worker_of = np.zeros((_FRAMES, PASSES), dtype=np.int32)
    idle_half = np.zeros((_FRAMES, PASSES))
    connection_of = np.zeros((_FRAMES, PASSES), dtype=np.int32)
    free = 0
    # Workers: 2 of each sidecar.
    ready_head = np.full(2 * SERVICES, -1, dtype=np.int32)
    ready_tail = np.full(2 * SERVICES, -1, dtype=np.int32)
    batch_head = np.full(2 * SERVICES, -1, dtype=np.int32)
    awake = np.zeros(2 * SERVICES, dtype=np.int32)
    gap, idle_since = np.zeros(2 * SERVICES), np.zeros(2 * SERVICES)
    turn = np.zeros(SERVICES, dtype=np.int32)
    # Connections: a pool per pass and worker that opens them.
    client_worker = np.full(CLIENTS, -1, dtype=np.int32)
    pool = np.full(2 * PASSES, -1, dtype=np.int32)
    connection_worker = np.zeros(_FRAMES, dtype=np.int32)
    connection_pool = np.zeros(_FRAMES, dtype=np.int32)
    connection_next = np.zeros(_FRAMES, dtype=np.int32)
    connections = 0
    # Slots.
    slots_free = np.full(SERVICES, SLOTS, dtype=np.int32)
    line_head = np.full(SERVICES, -1, dtype=np.int32)
    line_tail = np.full(SERVICES, -1, dtype=np.int32)
    # Frames that go on now, a stack would reverse them: a ring.
    ring = np.zeros(_FRAMES, dtype=np.int32)
    head, tail = 0, 0

    arrivals, answered, latency = 0, 0, 0.0
    visits, admitted, computed, events, charged = 0, 0, 0, 0, 0.0
    state = next_random(state)
    size = push(times, items, size, exponential(state, mean_gap), _ARRIVAL)
    while answered < requests:
        frame = -1
        worker = -1
        if head < tail:
            frame = ring[head & (_FRAMES - 1)]
            head += 1
        else:
            now = times[0]
            what = items[0] & WHAT_MASK
            size = drop_first(times, items, size)
            events += 1
            kind, index = what & ~_INDEX, what & _INDEX
            if kind == _RESUME:
                frame = index
            elif kind == _ARRIVAL:
                frame = free
                free = following[frame]
                place[frame] = 0
                started[frame] = now
                ordinal[frame] = arrivals
                arrivals += 1
                state = next_random(state)
                client = np.int64(state >> np.uint64(58))
                if client_worker[client] < 0:
                    client_worker[client] = turn[0]
                    turn[0] ^= 1
                worker_of[frame, 0] = client_worker[client]
                state = next_random(state)
                order += 1
                after = now + exponential(state, mean_gap)
                size = push(times, items, size, after, order << WHAT_BITS | _ARRIVAL)
            else:
                worker = index
                if kind == _WAKE:
                    gap[worker] += now - idle_since[worker]
                else:
                    visitor = batch_head[worker]
                    while visitor >= 0:
                        ring[tail & (_FRAMES - 1)] = visitor
                        tail += 1
                        visitor = following[visitor]
                visitor = ready_head[worker]
                if visitor < 0:
                    batch_head[worker] = -1
                    awake[worker] = 0
                    idle_since[worker] = now
                    continue
                batch_head[worker] = visitor
                ready_head[worker] = -1
                total = 0.0
                while visitor >= 0:
                    leg = codes[1, place[visitor] - 1]
                    if codes[0, place[visitor] - 1] == OUT:
                        half = 0.0
                        if gap[worker] > 0.0:
                            half = 0.5 * scale * (gap[worker] * 1e6) ** exponent
                            gap[worker] = 0.0
                        idle_half[visitor, leg] = half
                        total += request_cost + half
                    else:
                        total += response_cost + idle_half[visitor, leg]
                    visits += 1
                    visitor = following[visitor]
                charged += total
                order += 1
                item = order << WHAT_BITS | _BATCH_END | worker
                size = push(times, items, size, now + total, item)
                continue
        while frame >= 0:
            at = place[frame]
            code, argument = codes[0, at], codes[1, at]
            place[frame] = at + 1
            if code == OUT or code == BACK:
                worker = worker_of[frame, argument]
                following[frame] = -1
                if ready_head[worker] < 0:
                    ready_head[worker] = frame
                else:
                    following[ready_tail[worker]] = frame
                ready_tail[worker] = frame
                if awake[worker] == 0:
                    awake[worker] = 1
                    order += 1
                    item = order << WHAT_BITS | _WAKE | worker
                    size = push(times, items, size, now + wake_up, item)
                break
            if code == NET:
                order += 1
                item = order << WHAT_BITS | frame
                size = push(times, items, size, now + parameters[argument], item)
                break
            if code == TAKE:
                # Pass p is made by a pod (p odd) or by the worker of the pass before (p even).
                opener = 0 if argument & 1 else worker_of[frame, argument - 1] & 1
                number = 2 * argument + opener
                connection = pool[number]
                if connection < 0:
                    connection = connections
                    connections += 1
                    sidecar = argument >> 1
                    connection_worker[connection] = 2 * sidecar + turn[sidecar]
                    connection_pool[connection] = number
                    turn[sidecar] ^= 1
                else:
                    pool[number] = connection_next[connection]
                connection_of[frame, argument] = connection
                worker_of[frame, argument] = connection_worker[connection]
            elif code == GIVE:
                connection = connection_of[frame, argument]
                number = connection_pool[connection]
                connection_next[connection] = pool[number]
                pool[number] = connection
            elif code == SLOT:
                if slots_free[argument] == 0:
                    following[frame] = -1
                    if line_head[argument] < 0:
                        line_head[argument] = frame
                    else:
                        following[line_tail[argument]] = frame
                    line_tail[argument] = frame
                    break
                slots_free[argument] -= 1
            elif code == COMPUTE:
                admitted += 1
                computed += 1
                state = next_random(state)
                order += 1
                after = now + exponential(state, mean_work)
                size = push(times, items, size, after, order << WHAT_BITS | frame)
                break
            elif code == FREE:
                first = line_head[argument]
                if first < 0:
                    slots_free[argument] += 1
                else:
                    line_head[argument] = following[first]
                    ring[tail & (_FRAMES - 1)] = first
                    tail += 1
            else:
                if ordinal[frame] < requests:
                    latency += now - started[frame]
                    answered += 1
                following[frame] = free
                free = frame
                break
    return np.array([latency, visits, admitted, computed, charged, events, arrivals])

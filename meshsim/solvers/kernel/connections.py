"""Connections and host choice: see :mod:`meshsim.solvers.simpy_model.connections`, which tells what
they are; the policies are the same functions.

A sender is a number: clients first, then pods, then the workers of proxies.
"""

from __future__ import annotations

from meshsim.lowering.program import Balancing, Scope, Side
from meshsim.policies import least_request, random, round_robin
from meshsim.solvers.kernel.jit import compiled, inlined
from meshsim.solvers.kernel.keyed import Key, mix, uniform
from meshsim.solvers.kernel.records import NONE
from meshsim.solvers.kernel.table import ACTIVE, POOLS, TURNS, enter, find
from meshsim.solvers.kernel.world import World
from meshsim.solvers.streams import Purpose

pick_random = inlined(random.pick_random)
pick_round_robin = inlined(round_robin.pick_round_robin)
pick_least_request = compiled(least_request.pick_least_request)

PER_CONNECTION, RANDOM, ROUND_ROBIN = (
    int(Balancing.PER_CONNECTION),
    int(Balancing.RANDOM),
    int(Balancing.ROUND_ROBIN),
)
_POD, _NODE, _SERVICE = int(Scope.POD), int(Scope.NODE), int(Scope.SERVICE)
_CALLER = int(Side.CALLER)
_CONNECTION_WORKER = int(Purpose.CONNECTION_WORKER)
_CONNECTION_HOST = int(Purpose.CONNECTION_HOST)
_PROXY_REPLICA = int(Purpose.PROXY_REPLICA)
_HOST = int(Purpose.HOST)
_ROUND_ROBIN_START = int(Purpose.ROUND_ROBIN_START)
_TURNS = 2**32


@inlined
def code_of(w: World, sender: int) -> int:
    """The number by which a sender is known to the keys of random numbers."""
    clients, pods = w.clock[0].clients, len(w.pods)
    if sender < clients:
        return sender * 4
    if sender < clients + pods:
        return (sender - clients) * 4 + 1
    return (sender - clients) * 4 + 2


@inlined
def process_of(w: World, sender: int) -> int:
    """Who shares a balancer's counts: the clients, a pod, a proxy over all its workers."""
    clients, pods = w.clock[0].clients, len(w.pods)
    if sender < clients:
        return 0
    if sender < clients + pods:
        return 1 + sender - clients
    return 1 + pods + w.workers[sender - clients - pods].instance


@inlined
def take_connection(w: World, number: int) -> int:
    """A connection for the present segment of a frame."""
    frame = w.frames[number]
    segment = w.segments[frame.segment]
    pods, services = len(w.pods), len(w.services)
    target = frame.pod if frame.pod >= 0 else pods + frame.service
    key = (frame.sender * len(w.segments) + segment.number) * (pods + services) + target
    key = key * 4 + POOLS
    slot = find(w, key)
    if w.table_keys[slot] == NONE:
        enter(w, slot, key, w.clock[0].pools)
        w.clock[0].pools += 1
    pool_number = w.table_values[slot]
    pool = w.pools[pool_number]
    service, by_client = w.services[frame.service], frame.sender < w.clock[0].clients
    shared = service.multiplexed or by_client
    opened = pool.free
    frame.new = 0
    if opened == NONE:
        if pool.closed > 0:
            pool.closed -= 1
            frame.new = 1
        opened = open_connection(w, number, pool_number, not shared)
        if shared:
            pool.free = opened
    elif not shared:
        pool.free = w.connections[opened].next
    connection = w.connections[opened]
    connection.under_way += 1
    connection.requests += 1
    most = w.clock[0].client_requests if by_client else service.connection_requests
    if connection.requests == most:
        connection.retired = 1
        pool.closed += 1
        if shared:
            pool.free = NONE
    return opened


@inlined
def give_back(w: World, number: int) -> None:
    """The answer has come back: the connection is free, and the first to be taken again."""
    connection = w.connections[number]
    connection.under_way -= 1
    if connection.retired:
        close_if_unused(w, number)
    elif connection.one_at_a_time:
        pool = w.pools[connection.pool]
        connection.next = pool.free
        pool.free = number


@compiled
def close(w: World, number: int) -> None:
    """The request was given up: a connection that carries one at a time is of no more use."""
    connection = w.connections[number]
    connection.under_way -= 1
    if connection.one_at_a_time and not connection.retired:
        connection.retired = 1
        w.pools[connection.pool].closed += 1
    if connection.retired:
        close_if_unused(w, number)


@compiled
def close_if_unused(w: World, number: int) -> None:
    """A retired connection is closed with its last request."""
    connection = w.connections[number]
    if connection.under_way > 0:
        return
    count(w, number, -1)
    clock = w.clock[0]
    connection.next = clock.connections_free
    clock.connections_free = number
    clock.connections_left += 1


@compiled
def open_connection(w: World, number: int, pool_number: int, one_at_a_time: bool) -> int:
    """A new connection, pinned to a worker of each hop and, if need be, to a pod."""
    clock, frame, pool = w.clock[0], w.frames[number], w.pools[pool_number]
    segment, service = w.segments[frame.segment], w.services[frame.service]
    opened = clock.connections_free
    connection = w.connections[opened]
    clock.connections_free = connection.next
    clock.connections_left -= 1
    key = mix(mix(clock.root_key, _CONNECTION_WORKER), code_of(w, frame.sender))
    key = mix(mix(key, frame.service), segment.number)
    key = mix(mix(key, frame.pod + 1), pool.opened)
    pool.opened += 1
    pod = frame.pod
    if pod < 0 and not segment.ends_before_pod:
        pod = service.pod_first + pick_random(service.pod_count, uniform(key, _CONNECTION_HOST))
    connection.pod = pod
    connection.pool = pool_number
    connection.one_at_a_time = 1 if one_at_a_time else 0
    connection.retired = connection.under_way = 0
    connection.requests = 0
    connection.sender_instance = NONE
    first_proxy = clock.clients + len(w.pods)
    if frame.sender >= first_proxy:
        connection.sender_instance = w.workers[frame.sender - first_proxy].instance
    for place in range(clock.hops_max):
        w.connection_stations[opened, place] = NONE
    for place in range(segment.hops):
        hop = w.hops[segment.hop_first + place]
        standing_at = frame.caller_pod if hop.side == _CALLER else pod
        instance = instance_of(w, hop.kind, frame.service, standing_at, key)
        w.connection_stations[opened, place] = station_of(w, instance, mix(key, place))
    count(w, opened, 1)
    return opened


@compiled
def instance_of(w: World, kind_number: int, service: int, standing_at: int, key: Key) -> int:
    """The proxy of a kind that a connection passes."""
    kind = w.kinds[kind_number]
    if kind.scope == _POD:
        return kind.instance_first + standing_at
    if kind.scope == _NODE:
        return kind.instance_first + w.pods[standing_at].node
    owner = service if kind.scope == _SERVICE else w.services[service].namespace
    replica = pick_random(kind.replicas, uniform(key, _PROXY_REPLICA))
    return kind.instance_first + owner * kind.replicas + replica


@compiled
def station_of(w: World, instance_number: int, key: Key) -> int:
    """The worker that takes a new connection."""
    instance = w.instances[instance_number]
    kind = w.kinds[instance.kind]
    if kind.exact_balance:
        worker = pick_round_robin(kind.workers, instance.turn)
        instance.turn += 1
    else:
        worker = pick_random(kind.workers, uniform(key, _CONNECTION_WORKER))
    return instance.station_first + worker


@compiled
def count(w: World, number: int, change: int) -> None:
    """Each proxy that a connection passes, and the one that opened it, has one more or less."""
    connection = w.connections[number]
    for place in range(w.clock[0].hops_max):
        station = w.connection_stations[number, place]
        if station != NONE:
            w.instances[w.workers[station - len(w.pods)].instance].connections += change
    if connection.sender_instance != NONE:
        w.instances[connection.sender_instance].connections += change


@inlined
def pick_host(w: World, number: int, by_proxy: bool) -> None:
    """Choose the pod of a frame, unless that is left to the connection."""
    frame = w.frames[number]
    service = w.services[frame.service]
    choices = 2
    policy = service.balancing
    process = process_of(w, frame.sender)
    worker_code = code_of(w, frame.sender)
    if by_proxy:
        kind = w.kinds[w.workers[frame.sender - w.clock[0].clients - len(w.pods)].kind]
        policy, choices = kind.balancing, kind.choices
    elif frame.sender < w.clock[0].clients:
        worker_code = 0
    if policy == PER_CONNECTION:
        return
    hosts = service.pod_count
    if policy == RANDOM:
        host = pick_random(hosts, uniform(frame.key, _HOST))
    elif policy == ROUND_ROBIN:
        host = pick_round_robin(hosts, next_turn(w, worker_code, frame.service))
    else:
        key = mix(frame.key, _HOST)
        for choice in range(choices):
            w.draws[choice] = uniform(key, choice)
        frame.block = block_of(w, process, frame.service, hosts)
        active = w.active[frame.block : frame.block + hosts]
        host = pick_least_request(active, w.draws[:choices])
        active[host] += 1
    frame.pod = service.pod_first + host


@inlined
def answered(w: World, number: int) -> None:
    """The host of a frame has one active request less."""
    frame = w.frames[number]
    if frame.block != NONE:
        host = frame.pod - w.services[frame.service].pod_first
        w.active[frame.block + host] -= 1
        frame.block = NONE


@inlined
def block_of(w: World, process: int, service: int, hosts: int) -> int:
    """Where the counts of one balancer for one service stand."""
    key = (process * len(w.services) + service) * 4 + ACTIVE
    slot = find(w, key)
    if w.table_keys[slot] == NONE:
        enter(w, slot, key, w.clock[0].active)
        w.clock[0].active += hosts
    return w.table_values[slot]


@compiled
def next_turn(w: World, worker_code: int, service: int) -> int:
    """The next turn of one worker's round robin over one service."""
    key = (worker_code * len(w.services) + service) * 4 + TURNS
    slot = find(w, key)
    if w.table_keys[slot] == NONE:
        start_key = mix(mix(w.clock[0].root_key, worker_code), service)
        enter(w, slot, key, w.clock[0].turns)
        w.turns[w.clock[0].turns] = int(uniform(start_key, _ROUND_ROBIN_START) * _TURNS)
        w.clock[0].turns += 1
    turn = w.turns[w.table_values[slot]]
    w.turns[w.table_values[slot]] = turn + 1
    return turn

"""Connections: opened on demand, pinned for life, and the choice of a host.

A sender (a client outside, a pod, a worker thread of a layer 7 proxy) keeps one pool per
destination. HTTP/1.1 carries one request at a time: a request takes the most recently used free
connection, or opens one. HTTP/2 and gRPC carry all requests of a sender on one connection, and so
does each client connection of the load. A connection is pinned to one worker of each proxy that it
passes and, where no layer 7 proxy chooses per request, to one pod. (Envoy: conn_pool_base.cc, most
recently used first; kernel or ``exact_balance`` for the worker.) An HTTP/1.1 connection whose
request is given up is closed, and any after a number of requests, if one is set.

A connection that replaces a closed one costs round trips and CPU; others count as opened before
the run, since one that lives for ever was opened long before the moments that are looked at.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from meshsim.lowering.program import Balancing, IntArray, Program, Scope, Segment, Side
from meshsim.policies.least_request import pick_least_request
from meshsim.policies.random import pick_random
from meshsim.policies.round_robin import pick_round_robin
from meshsim.solvers.streams import Purpose, mix, uniform

Sender = tuple[str, int]
PoolKey = tuple[Sender, int, int, int]
"""Sender, number of the segment, service, and the pod if one is chosen (else -1)."""


@dataclass(slots=True, eq=False)
class Connection:
    """One open connection: the instance and the station of each hop, and the pod if pinned."""

    instances: list[int]
    stations: list[int]
    pod: int
    sender_instance: int
    key: PoolKey
    pool: list[Connection] | None = None
    requests: int = 0
    """Requests that it has taken up so far."""
    under_way: int = 0
    is_new: bool = False
    """Whether the request that has taken it last has to pay for its opening."""
    retired: bool = False
    """Takes no more requests, and is closed with the answer to the last."""


class Connections:
    """All connections of one run."""

    def __init__(self, program: Program, key: int) -> None:
        self._program = program
        self._key = key
        self._free: dict[PoolKey, list[Connection]] = defaultdict(list)
        self._shared: dict[PoolKey, Connection] = {}
        self._turn = [0] * len(program.instances.kind)
        self._opened: dict[PoolKey, int] = defaultdict(int)
        self._closed: dict[PoolKey, int] = defaultdict(int)
        self.per_instance: IntArray = np.zeros(len(program.instances.kind), dtype=np.int64)

    def take(
        self, sender: Sender, segment: Segment, service: int, caller_pod: int, pod: int
    ) -> Connection:
        """A connection from ``sender`` over ``segment``; ``pod`` is -1 if none is chosen yet."""
        pool_key = (sender, segment.number, service, pod)
        shared = bool(self._program.services.multiplexed[service]) or sender[0] == "client"
        free = self._free[pool_key]
        connection = self._shared.get(pool_key) if shared else free.pop() if free else None
        if connection is not None:
            connection.is_new = False
        else:
            connection = self._open(pool_key, segment, caller_pod)
            connection.is_new = self._closed[pool_key] > 0
            self._closed[pool_key] -= connection.is_new
            if shared:
                self._shared[pool_key] = connection
            else:
                connection.pool = free
        self._use(connection, pool_key)
        return connection

    def _use(self, connection: Connection, pool_key: PoolKey) -> None:
        connection.requests += 1
        connection.under_way += 1
        sender, _, service, _ = pool_key
        most = self._program.services.connection_requests[service]
        if sender[0] == "client":
            most = self._program.load.connection_requests
        if connection.requests == most:
            connection.retired = True
            self._shared.pop(pool_key, None)
            self._closed[pool_key] += 1

    def give_back(self, connection: Connection) -> None:
        """The answer has come back: the connection is free, and the first to be taken again."""
        connection.under_way -= 1
        if connection.retired:
            self._close_if_unused(connection)
        elif connection.pool is not None:
            connection.pool.append(connection)

    def close(self, connection: Connection) -> None:
        """The request was given up: a connection that carries one at a time is of no more use."""
        connection.under_way -= 1
        if connection.pool is not None and not connection.retired:
            connection.retired = True
            self._closed[connection.key] += 1
        if connection.retired:
            self._close_if_unused(connection)

    def _close_if_unused(self, connection: Connection) -> None:
        if connection.under_way == 0:
            self._count(connection, -1)

    def _open(self, pool_key: PoolKey, segment: Segment, caller_pod: int) -> Connection:
        sender, number, service, pod = pool_key
        key = mix(mix(mix(self._key, Purpose.CONNECTION_WORKER), _code(sender)), service)
        key = mix(mix(mix(key, number), pod + 1), self._opened[pool_key])
        self._opened[pool_key] += 1
        last = segment.hops[-1] if segment.hops else None
        ends_before_pod = segment.ends_at_proxy and last is not None and last.side != Side.CALLEE
        if pod < 0 and not ends_before_pod:
            services = self._program.services
            draw = uniform(key, Purpose.CONNECTION_HOST)
            pod = int(services.pod_first[service])
            pod += pick_random(int(services.pod_count[service]), draw)
        instances = [
            self._instance(hop.kind, hop.side, service, caller_pod, pod, key)
            for hop in segment.hops
        ]
        stations = [
            self._worker(instance, mix(key, number)) for number, instance in enumerate(instances)
        ]
        sender_instance = self._instance_of_station(sender[1]) if sender[0] == "proxy" else -1
        connection = Connection(instances, stations, pod, sender_instance, pool_key)
        self._count(connection, +1)
        return connection

    def _instance(
        self, kind: int, side: Side, service: int, caller_pod: int, pod: int, key: int
    ) -> int:
        kinds, placement = self._program.kinds, self._program.placement
        first = int(kinds.instance_first[kind])
        scope = kinds.scope[kind]
        standing_at = caller_pod if side == Side.CALLER else pod
        if scope == Scope.POD:
            return first + standing_at
        if scope == Scope.NODE:
            return first + int(placement.pod_node[standing_at])
        owner = (
            service if scope == Scope.SERVICE else int(self._program.services.namespace[service])
        )
        replicas = int(kinds.replicas[kind])
        return first + owner * replicas + pick_random(replicas, uniform(key, Purpose.PROXY_REPLICA))

    def _worker(self, instance: int, key: int) -> int:
        kind = self._program.instances.kind[instance]
        workers = int(self._program.kinds.workers[kind])
        if self._program.kinds.exact_balance[kind]:
            worker = pick_round_robin(workers, self._turn[instance])
            self._turn[instance] += 1
        else:
            worker = pick_random(workers, uniform(key, Purpose.CONNECTION_WORKER))
        return int(self._program.instances.station_first[instance]) + worker

    def _count(self, connection: Connection, change: int) -> None:
        """A proxy counts what it accepts and, at layer 7, what it opens to other proxies and pods.

        At layer 4 the two sides of a connection are one. Connections of a sidecar to its own
        application are left out.
        """
        for instance in connection.instances:
            self.per_instance[instance] += change
        if connection.sender_instance >= 0:
            self.per_instance[connection.sender_instance] += change

    def _instance_of_station(self, station: int) -> int:
        firsts = self._program.instances.station_first
        return int(np.searchsorted(firsts, station, side="right")) - 1


class HostChoice:
    """Chooses the pod of a request where a caller or a layer 7 proxy does so per request."""

    def __init__(self, program: Program, key: int) -> None:
        self._program = program
        self._key = key
        self._turns: dict[tuple[Sender, int], int] = {}
        self._active: dict[tuple[Sender, int], list[int]] = {}

    def pick(
        self, policy: int, choices: int, worker: Sender, process: Sender, service: int, key: int
    ) -> int:
        """The pod for one request.

        ``worker`` keeps the turn of round robin, ``process`` the active requests of all its workers
        (that is how Envoy shares its state); ``key`` is the key of the call.
        """
        first = int(self._program.services.pod_first[service])
        hosts = int(self._program.services.pod_count[service])
        if policy == Balancing.RANDOM:
            return first + pick_random(hosts, uniform(key, Purpose.HOST))
        if policy == Balancing.ROUND_ROBIN:
            return first + pick_round_robin(hosts, self._next_turn(worker, service))
        host_key = mix(key, Purpose.HOST)
        draws = [uniform(host_key, number) for number in range(choices)]
        active = self._active.setdefault((process, service), [0] * hosts)
        host = pick_least_request(active, draws)
        active[host] += 1
        return first + host

    def done(self, policy: int, process: Sender, service: int, pod: int) -> None:
        """The request has been answered."""
        if policy == Balancing.LEAST_REQUEST:
            active = self._active[process, service]
            host = pod - int(self._program.services.pod_first[service])
            active[host] -= 1
            assert active[host] >= 0, "more answers than requests"

    def _next_turn(self, worker: Sender, service: int) -> int:
        turn = self._turns.get((worker, service))
        if turn is None:
            start_key = mix(mix(self._key, _code(worker)), service)
            turn = int(uniform(start_key, Purpose.ROUND_ROBIN_START) * 2**32)
        self._turns[worker, service] = turn + 1
        return turn


_KINDS = {"client": 0, "pod": 1, "proxy": 2}


def _code(sender: Sender) -> int:
    return sender[1] * 4 + _KINDS[sender[0]]

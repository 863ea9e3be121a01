"""One life of a call, written down once.

    host choice → connection → proxies of the caller's side → network → (waypoint → network)
    → proxies of the host's side → worker slot → steps → the same way back → answer

Every function here is a SimPy process or a part of one. ``spent`` is a list of seconds per
:class:`~meshsim.solvers.observations.Part`; each adds what it took, so the parts sum to the time.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import simpy

from meshsim.lowering.program import Balancing, Hop, Op, Path, Program, Side
from meshsim.physics.passage import busy_cost_s
from meshsim.physics.quota import PERIOD_S
from meshsim.solvers.observations import Part, Recorder
from meshsim.solvers.sampling import Sampler
from meshsim.solvers.simpy_model.connections import Connection, Connections, HostChoice, Sender
from meshsim.solvers.simpy_model.cores import FirstComeCores, SharedCores
from meshsim.solvers.simpy_model.event_loop import EventLoopWorker, Passage
from meshsim.solvers.simpy_model.stations import WorkerSlots
from meshsim.solvers.streams import Purpose, mix, uniform

Process = Generator[simpy.Event, Any, bool]
Steps = Generator[simpy.Event, Any, None]

_NOWHERE = -1


@dataclass(slots=True)
class Call:
    """What a call is: who calls which endpoint, with which key and sizes."""

    key: int
    ordinal: int
    edge: int
    endpoint: int
    service: int
    sender: Sender
    caller_pod: int
    request_bytes: float
    response_bytes: float


@dataclass(slots=True)
class Leg:
    """One proxy on the way, to be visited again on the way back."""

    side: Side
    node: int
    station: int
    passage: Passage


class Model:
    """The stations of a program and the life of a call among them."""

    def __init__(self, program: Program, env: simpy.Environment, key: int, rec: Recorder) -> None:
        self.program = program
        self.env = env
        self.recorder = rec
        self._key = key
        self._sampler = Sampler(program.steps.distributions)
        self.connections = Connections(program, key)
        self._hosts = HostChoice(program, key)
        self.cores = [self._cores(pod) for pod in range(program.pods)]
        self.slots = [self._slots(pod) for pod in range(program.pods)]
        self.workers = self._proxy_workers()
        self.pod_requests = [0] * program.pods
        self._node = program.placement.pod_node.tolist()
        self._steps = [column.tolist() for column in (program.steps.op, program.steps.a)]
        self._branches = program.steps.b.tolist()

    def _cores(self, pod: int) -> SharedCores | FirstComeCores:
        placement = self.program.placement
        first_come = self.program.services.first_come[placement.pod_service[pod]]
        kind = FirstComeCores if first_come else SharedCores
        phase_s = PERIOD_S * uniform(mix(self._key, pod), Purpose.QUOTA_PHASE)
        return kind(self.env, float(placement.pod_cores[pod]), phase_s)

    def _slots(self, pod: int) -> WorkerSlots | None:
        slots = int(self.program.services.workers[self.program.placement.pod_service[pod]])
        return WorkerSlots(self.env, slots) if slots else None

    def _proxy_workers(self) -> list[EventLoopWorker]:
        kinds = self.program.kinds
        return [
            EventLoopWorker(
                self.env,
                float(kinds.wake_up_s[kind]),
                float(kinds.idle_scale_s[kind]),
                float(kinds.idle_exponent[kind]),
            )
            for kind in self.program.instances.kind
            for _ in range(int(kinds.workers[kind]))
        ]

    def busy_s(self) -> list[float]:
        """CPU used so far by each station [s]."""
        return [c.busy_s() for c in self.cores] + [w.busy_s() for w in self.workers]

    def verify(self) -> None:
        """Assert Little's law at every station."""
        for station in (*self.cores, *self.workers, *self.slots):
            if station is not None:
                station.verify()

    def request(self, ordinal: int, number: int, entry: int, client: int) -> Process:
        """A request from outside, from arrival to answer; returns whether it failed."""
        program = self.program
        start_s = self.env.now
        endpoint = int(program.load.entry_endpoint[entry])
        call = Call(
            key=mix(mix(self._key, Purpose.REQUEST), number),
            ordinal=ordinal,
            edge=int(program.entry_edge[entry]),
            endpoint=endpoint,
            service=int(program.endpoints.service[endpoint]),
            sender=("client", client),
            caller_pod=_NOWHERE,
            request_bytes=float(program.endpoints.request_bytes[endpoint]),
            response_bytes=float(program.endpoints.response_bytes[endpoint]),
        )
        spent = [0.0] * len(Part)
        failed = yield from self._call(call, program.entry, spent)
        latency_s = self.env.now - start_s
        self.recorder.request(ordinal, entry, start_s, latency_s, failed, spent)
        return failed

    def _call(self, call: Call, path: Path, spent: list[float]) -> Process:
        """A call, from the moment the caller sends it to the moment it has the answer."""
        start_s = self.env.now
        legs: list[Leg] = []
        taken: list[Connection] = []
        sender, process = call.sender, self._process_of(call.sender)
        side, node = Side.CALLER, self._node_of(call.caller_pod)
        pod, policy, picker = _NOWHERE, int(Balancing.PER_CONNECTION), process
        for index, segment in enumerate(path.segments):
            if index == path.picker:
                policy, picker = self._policy(path, call.service), process
                if policy != Balancing.PER_CONNECTION:
                    pod = self._pick(policy, path, sender, process, call)
            connection = self.connections.take(sender, segment, call.service, call.caller_pod, pod)
            taken.append(connection)
            pod = connection.pod
            for hop, instance, station in zip(
                segment.hops, connection.instances, connection.stations, strict=True
            ):
                hop_node = int(self.program.instances.node[instance])
                yield from self._travel(side, node, hop.side, hop_node, call.request_bytes, spent)
                side, node = hop.side, hop_node
                leg = Leg(side, node, station, self._passage(hop, call))
                legs.append(leg)
                yield from self._visit(leg, spent, returning=False)
                sender, process = ("proxy", station), ("proxy", -1 - instance)
        yield from self._travel(side, node, Side.CALLEE, self._node[pod], call.request_bytes, spent)
        failed = yield from self._serve(call, pod, spent)
        yield from self._answer(call, legs, pod, spent)
        for connection in taken:
            self.connections.give_back(connection)
        self._hosts.done(policy, picker, call.service, pod)
        self.recorder.call(call.edge, call.ordinal, self.env.now - start_s)
        return failed

    def _answer(self, call: Call, legs: list[Leg], pod: int, spent: list[float]) -> Steps:
        """The same way back."""
        side, node = Side.CALLEE, self._node[pod]
        for leg in reversed(legs):
            yield from self._travel(side, node, leg.side, leg.node, call.response_bytes, spent)
            side, node = leg.side, leg.node
            yield from self._visit(leg, spent, returning=True)
        home = self._node_of(call.caller_pod)
        yield from self._travel(side, node, Side.CALLER, home, call.response_bytes, spent)

    def _policy(self, path: Path, service: int) -> int:
        if path.picker == 0:
            return int(self.program.services.balancing[service])
        return int(self.program.kinds.balancing[path.segments[path.picker - 1].hops[-1].kind])

    def _pick(self, policy: int, path: Path, worker: Sender, process: Sender, call: Call) -> int:
        if path.picker == 0:
            return self._hosts.pick(policy, 2, process, process, call.service, call.key)
        kind = path.segments[path.picker - 1].hops[-1].kind
        choices = int(self.program.kinds.choices[kind])
        return self._hosts.pick(policy, choices, worker, process, call.service, call.key)

    @staticmethod
    def _process_of(sender: Sender) -> Sender:
        """All clients outside count as one, as behind one load balancer."""
        return ("client", 0) if sender[0] == "client" else sender

    def _node_of(self, pod: int) -> int:
        return _NOWHERE if pod == _NOWHERE else self._node[pod]

    def _passage(self, hop: Hop, call: Call) -> Passage:
        kinds = self.program.kinds
        cost_s = busy_cost_s(
            float(kinds.busy_s[hop.kind, call.service]),
            float(kinds.per_byte_s[hop.kind, call.service]),
            call.request_bytes + call.response_bytes,
        )
        share = float(kinds.request_share[hop.kind])
        return Passage(cost_s * share, cost_s * (1 - share))

    def _visit(self, leg: Leg, spent: list[float], *, returning: bool) -> Steps:
        start_s = self.env.now
        worker = self.workers[leg.station - self.program.pods]
        work_s = yield worker.visit(leg.passage, returning=returning)
        spent[Part.PROXY_WORK] += work_s
        spent[Part.PROXY_QUEUE] += self.env.now - start_s - work_s

    def _travel(
        self, side: Side, node: int, to_side: Side, to_node: int, size: float, spent: list[float]
    ) -> Steps:
        """The network, wherever the way leaves one side for another."""
        if side == to_side:
            return
        delay_s = self._one_way_s(node, to_node, size)
        if delay_s > 0.0:
            spent[Part.NETWORK] += delay_s
            yield simpy.Timeout(self.env, delay_s)

    def _one_way_s(self, node: int, to_node: int, size_bytes: float) -> float:
        placement = self.program.placement
        if _NOWHERE in {node, to_node}:
            return placement.client_round_trip_s / 2
        if node == to_node:
            return placement.same_node_s / 2
        zones = placement.node_zone
        round_trip_s = float(placement.zone_round_trip_s[zones[node], zones[to_node]])
        return round_trip_s / 2 + size_bytes / placement.bandwidth_bytes_per_s

    def _serve(self, call: Call, pod: int, spent: list[float]) -> Process:
        """Admission, worker slot, steps, reply; returns whether the answer is an error."""
        self.pod_requests[pod] += 1
        slots = self.slots[pod]
        if slots is not None:
            start_s = self.env.now
            yield from slots.acquire()
            spent[Part.APP_QUEUE] += self.env.now - start_s
        first_op = int(self.program.endpoints.first_op[call.endpoint])
        failed = yield from self._run(first_op, call, pod, spent)
        if slots is not None:
            slots.release()
        error = float(self.program.endpoints.error[call.endpoint])
        return failed or (error > 0.0 and uniform(call.key, Purpose.ERROR) < error)

    def _run(self, op: int, call: Call, pod: int, spent: list[float]) -> Process:
        """A run of steps; returns whether one of them failed, which ends the run."""
        ops, arguments = self._steps
        while ops[op] != Op.END:
            if ops[op] == Op.COMPUTE:
                yield from self._compute(op, arguments[op], call, pod, spent)
            elif ops[op] == Op.WAIT:
                wait_s = self._sampler.value(arguments[op], uniform(call.key, Purpose.STEP + op))
                spent[Part.APP_WAIT] += wait_s
                yield simpy.Timeout(self.env, wait_s)
            elif ops[op] == Op.CALL:
                if (yield from self._call_site(op, arguments[op], call, pod, spent)):
                    return True
            elif (yield from self._parallel(op, call, pod, spent)):
                return True
            op += 1
        return False

    def _compute(self, op: int, row: int, call: Call, pod: int, spent: list[float]) -> Steps:
        start_s = self.env.now
        demand_s = self._sampler.value(row, uniform(call.key, Purpose.STEP + op))
        yield self.cores[pod].serve(demand_s)
        spent[Part.APP_WORK] += demand_s
        spent[Part.APP_QUEUE] += self.env.now - start_s - demand_s

    def _call_site(self, op: int, site: int, caller: Call, pod: int, spent: list[float]) -> Process:
        """The calls of one step, one after the other; returns whether one failed for good."""
        steps = self.program.steps
        probability = float(steps.call_probability[site])
        endpoint = int(steps.call_endpoint[site])
        site_key = mix(caller.key, Purpose.STEP + op)
        for repetition in range(int(steps.call_count[site])):
            key = mix(site_key, repetition)
            if probability < 1.0 and uniform(key, Purpose.REQUEST) >= probability:
                continue
            call = Call(
                key=key,
                ordinal=caller.ordinal,
                edge=int(steps.call_edge[site]),
                endpoint=endpoint,
                service=int(self.program.endpoints.service[endpoint]),
                sender=("pod", pod),
                caller_pod=pod,
                request_bytes=float(steps.call_request_bytes[site]),
                response_bytes=float(steps.call_response_bytes[site]),
            )
            failed = yield from self._call(call, self.program.inside, spent)
            if failed and steps.call_fails[site]:
                return True
        return False

    def _parallel(self, op: int, call: Call, pod: int, spent: list[float]) -> Process:
        """Branches at once; the time went where the last of them spent it."""
        first, count = self._steps[1][op], self._branches[op]
        parts = [[0.0] * len(Part) for _ in range(count)]
        order: list[int] = []

        def branch(number: int) -> Process:
            start = int(self.program.steps.branch_op[first + number])
            failed = yield from self._run(start, call, pod, parts[number])
            order.append(number)
            return failed

        branches = [self.env.process(branch(number)) for number in range(count)]
        yield simpy.AllOf(self.env, branches)
        for part, part_s in enumerate(parts[order[-1]]):
            spent[part] += part_s
        return any(process.value for process in branches)

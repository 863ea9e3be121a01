"""The caller's side of a call, from the moment it is sent to the moment of the answer.

    host choice → connection → proxies of the caller's side → network → (waypoint → network)
    → proxies of the host's side → the pod serves → the same way back

Who gives a try up takes back what waits on its way, closes the connections that carry one request
at a time, and lets the pod know at once.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import simpy

from meshsim.lowering.program import Balancing, Hop, Path, Side
from meshsim.physics.passage import busy_cost_s
from meshsim.policies.retry import Outcome
from meshsim.solvers.observations import Part
from meshsim.solvers.simpy_model.connections import Connection, Sender
from meshsim.solvers.simpy_model.event_loop import Passage
from meshsim.solvers.simpy_model.guard import Answer
from meshsim.solvers.simpy_model.serving import Serving, Steps
from meshsim.solvers.streams import Purpose

if TYPE_CHECKING:
    from meshsim.solvers.simpy_model.model import Model

NOWHERE = -1


@dataclass(slots=True)
class Call:
    """What a try of a call is: who calls which endpoint, with which key and sizes."""

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


@dataclass(slots=True)
class Way:
    """How far a try has come, and what it holds."""

    side: Side
    node: int
    sender: Sender
    process: Sender
    router: Leg | None = None
    """The proxy that sends at present; none before the first."""
    pod: int = NOWHERE
    legs: list[Leg] = field(default_factory=list)
    taken: list[Connection] = field(default_factory=list)
    policy: int = Balancing.PER_CONNECTION
    picker: Sender = ("client", 0)


class Caller:
    """Makes the calls of one run."""

    def __init__(self, model: Model) -> None:
        self._model = model

    def from_outside(
        self, ordinal: int, entry: int, client: int, key: int, spent: list[float]
    ) -> Answer:
        """A request of a client."""
        program = self._model.program
        endpoint = int(program.load.entry_endpoint[entry])
        call = Call(
            key=key,
            ordinal=ordinal,
            edge=int(program.entry_edge[entry]),
            endpoint=endpoint,
            service=int(program.endpoints.service[endpoint]),
            sender=("client", client),
            caller_pod=NOWHERE,
            request_bytes=float(program.endpoints.request_bytes[endpoint]),
            response_bytes=float(program.endpoints.response_bytes[endpoint]),
        )
        return self._guarded(call, program.entry, program.load.policy, spent)

    def from_pod(self, pod: int, ordinal: int, site: int, key: int, spent: list[float]) -> Answer:
        """A call of a pod."""
        program = self._model.program
        steps = program.steps
        endpoint = int(steps.call_endpoint[site])
        call = Call(
            key=key,
            ordinal=ordinal,
            edge=int(steps.call_edge[site]),
            endpoint=endpoint,
            service=int(program.endpoints.service[endpoint]),
            sender=("pod", pod),
            caller_pod=pod,
            request_bytes=float(steps.call_request_bytes[site]),
            response_bytes=float(steps.call_response_bytes[site]),
        )
        return self._guarded(call, program.inside, int(steps.call_policy[site]), spent)

    def _guarded(self, call: Call, path: Path, policy: int, spent: list[float]) -> Answer:
        """The call as the caller sees it, under the caller's own policy."""
        model = self._model
        start_s = model.env.now

        def attempt(_: int, key: int, parts: list[float]) -> Answer:
            return self._try(_with_key(call, key), path, parts)

        outcome, tries = yield from model.guard.call(
            policy, call.key, Purpose.CALLER_TRY, attempt, spent
        )
        model.recorder.call(call.edge, call.ordinal, model.env.now - start_s, outcome, tries)
        return outcome

    def _try(self, call: Call, path: Path, spent: list[float]) -> Answer:
        """One try of the caller: all the way, or to the proxy that tries on its own."""
        home = self._node_of(call.caller_pod)
        way = Way(Side.CALLER, home, call.sender, _process_of(call.sender))
        start_s = self._model.env.now
        routed = path.policy >= 0
        try:
            yield from self._go(call, path, way, 0, path.picker if routed else None, spent)
            if routed:
                outcome = yield from self._proxied(call, path, way, spent)
            else:
                outcome = yield from self._serve(call, way, spent)
            yield from self._back(call, way, Side.CALLER, home, spent)
        except GeneratorExit:
            self._drop(call, way)
            raise
        self._finish(call, way, start_s, outcome)
        return outcome

    def _proxied(self, call: Call, path: Path, way: Way, spent: list[float]) -> Answer:
        """The proxy that chooses the host keeps the policy of the mesh."""

        def attempt(number: int, key: int, parts: list[float]) -> Answer:
            return self._proxy_try(_with_key(call, key), path, way, number, parts)

        guard = self._model.guard
        outcome, _ = yield from guard.call(path.policy, call.key, Purpose.PROXY_TRY, attempt, spent)
        return outcome

    def _proxy_try(
        self, call: Call, path: Path, before: Way, number: int, spent: list[float]
    ) -> Answer:
        """One try of a proxy; for each but the first, its worker takes the request up again."""
        router = before.legs[-1]
        way = Way(router.side, router.node, before.sender, before.process, router)
        start_s = self._model.env.now
        try:
            if number > 0:
                yield from self._visit(router, spent, returning=False)
            yield from self._go(call, path, way, path.picker, None, spent)
            outcome = yield from self._serve(call, way, spent)
            yield from self._back(call, way, router.side, router.node, spent)
        except GeneratorExit:
            self._drop(call, way)
            raise
        self._finish(call, way, start_s, outcome)
        return outcome

    def _go(
        self, call: Call, path: Path, way: Way, first: int, last: int | None, spent: list[float]
    ) -> Steps:
        """The way through segments ``first`` to ``last``, on to the pod if that is None."""
        model = self._model
        is_new = False
        for index, segment in enumerate(path.segments[first:last], start=first):
            if index == path.picker:
                self._pick(call, path, way)
            connection = model.connections.take(
                way.sender, segment, call.service, call.caller_pod, way.pod
            )
            is_new = connection.is_new
            if is_new and way.router is not None:
                # Paid with the answer: where in its way a request waits for this is all one.
                way.router.passage.response_cost_s += segment.open_s
            way.taken.append(connection)
            way.pod = connection.pod
            for hop, instance, station in zip(
                segment.hops, connection.instances, connection.stations, strict=True
            ):
                hop_node = int(model.program.instances.node[instance])
                trips = hop.round_trips if is_new else 0
                yield from self._travel(way, hop.side, hop_node, call.request_bytes, spent, trips)
                leg = Leg(way.side, way.node, station, self._passage(hop, call, is_new=is_new))
                way.legs.append(leg)
                way.router = leg
                yield from self._visit(leg, spent, returning=False)
                way.sender, way.process = ("proxy", station), ("proxy", -1 - instance)
        if last is None:
            node = model.node[way.pod]
            trips = 1 if is_new else 0
            yield from self._travel(way, Side.CALLEE, node, call.request_bytes, spent, trips)

    def _serve(self, call: Call, way: Way, spent: list[float]) -> Answer:
        serving = Serving(self._model, call, way.pod, spent)
        serving.start()
        try:
            failed = yield serving.answered
        except GeneratorExit:
            serving.give_up()
            raise
        return Outcome.ERROR if failed else Outcome.OK

    def _back(self, call: Call, way: Way, home: Side, home_node: int, spent: list[float]) -> Steps:
        """The same way back."""
        for leg in reversed(way.legs):
            yield from self._travel(way, leg.side, leg.node, call.response_bytes, spent)
            yield from self._visit(leg, spent, returning=True)
        yield from self._travel(way, home, home_node, call.response_bytes, spent)

    def _finish(self, call: Call, way: Way, start_s: float, outcome: Outcome) -> None:
        model = self._model
        for connection in way.taken:
            model.connections.give_back(connection)
        model.hosts.done(way.policy, way.picker, call.service, way.pod)
        worker = way.legs[0].station if way.legs else NOWHERE
        model.recorder.answered_try(
            call.key, call.ordinal, call.edge, start_s, model.env.now, outcome, way.pod, worker
        )

    def _drop(self, call: Call, way: Way) -> None:
        for connection in way.taken:
            self._model.connections.close(connection)
        self._model.hosts.done(way.policy, way.picker, call.service, way.pod)

    def _pick(self, call: Call, path: Path, way: Way) -> None:
        """Choose the pod, unless that is left to the connection."""
        program = self._model.program
        way.picker = way.process
        if path.picker == 0:
            way.policy, choices = int(program.services.balancing[call.service]), 2
            worker = way.process
        else:
            kind = path.segments[path.picker - 1].hops[-1].kind
            way.policy = int(program.kinds.balancing[kind])
            choices, worker = int(program.kinds.choices[kind]), way.sender
        if way.policy != Balancing.PER_CONNECTION:
            way.pod = self._model.hosts.pick(
                way.policy, choices, worker, way.process, call.service, call.key
            )

    def _node_of(self, pod: int) -> int:
        return NOWHERE if pod == NOWHERE else self._model.node[pod]

    def _passage(self, hop: Hop, call: Call, *, is_new: bool) -> Passage:
        kinds = self._model.program.kinds
        cost_s = busy_cost_s(
            float(kinds.busy_s[hop.passes, hop.kind, call.service]),
            float(kinds.per_byte_s[hop.passes, hop.kind, call.service]),
            call.request_bytes + call.response_bytes,
        )
        share = float(kinds.request_share[hop.kind])
        return Passage(
            cost_s * share + (hop.open_s if is_new else 0.0),
            cost_s * (1 - share),
            float(kinds.idle_scale_s[hop.kind, call.service]),
            float(kinds.idle_exponent[hop.kind, call.service]),
        )

    def _visit(
        self, leg: Leg, spent: list[float], *, returning: bool
    ) -> Generator[simpy.Event, Any, None]:
        env = self._model.env
        start_s = env.now
        worker = self._model.workers[leg.station - self._model.program.pods]
        visit = worker.visit(leg.passage, returning=returning)
        try:
            work_s = yield visit
        except GeneratorExit:
            worker.withdraw(visit)
            raise
        spent[Part.PROXY_WORK] += work_s
        spent[Part.PROXY_QUEUE] += env.now - start_s - work_s

    def _travel(
        self,
        way: Way,
        to_side: Side,
        to_node: int,
        size: float,
        spent: list[float],
        round_trips: int = 0,
    ) -> Steps:
        """The network, wherever the way leaves one side for another; ``round_trips`` before."""
        from_side, from_node = way.side, way.node
        way.side, way.node = to_side, to_node
        if from_side == to_side:
            return
        delay_s = self._one_way_s(from_node, to_node, size)
        if round_trips > 0:
            delay_s += 2 * round_trips * self._one_way_s(from_node, to_node, 0.0)
        if delay_s > 0.0:
            spent[Part.NETWORK] += delay_s
            yield simpy.Timeout(self._model.env, delay_s)

    def _one_way_s(self, node: int, to_node: int, size_bytes: float) -> float:
        placement = self._model.program.placement
        if NOWHERE in {node, to_node}:
            return placement.client_round_trip_s / 2
        if node == to_node:
            return placement.same_node_s / 2
        zones = placement.node_zone
        round_trip_s = float(placement.zone_round_trip_s[zones[node], zones[to_node]])
        return round_trip_s / 2 + size_bytes / placement.bandwidth_bytes_per_s


def _with_key(call: Call, key: int) -> Call:
    if key == call.key:
        return call
    return Call(
        key,
        call.ordinal,
        call.edge,
        call.endpoint,
        call.service,
        call.sender,
        call.caller_pod,
        call.request_bytes,
        call.response_bytes,
    )


def _process_of(sender: Sender) -> Sender:
    """All clients outside count as one, as behind one load balancer."""
    return ("client", 0) if sender[0] == "client" else sender

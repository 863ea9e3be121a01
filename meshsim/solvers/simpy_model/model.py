"""The stations of a program, and who moves among them.

``calling``  the caller's side of a call: the way to a host and back
``guard``    the caller's patience: time-outs, tries, pauses
``serving``  the server's side: worker slot, steps

Every function in them is a SimPy generator or a part of one. ``spent`` is a list of seconds per
:class:`~meshsim.solvers.observations.Part`; each adds what it took, so the parts sum to the time.
"""

from __future__ import annotations

import numpy as np
import simpy

from meshsim.lowering.program import Program
from meshsim.physics.quota import PERIOD_S
from meshsim.solvers.observations import Part, Recorder
from meshsim.solvers.sampling import Sampler
from meshsim.solvers.simpy_model.calling import Caller
from meshsim.solvers.simpy_model.connections import Connections, HostChoice
from meshsim.solvers.simpy_model.cores import FirstComeCores, SharedCores
from meshsim.solvers.simpy_model.event_loop import EventLoopWorker, Stalls
from meshsim.solvers.simpy_model.guard import Answer, Guard
from meshsim.solvers.simpy_model.stations import WorkerSlots
from meshsim.solvers.streams import Purpose, mix, uniform


class Model:
    """One run of a program."""

    def __init__(self, program: Program, env: simpy.Environment, key: int, rec: Recorder) -> None:
        self.program = program
        self.env = env
        self.recorder = rec
        self._key = key
        self.sampler = Sampler(program.steps.distributions)
        self.connections = Connections(program, key)
        self.hosts = HostChoice(program, key)
        self.guard = Guard(env, program.policies)
        self.caller = Caller(self)
        self.cores = [self._cores(pod) for pod in range(program.pods)]
        self.slots = [self._slots(pod) for pod in range(program.pods)]
        self.workers = self._proxy_workers()
        self.pod_requests = [0] * program.pods
        self.node: list[int] = program.placement.pod_node.tolist()
        self.ops: list[int] = program.steps.op.tolist()
        self.arguments: list[int] = program.steps.a.tolist()
        self.branches: list[int] = program.steps.b.tolist()

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
        kind_of_worker = np.repeat(
            self.program.instances.kind, kinds.workers[self.program.instances.kind]
        )
        return [
            EventLoopWorker(self.env, float(kinds.wake_up_s[kind]), self._stalls(kind, number))
            for number, kind in enumerate(kind_of_worker.tolist())
        ]

    def _stalls(self, kind: int, worker: int) -> Stalls | None:
        kinds = self.program.kinds
        probability = float(kinds.stall_probability[kind])
        if probability == 0.0:
            return None
        key = mix(mix(self._key, Purpose.STALL), worker)
        return Stalls(probability, float(kinds.stall_s[kind]), key)

    def busy_s(self) -> list[float]:
        """CPU used so far by each station [s]."""
        return [c.busy_s() for c in self.cores] + [w.busy_s() for w in self.workers]

    def verify(self) -> None:
        """Assert Little's law at every station."""
        for station in (*self.cores, *self.workers, *self.slots):
            if station is not None:
                station.verify()

    def request(self, ordinal: int, number: int, entry: int, client: int) -> Answer:
        """A request from outside, from arrival to answer; returns how it ended."""
        start_s = self.env.now
        key = mix(mix(self._key, Purpose.REQUEST), number)
        spent = [0.0] * len(Part)
        outcome = yield from self.caller.from_outside(ordinal, entry, client, key, spent)
        latency_s = self.env.now - start_s
        self.recorder.request(ordinal, entry, start_s, latency_s, outcome, spent)
        return outcome

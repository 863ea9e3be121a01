"""The server's side of a call: worker slot, steps, reply.

A serving is a strand of its own: it may outlive the caller that has given it up, if its service
finishes what it has begun. Its steps run in order; parallel branches are strands too.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import simpy

from meshsim.lowering.program import Op
from meshsim.policies.retry import Outcome
from meshsim.solvers.observations import Part
from meshsim.solvers.simpy_model.strand import Signal, Strand
from meshsim.solvers.streams import Purpose, mix, uniform

if TYPE_CHECKING:
    from meshsim.solvers.simpy_model.calling import Call
    from meshsim.solvers.simpy_model.model import Model

Process = Generator[simpy.Event, Any, bool]
Steps = Generator[simpy.Event, Any, None]


class Serving:
    """One request in a pod. ``answered`` happens with whether the answer is an error."""

    def __init__(self, model: Model, call: Call, pod: int, spent: list[float]) -> None:
        self._model = model
        self._pod = pod
        self._spent = spent
        self._admitted = False
        self._stops = bool(model.program.services.stops[call.service])
        self.answered = Signal(model.env)
        self._strand = Strand(self._serve(call), self._answer)

    def start(self) -> None:
        """Let the request into the pod."""
        self._strand.start()

    def give_up(self) -> None:
        """The caller is gone: what waits for admission leaves, what runs stops or is finished."""
        if self._stops or not self._admitted:
            self._strand.end()

    def _answer(self, failed: bool) -> None:
        self.answered.succeed(failed)

    def _serve(self, call: Call) -> Process:
        model, slots = self._model, self._model.slots[self._pod]
        model.pod_requests[self._pod] += 1
        if slots is not None:
            start_s = model.env.now
            yield from slots.acquire()
            self._spent[Part.APP_QUEUE] += model.env.now - start_s
        self._admitted = True
        try:
            first_op = int(model.program.endpoints.first_op[call.endpoint])
            failed = yield from self._run(first_op, call, self._spent)
        finally:
            if slots is not None:
                slots.release()
        error = float(model.program.endpoints.error[call.endpoint])
        return failed or (error > 0.0 and uniform(call.key, Purpose.ERROR) < error)

    def _run(self, op: int, call: Call, spent: list[float]) -> Process:
        """A run of steps; returns whether one of them failed, which ends the run."""
        model = self._model
        ops, arguments = model.ops, model.arguments
        while ops[op] != Op.END:
            if ops[op] == Op.COMPUTE:
                yield from self._compute(op, arguments[op], call, spent)
            elif ops[op] == Op.WAIT:
                draw = uniform(call.key, Purpose.STEP + op)
                wait_s = model.sampler.value(arguments[op], draw)
                spent[Part.APP_WAIT] += wait_s
                yield simpy.Timeout(model.env, wait_s)
            elif ops[op] == Op.CALL:
                if (yield from self._call_site(op, arguments[op], call, spent)):
                    return True
            elif (yield from self._parallel(op, call, spent)):
                return True
            op += 1
        return False

    def _compute(self, op: int, row: int, call: Call, spent: list[float]) -> Steps:
        env, cores = self._model.env, self._model.cores[self._pod]
        start_s = env.now
        demand_s = self._model.sampler.value(row, uniform(call.key, Purpose.STEP + op))
        done = cores.serve(demand_s)
        try:
            yield done
        except GeneratorExit:
            cores.withdraw(done)
            raise
        spent[Part.APP_WORK] += demand_s
        spent[Part.APP_QUEUE] += env.now - start_s - demand_s

    def _call_site(self, op: int, site: int, caller: Call, spent: list[float]) -> Process:
        """The calls of one step, one after the other; returns whether one failed for good."""
        steps = self._model.program.steps
        probability = float(steps.call_probability[site])
        site_key = mix(caller.key, Purpose.STEP + op)
        for repetition in range(int(steps.call_count[site])):
            key = mix(site_key, repetition)
            if probability < 1.0 and uniform(key, Purpose.REQUEST) >= probability:
                continue
            outcome = yield from self._model.caller.from_pod(
                self._pod, caller.ordinal, site, key, spent
            )
            if outcome != Outcome.OK and steps.call_fails[site]:
                return True
        return False

    def _parallel(self, op: int, call: Call, spent: list[float]) -> Process:
        """Branches at once; the time went where the last of them spent it."""
        model = self._model
        first, count = model.arguments[op], model.branches[op]
        parts = [[0.0] * len(Part) for _ in range(count)]
        failures: dict[int, bool] = {}
        joined = Signal(model.env)

        def branch(number: int) -> Strand:
            def ended(failed: bool) -> None:
                failures[number] = failed
                if len(failures) == count:
                    joined.succeed(number)

            start = int(model.program.steps.branch_op[first + number])
            return Strand(self._run(start, call, parts[number]), ended)

        strands = [branch(number) for number in range(count)]
        for strand in strands:
            strand.start()
        try:
            last = yield joined
        except GeneratorExit:
            for strand in strands:
                strand.end()
            raise
        for part, part_s in enumerate(parts[last]):
            spent[part] += part_s
        return any(failures.values())

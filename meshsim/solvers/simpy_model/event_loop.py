"""A worker thread of a proxy: an event loop.

Each request visits it twice, on the way in and on the way back. A worker that finds events ready
takes all of them as one batch and runs them in order; what they write leaves when the batch ends;
what arrived meanwhile is the next batch. A worker found idle answers after a wake-up delay.

                 wake-up        batch 1            batch 2
    idle ───────┼───────┼──────────────────┼─────────────────┼─────── idle
           ▲       ▲        ▲    ▲         ▼ answers of 1    ▼ answers of 2
           event   event    event event

The idle time since a request was last taken up is the ``gap`` that the next request pays for, half
of it on each visit (see :mod:`meshsim.physics.passage`). A visit that is given up before its batch
has begun costs nothing; a batch is paid for as a whole when it begins. A machine that stalls holds
a batch up after its work (:mod:`meshsim.physics.stall`).

Source: this discipline, and not M/G/1, predicts the p50 and p90 of a real Envoy within about 10%
up to 85% utilisation (our measurement, docs/sources.md); in Envoy, writes are activated for the
next iteration of the loop.
"""

from __future__ import annotations

from dataclasses import dataclass

import simpy

from meshsim.physics.passage import idle_cost_s
from meshsim.physics.stall import stall_s
from meshsim.solvers.simpy_model.stations import Station
from meshsim.solvers.simpy_model.strand import Signal
from meshsim.solvers.streams import mix, uniform


@dataclass(slots=True)
class Passage:
    """One request's way through one proxy: its two visits, and what they cost."""

    request_cost_s: float
    response_cost_s: float
    idle_scale_s: float = 0.0
    idle_exponent: float = 0.0
    idle_share_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Stalls:
    """The stalls of one worker: a chance, a mean length and the key of its draws."""

    probability: float
    mean_s: float
    key: int

    def length_s(self, batch: int) -> float:
        """How long batch number ``batch`` is held up [s]; mostly not at all."""
        key = mix(self.key, batch)
        return stall_s(self.probability, self.mean_s, uniform(key, 0), uniform(key, 1))


class Visit(Signal):
    """One visit: happens when its batch has ended; its value is the CPU that it took."""

    def __init__(self, env: simpy.Environment, passage: Passage, *, returning: bool) -> None:
        super().__init__(env)
        self.passage = passage
        self.returning = returning


class EventLoopWorker(Station):
    """One worker thread."""

    def __init__(
        self, env: simpy.Environment, wake_up_s: float, stalls: Stalls | None = None
    ) -> None:
        super().__init__(env)
        self._wake_up_s = wake_up_s
        self._stalls = stalls
        self._batches = 0
        self._ready: list[Visit] = []
        self._in_batch = 0
        self._awake = False
        self._gap_s = 0.0
        self._idle_since = 0.0
        self._batch_end = 0.0
        self._charged = 0.0

    def visit(self, passage: Passage, *, returning: bool) -> Visit:
        """Let a request in: ready for the next batch."""
        visit = Visit(self.env, passage, returning=returning)
        self._count(+1)
        self._ready.append(visit)
        if not self._awake:
            self._awake = True
            wake_up = simpy.Timeout(self.env, self._wake_up_s)
            wake_up.callbacks.append(self._wake)
        return visit

    def withdraw(self, visit: Visit) -> None:
        """Give a visit up; what its batch has begun goes on."""
        if visit in self._ready:
            self._ready.remove(visit)
            self._count(-1)

    def busy_s(self) -> float:
        """CPU used so far [s]."""
        return self._charged - max(0.0, self._batch_end - self.env.now)

    def present(self) -> int:
        """Number of events in the batch and of those ready for the next."""
        return self._in_batch + len(self._ready)

    def _wake(self, _: simpy.Event) -> None:
        self._gap_s += self.env.now - self._idle_since
        self._run_batch()

    def _run_batch(self) -> None:
        batch, self._ready = self._ready, []
        if not batch:
            self._fall_asleep()
            return
        self._in_batch = len(batch)
        total_s, finished = 0.0, []
        for visit in batch:
            cost_s = self._cost_s(visit.passage, visit.returning)
            total_s += cost_s
            finished.append((visit, cost_s))
        self._charged += total_s
        self._batch_end = self.env.now + total_s
        end = simpy.Timeout(self.env, total_s + self._stall_s())
        end.callbacks.append(lambda _: self._finish_batch(finished))

    def _stall_s(self) -> float:
        """How long the machine holds up this batch."""
        self._batches += 1
        return 0.0 if self._stalls is None else self._stalls.length_s(self._batches)

    def _cost_s(self, passage: Passage, returning: bool) -> float:
        if returning:
            return passage.response_cost_s + passage.idle_share_s
        idle_s = idle_cost_s(passage.idle_scale_s, passage.idle_exponent, self._gap_s)
        self._gap_s = 0.0
        passage.idle_share_s = idle_s / 2
        return passage.request_cost_s + passage.idle_share_s

    def _finish_batch(self, finished: list[tuple[Visit, float]]) -> None:
        self._in_batch = 0
        for visit, cost_s in finished:
            self._count(-1)
            visit.succeed(cost_s)
        self._run_batch()

    def _fall_asleep(self) -> None:
        self._awake = False
        self._idle_since = self.env.now

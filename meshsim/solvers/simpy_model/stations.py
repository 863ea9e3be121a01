"""Stations: what work queues at.

``SharedCores``      the cores of a pod, shared by all requests at once, in ``cores.py``
``FirstComeCores``   the cores of a pod, served in order of arrival, in ``cores.py``
``WorkerSlots``      threads or processes of a pod, held from admission to reply
``EventLoopWorker``  a worker thread of a proxy, in ``event_loop.py``

Every station keeps count so that Little's law can be checked: at any moment t, with n still inside,
∫ N dt = Σ departures - Σ arrivals + n t, exactly. The n that was counted must be the number of
those who are really there.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterator

import simpy

from meshsim.solvers.simpy_model.strand import Signal

_ROUNDING = 1e-6


class Station(ABC):
    """Counts who is inside, for the invariants."""

    def __init__(self, env: simpy.Environment) -> None:
        self.env = env
        self.inside = 0
        self.arrivals = 0
        self._area = 0.0
        self._sum_arrivals = 0.0
        self._sum_departures = 0.0
        self._counted_until = 0.0

    def _count(self, change: int) -> None:
        now = self.env.now
        self._area += self.inside * (now - self._counted_until)
        self._counted_until = now
        self.inside += change
        if change > 0:
            self.arrivals += 1
            self._sum_arrivals += now
        else:
            self._sum_departures += now

    @abstractmethod
    def present(self) -> int:
        """Number of those inside, found by looking and not by counting."""

    def verify(self) -> None:
        """Assert that nobody got lost, and Little's law on the path walked so far."""
        assert self.inside >= 0, "more departures than arrivals"
        assert self.inside == self.present(), "somebody left without being counted"
        now = self.env.now
        area = self._area + self.inside * (now - self._counted_until)
        sojourns = self._sum_departures - self._sum_arrivals + self.inside * now
        scale = 1.0 + abs(self._sum_arrivals)
        assert abs(area - sojourns) <= _ROUNDING * scale, "Little's law does not hold"


class WorkerSlots(Station):
    """A fixed number of slots, granted in order of arrival, held until released."""

    def __init__(self, env: simpy.Environment, slots: int) -> None:
        super().__init__(env)
        self._slots = slots
        self._free = slots
        self._waiting: deque[Signal] = deque()

    def acquire(self) -> Iterator[simpy.Event]:
        """Wait for a slot: nothing to wait for if one is free, else one event.

        Who is ended while waiting leaves the line, or passes on what was just granted.
        """
        self._count(+1)
        if self._free > 0:
            self._free -= 1
            return
        granted = Signal(self.env)
        self._waiting.append(granted)
        try:
            yield granted
        except GeneratorExit:
            self._leave(granted)
            raise

    def _leave(self, granted: Signal) -> None:
        if granted.triggered:
            self.release()
            return
        self._waiting.remove(granted)
        self._count(-1)

    def release(self) -> None:
        """Give the slot to the next in line."""
        self._count(-1)
        if self._waiting:
            self._waiting.popleft().succeed()
        else:
            self._free += 1

    def present(self) -> int:
        """Number of slots taken, and of those in line."""
        return self._slots - self._free + len(self._waiting)

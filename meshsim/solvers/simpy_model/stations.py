"""Stations: what work queues at.

``SharedCores``      the cores of a pod, shared by all requests at once (processor sharing)
``FirstComeCores``   the cores of a pod, served in order of arrival
``WorkerSlots``      threads or processes of a pod, held from admission to reply
``EventLoopWorker``  a worker thread of a proxy, in ``event_loop.py``

Every station keeps count so that Little's law can be checked: at any moment t, with n still inside,
∫ N dt = Σ departures - Σ arrivals + n t, exactly. The n that was counted must be the number of
those who are really there.
"""

from __future__ import annotations

import heapq
import math
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterator

import simpy

from meshsim.physics.sharing import sharing_rate

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


class SharedCores(Station):
    """Processor sharing over ``cores``: n requests run at min(1, cores / n) each.

    Event-exact: completions are ordered by virtual time, which advances at the common rate.
    """

    def __init__(self, env: simpy.Environment, cores: float) -> None:
        super().__init__(env)
        self.cores = cores
        self._virtual = 0.0
        self._seen_at = 0.0
        self._busy = 0.0
        self._running: list[tuple[float, int, simpy.Event]] = []
        self._timer = 0

    def serve(self, demand_s: float) -> simpy.Event:
        """An event that happens when ``demand_s`` of CPU has been given."""
        done = simpy.Event(self.env)
        self._count(+1)
        self._advance()
        heapq.heappush(self._running, (self._virtual + demand_s, self.arrivals, done))
        self._schedule()
        return done

    def busy_s(self) -> float:
        """CPU used so far [core seconds]."""
        self._advance()
        return self._busy

    def present(self) -> int:
        """Number of requests that share the cores."""
        return len(self._running)

    def _advance(self) -> None:
        now = self.env.now
        if self._running:
            step = (now - self._seen_at) * sharing_rate(self.cores, len(self._running))
            self._virtual += step
            self._busy += step * len(self._running)
        self._seen_at = now

    def _schedule(self) -> None:
        """Set the timer for the next completion; an older timer is void."""
        self._timer += 1
        if self._running:
            rate = sharing_rate(self.cores, len(self._running))
            delay = max(0.0, self._running[0][0] - self._virtual) / rate
            timeout = simpy.Timeout(self.env, delay, self._timer)
            timeout.callbacks.append(self._complete)

    def _complete(self, timeout: simpy.Event) -> None:
        if timeout.value != self._timer:
            return
        self._advance()
        finish, _, done = heapq.heappop(self._running)
        self._virtual = max(self._virtual, finish)
        self._count(-1)
        self._schedule()
        done.succeed()


class FirstComeCores(Station):
    """First come, first served by ceil(cores) servers that together have the speed of ``cores``."""

    def __init__(self, env: simpy.Environment, cores: float) -> None:
        super().__init__(env)
        servers = math.ceil(cores)
        self._speed = cores / servers
        self._free = servers
        self._waiting: deque[tuple[float, simpy.Event]] = deque()
        self._started = 0.0
        self._running: dict[simpy.Event, float] = {}

    def serve(self, demand_s: float) -> simpy.Event:
        """An event that happens when ``demand_s`` of CPU has been given."""
        done = simpy.Event(self.env)
        self._count(+1)
        if self._free > 0:
            self._free -= 1
            self._start(demand_s, done)
        else:
            self._waiting.append((demand_s, done))
        return done

    def busy_s(self) -> float:
        """CPU used so far [core seconds]."""
        left = sum(end - self.env.now for end in self._running.values())
        return self._started - left * self._speed

    def present(self) -> int:
        """Number of requests on the cores and in line."""
        return len(self._running) + len(self._waiting)

    def _start(self, demand_s: float, done: simpy.Event) -> None:
        self._started += demand_s
        self._running[done] = self.env.now + demand_s / self._speed
        timeout = simpy.Timeout(self.env, demand_s / self._speed)
        timeout.callbacks.append(lambda _: self._complete(done))

    def _complete(self, done: simpy.Event) -> None:
        del self._running[done]
        self._count(-1)
        if self._waiting:
            self._start(*self._waiting.popleft())
        else:
            self._free += 1
        done.succeed()


class WorkerSlots(Station):
    """A fixed number of slots, granted in order of arrival, held until released."""

    def __init__(self, env: simpy.Environment, slots: int) -> None:
        super().__init__(env)
        self._slots = slots
        self._free = slots
        self._waiting: deque[simpy.Event] = deque()

    def acquire(self) -> Iterator[simpy.Event]:
        """Wait for a slot: nothing to wait for if one is free, else one event."""
        self._count(+1)
        if self._free > 0:
            self._free -= 1
            return
        granted = simpy.Event(self.env)
        self._waiting.append(granted)
        yield granted

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

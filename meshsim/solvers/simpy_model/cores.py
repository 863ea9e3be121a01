"""The cores of a pod under its CPU limit, shared by all or served in order of arrival.

Event-exact: those in service run at the common speed min(1, cores / n), so their completions are
ordered by virtual time, which advances at that speed (:mod:`meshsim.physics.sharing`). When the
quota of a period is used up, virtual time stands still until the next one begins
(:mod:`meshsim.physics.quota`).
"""

from __future__ import annotations

import heapq
import math
from abc import abstractmethod
from collections import deque
from collections.abc import Callable

import simpy

from meshsim.physics.quota import PERIOD_S, parallel_cores, quota_s, until_used_up_s
from meshsim.physics.sharing import sharing_rate
from meshsim.solvers.simpy_model.stations import Station
from meshsim.solvers.simpy_model.strand import Signal

_ROUNDING_S = 1e-9
"""Moments this close are one: work that just fits into a quota ends, and a period begins anew."""
_NOTHING = (0, 0.0)


class Cores(Station):
    """The cores of a pod; subclasses say who of those inside is served.

    ``cores`` is the CPU limit, ``phase_s`` how far the first period of its quota has gone.
    """

    def __init__(self, env: simpy.Environment, cores: float, phase_s: float = 0.0) -> None:
        super().__init__(env)
        self._parallel = parallel_cores(cores)
        self._quota = quota_s(cores)
        self._left = self._quota
        self._period_end = env.now + PERIOD_S - phase_s
        self._throttled = False
        self._virtual = 0.0
        self._seen_at = env.now
        self._busy = 0.0
        self._started = 0
        self._running: list[tuple[float, int, Signal]] = []
        self._timer = 0
        self._aim = _NOTHING

    def serve(self, demand_s: float) -> Signal:
        """An event that happens when ``demand_s`` of CPU has been given."""
        done = Signal(self.env)
        self._count(+1)
        self._advance()
        self._admit(demand_s, done)
        self._schedule()
        return done

    def withdraw(self, done: Signal) -> None:
        """Give up what ``serve`` gave: the CPU that it has not had yet is not used."""
        if done.triggered:
            return
        self._advance()
        self._count(-1)
        if not self._not_started(done):
            self._running = [entry for entry in self._running if entry[2] is not done]
            heapq.heapify(self._running)
            self._freed()
        self._schedule()

    def busy_s(self) -> float:
        """CPU used so far [core seconds]; to look changes nothing, not even by rounding."""
        return self._busy + (self.env.now - self._seen_at) * self._rate() * len(self._running)

    @abstractmethod
    def _admit(self, demand_s: float, done: Signal) -> None:
        """Serve a new request at once, or let it wait."""

    def _run(self, demand_s: float, done: Signal) -> None:
        self._started += 1
        heapq.heappush(self._running, (self._virtual + demand_s, self._started, done))

    def _rate(self) -> float:
        """Speed of each one in service [cores]."""
        if self._throttled or not self._running:
            return 0.0
        return sharing_rate(self._parallel, len(self._running))

    def _advance(self) -> None:
        """Bring virtual time, used CPU and the quota to the present."""
        now = self.env.now
        rate = self._rate()
        self._virtual += (now - self._seen_at) * rate
        speed = rate * len(self._running)
        self._busy += (now - self._seen_at) * speed
        if self._quota < math.inf:
            self._spend(now, speed)
        self._seen_at = now

    def _spend(self, now: float, speed: float) -> None:
        started = self._seen_at
        if now >= self._period_end - _ROUNDING_S:
            periods = math.floor((now - self._period_end + _ROUNDING_S) / PERIOD_S) + 1
            self._period_end += periods * PERIOD_S
            self._left = self._quota
            self._throttled = False
            started = max(started, self._period_end - PERIOD_S)
        self._left = max(0.0, self._left - max(0.0, now - started) * speed)

    def _schedule(self) -> None:
        """Set the timer for what comes next; an older timer is void.

        A timer for the same completion at the same speed stands as it is.
        """
        aim = (self._running[0][1], self._rate()) if self._running else _NOTHING
        if self._quota == math.inf and aim == self._aim:
            return
        self._timer += 1
        self._aim = aim
        if not self._running:
            return
        rate = aim[1]
        if self._throttled:
            self._after(self._period_end - self.env.now, self._resume)
            return
        finish_s = max(0.0, self._running[0][0] - self._virtual) / rate
        stop_s = math.inf
        if self._quota < math.inf:
            until_period_s = self._period_end - self.env.now
            speed = rate * len(self._running)
            stop_s = until_used_up_s(self._left, self._quota, until_period_s, speed)
        if stop_s < finish_s - _ROUNDING_S:
            self._after(stop_s, self._stop)
        else:
            self._after(finish_s, self._complete)

    def _after(self, delay_s: float, action: Callable[[], None]) -> None:
        timer = self._timer

        def act(_: simpy.Event) -> None:
            if timer == self._timer:
                action()

        simpy.Timeout(self.env, max(0.0, delay_s)).callbacks.append(act)

    def _stop(self) -> None:
        self._advance()
        self._throttled = self._left <= _ROUNDING_S
        self._schedule()

    def _resume(self) -> None:
        self._advance()
        self._schedule()

    def _complete(self) -> None:
        self._aim = _NOTHING
        self._advance()
        finish, _, done = heapq.heappop(self._running)
        self._virtual = max(self._virtual, finish)
        self._count(-1)
        self._freed()
        self._schedule()
        done.succeed()

    @abstractmethod
    def _freed(self) -> None:
        """One in service has ended: the next may start."""

    @abstractmethod
    def _not_started(self, done: Signal) -> bool:
        """Take a request out of the line; False if it is being served."""


class SharedCores(Cores):
    """Processor sharing: all requests inside are served at once."""

    def _admit(self, demand_s: float, done: Signal) -> None:
        self._run(demand_s, done)

    def _freed(self) -> None:
        """Nobody waits."""

    def _not_started(self, done: Signal) -> bool:
        return False

    def present(self) -> int:
        """Number of requests that share the cores."""
        return len(self._running)


class FirstComeCores(Cores):
    """First come, first served: at most one request per core, the others wait in line."""

    def __init__(self, env: simpy.Environment, cores: float, phase_s: float = 0.0) -> None:
        super().__init__(env, cores, phase_s)
        self._waiting: deque[tuple[float, Signal]] = deque()

    def _admit(self, demand_s: float, done: Signal) -> None:
        if len(self._running) < self._parallel:
            self._run(demand_s, done)
        else:
            self._waiting.append((demand_s, done))

    def _freed(self) -> None:
        if self._waiting:
            self._run(*self._waiting.popleft())

    def _not_started(self, done: Signal) -> bool:
        before = len(self._waiting)
        self._waiting = deque(entry for entry in self._waiting if entry[1] is not done)
        return len(self._waiting) < before

    def present(self) -> int:
        """Number of requests on the cores and in line."""
        return len(self._running) + len(self._waiting)

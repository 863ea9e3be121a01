"""The two ways of loading a proxy for a slice of time, and what was seen.

*Closed*: each connection asks again as soon as it is answered; enough of them keep the proxy's
worker busy without a pause. *Open*: requests are due at given moments, whether or not earlier ones
are answered; a latency counts from the moment at which its request was due, so that a slow proxy or
a slow generator cannot hide the time for which a request had to wait. Only the standard library.

Both begin with a part that is not measured. Counters are read at the edges of the part that is. An
open slice ends when its last request is answered, so that CPU and requests belong together.
"""

from __future__ import annotations

import select
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from meshsim.calibration.measuring.connections import Broken, Connection, Pool

T = TypeVar("T")
Clock = Callable[[], int]
"""Nanoseconds that never go back."""

_DRAIN_SECONDS = 2.0
_LOOK_SECONDS = 0.05


@dataclass
class Seen(Generic[T]):
    """What a slice saw; ``before`` and ``after`` are the counters at its edges.

    ``latencies_ns`` and ``lags_ns`` (how late requests were sent) are those of an open slice.
    """

    before: T
    after: T
    requests: int
    seconds: float
    errors: int
    latencies_ns: list[int] = field(default_factory=list)
    lags_ns: list[int] = field(default_factory=list)


def run_closed(
    pool: Pool, warm_s: float, seconds: float, read: Callable[[], T], clock: Clock | None = None
) -> Seen[T]:
    """Load with all connections of a pool for so long."""
    loop = _Closed(pool, clock or time.perf_counter_ns)
    loop.begin()
    loop.run(warm_s)
    done, errors, before, start_ns = loop.answered, loop.errors, read(), loop.now()
    loop.run(seconds)
    end_ns, after = loop.now(), read()
    requests, failed = loop.answered - done, loop.errors - errors
    loop.drain()
    return Seen(before, after, requests, (end_ns - start_ns) / 1e9, failed)


class _Closed:
    """Each answer brings the next request."""

    def __init__(self, pool: Pool, clock: Clock) -> None:
        self.now, self.answered, self.errors = clock, 0, 0
        self._pool, self._waiting = pool, 0

    def begin(self) -> None:
        for connection in list(self._pool.connections.values()):
            self._ask(connection)
        self._waiting = len(self._pool.connections)

    def run(self, seconds: float) -> None:
        """Serve for so long."""
        pool, connections, buffer = self._pool, self._pool.connections, self._pool.buffer
        poll, clock = pool.epoll.poll, self.now
        end_ns = clock() + round(seconds * 1e9)
        while clock() < end_ns:
            for descriptor, mask in poll(_LOOK_SECONDS):
                connection = connections[descriptor]
                try:
                    if mask & select.EPOLLOUT:
                        pool.send_rest(connection)
                    if mask & select.EPOLLIN and connection.take(buffer):
                        self.answered += 1
                        pool.ask(connection)
                except Broken:
                    self._mend(connection)

    def drain(self) -> None:
        """Take the answers that are still to come, and ask no more."""
        end_ns = self.now() + round(_DRAIN_SECONDS * 1e9)
        pool = self._pool
        while self._waiting and self.now() < end_ns:
            for descriptor, mask in pool.epoll.poll(_LOOK_SECONDS):
                connection = pool.connections[descriptor]
                try:
                    if mask & select.EPOLLOUT:
                        pool.send_rest(connection)
                    if mask & select.EPOLLIN and connection.take(pool.buffer):
                        self._waiting -= 1
                except Broken:
                    pool.replace(connection)
                    self._waiting -= 1

    def _ask(self, connection: Connection) -> None:
        try:
            self._pool.ask(connection)
        except Broken:
            self._mend(connection)

    def _mend(self, connection: Connection) -> None:
        self.errors += 1
        self._pool.ask(self._pool.replace(connection))


def run_open(
    pool: Pool,
    due_s: Sequence[float],
    warm_s: float,
    read: Callable[[], T],
    clock: Clock | None = None,
) -> Seen[T]:
    """Send a request at each moment of ``due_s``; those before ``warm_s`` are not measured."""
    return _Open(pool, due_s, warm_s, clock or time.perf_counter_ns).run(read)


class _Open:
    """Requests are due at moments; those that find no free connection wait in line."""

    def __init__(self, pool: Pool, due_s: Sequence[float], warm_s: float, clock: Clock) -> None:
        self._pool, self._now = pool, clock
        self._start_ns = clock() + 1_000_000
        self._due_ns = [self._start_ns + round(1e9 * moment) for moment in due_s]
        self._warm_ns = self._start_ns + round(1e9 * warm_s)
        self._free = deque(pool.connections.values())
        self._line: deque[int] = deque()
        self._next, self._busy, self._errors = 0, 0, 0
        self._latencies_ns: list[int] = []
        self._lags_ns: list[int] = []

    def run(self, read: Callable[[], T]) -> Seen[T]:
        warm = sum(moment < self._warm_ns for moment in self._due_ns)
        self._serve(warm, self._warm_ns)
        before, begin_ns = read(), self._now()
        self._latencies_ns.clear()
        self._lags_ns.clear()
        self._errors = 0
        self._serve(len(self._due_ns), self._due_ns[-1] if self._due_ns else 0)
        self._finish()
        after, end_ns = read(), self._now()
        return Seen(
            before,
            after,
            len(self._latencies_ns),
            (end_ns - begin_ns) / 1e9,
            self._errors + self._busy + len(self._line),
            self._latencies_ns,
            self._lags_ns,
        )

    def _serve(self, last: int, end_ns: int) -> None:
        """Send what is due until then, and take answers meanwhile."""
        while True:
            now_ns = self._now()
            while self._next < last and self._due_ns[self._next] <= now_ns:
                self._line.append(self._due_ns[self._next])
                self._next += 1
            self._send()
            if self._next == last and now_ns >= end_ns:
                return
            until_ns = self._due_ns[self._next] if self._next < last else end_ns
            self._take(max(0, until_ns - self._now()) / 1e9)

    def _finish(self) -> None:
        end_ns = self._now() + round(_DRAIN_SECONDS * 1e9)
        while (self._busy or self._line) and self._now() < end_ns:
            self._take(_LOOK_SECONDS)
            self._send()

    def _send(self) -> None:
        while self._line and self._free:
            connection = self._free.popleft()
            connection.intended_ns = self._line.popleft()
            self._busy += 1
            self._lags_ns.append(self._now() - connection.intended_ns)
            try:
                self._pool.ask(connection)
            except Broken:
                self._mend(connection)

    def _take(self, seconds: float) -> None:
        for descriptor, mask in self._pool.wait(seconds):
            connection = self._pool.connections[descriptor]
            try:
                if mask & select.EPOLLOUT:
                    self._pool.send_rest(connection)
                if mask & select.EPOLLIN and connection.take(self._pool.buffer):
                    self._latencies_ns.append(self._now() - connection.intended_ns)
                    self._busy -= 1
                    self._free.append(connection)
            except Broken:
                self._mend(connection)

    def _mend(self, connection: Connection) -> None:
        self._errors += 1
        self._busy -= 1
        self._free.append(self._pool.replace(connection))

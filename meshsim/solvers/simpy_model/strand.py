"""What SimPy's events and processes lack for calls that can be given up.

``Signal``    an event that happens before any other of the same moment
``Deadline``  an event that happens after all others of the same moment, unless disarmed: an answer
              that comes at the very moment of the time-out still counts
``Strand``    a generator driven by the events that it yields. Unlike a process it runs at once up
              to its first event, and it can be ended from outside at once: its ``GeneratorExit``
              handlers, innermost first, give back what it holds. (An interrupt would come later,
              after other events of the moment.)

So whatever happens at one moment happens in an order that follows from the model alone, and a
second engine can follow it: signals in the order in which they were given, then timed events in
the order in which they were scheduled, then deadlines likewise.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import simpy
from simpy.events import URGENT, EventPriority

LATE = EventPriority(2)
"""Priority of deadlines; SimPy's own are URGENT (0) and NORMAL (1)."""


class Signal(simpy.Event):
    """An event that happens at this moment, before all that was scheduled for it."""

    def succeed(self, value: object = None) -> Signal:
        """Let it happen; it must not have happened before."""
        assert not self.triggered, "a signal is given once"
        self._ok = True
        self._value = value
        self.env.schedule(self, priority=URGENT)
        return self


class Deadline(simpy.Event):
    """Calls ``missed`` after ``delay_s``, after everything else of that moment."""

    def __init__(self, env: simpy.Environment, delay_s: float, missed: Callable[[], None]) -> None:
        super().__init__(env)
        self._ok = True
        self._value = None
        self._armed = True
        self.callbacks.append(lambda _: missed() if self._armed else None)
        env.schedule(self, priority=LATE, delay=delay_s)

    def disarm(self) -> None:
        """The deadline was kept."""
        self._armed = False


Life = Generator[simpy.Event, Any, Any]


class Strand:
    """One line of execution; ``done`` is called with what its generator returns."""

    def __init__(self, life: Life, done: Callable[[Any], object]) -> None:
        self._life = life
        self._done = done
        self._waits_for: simpy.Event | None = None
        self.over = False

    def start(self) -> None:
        """Run up to the first event."""
        self._step(None)

    def end(self) -> None:
        """End it wherever it waits; ``done`` is not called."""
        if self.over:
            return
        self.over = True
        assert self._waits_for is not None, "a running strand does not end itself"
        if self._waits_for.callbacks is not None:
            self._waits_for.callbacks.remove(self._resume)
        self._life.close()

    def _resume(self, event: simpy.Event) -> None:
        self._step(event.value)

    def _step(self, value: object) -> None:
        try:
            event = self._life.send(value)
        except StopIteration as stop:
            self.over = True
            self._done(stop.value)
            return
        assert event.callbacks is not None, "what has happened is not waited for"
        event.callbacks.append(self._resume)
        self._waits_for = event

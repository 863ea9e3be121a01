"""Who waits for a call: its time-out, its tries, the pauses between them.

    deadline of the call ───────────────────────────────────────────────┐
    try 0 ──── failed ── pause ── try 1 ──── failed ── pause ── try 2 … ┴─► outcome
      └ deadline of the try        └ deadline of the try

A try is a strand of its own, so that it can be ended while its caller goes on. The policy's row is
the calling application's, a client's, or that of the proxy that chooses the host.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator
from typing import Any

import simpy

from meshsim.lowering.program import CallPolicies
from meshsim.policies.retry import Outcome, backoff_s, backoff_window_s, may_retry
from meshsim.solvers.observations import Part
from meshsim.solvers.simpy_model.strand import Deadline, Signal, Strand
from meshsim.solvers.streams import Purpose, mix, uniform

Answer = Generator[simpy.Event, Any, Outcome]
Attempt = Callable[[int, int, list[float]], Answer]
"""From the number of a try, its key and a list of seconds per part to be filled, the try."""


class Guard:
    """The policies of a program at work."""

    def __init__(self, env: simpy.Environment, policies: CallPolicies) -> None:
        self._env = env
        self._policies = policies

    def call(
        self, policy: int, key: int, first_salt: int, attempt: Attempt, spent: list[float]
    ) -> Generator[simpy.Event, Any, tuple[Outcome, int]]:
        """Try under row ``policy`` until answered or given up: the outcome, the number of tries.

        Try n has ``mix(key, first_salt + n)`` for its key, which draws the pause before it too; the
        first one has ``key`` itself.
        """
        if policy < 0:
            return (yield from attempt(0, key, spent)), 1
        watch = _Watch(self._env, float(self._policies.timeout_s[policy]))
        per_try_s = float(self._policies.per_try_timeout_s[policy])
        number, try_key = 0, key
        try:
            while True:
                started_s = self._env.now
                parts = [0.0] * len(Part)
                outcome = yield from watch.one_try(attempt(number, try_key, parts), per_try_s)
                number += 1
                if watch.missed or not self._again(policy, outcome, number):
                    break
                try_key = mix(key, first_salt + number)
                yield from watch.pause(self._pause_s(policy, number, try_key))
                if watch.missed:
                    break
                spent[Part.RETRY] += self._env.now - started_s
        finally:
            watch.end()
        if watch.missed or outcome == Outcome.TRY_TIMEOUT:
            spent[Part.RETRY] += self._env.now - started_s
            return Outcome.TIMEOUT, number
        for part, part_s in enumerate(parts):
            spent[part] += part_s
        return outcome, number

    def _again(self, policy: int, outcome: Outcome, tries: int) -> bool:
        left = int(self._policies.retries[policy]) + 1 - tries
        return may_retry(int(self._policies.retry_on[policy]), outcome, left)

    def _pause_s(self, policy: int, retry: int, try_key: int) -> float:
        base_s = float(self._policies.backoff_base_s[policy])
        max_s = float(self._policies.backoff_max_s[policy])
        window_s = backoff_window_s(base_s, max_s, retry)
        return backoff_s(window_s, uniform(try_key, Purpose.BACKOFF))


class _Watch:
    """The wait of one caller: for a try or through a pause, and never beyond the deadline."""

    def __init__(self, env: simpy.Environment, timeout_s: float) -> None:
        self._env = env
        self._settled = Signal(env)
        self._strand: Strand | None = None
        self._try_deadline: Deadline | None = None
        self.missed = False
        self._deadline = self._arm(timeout_s, self._call_missed)

    def one_try(self, life: Answer, timeout_s: float) -> Answer:
        """Wait for one try: its outcome, TRY_TIMEOUT after ``timeout_s``."""
        self._settled = Signal(self._env)
        self._strand = Strand(life, self._settled.succeed)
        self._try_deadline = self._arm(timeout_s, self._try_missed)
        self._strand.start()
        outcome: Outcome = yield self._settled
        self._disarm(self._try_deadline)
        return outcome

    def pause(self, pause_s: float) -> Generator[simpy.Event, Any, None]:
        """Wait before the next try."""
        if pause_s <= 0.0:
            return
        self._settled = settled = Signal(self._env)
        over = simpy.Timeout(self._env, pause_s)

        def wake(_: simpy.Event) -> None:
            if not settled.triggered:
                settled.succeed()

        over.callbacks.append(wake)
        yield settled

    def end(self) -> None:
        """Nobody waits any more."""
        if self._strand is not None:
            self._strand.end()
        self._disarm(self._try_deadline)
        self._disarm(self._deadline)

    def _call_missed(self) -> None:
        self.missed = True
        self._give_up(Outcome.TIMEOUT)

    def _try_missed(self) -> None:
        self._give_up(Outcome.TRY_TIMEOUT)

    def _give_up(self, outcome: Outcome) -> None:
        assert self._strand is not None, "a deadline comes after the first try has begun"
        self._strand.end()
        self._settled.succeed(outcome)

    def _arm(self, timeout_s: float, missed: Callable[[], None]) -> Deadline | None:
        return None if timeout_s == math.inf else Deadline(self._env, timeout_s, missed)

    @staticmethod
    def _disarm(deadline: Deadline | None) -> None:
        if deadline is not None:
            deadline.disarm()

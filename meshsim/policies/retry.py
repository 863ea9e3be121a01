"""Retries: which failures are tried again, and how long to wait before.

Formula: a failed try is repeated while tries are left and its outcome is one of those named by
``retry_on``. The pause before retry n (from 1) is a whole number of milliseconds, uniform in
[0, window(n)), with

    window(1) = base,   window(n + 1) = 2 × window(n) if window(n) < max / 2, else max.

Regimes: with failures at random at rate p each retry makes p·(rate) more load; where failures come
from overload, retries multiply it: r retries at each of n hops make (1 + r)^n tries of one call.
Source: Envoy ``source/common/router/retry_state_impl.cc`` and
``source/common/common/backoff_strategy.cc`` (the code; the documentation has (2^n - 1) × base).
"""

from __future__ import annotations

from enum import IntEnum


class Outcome(IntEnum):
    """How a call or one try of it ended."""

    OK = 0
    """Answered well."""
    ERROR = 1
    """Answered with an error of the called service (HTTP 500)."""
    TIMEOUT = 2
    """Given up, or answered 504 by a proxy that gave up (response flag UT)."""
    TRY_TIMEOUT = 3
    """One try that was given up; the call may go on."""


CONDITIONS: dict[str, int] = {
    "5xx": 1 << Outcome.ERROR | 1 << Outcome.TIMEOUT | 1 << Outcome.TRY_TIMEOUT,
    "gateway-error": 1 << Outcome.TIMEOUT | 1 << Outcome.TRY_TIMEOUT,
    "reset": 1 << Outcome.TRY_TIMEOUT,
}
"""Envoy's conditions as sets of outcomes. Its other conditions name failures of connections and
gRPC codes, which nothing here makes: they are the empty set."""


MAX_OVER_BASE = 10
"""Largest back-off window over the first, where none is given: Envoy's default."""


def may_retry(retry_on: int, outcome: int, retries_left: int) -> bool:
    """Whether a try that ended with ``outcome`` is repeated; ``retry_on`` is a set of outcomes."""
    return retries_left > 0 and (retry_on >> outcome) & 1 == 1


def backoff_window_s(base_s: float, max_s: float, retry: int) -> float:
    """The window [s] before retry number ``retry``, from 1."""
    window_s = base_s
    for _ in range(retry - 1):
        window_s = 2.0 * window_s if window_s < max_s / 2.0 else max_s
    return window_s


def backoff_s(window_s: float, draw: float) -> float:
    """The pause [s]: whole milliseconds below the window, for a draw in (0, 1)."""
    return int(draw * int(window_s * 1e3 + 0.5)) * 1e-3

"""What a caller does about calls that are slow or fail: time-outs and retries.

The fields have the names and the meaning of Envoy's route; they may stand on a call, where the
calling application keeps them under every mesh, and on the load, where the clients keep them.
"""

from __future__ import annotations

import math
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from meshsim.model.base import Described
from meshsim.model.fields import Duration, PositiveDuration, Whole
from meshsim.policies.retry import MAX_OVER_BASE

RetryCondition = Literal["5xx", "gateway-error", "reset"]

_INTERVAL_S_MIN = 1e-3


def _long_enough(interval_s: float) -> float:
    if interval_s < _INTERVAL_S_MIN:
        raise ValueError("must be at least a millisecond; write 1ms or more")
    return interval_s


Interval = Annotated[Duration, AfterValidator(_long_enough)]
"""A back-off window; pauses are whole milliseconds."""


class Retries(Described):
    """Further tries of a call that failed."""

    attempts: Whole = Field(ge=1, le=100)
    """Tries after the first."""
    per_try_timeout: PositiveDuration | None = None
    """Time that each try has; unset: only the timeout of the whole call."""
    retry_on: tuple[RetryCondition, ...] = Field(default=("5xx",), min_length=1)
    """What is tried again: ``5xx`` any failure, ``gateway-error`` a try that timed out or was
    answered 504, ``reset`` a try that timed out here."""
    base_interval: Interval = Field(default="25ms")  # type: ignore[assignment]
    """First back-off window, at least 1ms; it doubles with each further try. The pause before a
    try is a random number of whole milliseconds within the window."""
    max_interval: Interval | None = None
    """Largest back-off window; unset: ten times ``base_interval``."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.max_interval is not None and self.max_interval < self.base_interval:
            raise ValueError("max_interval must not lie below base_interval; raise it")
        return self

    @property
    def largest_window_s(self) -> float:
        """Largest back-off window [s]."""
        if self.max_interval is None:
            return MAX_OVER_BASE * self.base_interval
        return self.max_interval


def patience_s(timeout_s: float | None, retries: Retries | None) -> float:
    """Longest time for which a caller waits for one call [s]; infinite if it never gives up.

    Without the pauses between tries, which may all be zero.
    """
    limit_s = math.inf if timeout_s is None else timeout_s
    if retries is None or retries.per_try_timeout is None:
        return limit_s
    return min(limit_s, (retries.attempts + 1) * retries.per_try_timeout)

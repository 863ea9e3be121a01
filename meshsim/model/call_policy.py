"""What a caller does about calls that are slow or fail: time-outs and retries.

The fields have the names and the meaning of Envoy's route; they may stand on a call, where the
calling application keeps them under every mesh, and on the load, where the clients keep them.
"""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from meshsim.model.base import Described
from meshsim.model.fields import Duration, PositiveDuration, Whole

RetryCondition = Literal["5xx", "gateway-error", "reset"]

_INTERVAL_S_MIN = 1e-3
_MAX_OVER_BASE = 10


class Retries(Described):
    """Further tries of a call that failed."""

    attempts: Whole = Field(ge=1, le=100)
    """Tries after the first."""
    per_try_timeout: PositiveDuration | None = None
    """Time that each try has; unset: only the timeout of the whole call."""
    retry_on: tuple[RetryCondition, ...] = Field(default=("5xx",), min_length=1)
    """What is tried again: ``5xx`` any failure, ``gateway-error`` a try that timed out or was
    answered 504, ``reset`` a try that timed out here."""
    base_interval: Duration = Field(default="25ms", ge=_INTERVAL_S_MIN)  # type: ignore[assignment]
    """First back-off window; it doubles with each further try. The pause before a try is a random
    number of whole milliseconds within the window."""
    max_interval: Duration | None = Field(default=None, ge=_INTERVAL_S_MIN)
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
            return _MAX_OVER_BASE * self.base_interval
        return self.max_interval

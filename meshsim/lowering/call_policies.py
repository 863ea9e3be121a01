"""Time-outs and retries as rows of numbers, with the defaults filled in."""

from __future__ import annotations

import math

import numpy as np

from meshsim.lowering.program import CallPolicies
from meshsim.model.call_policy import Retries
from meshsim.model.mesh import DefaultPolicies
from meshsim.policies.retry import CONDITIONS, MAX_OVER_BASE

NO_POLICY = -1

_Row = tuple[float, int, float, int, float, float]


class PolicyTable:
    """Collects call policies; equal ones share a row."""

    def __init__(self) -> None:
        self._rows: dict[_Row, int] = {}

    def add_client(self, timeout_s: float | None, retries: Retries | None) -> int:
        """The row of what an application or a client outside does; NO_POLICY for nothing."""
        if timeout_s is None and retries is None:
            return NO_POLICY
        if retries is None:
            return self._add((_limit(timeout_s), 0, math.inf, 0, 0.0, 0.0))
        return self._add(
            (
                _limit(timeout_s),
                retries.attempts,
                _limit(retries.per_try_timeout),
                _set_of(retries.retry_on),
                retries.base_interval,
                retries.largest_window_s,
            )
        )

    def add_mesh(self, policies: DefaultPolicies) -> int:
        """The row of what a mesh does unasked; NO_POLICY for nothing that can happen here."""
        retries, timeout_s = policies.retries, policies.request_timeout
        outcomes = 0 if retries is None else _set_of(retries.retry_on)
        if retries is None or retries.attempts == 0 or outcomes == 0:
            return self.add_client(timeout_s, None)
        return self._add(
            (
                _limit(timeout_s),
                retries.attempts,
                math.inf,
                outcomes,
                retries.base_interval,
                MAX_OVER_BASE * retries.base_interval,
            )
        )

    def _add(self, row: _Row) -> int:
        return self._rows.setdefault(row, len(self._rows))

    def table(self) -> CallPolicies:
        """The finished table."""
        columns = list(zip(*self._rows, strict=True)) or [()] * 6
        return CallPolicies(
            timeout_s=np.array(columns[0], dtype=np.float64),
            retries=np.array(columns[1], dtype=np.int64),
            per_try_timeout_s=np.array(columns[2], dtype=np.float64),
            retry_on=np.array(columns[3], dtype=np.int64),
            backoff_base_s=np.array(columns[4], dtype=np.float64),
            backoff_max_s=np.array(columns[5], dtype=np.float64),
        )


def _limit(seconds: float | None) -> float:
    return math.inf if seconds is None else seconds


def _set_of(conditions: tuple[str, ...]) -> int:
    """The outcomes that any of the conditions names."""
    outcomes = 0
    for condition in conditions:
        outcomes |= CONDITIONS.get(condition, 0)
    return outcomes

"""How much to simulate, whatever the engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

BEYOND = 2
"""Arrivals go on up to this multiple of the measured requests."""


@dataclass(frozen=True)
class RunSettings:
    """Measured requests, the seed, and which replication of it."""

    requests: int
    seed: int = 1
    replication: int = 0
    keep: Literal["requests", "tallies"] = "requests"
    """Every measured request, or sums over windows of them (:mod:`meshsim.solvers.tally`)."""
    log_tries: bool = False
    """Keep every try of every call (:class:`~meshsim.solvers.observations.TryLog`)."""

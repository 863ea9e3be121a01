"""How much to simulate: replications of a number of requests, or as many as a precision takes."""

from __future__ import annotations

from dataclasses import dataclass

SECTIONS = 10
"""Independent sections behind every interval: ten replications, or ten groups of them."""


@dataclass(frozen=True)
class RunPlan:
    """A study's size.

    ``requests`` are measured in each of ``replications``; all scenarios of a study use the same
    random numbers, those of ``seed``. With a ``precision`` (0.05 for 5%) ten more replications are
    added until the p99 over all entry points is that certain, at most ``replications_max``.
    """

    requests: int = 2_000
    replications: int = SECTIONS
    seed: int = 1
    confidence: float = 0.95
    precision: float | None = None
    replications_max: int = 20 * SECTIONS

    def __post_init__(self) -> None:
        """Assert what the faces have checked."""
        assert self.requests >= 1
        assert self.replications >= 1
        assert 0 < self.confidence < 1
        assert self.precision is None or self.precision > 0

"""What was asked for, in the words in which it was asked: enough to ask for it again."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Asked:
    """How a scenario was named, and what was changed in it."""

    topology: str
    """Shipped name or path of the topology."""
    mesh: str
    """Shipped name or path of the mesh."""
    rate_per_s: float | None = None
    """Rate of requests that replaced the topology's own [1/s]."""
    replicas: tuple[tuple[str, int], ...] = ()
    """Services whose number of pods was replaced, with the new number."""

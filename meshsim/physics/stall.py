"""A stall: a moment at which the machine holds a worker up without using its CPU.

    length = -mean × log(1 - u₂)   if u₁ < probability, else 0

for one batch of a worker, with two draws from (0, 1). A shared machine stalls for milliseconds at
moments that nothing inside it shows (our measurement, docs/sources.md), which is most of a measured
p99; its rate is a property of the machine and not of the proxy. Off unless a mesh file says so.
"""

from __future__ import annotations

import math


def stall_s(probability: float, mean_s: float, hit: float, draw: float) -> float:
    """Time [s] for which a batch is held up."""
    if hit >= probability:
        return 0.0
    return -mean_s * math.log1p(-draw)

"""The closed-form solver: rates, utilisation, waits and latency without simulation."""

from meshsim.solvers.queueing.answer import QUANTILES, QueueingAnswer, StationUse, Times
from meshsim.solvers.queueing.capacity import Bottleneck, bottleneck, capacity_per_s
from meshsim.solvers.queueing.solve import solve

__all__ = [
    "QUANTILES",
    "Bottleneck",
    "QueueingAnswer",
    "StationUse",
    "Times",
    "bottleneck",
    "capacity_per_s",
    "solve",
]

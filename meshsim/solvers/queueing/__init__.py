"""The closed-form solver: rates, utilisation, waits and latency without simulation."""

from meshsim.solvers.queueing.capacity import Bottleneck, bottleneck, capacity_per_s

__all__ = ["Bottleneck", "bottleneck", "capacity_per_s"]

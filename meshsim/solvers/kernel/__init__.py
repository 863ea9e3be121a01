"""The kernel: the event loop, compiled. What it does is told by the SimPy model."""

from meshsim.solvers.kernel.run import simulate

__all__ = ["simulate"]

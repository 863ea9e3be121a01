"""The kernel: the event loop, compiled. What it does is told by the SimPy model."""

from meshsim.solvers.kernel.run import simulate
from meshsim.solvers.kernel.warming import is_compiled, prepare

__all__ = ["is_compiled", "prepare", "simulate"]

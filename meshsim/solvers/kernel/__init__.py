"""The kernel: the event loop compiled, for all that needs speed. The SimPy model tells what it does."""

from meshsim.solvers.kernel.run import simulate

__all__ = ["simulate"]

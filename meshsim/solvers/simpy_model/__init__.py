"""The SimPy model: the readable truth. One process per request, one class per kind of station."""

from meshsim.solvers.simpy_model.run import RunSettings, simulate

__all__ = ["RunSettings", "simulate"]

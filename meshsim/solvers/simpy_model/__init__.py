"""The SimPy model: the readable truth. One process per request, one class per kind of station."""

from meshsim.solvers.settings import RunSettings
from meshsim.solvers.simpy_model.run import simulate

__all__ = ["RunSettings", "simulate"]

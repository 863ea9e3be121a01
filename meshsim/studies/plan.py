"""How much to simulate: replications of a number of requests, or as many as a precision takes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from meshsim.solvers.choice import SolverName, solver_of

SECTIONS = 10
"""Independent sections behind every interval: ten replications, or ten groups of them."""

TALLIES_ABOVE = 200_000
"""Requests of a replication from which on they are not kept one by one, unless asked for."""

MEAN = "mean"

Keep = Literal["requests", "tallies", "auto"]


@dataclass(frozen=True)
class Target:
    """What a precision is about, for every mesh of a study.

    The half width of ``metric`` is taken relative to its estimate. With ``difference`` that of the
    relative change is taken as it is: the half width of mesh minus baseline over the baseline.
    """

    metric: str = "p99"
    """``mean``, or a quantile such as ``p99`` or ``p99.9``."""
    entry: str | None = None
    """Entry point, ``service/endpoint``; none for all requests."""
    difference: bool = False
    """Of each mesh and the baseline, instead of each mesh alone."""

    @property
    def probability(self) -> float | None:
        """That of the quantile, 0.99 for p99; None for the mean."""
        return None if self.metric == MEAN else float(f"{self.metric.removeprefix('p')}e-2")

    def __str__(self) -> str:
        """As it is written on the command line: ``p99``, ``mean-difference:shop/buy``."""
        entry = f":{self.entry}" if self.entry is not None else ""
        return f"{self.metric}{'-difference' if self.difference else ''}{entry}"


@dataclass(frozen=True)
class RunPlan:
    """A study's size.

    ``requests`` are measured in each of ``replications``; all scenarios of a study use the same
    random numbers, those of ``seed``. With a ``precision`` (0.05 for 5%) replications are added by
    tens until ``precision_of`` is that certain under all meshes, at most ``replications_max``, and
    if ``seconds_max`` is given no longer than that by the clock.
    """

    requests: int = 2_000
    replications: int = SECTIONS
    seed: int = 1
    confidence: float = 0.95
    precision: float | None = None
    replications_max: int = 20 * SECTIONS
    precision_of: Target = Target()
    seconds_max: float | None = None
    keep: Keep = "auto"
    """Whether replications hand over each request, or sums over windows of requests."""
    solver: SolverName | None = None
    """What simulates; none for the fastest that can run here, see :meth:`resolved`."""
    draws: int = 0
    """Draws of the meshes' parameters, for intervals of both causes of doubt; 0 for intervals of
    the simulation alone."""

    def __post_init__(self) -> None:
        """Assert what the faces have checked."""
        assert self.requests >= 1
        assert self.replications >= 1
        assert 0 < self.confidence < 1
        assert self.precision is None or self.precision > 0
        assert self.seconds_max is None or self.seconds_max > 0
        assert self.draws >= 0

    @property
    def keeps_tallies(self) -> bool:
        """Whether requests are summed up; if left open, those of long replications are."""
        return self.keep == "tallies" or (self.keep == "auto" and self.requests > TALLIES_ABOVE)

    @property
    def chosen_solver(self) -> SolverName:
        """The solver of a resolved plan."""
        assert self.solver is not None, "the plan was resolved"
        return self.solver

    def resolved(self) -> RunPlan:
        """The same plan with a solver. Raises InputError if the one it names cannot run here."""
        return replace(self, solver=solver_of(self.solver))

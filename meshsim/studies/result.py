"""The contract of results: what every face shows, computed once.

Every estimate is a :class:`~meshsim.stats.Interval` or, where the data do not carry one, a
:class:`~meshsim.stats.NotEnough` that says why. Durations are seconds, CPU cores, memory bytes,
money USD per month.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from meshsim.capacity.nodes import NodePlan
from meshsim.model.scenario import Scenario
from meshsim.solvers.observations import Part
from meshsim.stats import Interval, NotEnough
from meshsim.studies.asked import Asked
from meshsim.studies.plan import RunPlan, Target

Value = Interval | NotEnough

QUANTILES = (0.5, 0.9, 0.99, 0.999)
"""The latency quantiles of every table."""

ALL = "all requests"
"""Name of the row over all entry points."""


@dataclass(frozen=True)
class LatencyRow:
    """Latency of all requests, of one entry point, or of one edge [s]."""

    scope: Literal["all", "entry", "edge"]
    name: str
    requests: int
    mean: Value
    quantiles: tuple[Value, ...]
    """In the order of :data:`QUANTILES`."""


@dataclass(frozen=True)
class ServiceEdgeRow:
    """Latency of all calls from one service to another, over all their endpoints [s]."""

    caller: str
    callee: str
    latency: LatencyRow


@dataclass(frozen=True)
class BreakdownRow:
    """Where the time of the requests went: mean seconds per part; they sum to the mean latency."""

    name: str
    parts: tuple[float, ...]
    """In the order of :class:`~meshsim.solvers.observations.Part`."""

    def part(self, part: Part) -> float:
        """Mean seconds spent in one part."""
        return self.parts[part]

    @property
    def total(self) -> float:
        """Mean latency [s]."""
        return sum(self.parts)


@dataclass(frozen=True)
class UsageRow:
    """What one kind of container used and what was set aside for it, over all its instances."""

    owner: Literal["app", "proxy", "control_plane"]
    name: str
    instances: int
    cpu_used: Value
    cpu_requested: float
    memory_used: float
    memory_requested: float
    cpu_used_busiest: float
    """CPU of the busiest instance [cores]."""
    utilisation: float | None
    """CPU used over the CPU that it can use; None if it is not simulated."""
    utilisation_busiest: float | None
    """The same of the busiest pod, or of the busiest worker thread of a proxy."""
    memory_is_request: bool = False
    """True if the use of memory is unknown and its request stands in."""
    memory_range: Value | None = None
    """``memory_used`` with its interval, of a study that draws parameters."""


@dataclass(frozen=True)
class OutcomeRow:
    """Answers of one entry point."""

    name: str
    requests: int
    errors: int
    error_rate: Value


@dataclass(frozen=True)
class ObjectiveRow:
    """One objective, and whether it was kept.

    ``kept`` goes by the estimate and is None without enough data; ``certain`` tells whether the
    whole interval lies on the same side of the bound.
    """

    entry: str
    text: str
    value: Value
    kept: bool | None
    certain: bool


@dataclass(frozen=True)
class Precision:
    """How precisely a study knows what it was asked for, where it is least certain."""

    target: Target
    asked: float
    """Half width to reach, as a fraction."""
    mesh: str
    """The least certain mesh."""
    value: Value
    """What the target came to there: seconds, or the relative change if it is a difference."""
    half_width: float | None
    """As a fraction of the estimate, or of the baseline for a difference; None without data."""
    replications: int
    """Replications simulated."""
    replications_needed: int | None
    """Forecast for what was asked; None without data."""

    @property
    def reached(self) -> bool:
        """Whether all meshes are as certain as asked."""
        return self.half_width is not None and self.half_width <= self.asked


@dataclass(frozen=True)
class SeriesPoint:
    """What the requests of one window saw, over all replications; no estimate of anything else."""

    first_request: int
    """Ordinal of the first request of the window, from 0."""
    start_s: float
    """When it started, the mean over the replications [s]."""
    requests: int
    mean_s: float
    p50_s: float
    p99_s: float
    failed: float
    """Share of requests answered with an error."""


@dataclass(frozen=True)
class Uncertainty:
    """What draws of the parameters say about sums, whose parts err together."""

    draws: int
    overloaded: int
    """Draws under which the system cannot keep up."""
    cpu_used: Mapping[str, Value]
    """By owner, that of all under the empty name [cores]."""
    memory_used: Mapping[str, Value]
    """Likewise [bytes]."""


@dataclass(frozen=True)
class Result:
    """All that one scenario showed."""

    topology: str
    mesh: str
    mesh_title: str
    scenario: Scenario
    """The descriptions that were simulated."""
    scenario_hash: str
    plan: RunPlan
    replications: int
    latency: tuple[LatencyRow, ...]
    breakdown: tuple[BreakdownRow, ...]
    usage: tuple[UsageRow, ...]
    outcomes: tuple[OutcomeRow, ...]
    objectives: tuple[ObjectiveRow, ...]
    nodes: NodePlan
    warnings: tuple[str, ...]
    service_edges: tuple[ServiceEdgeRow, ...] = ()
    """Calls between services; those of requests from outside are in ``latency``."""
    asked: Asked | None = None
    """How a user named the scenario; None if it was made by a program."""
    precision: Precision | None = None
    """What came of the precision asked for; None without one, and within a comparison."""
    series: tuple[SeriesPoint, ...] = ()
    """Latency over the time of a run, from replications whose requests were summed up."""
    uncertainty: Uncertainty | None = None
    """None if parameters were not drawn: intervals are then those of the simulation alone."""

    @property
    def overall(self) -> LatencyRow:
        """Latency over all entry points."""
        return self.latency[0]

    def requested(self, owner: str | None = None) -> tuple[float, float]:
        """CPU [cores] and memory [bytes] set aside for one owner's containers, or for all."""
        rows = [row for row in self.usage if owner in (None, row.owner)]
        return sum(r.cpu_requested for r in rows), sum(r.memory_requested for r in rows)

    def used(self, owner: str | None = None) -> tuple[float, float]:
        """CPU [cores] and memory [bytes] used by one owner's containers, or by all."""
        rows = [row for row in self.usage if owner in (None, row.owner)]
        return sum(estimate(r.cpu_used) for r in rows), sum(r.memory_used for r in rows)

    @property
    def slo_kept(self) -> bool:
        """False if an objective was broken."""
        return all(row.kept is not False for row in self.objectives)


@dataclass(frozen=True)
class LatencyDifference:
    """How much longer a mesh takes than the baseline, on the same requests."""

    mesh: str
    name: str
    metric: str
    """``mean``, ``p50``, ``p90``, ``p99`` or ``p99.9``."""
    difference: Value
    """Seconds."""
    relative: Value
    """Fraction of the baseline."""


@dataclass(frozen=True)
class ResourceDifference:
    """How much more a mesh takes than the baseline."""

    mesh: str
    cpu_used: Value
    """Application, proxies and control plane [cores]."""
    cpu_requested: float
    memory_used: float
    memory_requested: float
    nodes: int
    cost_per_month: float
    memory_range: Value | None = None
    """``memory_used`` with its interval, of a study that draws parameters."""


@dataclass(frozen=True)
class Comparison:
    """Several meshes on one topology; the first is the baseline."""

    results: tuple[Result, ...]
    latency: tuple[LatencyDifference, ...]
    resources: tuple[ResourceDifference, ...]
    precision: Precision | None = None
    """What came of the precision asked for; None without one."""

    @property
    def baseline(self) -> Result:
        """The result that the differences are taken from."""
        return self.results[0]


def estimate(value: Value) -> float:
    """The estimate, or NaN where there are not enough data."""
    return value.estimate if isinstance(value, Interval) else float("nan")

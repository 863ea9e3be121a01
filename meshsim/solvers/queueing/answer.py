"""The contract of the closed-form solver's results."""

from __future__ import annotations

from dataclasses import dataclass

from meshsim.lowering.program import FloatArray
from meshsim.solvers.queueing.capacity import Bottleneck

QUANTILES = (0.5, 0.9, 0.99, 0.999)


@dataclass(frozen=True)
class Times:
    """Latencies of entry points or edges, one row each; NaN for what is never called."""

    mean_s: FloatArray
    deviation_s: FloatArray
    """Standard deviation [rows]."""
    quantiles_s: FloatArray
    """At :data:`QUANTILES` [rows × 4]."""


@dataclass(frozen=True)
class StationUse:
    """All stations in the order of the program: cores of the pods, then workers of the proxies."""

    utilisation: FloatArray
    """CPU used over CPU that can be had [stations]."""
    per_s: FloatArray
    """Bursts of a pod, visits of a worker [1/s, stations]."""
    wait_s: FloatArray
    """Mean time of a burst or visit beyond its own CPU [stations]."""


@dataclass(frozen=True)
class QueueingAnswer:
    """What the formulas say about a program."""

    outside_per_s: float
    """Requests from outside that the answer is for [1/s]; found for closed load."""
    bottleneck: Bottleneck
    overload: str | None
    """Why there is no latency: the station that cannot keep up; None if there is a steady state."""
    all_entries: Times | None
    """Requests of all entry points together, one row; None under overload."""
    entries: Times | None
    edges: Times | None
    parts_s: FloatArray | None
    """Mean seconds in each :class:`~meshsim.solvers.observations.Part` [entries × parts]."""
    failure: FloatArray
    """Share of errors among the answers [entries]."""
    edge_per_s: FloatArray
    """Calls along each edge [1/s]."""
    stations: StationUse
    slot_utilisation: FloatArray
    """Worker slots in use [services]; 0 where they are unlimited."""
    assumptions: tuple[str, ...]
    """What the formulas take for granted and this program does not keep."""

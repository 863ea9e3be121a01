"""Memory of one proxy: what it holds started, plus its connections and its configuration.

    memory = base + per_connection × connections
           + (per_cluster + per_cluster_per_worker × (workers - 1)) × clusters
           + per_endpoint × endpoints + per_route × routes + per_listener × listeners

Linear with R² above 0.999 for each term in our measurement of Envoy 1.40 (docs/sources.md). It
follows the size of the mesh and the number of connections, not the rate of requests.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class MemoryTerms:
    """What one unit of each thing takes [bytes]."""

    base: float
    per_connection: float
    per_cluster: float
    per_endpoint: float
    per_route: float = 0.0
    per_listener: float = 0.0
    per_cluster_per_worker: float = 0.0


@dataclass(frozen=True)
class Configuration:
    """What a control plane has sent to a proxy, counted."""

    clusters: int
    endpoints: int
    routes: int = 0
    listeners: int = 0


def proxy_memory_bytes(
    terms: MemoryTerms, held: Configuration, connections: float, workers: int = 1
) -> float:
    """Resident memory [bytes] of a proxy with so many connections and worker threads."""
    per_cluster = terms.per_cluster + terms.per_cluster_per_worker * (workers - 1)
    return (
        terms.base
        + terms.per_connection * connections
        + per_cluster * held.clusters
        + terms.per_endpoint * held.endpoints
        + terms.per_route * held.routes
        + terms.per_listener * held.listeners
    )

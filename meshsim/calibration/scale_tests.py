"""Published scale tests of control planes: what the ``scaling`` of a mesh file rests on.

Only facts are restated, each with its source; docs/sources.md names documents, versions, machines
and what each figure leaves open. MB and GB are powers of 1,000, MiB of 1,024.
"""

from __future__ import annotations

from dataclasses import dataclass

MB, MIB, GB = 1e6, 2.0**20, 1e9


@dataclass(frozen=True)
class MemoryRow:
    """Memory of one replica of a control plane in a mesh of some size."""

    source: str
    what: str
    services: float
    proxies: float
    """Connected to this replica."""
    endpoints: float
    seen: float
    """Services that each proxy sees."""
    memory_bytes: float
    whole: bool = True
    """False for a difference, to which the base does not belong."""


_AKS = (
    ("overlay, no churn", 1, 25_000, 32.1),
    ("overlay, 25% churn", 1, 15_000, 22.2),
    ("overlay, 50% churn", 1, 15_000, 25.4),
    ("Cilium, no churn", 1, 30_000, 41.2),
    ("Cilium, 25% churn", 1, 25_000, 36.1),
    ("Cilium, 50% churn", 1, 25_000, 42.7),
    ("overlay, 1,000 services", 1_000, 20_000, 40.4),
    ("Cilium, 1,000 services", 1_000, 20_000, 42.6),
)
_HITACHI_MIB = (149.6, 147.9, 180.0, 209.8, 297.7, 407.0, 441.9, 570.6, 1195.8, 1040.1)

ISTIOD_MEMORY = (
    *(MemoryRow("aks-asm", w, s, p, p, s, gigabytes * GB) for w, s, p, gigabytes in _AKS),
    MemoryRow("istio-performance", "documentation", 1_000, 2_000, 2_000, 5, 1.5 * GB),
    *(
        # One pod with a sidecar for each hundred services, and two more proxies.
        MemoryRow("istio-bench", f"{s} services", s, s / 100 + 2, s, s, mebibytes * MIB)
        for s, mebibytes in zip(range(100, 1_001, 100), _HITACHI_MIB, strict=True)
    ),
    MemoryRow("istio-scale-tests", "2026-06-17, 3 clusters", 60, 19, 360, 60, 261 * MIB),
    MemoryRow(
        "istio-scale-tests-20", "2026-06-22, 20 clusters", 10_000, 69, 10_000, 500, 0.19 * 2**34
    ),
    MemoryRow("istio-multicluster", "each remote cluster", 300, 0, 4_000, 0, 180 * MB, whole=False),
)
"""Memory of istiod. Two campaigns of istio-scale-tests count as two sources: their sizes differ."""

OSM_MEMORY = tuple(
    MemoryRow("osm-docs", f"{pods} pods, stable", 1, pods, pods, 1, megabytes * MB)
    for pods, megabytes in ((200, 538), (400, 682), (800, 1_249), (1_600, 2_140))
)
"""Memory of the controller of Open Service Mesh."""

CLUSTER_BYTES = (315.7e3 / 310, 116.5e3 / 132)
"""Bytes per cluster in logged pushes of istiod: 310 clusters (issue 34203), 132 (issue 31943)."""

LISTENER_BYTES = ((176.9e3 + 187.0e3 + 175.6e3) / 3 / 60, 467.6e3 / 91, 54.67e3 / 6)
"""Bytes per listener: logged pushes of 60 and of 91, a benchmark with 6 (pull request 39751)."""

ROUTE_BYTES = (59.2e3 / 89,)
"""Bytes of routes per port of a service: a logged push with 89 outgoing clusters (issue 31943)."""

ENDPOINT_BYTES = (128e3 / 1_000, 129e3 / 1_000)
"""Bytes per endpoint: benchmarks with 1,000 endpoints of 10 services and of one (48841)."""

DUMP_BASE_BYTES = 0.4e6 - 10 * 10e3
"""``config_dump`` of a proxy that sees nothing: 0.4 MB with 10 services (istio-scale-tests)."""

DUMP_BYTES = ((0.7e6 - 0.4e6) / 30, (5e6 - DUMP_BASE_BYTES) / 400)
"""Bytes of ``config_dump`` per service: 40 services against 10 (istio-scale-tests, with 9 endpoints
each), and 400 services of Auto Trader without endpoints."""

DUMP_ENDPOINTS = (9, 0)
"""Endpoints of each service in these dumps."""

BENCHMARK_S_PER_BYTE = {
    "clusters": 4.28e-3 / 410 / CLUSTER_BYTES[0],
    "routes": 0.846e-3 / 32.0e3,
    "endpoints": 2.10e-3 / 129e3,
    "listeners": 3.10e-3 / 54.67e3,
}
"""CPU of making a byte in Istio's own benchmarks (pull requests 26514, 25294, 48841, 39751)."""

BUSY_ISTIOD = (3.0, 350.0)
"""Cores in use, and pushes logged per second, of the istiod of issues 34203 and 36763."""

SWEEP_NONE_M = (139, 192, 187, 214, 271, 298, 279, 270, 353, 402)
SWEEP_NAMESPACE_M = (95, 106, 146, 143, 173, 226, 245, 204, 230, 310)
"""CPU of each of 3 replicas [millicores] in the busiest 5 s of deploying 30 pods, with 1 to 10
clusters (istio-scale-tests, 2026-06-04): proxies see everything, or their namespace."""

SWEEP_REPLICAS, SWEEP_WINDOW_S, SWEEP_PODS = 3, 5.0, 30
SWEEP_DUMP_BYTES = (3.8e6, 0.4e6)
"""``config_dump`` of a proxy in the two cases."""

IDLE_CORES = (0.0025, 0.0205)
"""An istiod at rest: istio-scale-tests (2 to 3 millicores), istio-bench without services."""

ROUTE_IN_FORCE_S = (0.300, 0.375)
"""Until a new route is in force at an Istio gateway, quiet and loaded (gateway-api-bench)."""

RSA_SIGNATURES_PER_S = (1302.0, 330.0)
"""Handshakes per second and core that sign with RSA 2048: Xeon E-2386G, Ampere Altra (rustls)."""

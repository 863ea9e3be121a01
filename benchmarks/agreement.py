"""Engines that are compared must have done the same work: asserted before any time is believed.

* Every request makes as many calls as the system says.
* The kernel and the SimPy model walk the same path: equal latencies, request by request.
* A bare loop visits as many stations per request as there are on the way. Its mean latency and the
  CPU of its sidecars agree with the kernel's within four standard errors, as does Ciw's latency.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from benchmarks.engines import ENGINES, Seen
from benchmarks.systems import System

STANDARD_ERRORS = 4.0
_STATIONS_ON_THE_WAY = {"mm1": 1, "tandem-3": 3, "mesh-chain": 3 + 2 * 5}
"""Cores of each service; each passage of a sidecar is two visits."""


def check_events(system: System, seen: Seen) -> None:
    """Assert the numbers of calls and of visits."""
    if system.calls_per_request is not None:
        assert seen.calls == seen.requests * system.calls_per_request, (system.name, seen)
    if seen.visits is not None and seen.arrivals is not None:
        on_the_way = _STATIONS_ON_THE_WAY[system.name]
        # Requests that were still inside at the end have made some of their visits.
        assert seen.requests * on_the_way <= seen.visits <= seen.arrivals * on_the_way, seen


def check_means(reference: Seen, other: Seen) -> None:
    """Assert that two engines agree on the means; the first knows its own errors."""
    wider = STANDARD_ERRORS * math.sqrt(1 + reference.requests / other.requests)
    gap_s = abs(reference.latency_s_mean - other.latency_s_mean)
    assert gap_s <= wider * reference.latency_s_error, (reference, other)
    if not math.isnan(other.sidecars_s_mean):
        gap_s = abs(reference.sidecars_s_mean - other.sidecars_s_mean)
        assert gap_s <= wider * reference.sidecars_s_error, (reference, other)


def check_same_path(system: System, requests: int, seed: int) -> None:
    """Assert that kernel and SimPy model give the same observations."""
    kernel, simpy = (ENGINES[name].prepare(system)(requests, seed) for name in ("kernel", "simpy"))
    assert np.array_equal(kernel.edge_request, simpy.edge_request)
    assert np.array_equal(kernel.pod_requests, simpy.pod_requests)
    np.testing.assert_allclose(kernel.latency_s, simpy.latency_s, rtol=1e-9)
    np.testing.assert_allclose(kernel.spent_s, simpy.spent_s, rtol=1e-6, atol=1e-12)


def check_same_sums(kept: Seen, summed_up: Seen) -> None:
    """Assert that requests were the same: summed up by the kernel, or by the loop with its keys."""
    assert (kept.requests, kept.calls) == (summed_up.requests, summed_up.calls)
    assert math.isclose(kept.latency_s_mean, summed_up.latency_s_mean, rel_tol=1e-9)


def check_all(system: System, seen: Mapping[str, Seen]) -> None:
    """Assert all of the above for what the engines, by name, saw of one system."""
    for one in seen.values():
        check_events(system, one)
    kernel = seen.get("kernel")
    if kernel is None:
        return
    for name, other in seen.items():
        if name in ("tallies", "counted"):
            check_same_sums(kernel, other)
        elif name in ("ciw", "bare"):
            check_means(kernel, other)

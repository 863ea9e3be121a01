"""CPU that a proxy spends on one passage of a request, in and back out.

    passage = busy + per_byte × bytes + idle_scale × (gap / 1 µs) ^ idle_exponent

``busy`` is the cost at saturation. ``gap`` is the time for which the worker thread has been idle
since it last took up a request: a worker found idle pays for waking up and for cold caches, and
pays more the longer it slept. A busy worker finds the next request waiting and pays ``busy`` only,
so the CPU of a proxy is concave in its load.

Source: our measurement of Envoy 1.40 (docs/sources.md): with gap = (1 - ρ) / λ the measured cost at
100 … 8,000 requests/s follows ``c_sat + B × gap^α`` within 10% for HTTP/2 with mTLS
(B = 6.0 ± 0.7 µs, α = 0.425 ± 0.015).
"""

from __future__ import annotations

_GAP_UNIT_S = 1e-6


def busy_cost_s(busy_s: float, per_byte_s: float, size_bytes: float) -> float:
    """CPU [s] of a passage at saturation with request and response of ``size_bytes`` together."""
    return busy_s + per_byte_s * size_bytes


def idle_cost_s(scale_s: float, exponent: float, gap_s: float) -> float:
    """CPU [s] added to a passage that follows an idle gap [s] of the worker; 0 without a gap."""
    if gap_s <= 0.0:
        return 0.0
    return float(scale_s * (gap_s / _GAP_UNIT_S) ** exponent)

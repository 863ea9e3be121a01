"""Rates for a latency curve: from idle to just below what the application can bear.

A curve of latency over load is flat for long and then rises like 1 / (1 - utilisation), so its
points should reach up to a known share of saturation and not further, where latencies only depend
on the length of the run. The rate that saturates the busiest service follows from the utilisation
law; proxies are left out, so a mesh whose proxies are scarcer than the application saturates
earlier, which the curve then shows.
"""

from __future__ import annotations

from meshsim.model import flows
from meshsim.model.topology import Topology

_LOWEST_SHARE = 0.1
_HIGHEST_SHARE = 0.95
"""Of the saturating rate. At 95% a queue with random arrivals is about 19 requests long."""


def saturating_rate(topology: Topology) -> float | None:
    """The rate at which the busiest service has no CPU left [1/s]; None if none takes any."""
    rate = flows.peak_rate(topology)
    busiest = max(flows.utilisation(topology).values())
    return rate / busiest if busiest > 0 else None


def curve_rates(topology: Topology, points: int) -> tuple[float, ...]:
    """``points`` evenly spaced rates [1/s], 10% to 95% of saturation.

    A system without CPU work has no saturation; its rates lie between 10% and 95% of its load.
    """
    assert points >= 2, points
    top = saturating_rate(topology) or flows.peak_rate(topology)
    step = (_HIGHEST_SHARE - _LOWEST_SHARE) / (points - 1)
    return tuple(top * (_LOWEST_SHARE + step * number) for number in range(points))

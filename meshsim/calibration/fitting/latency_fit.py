"""What latencies can tell: the wake-up delay, and nothing else.

A load generator sees the whole way, application and network included. What a proxy adds is told
only by a run without it (a *baseline*) at the same load, and in it the CPU of the passage stands
beside the delay of waking up. At low load, with the median of open arrivals,

    added = proxies × (passage + visits that find the worker asleep × wake_up)

where a request makes two visits per proxy, and a share (1 - ρ) / (1 + 2λ wake_up) of them find the
worker asleep (:mod:`meshsim.physics.mean_passage`). So each pair of runs gives

    wake_up = (added / proxies - passage) / (2 × share asleep)

with the passage as measured in the same run, or as the costs say. The median over pairs is taken,
with its standard error. The way between the proxies is in it too, so the value is an upper bound,
and it is found only if it is asked for by name. Not identified from latencies: the costs themselves
(a p50 is the sum of too many things), and p99 (on shared machines stalls make it).
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from meshsim.calibration.fitting.cost_model import WAKE_UP, predicted_cpu_s
from meshsim.calibration.fitting.estimates import Estimate, estimate
from meshsim.calibration.fitting.options import FitOptions
from meshsim.calibration.readers.cells import CpuCell, LatencyCell

_LOAD_MAX = 0.25
_ROUNDS = 30


@dataclass(frozen=True)
class LatencyFit:
    """The wake-up delay, and why cells could not be used."""

    found: tuple[Estimate, ...]
    unused: tuple[tuple[LatencyCell, str], ...]
    """Cells that were not used, each with the reason."""


def fit_latencies(
    cells: Sequence[LatencyCell], known: Mapping[str, float], options: FitOptions
) -> LatencyFit:
    """The wake-up delay from medians of runs with a proxy and of runs without."""
    unused: list[tuple[LatencyCell, str]] = []
    delays = []
    is_asked = WAKE_UP in options.only
    for cell in cells:
        if not cell.proxies:
            continue
        if not is_asked:
            unused.append((cell, "the wake-up delay is found only with --only wake_up_delay"))
            continue
        result = _delay_s(cell, cells, known)
        if isinstance(result, str):
            unused.append((cell, result))
        else:
            delays.append(result)
    if not delays:
        return LatencyFit((), tuple(unused))
    value = max(statistics.median(delays), 0.0)
    spread = 1.4826 * statistics.median(abs(one - value) for one in delays)
    error = spread * 1.2533 / math.sqrt(len(delays)) if len(delays) > 2 else value
    about = f"{len(delays)} pairs of runs, {1e6 * spread:.0f} µs apart"
    return LatencyFit((estimate(WAKE_UP, value, math.hypot(error, spread), about),), tuple(unused))


def _delay_s(
    cell: LatencyCell, cells: Sequence[LatencyCell], known: Mapping[str, float]
) -> float | str:
    """The wake-up delay [s] that one run tells, or why it tells none."""
    if why := _unfit(cell):
        return why
    beside = [one.latency_s for one in cells if one.proxies == 0 and _is_alike(one, cell)]
    if not beside:
        return "no run without a proxy at the same load (give one as --baseline)"
    cpu_s = cell.cpu_s if cell.cpu_s > 0 else _passage_s(cell, known)
    if not cpu_s > 0:
        return "neither its CPU nor the cost of its protocol is known"
    load = cell.rate_per_s * cpu_s
    if load > _LOAD_MAX:
        return "above a quarter of a worker's capacity waiting hides the delay"
    each_s = (cell.latency_s - statistics.median(beside)) / (cell.proxies or 1) - cpu_s
    delay_s = each_s / 2
    for _ in range(_ROUNDS):
        asleep = (1 - load) / (1 + 2 * cell.rate_per_s * max(delay_s, 0.0))
        delay_s = (delay_s + each_s / (2 * asleep)) / 2
    return delay_s


def _unfit(cell: LatencyCell) -> str:
    """Why a cell cannot tell a delay, whatever stands beside it; empty if it may."""
    if "filter" in cell.test:
        return "filters that wait for others hide the delay"
    if cell.statistic != "p50":
        return "only medians tell the wake-up delay"
    if cell.arrivals == "closed":
        return "in a closed loop the latency sets the rate"
    return ""


def _is_alike(one: LatencyCell, cell: LatencyCell) -> bool:
    """The same statistic at the same load, as far as both files tell."""
    same_body = one.body_bytes == cell.body_bytes or math.isnan(one.body_bytes + cell.body_bytes)
    ratio = one.rate_per_s / cell.rate_per_s if cell.rate_per_s > 0 else math.nan
    return one.statistic == cell.statistic and same_body and 0.9 < ratio < 1.1


def _passage_s(cell: LatencyCell, known: Mapping[str, float]) -> float:
    protocol = cell.protocol or "http1"
    if f"cost.{protocol}.busy" not in known:
        return math.nan
    body = 0.0 if math.isnan(cell.body_bytes) else cell.body_bytes
    passage = CpuCell(
        place=cell.place,
        test=cell.test,
        role="proxy",
        protocol=protocol,
        passes=1 if cell.tls or (cell.tls is None and (cell.proxies or 0) > 1) else 0,
        body_bytes=body,
        rate_per_s=cell.rate_per_s,
        arrivals="open",
        filters=(),
        cpu_s=math.nan,
        error=math.nan,
        count=1,
        is_paired=True,
        sitting="",
    )
    return float(predicted_cpu_s([passage], known)[0])

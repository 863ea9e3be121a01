"""Latency over the time of a run: what the requests of each window saw.

Window by window the tallies of all replications are added up, the warm-up included: a chart of this
shows whether a run has settled, and what a schedule of loads did. The numbers describe the requests
that there were; they claim nothing of others and so carry no interval.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from meshsim.solvers.observations import Observations
from meshsim.solvers.tally import Tally
from meshsim.studies.result import SeriesPoint
from meshsim.studies.tallied import entries_of, latencies


def series_of(
    replications: Sequence[Observations | Tally], entry: int | None = None
) -> tuple[SeriesPoint, ...]:
    """One point for each window with requests, of all of them or of one entry point.

    Replications whose requests were kept one by one have none.
    """
    tallies = [each for each in replications if isinstance(each, Tally)]
    if not tallies:
        return ()
    windows = range(len(tallies[0].window_first))
    points = (_point(tallies, window, entry) for window in windows)
    return tuple(point for point in points if point is not None)


def _point(tallies: Sequence[Tally], window: int, entry: int | None) -> SeriesPoint | None:
    entries = entries_of(entry)
    whole = latencies(tallies, (window, window + 1), entries)
    if whole.count == 0:
        return None
    failed = sum(int(tally.entry_failed[window, entries].sum()) for tally in tallies)
    return SeriesPoint(
        first_request=int(tallies[0].window_first[window]),
        start_s=float(np.mean([tally.window_start_s[window] for tally in tallies])),
        requests=whole.count,
        mean_s=whole.mean_s,
        p50_s=whole.quantile(0.5),
        p99_s=whole.quantile(0.99),
        failed=failed / whole.count,
    )

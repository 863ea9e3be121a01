"""Latency over the time of a run: what the requests of each window saw.

Window by window the tallies of all replications are added up, the warm-up included: a chart of this
shows whether a run has settled, and what a schedule of loads did. The numbers describe the requests
that there were; they claim nothing of others and so carry no interval.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from meshsim.solvers.observations import Observations
from meshsim.solvers.tally import PackedTally
from meshsim.studies.result import SeriesPoint
from meshsim.studies.tallied import columns_of, latencies


def series_of(
    replications: Sequence[Observations | PackedTally], entry: int | None = None
) -> tuple[SeriesPoint, ...]:
    """One point for each window with requests, of all of them or of one entry point.

    Replications whose requests were kept one by one have none.
    """
    tallies = [each for each in replications if isinstance(each, PackedTally)]
    if not tallies:
        return ()
    windows = range(tallies[0].entry_counts.windows)
    points = (_point(tallies, window, entry) for window in windows)
    return tuple(point for point in points if point is not None)


def _point(tallies: Sequence[PackedTally], window: int, entry: int | None) -> SeriesPoint | None:
    whole = latencies(tallies, (window, window + 1), entry)
    if whole.count == 0:
        return None
    failed = sum(int(tally.sums.entry_failed[window, columns_of(entry)].sum()) for tally in tallies)
    return SeriesPoint(
        first_request=int(tallies[0].sums.window_first[window]),
        start_s=float(np.mean([tally.sums.window_start_s[window] for tally in tallies])),
        requests=whole.count,
        mean_s=whole.mean_s,
        p50_s=whole.quantile(0.5),
        p99_s=whole.quantile(0.99),
        failed=failed / whole.count,
    )

"""How far a prediction may be off: what the errors of the other sources say (split conformal).

For a source the interval of a prediction is as wide as 90% of the errors of the same kind in all
other sources, each source weighing the same:

    [predicted × exp(-q), predicted × exp(+q)],   q = 90% quantile of |log(predicted / measured)|

so a source never widens or narrows its own intervals, and its coverage is a test of them
(V. Vovk, A. Gammerman, G. Shafer: Algorithmic Learning in a Random World, 2005).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from meshsim.calibration.accuracy.judged import Judged

LEVEL = 0.9
_LEAST = 20
"""Figures of other sources below which nothing is said."""


def with_intervals(judged: Sequence[Judged], beside: Sequence[Judged] = ()) -> list[Judged]:
    """The rows with their intervals, in the same order.

    Where the other sources have too few figures, those ``beside`` them are asked, too.
    """
    widths: dict[tuple[str, str], float] = {}
    found = []
    for row in judged:
        key = row.cell.source, row.group
        if key not in widths:
            width = _half_width(judged, *key)
            both = (*judged, *beside)
            widths[key] = _half_width(both, *key) if math.isnan(width) else width
        spread = math.exp(widths[key])
        found.append(replace(row, low=row.predicted / spread, high=row.predicted * spread))
    return found


def _half_width(judged: Sequence[Judged], source: str, group: str) -> float:
    """The quantile of the absolute log errors of the other sources; NaN if they are too few."""
    errors = [
        (abs(row.log_error), row.cell.source)
        for row in judged
        if row.cell.source != source and row.group == group and not row.fitted
    ]
    if len(errors) < _LEAST:
        return math.nan
    names = [name for _, name in errors]
    weights = {name: 1.0 / names.count(name) for name in set(names)}
    total = float(len(weights))
    passed = 0.0
    for size, name in sorted(errors):
        passed += weights[name]
        if passed >= LEVEL * total:
            return size
    return max(errors)[0]

"""Latencies of entry points and edges, from points or from two moments.

An edge may have several call sites, and all requests together come from several entry points: these
are mixtures, weighted by rate.
"""

from __future__ import annotations

import numpy as np

from meshsim.lowering.program import FloatArray, IntArray
from meshsim.solvers.queueing.answer import QUANTILES, Times
from meshsim.solvers.queueing.arrays import totals
from meshsim.solvers.queueing.flows import Flows
from meshsim.solvers.queueing.latencies import Latencies, Model
from meshsim.solvers.queueing.passages import Links
from meshsim.solvers.queueing.points import quantile


def latencies(
    found: Model, calls: Links, flow: Flows, laws: Latencies | None
) -> tuple[Times, Times, Times]:
    """Entry points, all requests together, and edges."""
    program = found.program
    per_s = np.concatenate([flow.site_per_s / flow.tries, flow.entry_per_s / flow.entry_tries])
    edge = np.concatenate([program.steps.call_edge, program.entry_edge])
    entries = np.arange(calls.sites, len(per_s))
    if laws is None:
        mean, variance = found.guarded.mean_s, found.guarded.variance_s2
        by_edge = _mixed(edge, per_s, mean, variance, len(program.edges))
        own = _mixed(
            np.arange(len(entries)), per_s[entries], mean[entries], variance[entries], len(entries)
        )
        zero = np.zeros(len(entries), dtype=np.int64)
        return own, _mixed(zero, per_s[entries], mean[entries], variance[entries], 1), by_edge
    points = {int(n): laws.link(int(n), int(calls.endpoint[n])) for n in np.flatnonzero(per_s > 0)}
    one_by_one = [_of({int(n): points.get(int(n))}, per_s) for n in entries]
    together = _of({int(n): points.get(int(n)) for n in entries}, per_s)
    members: list[dict[int, FloatArray | None]] = [{} for _ in program.edges]
    for number, row in enumerate(edge.tolist()):
        members[row][number] = points.get(number)
    return _stack(one_by_one), _stack([together]), _stack([_of(some, per_s) for some in members])


Row = tuple[float, float, FloatArray]


def _of(members: dict[int, FloatArray | None], per_s: FloatArray) -> Row:
    """Mean, standard deviation and quantiles of a mixture of links."""
    known = {number: points for number, points in members.items() if points is not None}
    if not known:
        return np.nan, np.nan, np.full(len(QUANTILES), np.nan)
    values = np.concatenate(list(known.values()))
    weights = np.concatenate(
        [np.full(len(points), per_s[number] / len(points)) for number, points in known.items()]
    )
    weights /= weights.sum()
    mean = float(weights @ values)
    deviation = float(np.sqrt(weights @ (values - mean) ** 2))
    order = np.argsort(values)
    middles = np.cumsum(weights[order]) - weights[order] / 2
    return mean, deviation, np.interp(QUANTILES, middles, values[order])


def _stack(rows: list[Row]) -> Times:
    means, deviations, quantiles = zip(*rows, strict=True)
    return Times(np.array(means), np.array(deviations), np.array(quantiles))


def _mixed(
    group: IntArray, per_s: FloatArray, mean: FloatArray, variance: FloatArray, count: int
) -> Times:
    """Mixtures by group, from two moments."""
    weight = totals(group, per_s, count)
    with np.errstate(divide="ignore", invalid="ignore"):
        one = totals(group, per_s * mean, count) / weight
        two = totals(group, per_s * (variance + mean**2), count) / weight
        spread = np.maximum(two - one**2, 0.0)
        quantiles = np.stack([quantile(one, spread, share) for share in QUANTILES], axis=1)
    return Times(one, np.sqrt(spread), quantiles)


def scaled(times: Times, factor: float) -> Times:
    """All times multiplied."""
    return Times(times.mean_s * factor, times.deviation_s * factor, times.quantiles_s * factor)

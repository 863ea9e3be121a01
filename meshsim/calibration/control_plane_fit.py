"""The ``scaling`` of istiod in the mesh files, from :mod:`meshsim.calibration.scale_tests`.

*Memory.* base + per_service S + per_endpoint E + per_proxy P + per_proxy_service P V (V services
seen by each proxy) is fitted to all rows at once, in logarithms, by least squares with a soft-L1
loss at 0.3; a row weighs 1 / sqrt(rows of its source), so that a source counts once however many
rows it has. A term's range is value × or ÷ a factor: what the term moves by when one source is left
out, at least 1.72 (the spread of the residuals, 0.33 in the logarithm, times 1.645), and 3 if some
source alone carries the term, so that without it the fit ends at a bound or moves tenfold.

*Sizes and times.* Few figures, each of a different kind: the value is their geometric mean, the
factor of the range the largest ratio of one of them to it, and at least what ``least`` says.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import least_squares

from meshsim.calibration import scale_tests as data
from meshsim.calibration.scale_tests import MemoryRow

FloatArray = npt.NDArray[np.float64]

TERMS = ("base", "per_service", "per_endpoint", "per_proxy", "per_proxy_service")
_START = (60e6, 100e3, 20e3, 300e3, 0.7e3)
_BOUNDS = ((1e6, 1e2, 1e2, 1e3, 1.0), (1e9, 1e6, 1e6, 1e7, 1e4))
_LOSS_SCALE = 0.3
_FACTOR_MIN = 1.72
_FACTOR_ALONE = 3.0
_TENFOLD = 10.0


@dataclass(frozen=True)
class Fitted:
    """A number with its central 90% interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class MemoryFit:
    """Terms by name [bytes], and how far each row is from what they say."""

    terms: dict[str, Fitted]
    ratios: tuple[float, ...]
    """Computed over published, row by row."""
    left_out: dict[str, tuple[float, ...]]
    """The same for the rows of each source, computed without them."""


def fit_memory(
    rows: Sequence[MemoryRow] = data.ISTIOD_MEMORY, terms: Sequence[str] = TERMS
) -> MemoryFit:
    """Fit the terms named to the rows; the others are nothing."""
    columns = [TERMS.index(name) for name in terms]
    all_rows = np.ones(len(rows), dtype=bool)
    values = _solve(rows, all_rows, columns)
    sources = np.array([row.source for row in rows])
    names = list(dict.fromkeys(row.source for row in rows))
    without = {name: _solve(rows, sources != name, columns) for name in names if len(names) > 1}
    ratios = _ratios(rows, values, columns)
    ranges = [
        _range(value, [w[i] for w in without.values()], columns[i])
        for i, value in enumerate(values)
    ]
    left_out = {
        name: tuple(r for r, s in zip(_ratios(rows, w, columns), sources, strict=True) if s == name)
        for name, w in without.items()
    }
    return MemoryFit(dict(zip(terms, ranges, strict=True)), ratios, left_out)


def geometric(figures: Sequence[float], least: float) -> Fitted:
    """The geometric mean of some figures; ``least`` is the smallest factor of its range."""
    value = math.exp(sum(map(math.log, figures)) / len(figures))
    factor = max(least, *(max(f / value, value / f) for f in figures))
    return Fitted(value, value / factor, value * factor)


def full_s_per_byte() -> tuple[float, float, float]:
    """CPU per byte of whole configurations [s]: benchmarks, a busy istiod, scoping in a sweep."""
    cluster, route = _mean(data.CLUSTER_BYTES), _mean(data.ROUTE_BYTES)
    listener, endpoint = _mean(data.LISTENER_BYTES), _mean(data.ENDPOINT_BYTES)
    # A service with ten endpoints; of thirty services one has a listener of its own.
    mix = {"clusters": cluster, "routes": route, "endpoints": 10 * endpoint}
    mix["listeners"] = listener / 30
    made_s = sum(size * data.BENCHMARK_S_PER_BYTE[kind] for kind, size in mix.items())
    cores, lines_per_s = data.BUSY_ISTIOD
    line_bytes = (315.7e3 + 132.5e3 + data.LISTENER_BYTES[0] * 60) / 3
    more, less = data.SWEEP_DUMP_BYTES
    saved = (more - less) / dump_factor().value * data.SWEEP_PODS
    return made_s / sum(mix.values()), cores / (lines_per_s * line_bytes), _sweep_s() / saved


def pod_start_s() -> float:
    """CPU of a new pod beside its configuration [s], in the sweep of one cluster, scoped."""
    cores = data.SWEEP_NAMESPACE_M[0] / 1_000 * data.SWEEP_REPLICAS
    whole = cores * data.SWEEP_WINDOW_S / data.SWEEP_PODS
    size = data.SWEEP_DUMP_BYTES[1] / dump_factor().value
    return whole - size * _mean(full_s_per_byte())


def dump_factor() -> Fitted:
    """Bytes of ``config_dump`` for each byte on the wire."""
    cluster, route = _mean(data.CLUSTER_BYTES), _mean(data.ROUTE_BYTES)
    sizes = [cluster + route + count * _mean(data.ENDPOINT_BYTES) for count in data.DUMP_ENDPOINTS]
    return geometric([d / s for d, s in zip(data.DUMP_BYTES, sizes, strict=True)], 1.5)


def _sweep_s() -> float:
    """CPU that scoping saved in the busiest window, mean over all sizes of the mesh [s]."""
    pairs = zip(data.SWEEP_NONE_M, data.SWEEP_NAMESPACE_M, strict=True)
    saved = [none - scoped for none, scoped in pairs]
    cores = sum(saved) / len(saved) / 1_000 * data.SWEEP_REPLICAS
    return cores * data.SWEEP_WINDOW_S


def _mean(figures: Sequence[float]) -> float:
    return geometric(figures, 1.0).value


def _design(rows: Sequence[MemoryRow], columns: Sequence[int]) -> FloatArray:
    table = [(float(r.whole), r.services, r.endpoints, r.proxies, r.proxies * r.seen) for r in rows]
    return np.array(table)[:, list(columns)]


def _solve(
    rows: Sequence[MemoryRow], used: npt.NDArray[np.bool_], columns: Sequence[int]
) -> FloatArray:
    sources = [row.source for row in rows]
    weights = np.array([1 / math.sqrt(sources.count(source)) for source in sources])
    design = _design(rows, columns)
    measured = np.log([row.memory_bytes for row in rows])

    def residuals(logs: FloatArray) -> FloatArray:
        off = (np.log(design @ np.exp(logs)) - measured) * weights
        return np.array(off[used], dtype=np.float64)

    low, high = (np.log(np.array(bounds)[list(columns)]) for bounds in _BOUNDS)
    found = least_squares(
        residuals,
        np.log(np.array(_START)[list(columns)]),
        loss="soft_l1",
        f_scale=_LOSS_SCALE,
        bounds=(low, high),
    )
    return np.array(np.exp(found.x), dtype=np.float64)


def _ratios(
    rows: Sequence[MemoryRow], values: FloatArray, columns: Sequence[int]
) -> tuple[float, ...]:
    computed = _design(rows, columns) @ values
    return tuple(float(c / r.memory_bytes) for c, r in zip(computed, rows, strict=True))


def _range(value: float, without: Sequence[float], column: int) -> Fitted:
    low, high = _BOUNDS[0][column], _BOUNDS[1][column]
    moved = [max(w / value, value / w) for w in without]
    alone = [
        m >= _TENFOLD or min(w / low, high / w) < 1.01 for m, w in zip(moved, without, strict=True)
    ]
    carried = [m for m, is_alone in zip(moved, alone, strict=True) if not is_alone]
    factor = float(max([_FACTOR_MIN, *carried, *([_FACTOR_ALONE] if any(alone) else [])]))
    return Fitted(float(value), float(value) / factor, float(value) * factor)

"""Fits the cost of a passage to CPU cells, then each filter to the cells that had it on.

Cells without filters give busy, bytes, encryption and idle terms of each protocol. Files of
absolute CPU next to paired ones get a *level*, the state of the machine while they were measured,
so that they tell how costs depend on load and bytes but not how fast the machine is.

A filter is told by cells that had it on against cells of the same setting without it: what the
model leaves in the latter is taken off the former, so that a filter of 1 µs is not lost in the
model error of the whole passage.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from meshsim.calibration.fitting.cost_model import (
    MACHINE_FACTOR,
    TLS_PER_KIB,
    TLS_PER_REQUEST,
    CellModel,
    filter_path,
    level_path,
    predicted_cpu_s,
    protocol_paths,
)
from meshsim.calibration.fitting.estimates import Estimate, Family, estimate, family
from meshsim.calibration.fitting.identify import identified_fit
from meshsim.calibration.fitting.options import FitOptions
from meshsim.calibration.fitting.robust import Bounded, IntArray, Measured
from meshsim.calibration.readers.cells import CpuCell

_STARTS = {
    "busy": (30e-6, 1e-8, 0.1),
    "per_kib": (0.3e-6, 0.0, 1e-3),
    "idle_scale": (5e-6, 0.0, 1e-2),
    "idle_exponent": (0.42, 0.05, 0.95),
}
"""Start, lowest and highest value of the terms of a protocol; starts are of the size of Envoy's."""
_TLS_STARTS = {TLS_PER_REQUEST: (1e-6, 0.0, 0.1), TLS_PER_KIB: (0.3e-6, 0.0, 1e-3)}
_FACTOR = (1.0, 1e-3, 1e3)
_ERROR_UNKNOWN = 0.05
_SPREAD_MIN = 0.05  # measured: 16 KiB lies 5% and more off a straight line in bytes


def wanted_costs(
    cells: Sequence[CpuCell], base: Mapping[str, float], options: FitOptions
) -> tuple[tuple[Bounded, ...], dict[str, float]]:
    """Parameters to find, and those to hold at the base or at what the user said."""
    starts: dict[str, tuple[float, float, float]] = {MACHINE_FACTOR: _FACTOR, **_TLS_STARTS}
    for protocol in sorted({cell.protocol for cell in cells}):
        starts.update(zip(protocol_paths(protocol), _STARTS.values(), strict=True))
    levels = _levels(cells, options)
    starts.update(dict.fromkeys(levels, _FACTOR))
    wanted, held = [], {**base, **options.fixed}
    for path, (start, *usual) in starts.items():
        is_level = path in levels
        if not is_level and (not options.wants(path) or _is_factor(path, options)):
            held.setdefault(path, start if path == MACHINE_FACTOR else 0.0)
            continue
        low, high = options.bounds.get(path, (usual[0], usual[1]))
        begin = base.get(path) or start
        wanted.append(Bounded(path, min(max(begin, low), high), low, high))
        held.pop(path, None)
    return tuple(wanted), held


def _is_factor(path: str, options: FitOptions) -> bool:
    """The machine factor is found only if it is asked for: with all costs it is not identified."""
    return path == MACHINE_FACTOR and MACHINE_FACTOR not in options.only


def _levels(cells: Sequence[CpuCell], options: FitOptions) -> set[str]:
    """Files of absolute CPU that stand beside paired ones, unless the machine itself is asked."""
    if MACHINE_FACTOR in options.only or not any(cell.is_paired for cell in cells):
        return set()
    return {level_path(cell) for cell in cells if not cell.is_paired}


def numbered(words: Iterable[str]) -> IntArray:
    """A number for each different word."""
    listed = list(words)
    order = {word: index for index, word in enumerate(dict.fromkeys(listed))}
    return np.array([order[word] for word in listed], dtype=np.int64)


def as_measured(cells: Sequence[CpuCell], options: FitOptions) -> Measured:
    """Cells as numbers with their model."""
    errors = np.array([cell.error for cell in cells])
    known = errors[np.isfinite(errors)]
    usual = float(np.median(known)) if len(known) else _ERROR_UNKNOWN
    weights = np.array([options.weight(cell.place.file) for cell in cells])
    return Measured(
        CellModel(cells).cpu_s,
        np.array([cell.cpu_s for cell in cells]),
        np.where(np.isfinite(errors), errors, usual),
        numbered(cell.sitting for cell in cells),
        weights,
        np.array([0 if cell.is_paired else 1 for cell in cells], dtype=np.int64),
        _SPREAD_MIN,
    )


def fit_costs(
    cells: Sequence[CpuCell], base: Mapping[str, float], options: FitOptions
) -> Family | None:
    """The fit of all terms but filters; None if no cell is without filters or nothing is wanted."""
    plain = [cell for cell in cells if cell.is_plain]
    wanted, held = wanted_costs(plain, base, options)
    if not plain or not wanted:
        return None
    measured = as_measured(plain, options)
    identified = identified_fit(measured, wanted, held, base)
    labels = [label(cell) for cell in plain]
    inside = _interior(plain)
    title = "CPU per request"
    return family(title, labels, measured, identified, measured.sittings, inside)


def label(cell: CpuCell) -> str:
    """A cell in a few words."""
    load = f"{cell.rate_per_s:.0f}/s" if cell.arrivals == "open" else cell.arrivals
    tls = " tls" if cell.passes else ""
    kind = "" if cell.is_paired else " absolute"
    return f"{cell.test} {cell.role} {cell.protocol}{tls} {cell.body_bytes:.0f} B {load}{kind}"


def _interior(cells: Sequence[CpuCell]) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Cells whose body and rate others of their protocol surround."""
    found = []
    for cell in cells:
        same = [other for other in cells if other.protocol == cell.protocol]
        bodies = [other.body_bytes for other in same]
        rates = [other.rate_per_s for other in same if other.arrivals == "open"]
        inside = min(bodies) < cell.body_bytes < max(bodies)
        if cell.arrivals == "open":
            inside &= min(rates) * 1.1 < cell.rate_per_s < max(rates) / 1.1
        found.append(inside)
    return np.array(found, dtype=np.bool_)


def fit_filters(
    cells: Sequence[CpuCell],
    known: Mapping[str, float],
    model_error: float,
    options: FitOptions,
) -> tuple[Estimate, ...]:
    """What each filter adds per request, and per KiB if bodies of several sizes were measured."""
    tried = [cell for cell in cells if not cell.is_plain and len(cell.filters) == 1]
    names = dict.fromkeys(cell.filters[0] for cell in tried)
    found: list[Estimate] = []
    for name in names:
        if options.wants(filter_path(name)):
            own = [cell for cell in tried if cell.filters == (name,)]
            own = [cell for cell in own if cell.is_paired] or own
            found += _filter(name, own, cells, known, model_error)
    return tuple(found)


def _filter(
    name: str,
    own: Sequence[CpuCell],
    cells: Sequence[CpuCell],
    known: Mapping[str, float],
    model_error: float,
) -> list[Estimate]:
    """Weighted least squares of the extra CPU of the cells of one filter on 1 and KiB."""
    pairs = [_extra_s(name, cell, cells, known) for cell in own]
    extra, errors = np.array([p[0] for p in pairs]), np.array([p[1] for p in pairs])
    kib = np.array([cell.body_bytes / 1024 for cell in own])
    has_slope = len(set(kib.tolist())) > 1
    columns = np.stack([np.ones(len(own)), kib], axis=1) if has_slope else np.ones((len(own), 1))
    weighted = columns / errors[:, None]
    inverse = np.linalg.inv(weighted.T @ weighted)
    values = inverse @ weighted.T @ (extra / errors)
    freedom = len(own) - columns.shape[1]
    z = (extra - columns @ values) / errors
    scale = max(1.0, float(z @ z) / freedom) if freedom else 1.0
    found = []
    for index, term in enumerate(("per_request", "per_kib")[: columns.shape[1]]):
        value = max(float(values[index]), 0.0)
        own_error = math.sqrt(float(inverse[index, index]) * scale)
        error = math.hypot(own_error, model_error * value)
        found.append(estimate(filter_path(name, term), value, error))
    return found


def _extra_s(
    name: str, cell: CpuCell, cells: Sequence[CpuCell], known: Mapping[str, float]
) -> tuple[float, float]:
    """CPU that the filter adds in a cell [s] and its standard error.

    Where the worker has gaps the filter shortens them; the extra is what makes the model agree.
    """
    beside = [
        one
        for one in cells
        if not one.filters and one.setting == cell.setting and one.is_paired == cell.is_paired
    ]
    left_s, plain_error_s = 0.0, _ERROR_UNKNOWN * cell.cpu_s
    if beside:
        measured = np.array([one.cpu_s for one in beside])
        squares = np.array([(_error(one) * one.cpu_s) ** -2 for one in beside])
        left_s = float(np.average(measured - predicted_cpu_s(beside, known), weights=squares))
        plain_error_s = float(squares.sum()) ** -0.5
    level = known.get(MACHINE_FACTOR, 1.0)
    level *= 1.0 if cell.is_paired else known.get(level_path(cell), 1.0)
    target = cell.cpu_s - left_s

    def missing(extra_s: float) -> float:
        values = {**known, filter_path(name): extra_s}
        return target - float(predicted_cpu_s([cell], values)[0])

    extra_s = missing(0.0) / level
    for _ in range(20):  # Newton with the slope of a saturated worker: an idle one has less
        extra_s += missing(extra_s) / level
    return extra_s, math.hypot(_error(cell) * cell.cpu_s, plain_error_s) / level


def _error(cell: CpuCell) -> float:
    return max(cell.error, 0.002) if math.isfinite(cell.error) else _ERROR_UNKNOWN

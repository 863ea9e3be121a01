"""Robust weighted least squares on ratios, with errors that know which cells err together.

Minimised is Σ ρ(log(measured / predicted) / σ) with soft_l1, ρ(z) = 2 (√(1 + z²) - 1), which
counts a cell that is far off in proportion to its distance and not to its square. σ² = (spread² +
error²) / weight of each cell: the *spread* between cells is what the model leaves, found for each
kind of cell from the residuals (1.4826 × MAD) in three rounds; *error* is the measurement's own.

Standard errors are the larger of two, and :mod:`meshsim.calibration.fitting.crossval` adds the
jackknife: the plain one of an M-estimator, and the sandwich over sittings, for cells measured
together err together (Cameron and Miller, A practitioner's guide to cluster-robust inference,
2015). Each alone is optimistic somewhere: the first where cells err together, the others where few
sittings speak of a parameter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import optimize

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
Predict = Callable[[Mapping[str, float]], FloatArray]

_SPREAD_START = 0.05
_ROUNDS = 3
_STEP = 1e-4


@dataclass(frozen=True)
class Bounded:
    """A parameter that is to be found: where to begin and where to stay."""

    path: str
    start: float
    low: float
    high: float
    usual: float = 0.0
    """A usual value, where the start may be near zero; unset: the start."""

    @property
    def size(self) -> float:
        """How large it usually is: what a step, and a distance from a bound, are compared with."""
        return max(abs(self.usual or self.start), 1e-12)


@dataclass(frozen=True)
class Measured:
    """Cells as numbers, and the model of them."""

    predict: Predict
    """From values of all parameters to one positive number per cell."""
    values: FloatArray
    """What was measured [cells]."""
    errors: FloatArray
    """Standard error of the logarithm of each [cells]."""
    sittings: IntArray
    """Cells with the same number were measured together [cells]."""
    weights: FloatArray
    """How much each counts, 1 for as much as its error says [cells]."""
    kinds: IntArray
    """Cells with the same number have the same spread around the model [cells]."""
    spread_min: float = 0.01
    """Least spread between cells: no model is better than that. It keeps the loss from taking a
    whole range of loads for outliers where few cells fit closely."""

    def sigma(self, spread: FloatArray) -> FloatArray:
        """Standard deviation of the logarithm that each cell is taken to have [cells]."""
        return np.sqrt((spread[self.kinds] ** 2 + self.errors**2) / self.weights)

    def without(self, dropped: BoolArray) -> Measured:
        """The same without some cells."""
        keep = ~dropped
        return Measured(
            lambda known: self.predict(known)[keep],
            self.values[keep],
            self.errors[keep],
            self.sittings[keep],
            self.weights[keep],
            self.kinds[keep],
            self.spread_min,
        )


@dataclass(frozen=True)
class Fitted:
    """The result of one fit."""

    paths: tuple[str, ...]
    values: FloatArray
    """Of the parameters found [parameters]."""
    covariance: FloatArray
    """Of the values [parameters × parameters]."""
    residuals: FloatArray
    """log(measured / predicted) [cells]."""
    gradient: FloatArray
    """∂ log(predicted) / ∂ parameter [cells × parameters]."""
    spread: FloatArray
    """Between cells of each kind, beyond the measurement's own error [kinds]."""
    condition: float
    """Of the problem in relative parameters: beyond 1e3 or so, some cannot be told apart."""
    at_bound: tuple[bool, ...]

    @property
    def errors(self) -> FloatArray:
        """Standard errors [parameters]."""
        return np.sqrt(np.diag(self.covariance))

    def known(self, fixed: Mapping[str, float]) -> dict[str, float]:
        """Values of all parameters."""
        return {**fixed, **dict(zip(self.paths, self.values.tolist(), strict=True))}


def fit(
    measured: Measured,
    free: Sequence[Bounded],
    fixed: Mapping[str, float],
) -> Fitted:
    """Finds the free parameters, the spread between cells and the errors."""
    x = np.array([one.start for one in free])
    found = np.full(int(measured.kinds.max(initial=0)) + 1, _SPREAD_START)
    for _ in range(_ROUNDS):
        x = minimum(measured, free, fixed, x, found)
        residuals = _residuals(measured, free, fixed, x)
        found = _spread(residuals, measured, len(free))
    gradient = _gradient(measured, free, fixed, x)
    scale = np.maximum(np.abs(x), 0.1 * np.array([one.size for one in free]))
    covariance, condition = _covariance(residuals, gradient, measured, found, scale)
    near = [
        bool(min(v - p.low, p.high - v) <= 1e-3 * min(p.size, p.high - p.low))
        for v, p in zip(x.tolist(), free, strict=True)
    ]
    paths = tuple(one.path for one in free)
    return Fitted(paths, x, covariance, residuals, gradient, found, condition, tuple(near))


def _residuals(
    measured: Measured, free: Sequence[Bounded], fixed: Mapping[str, float], x: FloatArray
) -> FloatArray:
    known = {**fixed, **{one.path: float(v) for one, v in zip(free, x, strict=True)}}
    return np.asarray(np.log(measured.values / measured.predict(known)))


def minimum(
    measured: Measured,
    free: Sequence[Bounded],
    fixed: Mapping[str, float],
    start: FloatArray,
    spread: FloatArray,
) -> FloatArray:
    """The values alone [parameters], from ``start`` on, with the spread between cells known."""
    if not free:
        return start
    low, high = np.array([p.low for p in free]), np.array([p.high for p in free])
    scale = np.array([p.size for p in free])
    sigma = measured.sigma(spread)

    def weighted(x: FloatArray) -> FloatArray:
        return _residuals(measured, free, fixed, x * scale) / sigma

    margin = 1e-9 * (high - low)
    begin = np.clip(start, low + margin, high - margin) / scale
    result = optimize.least_squares(
        weighted,
        begin,
        bounds=(low / scale, high / scale),
        loss="soft_l1",
        x_scale=1.0,
        diff_step=[_STEP] * len(free),
        max_nfev=200,
        ftol=1e-7,
        xtol=1e-6,
    )
    return np.asarray(result.x * scale, dtype=np.float64)


def _spread(residuals: FloatArray, measured: Measured, parameters: int) -> FloatArray:
    freedom = max(len(residuals) - parameters, 1) / len(residuals)
    found = []
    for kind in range(int(measured.kinds.max()) + 1):
        own = measured.kinds == kind
        around = float(np.median(np.abs(residuals[own]))) * 1.4826 if own.any() else 0.0
        error = float(np.median(measured.errors[own])) if own.any() else 0.0
        found.append(np.sqrt(max(around**2 / freedom - error**2, measured.spread_min**2)))
    return np.array(found)


def _gradient(
    measured: Measured, free: Sequence[Bounded], fixed: Mapping[str, float], x: FloatArray
) -> FloatArray:
    """Central differences of the logarithm of what is predicted."""
    columns = []
    for index, one in enumerate(free):
        step = _STEP * max(abs(x[index]), one.size)
        up, down = x.copy(), x.copy()
        up[index] += step
        down[index] -= step if x[index] - step > 0 else 0.0
        change = _residuals(measured, free, fixed, down) - _residuals(measured, free, fixed, up)
        columns.append(change / (up[index] - down[index]))
    return np.array(columns).T.reshape(len(measured.values), len(free))


def _covariance(
    residuals: FloatArray,
    gradient: FloatArray,
    measured: Measured,
    spread: FloatArray,
    scale: FloatArray,
) -> tuple[FloatArray, float]:
    """The larger of plain and sandwich errors, correlations of the plain one."""
    if gradient.shape[1] == 0:
        return np.zeros((0, 0)), 1.0
    sigma = measured.sigma(spread)
    z = residuals / sigma
    scaled = gradient * scale / sigma[:, None]  # relative parameters: comparable columns
    psi, slope = z / np.sqrt(1 + z**2), (1 + z**2) ** -1.5
    bread = np.linalg.pinv(scaled.T @ (scaled * slope[:, None]), rcond=1e-12, hermitian=True)
    freedom = max(len(z) - gradient.shape[1], 1)
    plain = bread * (float(np.sum(psi**2)) / freedom / max(float(np.mean(slope)), 0.1))
    scores = np.array(
        [(scaled * psi[:, None])[measured.sittings == g].sum(0) for g in set(measured.sittings)]
    )
    groups = len(scores)
    meat = scores.T @ scores * (groups / max(groups - 1, 1)) * (len(z) - 1) / freedom
    sandwich = bread @ meat @ bread
    relative = np.sqrt(np.maximum(np.diag(plain), np.diag(sandwich)))
    stretch = relative / np.maximum(np.sqrt(np.diag(plain)), 1e-300)
    singular = np.linalg.svd(scaled, compute_uv=False)
    condition = float(singular[0] / max(singular[-1], 1e-300))
    wide = plain * np.outer(stretch * scale, stretch * scale)
    return wide, condition

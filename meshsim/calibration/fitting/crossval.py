"""Cross-validation: fit without a sitting, predict it, and learn how wrong predictions are.

*Model error.* A parameter is not the same in every cell: buffers fit a payload or do not, two
proxies share a cache. Each amplitude θ is taken to differ from cell to cell with a relative
standard deviation τ beyond its own error, so that a prediction has the relative variance

    v = gᵀ C g + τ² Σ (g_j θ_j)²,      g = ∂ log(predicted) / ∂ θ,

C as the ranges of a mesh file carry it: standard errors, and the correlation of scale and exponent
of an idle cost. τ is the smallest that puts the 90% point of |residual| / √v of the cells left out
at that of the normal distribution. Cells at the edge of the data (the largest body, the smallest
rate) are predicted by extrapolation, which predictions mark anyway, and cells of absolute CPU carry
the state of the machine; both set τ only if there are few others.

*Coverage* is stated with τ found without the sitting that is predicted.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from meshsim.calibration.fitting.robust import (
    BoolArray,
    Bounded,
    Fitted,
    FloatArray,
    IntArray,
    Measured,
    minimum,
)

NORMAL_90 = 1.6448536269514722
"""Central 90% of a normal distribution: this many standard deviations to either side."""
_SHARE = 0.9
_TAU_MAX = 1.0
_JUDGED_MIN = 10


@dataclass(frozen=True)
class LeftOut:
    """What fits without a sitting say of its cells."""

    residuals: FloatArray
    """log(measured / predicted); NaN where nothing else tells a parameter of it [cells]."""
    values: FloatArray
    """Parameters without each sitting [sittings × parameters]."""


@dataclass(frozen=True)
class Validation:
    """How wrong predictions of cells are that were not fitted."""

    residuals: FloatArray
    """log(measured / predicted) without the cell's sitting; NaN if it cannot be predicted."""
    half_widths: FloatArray
    """Of the 90% interval of the logarithm, τ found without the sitting [cells]."""
    model_error: float
    """τ."""

    @property
    def predicted(self) -> BoolArray:
        """Cells that can be predicted [cells]."""
        return np.isfinite(self.residuals)

    def median_error(self, among: BoolArray | None = None) -> float:
        """Median of |predicted / measured - 1|; NaN of no cells."""
        chosen = self.predicted if among is None else self.predicted & among
        errors = np.abs(np.expm1(-self.residuals[chosen]))
        return float(np.median(errors)) if len(errors) else math.nan

    def coverage(self, among: BoolArray | None = None) -> float:
        """Share of cells within their 90% interval; NaN of no cells."""
        chosen = self.predicted if among is None else self.predicted & among
        inside = np.abs(self.residuals[chosen]) <= self.half_widths[chosen]
        return float(np.mean(inside)) if len(inside) else math.nan


def leave_out(
    measured: Measured,
    fitted: Fitted,
    free: Sequence[Bounded],
    fixed: Mapping[str, float],
    groups: IntArray,
) -> LeftOut:
    """Refits without each group in turn, the spread between cells as it was found."""
    residuals = np.full(len(measured.values), math.nan)
    everything = np.tile(fitted.values, (len(set(groups.tolist())), 1))
    for row, group in enumerate(sorted(set(groups.tolist()))):
        out = groups == group
        told = np.any(np.abs(fitted.gradient[~out] * fitted.values) > 1e-9, axis=0)
        needed = np.any(np.abs(fitted.gradient[out] * fitted.values) > 1e-9, axis=0)
        if np.any(needed & ~told) or int((~out).sum()) < int(told.sum()):
            continue
        kept = [one for one, is_told in zip(free, told, strict=True) if is_told]
        others = {
            one.path: float(value)
            for one, value, is_told in zip(free, fitted.values, told, strict=True)
            if not is_told
        }
        held = {**fixed, **others}
        again = minimum(measured.without(out), kept, held, fitted.values[told], fitted.spread)
        everything[row, told] = again
        names = (one.path for one in kept)
        predicted = measured.predict({**held, **dict(zip(names, again.tolist(), strict=True))})
        residuals[out] = np.log(measured.values[out] / predicted[out])
    return LeftOut(residuals, everything)


def jackknife_errors(left: LeftOut) -> FloatArray:
    """Standard errors from what leaving out a sitting changes: √((G - 1) / G Σ (θ_g - θ̄)²)."""
    groups = len(left.values)
    around = left.values - left.values.mean(axis=0)
    return np.asarray(np.sqrt((groups - 1) / groups * np.sum(around**2, axis=0)))


def widened(fitted: Fitted, errors: FloatArray) -> FloatArray:
    """The covariance with at least these standard errors, its correlations kept."""
    stretch = np.maximum(errors / np.maximum(fitted.errors, 1e-300), 1.0)
    return np.asarray(fitted.covariance * np.outer(stretch, stretch))


def as_ranges(covariance: FloatArray, paths: Sequence[str]) -> FloatArray:
    """What ranges in a mesh file keep of a covariance: no correlation but of idle pairs."""
    kept = np.diag(np.diag(covariance))
    for i, path in enumerate(paths):
        partner = path.replace(".idle_scale", ".idle_exponent")
        if partner != path and partner in paths:
            j = list(paths).index(partner)
            kept[i, j] = kept[j, i] = covariance[i, j]
    return np.asarray(kept)


def validate(
    left: LeftOut,
    fitted: Fitted,
    covariance: FloatArray,
    groups: IntArray,
    judged: Sequence[BoolArray],
) -> Validation:
    """Errors of left-out cells, and the model error that explains them.

    The first of ``judged`` that has ten cells sets the model error, or else all cells.
    """
    ranges = as_ranges(covariance, fitted.paths)
    own = np.einsum("ij,jk,ik->i", fitted.gradient, ranges, fitted.gradient)
    amplitude = np.array([not path.endswith("exponent") for path in fitted.paths])
    shared = np.sum((fitted.gradient * fitted.values * amplitude) ** 2, axis=1)
    usable = np.isfinite(left.residuals)
    narrowed = [usable & one for one in judged if int((usable & one).sum()) >= _JUDGED_MIN]
    setting = next(iter(narrowed), usable)
    tau = _tau(left.residuals[setting], own[setting], shared[setting])
    half = np.full(len(left.residuals), math.nan)
    for group in set(groups.tolist()):
        rest, out = setting & (groups != group), groups == group
        without = _tau(left.residuals[rest], own[rest], shared[rest])
        half[out] = NORMAL_90 * np.sqrt(own[out] + without**2 * shared[out])
    return Validation(left.residuals, half, tau)


def _tau(residuals: FloatArray, own: FloatArray, shared: FloatArray) -> float:
    """The smallest τ with which enough intervals hold; by bisection."""
    count = len(residuals)
    if not count:
        return 0.0
    rank = math.ceil(_SHARE * count) - 1

    def is_enough(tau: float) -> bool:
        scaled = np.abs(residuals) / np.sqrt(np.maximum(own + tau**2 * shared, 1e-300))
        return bool(np.sort(scaled)[rank] <= NORMAL_90)

    low, high = 0.0, _TAU_MAX
    if is_enough(low):
        return low
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (low, middle) if is_enough(middle) else (middle, high)
    return high

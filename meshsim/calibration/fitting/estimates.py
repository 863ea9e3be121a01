"""What a fit says of one parameter, and of one family of cells."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from meshsim.calibration.fitting.crossval import (
    NORMAL_90,
    Validation,
    jackknife_errors,
    leave_out,
    validate,
    widened,
)
from meshsim.calibration.fitting.identify import Identified
from meshsim.calibration.fitting.robust import BoolArray, FloatArray, IntArray, Measured


@dataclass(frozen=True)
class Estimate:
    """One parameter."""

    path: str
    """As in a mesh file, of the proxy: ``cost.http1.busy``."""
    value: float
    """SI."""
    error: float
    """Standard error, model error included."""
    low: float
    """Lower end of the central 90% interval."""
    high: float
    """Upper end of the central 90% interval."""
    about: str = ""
    """What it rests on, or what is weak about it."""
    correlation: float = 0.0
    """Of an idle scale: of the error of its logarithm with that of the exponent."""


@dataclass(frozen=True)
class Family:
    """The fit of one kind of cells, with what became of each."""

    title: str
    """``CPU per request`` …"""
    labels: tuple[str, ...]
    """Of the cells."""
    values: FloatArray
    """What was measured [cells], SI."""
    identified: Identified
    validation: Validation
    interior: BoolArray
    """Cells that the others surround [cells]."""
    kinds: IntArray
    """0 for cells whose spread is the model's own, 1 for those with the state of a machine."""
    estimates: tuple[Estimate, ...]
    correlations: tuple[tuple[str, str, float], ...] = field(default=())
    """Strong correlations of errors: two paths and the coefficient."""


_STRONG = 0.7


def family(
    title: str,
    labels: Sequence[str],
    measured: Measured,
    identified: Identified,
    groups: IntArray,
    interior: BoolArray,
) -> Family:
    """Errors, intervals and cross-validation of a fit; ``groups`` are left out in turn."""
    fitted = identified.fitted
    left = leave_out(measured, fitted, identified.free, identified.fixed, groups)
    covariance = widened(fitted, jackknife_errors(left))
    first = measured.kinds == 0
    judged = (interior & first, first, interior)
    validation = validate(left, fitted, covariance, groups, judged)
    amplitude = np.array([not path.endswith("exponent") for path in fitted.paths])
    extra = (validation.model_error * fitted.values * amplitude) ** 2
    total = covariance + np.diag(extra)
    errors = np.sqrt(np.diag(total))
    correlation = total / np.maximum(np.outer(errors, errors), 1e-300)
    estimates = []
    for index, path in enumerate(fitted.paths):
        value, error = float(fitted.values[index]), float(errors[index])
        partner = path.replace(".idle_scale", ".idle_exponent")
        shared = 0.0
        if partner != path and partner in fitted.paths:
            shared = float(correlation[index, fitted.paths.index(partner)])
        about = identified.weak.get(path, "")
        estimates.append(estimate(path, value, error, about, shared))
    names = fitted.paths
    own = covariance / np.maximum(np.outer(*[np.sqrt(np.diag(covariance))] * 2), 1e-300)
    strong = tuple(
        (names[i], names[j], float(own[i, j]))
        for i in range(len(names))
        for j in range(i)
        if abs(own[i, j]) > _STRONG
    )
    return Family(
        title,
        tuple(labels),
        measured.values,
        identified,
        validation,
        interior,
        measured.kinds,
        tuple(estimates),
        strong,
    )


def estimate(
    path: str, value: float, error: float, about: str = "", correlation: float = 0.0
) -> Estimate:
    """A value with its central 90% interval, which is symmetric in the logarithm if it can be.

    A value that is not told from zero (within 1.645 standard errors) has an interval from zero on,
    symmetric for the rest; so has an exponent, whose logarithm means nothing.
    """
    half = NORMAL_90 * error
    if path.endswith("exponent"):
        return Estimate(path, value, error, max(value - half, 0.01), min(value + half, 0.99), about)
    is_pair = path.endswith("idle_scale")
    if value > half or (is_pair and value > 0):
        stretch = math.exp(half / value)
        return Estimate(path, value, error, value / stretch, value * stretch, about, correlation)
    return Estimate(path, value, error, 0.0, value + half, about or "not told from zero")

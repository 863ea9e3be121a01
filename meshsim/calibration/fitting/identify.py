"""Which parameters the data can tell: the others are said and left at the value of the base.

A parameter has no data if no cell depends on it, and is *not identified* if its standard error is
larger than its value, or if it has gone to the bound at nothing. (Scale and exponent of an idle
cost are told together; of the two, the exponent is judged.) It is then held at the value of the
base mesh and the others are fitted anew, the worst first; where the base has no value, the estimate
is kept and marked as weak.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from meshsim.calibration.fitting.robust import Bounded, Fitted, Measured, fit

RELATIVE_ERROR_MAX = 1.0
"""A standard error beyond this share of the value: not identified."""
_VANISHED = 0.01
"""Of the value in the base."""


@dataclass(frozen=True)
class Identified:
    """A fit of what could be told, and the reasons for what could not."""

    fitted: Fitted
    free: tuple[Bounded, ...]
    """What was found, with the values found as starting points."""
    fixed: dict[str, float]
    """What was held, whatever the reason."""
    left: dict[str, str]
    """Why parameters that were wanted were left at the base, by path."""
    weak: dict[str, str]
    """Why values that were found say little, by path."""

    @property
    def known(self) -> dict[str, float]:
        """Values of all parameters."""
        return self.fitted.known(self.fixed)


def identified_fit(
    measured: Measured,
    wanted: Sequence[Bounded],
    fixed: Mapping[str, float],
    base: Mapping[str, float],
) -> Identified:
    """Fits what the data can tell of ``wanted``; ``base`` has the values to fall back on."""
    held = dict(fixed)
    left: dict[str, str] = {}
    touched = _touched(measured, wanted, held)
    for one in wanted:
        if one.path not in touched:
            left[one.path] = "no data"
            held[one.path] = base.get(one.path, one.start)
    free = [one for one in wanted if one.path in touched]
    while True:
        fitted = fit(measured, free, held)
        worst = _worst(fitted, base)
        if worst is None:
            break
        index, reason = worst
        path = free[index].path
        left[path], held[path] = reason, base[path]
        free = [one for one in _moved(free, fitted) if one.path != path]
    return Identified(fitted, _moved(free, fitted), held, left, _weak(fitted))


def _moved(free: Sequence[Bounded], fitted: Fitted) -> tuple[Bounded, ...]:
    """The parameters with what was found as starting points, away from zero."""
    found = zip(free, fitted.values.tolist(), strict=True)
    return tuple(
        replace(one, start=min(max(value, 0.01 * one.size), one.high), usual=one.size)
        for one, value in found
    )


def _touched(measured: Measured, wanted: Sequence[Bounded], held: Mapping[str, float]) -> set[str]:
    """Parameters on which a cell depends."""
    begin = {**held, **{one.path: one.start for one in wanted}}
    before = np.log(measured.predict(begin))
    touched = set()
    for one in wanted:
        moved = one.start * 1.01 if one.start * 1.01 <= one.high else one.start * 0.99
        change = np.log(measured.predict({**begin, one.path: moved})) - before
        if np.any(np.abs(change) > 1e-12):
            touched.add(one.path)
    return touched


def _worst(fitted: Fitted, base: Mapping[str, float]) -> tuple[int, str] | None:
    """The parameter that is told the least, among those with a value to fall back on."""
    candidates = [
        i for i, path in enumerate(fitted.paths) if path in base and not path.endswith("idle_scale")
    ]
    shares = [
        np.inf if _has_vanished(fitted, i, base) else _relative_error(fitted, i) for i in candidates
    ]
    if not shares or max(shares) <= RELATIVE_ERROR_MAX:
        return None
    index = candidates[int(np.argmax(shares))]
    return index, _reason(fitted, index)


def _has_vanished(fitted: Fitted, index: int, base: Mapping[str, float]) -> bool:
    """Whether a cost went to nothing, where the curvature says little about its error."""
    value = float(fitted.values[index])
    return bool(fitted.at_bound[index]) and value < _VANISHED * base[fitted.paths[index]]


def _relative_error(fitted: Fitted, index: int) -> float:
    return float(fitted.errors[index] / max(abs(float(fitted.values[index])), 1e-300))


def _reason(fitted: Fitted, index: int) -> str:
    if fitted.at_bound[index]:
        return "hit its bound"
    return f"not identified: standard error {_relative_error(fitted, index):.0%} of the value"


def _weak(fitted: Fitted) -> dict[str, str]:
    """Values at a bound or with large errors that were kept all the same."""
    weak = {}
    for index, path in enumerate(fitted.paths):
        if fitted.at_bound[index]:
            weak[path] = "at its bound"
        elif path.endswith("idle_scale"):
            continue
        elif _relative_error(fitted, index) > RELATIVE_ERROR_MAX / 2:
            weak[path] = f"weak: standard error {_relative_error(fitted, index):.0%} of the value"
    return weak

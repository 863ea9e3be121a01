"""The account of a calibration as Markdown, for the terminal and for a file.

Values with errors, correlations, what was left and why, cross-validation, residuals cell by cell,
what of the files was not used, what was assumed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from meshsim import units
from meshsim.calibration.fitting.calibrate import Calibration
from meshsim.calibration.fitting.estimates import Family
from meshsim.calibration.fitting.mesh_file import FACTOR
from meshsim.calibration.fitting.robust import BoolArray

CELLS_SHOWN = 12
"""Cells of a family that the terminal shows: those farthest off."""
_CONDITION_MAX = 1e3


def account(found: Calibration, *, whole: bool) -> str:
    """The account in Markdown; ``whole`` lists every cell, else the worst of each family."""
    lines = [f"# Calibration of {found.proxy} ({found.mesh.name})", ""]
    lines += _values(found)
    for family in found.families:
        lines += _family(family, whole=whole)
    lines += _listed("Left at the base", (f"{p}: {why}" for p, why in found.left.items()))
    lines += _listed("Not in the mesh file", found.unwritten)
    lines += _listed("Not used", found.unused)
    lines += _listed("Assumed", found.assumptions)
    return "\n".join(lines).rstrip() + "\n"


def _values(found: Calibration) -> list[str]:
    rows = [
        (
            f"`{one.path}`",
            show(one.path, one.value),
            f"{show(one.path, one.low)} … {show(one.path, one.high)}",
            show(one.path, one.error),
            one.about,
        )
        for one in found.estimates
    ]
    lines = _table(("parameter", "value", "90% interval", "standard error", "remark"), rows)
    if found.fitted_range is not None:
        low, high = found.fitted_range["requests_per_worker"]
        small, large = found.fitted_range["body"]
        lines += [
            f"Fitted on {units.show_rate(low)} to {units.show_rate(high)} per worker and bodies of "
            f"{units.show_memory(small)} to {units.show_memory(large)}; what is predicted outside "
            "is extrapolated.",
            "",
        ]
    return lines


def show(path: str, value: float) -> str:
    """A value in the unit of its parameter."""
    if path.startswith("memory."):
        return units.show_memory(value)
    if path == FACTOR or path.startswith("level.") or path.endswith("exponent"):
        return f"{value:.3g}"
    return units.show_duration(value)


def _family(family: Family, *, whole: bool) -> list[str]:
    fitted = family.identified.fitted
    spread = ", ".join(units.show_percentage(min(float(s), 1.0), 2) for s in fitted.spread)
    doubt = " (some parameters cannot be told apart)" if fitted.condition > _CONDITION_MAX else ""
    lines = [f"## {family.title}: {len(family.labels)} cells", ""]
    lines += [
        f"Spread between cells {spread}; model error of each amplitude "
        f"{units.show_percentage(family.validation.model_error, 2)}; condition number "
        f"{fitted.condition:.0f}{doubt}.",
        "",
    ]
    pairs = [f"{a} with {b}: {c:+.2f}" for a, b, c in family.correlations]
    lines += _listed("Strong correlations", pairs)
    lines += _cross_validation(family)
    lines += _cells(family, whole=whole)
    return lines


def _cross_validation(family: Family) -> list[str]:
    """Cells predicted without their sitting: median error and coverage of 90% intervals."""
    first = family.kinds == 0
    kinds: list[tuple[str, BoolArray]] = [
        ("all cells", np.ones(len(first), dtype=np.bool_)),
        ("within the range of the others", family.interior),
    ]
    if not first.all() and first.any():
        kinds += [
            ("paired", first),
            ("paired, within the range", first & family.interior),
            ("absolute", ~first),
        ]
    validation = family.validation
    rows = []
    for name, among in kinds:
        count = int((validation.predicted & among).sum())
        if count:
            error = units.show_percentage(min(validation.median_error(among), 1.0), 2)
            coverage = units.show_percentage(validation.coverage(among), 2)
            rows.append((name, str(count), error, coverage))
    missing = int((~validation.predicted).sum())
    lines = ["Each sitting predicted by a fit without it:", ""]
    lines += _table(("cells", "number", "median error", "in the 90% interval"), rows)
    if missing:
        lines += [f"{missing} cells cannot be predicted without themselves.", ""]
    return lines


def _cells(family: Family, *, whole: bool) -> list[str]:
    validation, fitted = family.validation, family.identified.fitted
    order: Iterable[int] = range(len(family.labels))
    if not whole:
        order = np.argsort(-np.abs(fitted.residuals))[:CELLS_SHOWN].tolist()
    path = "memory." if family.title == "Memory" else "cost."
    rows = [
        (
            family.labels[i],
            show(path, float(family.values[i])),
            f"{math.expm1(float(fitted.residuals[i])):+.1%}",
            _predicted(float(validation.residuals[i]), float(validation.half_widths[i])),
        )
        for i in order
    ]
    title = "All cells" if whole else "Cells farthest off"
    header = ("cell", "measured", "against the fit", "against a fit without it (90%)")
    return [f"{title}, measured against predicted:", "", *_table(header, rows)]


def _predicted(residual: float, half: float) -> str:
    if not math.isfinite(residual):
        return "not predictable"
    mark = "" if abs(residual) <= half else " outside"
    return f"{math.expm1(residual):+.1%} (±{math.expm1(half):.0%}){mark}"


def _listed(title: str, items: Iterable[str]) -> list[str]:
    lines = [f"- {item}" for item in items]
    return [f"{title}:", "", *lines, ""] if lines else []


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A Markdown table whose columns line up in a terminal, too."""
    cells = [list(header), *(list(row) for row in rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(header))]
    lines = [
        "| " + " | ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) + " |"
        for row in cells
    ]
    rule = "|" + "|".join("-" * (w + 2) for w in widths) + "|"
    return [lines[0], rule, *lines[1:], ""]

"""Predicted against measured on two logarithmic axes: one plot each for CPU, latency and memory.

A dot on the diagonal is right; the two thin lines beside it are 25% off. Rings were fitted.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from html import escape

from meshsim.calibration.accuracy.cells import Kind
from meshsim.calibration.accuracy.judged import Judged
from meshsim.units import show_duration, show_memory

_SIDE, _MARGIN = 340.0, 62.0
_OFF = 1.25
_TITLES = {
    Kind.CPU: "CPU per request and proxy",
    Kind.LATENCY: "Latency",
    Kind.MEMORY: "Memory of a proxy",
}


def parity_plots(judged: Sequence[Judged]) -> list[tuple[str, str]]:
    """Title and SVG of each plot that has figures."""
    found = []
    for kind, title in _TITLES.items():
        rows = [row for row in judged if row.reading.kind is kind]
        if rows:
            found.append((title, _plot(rows, title)))
    return found


def _plot(rows: Sequence[Judged], title: str) -> str:
    values = [v for row in rows for v in (row.reading.measured, row.predicted)]
    low, high = math.log10(min(values)) - 0.05, math.log10(max(values)) + 0.05
    show = show_memory if rows[0].reading.kind is Kind.MEMORY else show_duration

    def at(value: float) -> float:
        return (math.log10(value) - low) / (high - low) * _SIDE

    parts = [*_frame(low, high, at, show), *(_dot(row, at, show) for row in rows)]
    width = _SIDE + _MARGIN + 12
    return (
        f'<svg viewBox="0 0 {width:.0f} {width:.0f}" width="{width:.0f}" role="img" '
        f'aria-label="{escape(title)}, predicted against measured">'
        f'<g transform="translate({_MARGIN} 10)">{"".join(parts)}</g></svg>'
    )


def _frame(
    low: float, high: float, at: Callable[[float], float], show: Callable[[float], str]
) -> Iterator[str]:
    yield f'<rect width="{_SIDE}" height="{_SIDE}" class="frame"/>'
    for factor, kind in ((1.0, "exact"), (_OFF, "near"), (1 / _OFF, "near")):
        shift = math.log10(factor) / (high - low) * _SIDE
        first, last = max(0.0, -shift), min(_SIDE, _SIDE - shift)
        yield (
            f'<line x1="{first:.1f}" y1="{_SIDE - first - shift:.1f}" x2="{last:.1f}" '
            f'y2="{_SIDE - last - shift:.1f}" class="{kind}"/>'
        )
    for exponent in range(math.ceil(low), math.floor(high) + 1):
        place, label = at(10.0**exponent), escape(show(10.0**exponent))
        yield f'<text x="{place:.1f}" y="{_SIDE + 16}" text-anchor="middle">{label}</text>'
        yield f'<text x="-6" y="{_SIDE - place + 4:.1f}" text-anchor="end">{label}</text>'
    yield f'<text x="{_SIDE / 2}" y="{_SIDE + 36}" text-anchor="middle">measured</text>'
    yield (
        f'<text transform="translate(-50 {_SIDE / 2}) rotate(-90)" '
        f'text-anchor="middle">predicted</text>'
    )


def _dot(row: Judged, at: Callable[[float], float], show: Callable[[float], str]) -> str:
    x, y = at(row.reading.measured), _SIDE - at(row.predicted)
    words = (
        f"{row.cell.source}, {row.cell.mesh}, {row.reading.name}: measured "
        f"{show(row.reading.measured)}, predicted {show(row.predicted)}"
    )
    kind = "ring" if row.fitted else "dot"
    title = f"<title>{escape(words)}</title>"
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" class="{kind}">{title}</circle>'

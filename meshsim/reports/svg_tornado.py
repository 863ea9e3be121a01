"""A tornado as SVG: for each parameter two bars from zero, the effects of both ends of its range.

In the manner of :mod:`meshsim.reports.svg`: as wide, colours by class (``low``, ``high``), a title
on each mark. Whiskers are intervals.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

from meshsim.reports.svg import WIDTH, Axis, drawing, grid_lines, svg_text

_LABEL_HEIGHT = 18.0
_BAR_HEIGHT = 9.0
_GAP = 8.0
_AXIS_HEIGHT = 20.0


@dataclass(frozen=True)
class Effect:
    """What one end of a range does, with its interval."""

    kind: str
    """``low`` or ``high``: the class of its colour."""
    estimate: float
    low: float
    high: float
    text: str
    """For a pointer or a screen reader."""


@dataclass(frozen=True)
class EffectPair:
    """Both ends of one parameter."""

    label: str
    effects: Sequence[Effect]


def tornado_chart(pairs: Sequence[EffectPair], show: Callable[[float], str], about: str) -> str:
    """The bars from top to bottom as they come; empty without any."""
    effects = [effect for pair in pairs for effect in pair.effects]
    if not effects:
        return ""
    axis = Axis(min(0.0, *(e.low for e in effects)), max(0.0, *(e.high for e in effects)), WIDTH)
    parts: list[str] = []
    y = 0.0
    for pair in pairs:
        parts.append(svg_text(0, y + 13, pair.label, "name"))
        y += _LABEL_HEIGHT
        for effect in pair.effects:
            parts.append(_bar(effect, axis, y))
            y += _BAR_HEIGHT + 1
        y += _GAP
    lines = "".join(grid_lines(axis, y, show))
    return drawing(lines + "".join(parts), y + _AXIS_HEIGHT, about)


def _bar(effect: Effect, axis: Axis, y: float) -> str:
    zero, end = axis.x(0.0), axis.x(effect.estimate)
    low, high, middle = axis.x(effect.low), axis.x(effect.high), y + _BAR_HEIGHT / 2
    return (
        f"<g><title>{escape(effect.text)}</title>"
        f'<rect class="{effect.kind}" x="{min(zero, end):.1f}" y="{y:.1f}" '
        f'width="{abs(end - zero):.1f}" height="{_BAR_HEIGHT:g}"/>'
        f'<line class="whisker doubt" x1="{low:.1f}" x2="{high:.1f}" '
        f'y1="{middle:.1f}" y2="{middle:.1f}"/></g>'
    )

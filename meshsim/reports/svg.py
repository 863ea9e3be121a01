"""Charts as SVG text: dots with error bars, and stacked bars. No library, no script, no network.

Drawn 420 units wide with 12-unit letters, so that a chart is readable on a phone and two stand side
by side on a desk. Colours come from the page by class (``m0`` … for series, others by name), which
is how one drawing serves light and dark. Every mark has a title that a pointer, or a screen
reader, can read; series differ by shape as well as by colour.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

WIDTH = 420.0
SERIES = 8
"""Series with a colour and a shape of their own; more begin anew."""

_LABEL_HEIGHT = 22.0
_ROW_HEIGHT = 16.0
_BAR_HEIGHT = 18.0
_GAP = 6.0
_AXIS_HEIGHT = 20.0
_VALUE_WIDTH = 74.0
_NAME_WIDTH = 66.0
_LETTER_WIDTH = 6.6
_TICKS = 5
_MARGIN = 12.0


@dataclass(frozen=True)
class Dot:
    """An estimate with its interval."""

    series: int
    """Number of the series, which has a colour and a shape."""
    name: str
    estimate: float
    low: float
    high: float
    text: str
    """What stands beside it."""


@dataclass(frozen=True)
class DotGroup:
    """Dots below a common label; series without data are simply not there."""

    label: str
    dots: Sequence[Dot]


@dataclass(frozen=True)
class Segment:
    """A piece of a stacked bar; ``kind`` is its class."""

    kind: str
    name: str
    value: float
    text: str = ""
    """Written into the piece if there is room."""


@dataclass(frozen=True)
class Bar:
    """A stacked bar with a name on its left and a value behind its end."""

    segments: Sequence[Segment]
    text: str
    name: str = ""


@dataclass(frozen=True)
class BarGroup:
    """Bars below a common label."""

    label: str
    bars: Sequence[Bar]


def dot_chart(groups: Sequence[DotGroup], show: Callable[[float], str], about: str) -> str:
    """Estimates as dots on bars of uncertainty, on one axis from zero; empty without dots."""
    dots = [dot for group in groups for dot in group.dots]
    if not dots:
        return ""
    axis = Axis(min(0.0, *(d.low for d in dots)), max(d.high for d in dots), WIDTH - _VALUE_WIDTH)
    parts: list[str] = []
    y = 0.0
    for group in groups:
        if group.dots:
            parts.append(svg_text(0, y + 15, group.label, "label"))
            y += _LABEL_HEIGHT
            for dot in group.dots:
                parts.append(_dot(dot, axis, y + _ROW_HEIGHT / 2))
                y += _ROW_HEIGHT
            y += _GAP
    grid = "".join(grid_lines(axis, y, show))
    return drawing(grid + "".join(parts), y + _AXIS_HEIGHT, about)


def bar_chart(groups: Sequence[BarGroup], about: str) -> str:
    """Stacked bars on one scale from zero; empty without bars."""
    bars = [bar for group in groups for bar in group.bars]
    largest = max((sum(s.value for s in bar.segments) for bar in bars), default=0.0)
    if largest <= 0:
        return ""
    left = _NAME_WIDTH if any(bar.name for bar in bars) else 0.0
    room = WIDTH - left - _VALUE_WIDTH
    parts: list[str] = []
    y = 0.0
    for group in groups:
        parts.append(svg_text(0, y + 15, group.label, "label"))
        y += _LABEL_HEIGHT
        for bar in group.bars:
            parts += _bar(bar, left, room / largest, y)
            y += _BAR_HEIGHT + _GAP / 2
        y += _GAP
    return drawing("".join(parts), y, about)


def marker(series: int) -> str:
    """The mark of a series, for legends."""
    shape = _shape(series, 7, 7)
    return f'<svg class="marker" viewBox="0 0 14 14" aria-hidden="true">{shape}</svg>'


@dataclass(frozen=True)
class Axis:
    """From values to positions: ``low`` to ``high`` over ``width`` units, less a margin."""

    low: float
    high: float
    width: float

    def x(self, value: float) -> float:
        """From a value to a position."""
        span = self.high - self.low or 1.0
        return _MARGIN + (value - self.low) / span * (self.width - 2 * _MARGIN)

    def ticks(self) -> list[float]:
        """Round values within the axis: steps of 1, 2 or 5 times a power of ten."""
        rough = (self.high - self.low or 1.0) / _TICKS
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(power * m for m in (1, 2, 5, 10) if power * m >= rough * 0.999)
        first, last = math.ceil(self.low / step), math.floor(self.high / step)
        return [number * step for number in range(first, last + 1)]


def grid_lines(axis: Axis, height: float, show: Callable[[float], str]) -> Iterator[str]:
    """A line at each tick of the axis, with its value below."""
    for tick in axis.ticks():
        x = axis.x(tick)
        kind = "zero" if tick == 0 else "grid"
        yield f'<line class="{kind}" x1="{x:.1f}" x2="{x:.1f}" y1="4" y2="{height:.1f}"/>'
        yield svg_text(x, height + 14, show(tick), "tick", "middle")


def _dot(dot: Dot, axis: Axis, y: float) -> str:
    low, high = axis.x(dot.low), axis.x(dot.high)
    kind = f"m{dot.series % SERIES}"
    return (
        f"<g><title>{escape(f'{dot.name}: {dot.text}')}</title>"
        f'<line class="whisker {kind}" x1="{low:.1f}" x2="{high:.1f}" y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<line class="whisker {kind}" x1="{low:.1f}" x2="{low:.1f}" y1="{y - 4:.1f}" '
        f'y2="{y + 4:.1f}"/>'
        f'<line class="whisker {kind}" x1="{high:.1f}" x2="{high:.1f}" y1="{y - 4:.1f}" '
        f'y2="{y + 4:.1f}"/>'
        f"{_shape(dot.series, axis.x(dot.estimate), y)}"
        f"{svg_text(max(high, axis.x(dot.estimate) + 5) + 6, y + 4, dot.text, 'value')}</g>"
    )


def _shape(series: int, x: float, y: float) -> str:
    """A circle for the first series, polygons for the others."""
    kind = f'class="dot m{series % SERIES}"'
    shape = series % (1 + len(_POLYGONS))
    if shape == 0:
        return f'<circle {kind} cx="{x:.1f}" cy="{y:.1f}" r="4.5"/>'
    points = " ".join(f"{x + dx:.1f},{y + dy:.1f}" for dx, dy in _POLYGONS[shape - 1])
    return f'<polygon {kind} points="{points}"/>'


_POLYGONS = (
    ((-4, -4), (4, -4), (4, 4), (-4, 4)),
    ((0, -5.5), (5.5, 0), (0, 5.5), (-5.5, 0)),
    ((0, -5.5), (5.2, 4.2), (-5.2, 4.2)),
    ((0, 5.5), (5.2, -4.2), (-5.2, -4.2)),
    ((-5.5, 0), (-2.7, -4.8), (2.7, -4.8), (5.5, 0), (2.7, 4.8), (-2.7, 4.8)),
    ((-5, -2), (5, -2), (5, 2), (-5, 2)),
    ((-2, -5), (2, -5), (2, 5), (-2, 5)),
)
"""Square, diamond, triangles up and down, hexagon, lying and standing bar."""


def _bar(bar: Bar, left: float, scale: float, y: float) -> Iterator[str]:
    if bar.name:
        yield svg_text(0, y + 13, bar.name, "name")
    x = left
    for segment in bar.segments:
        width = segment.value * scale
        title = f"<title>{escape(f'{segment.name}: {segment.text}')}</title>"
        yield (
            f'<g>{title}<rect class="{segment.kind}" x="{x:.1f}" y="{y:.1f}" '
            f'width="{width:.1f}" height="{_BAR_HEIGHT:g}"/>'
        )
        if segment.text and width > len(segment.text) * _LETTER_WIDTH + 4:
            kind = f"inside on-{segment.kind}"
            yield svg_text(x + width / 2, y + 13, segment.text, kind, "middle")
        yield "</g>"
        x += width
    yield svg_text(x + 6, y + 13, bar.text, "value")


def svg_text(x: float, y: float, words: str, kind: str, anchor: str = "start") -> str:
    """Words at a position, of a class."""
    where = f'x="{x:.1f}" y="{y:.1f}"'
    at = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return f'<text class="{kind}" {where}{at}>{escape(words)}</text>'


def drawing(content: str, height: float, about: str) -> str:
    """The whole drawing, with what it is about for a screen reader."""
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH:g} {height:.0f}" role="img" '
        f'aria-label="{escape(about)}">{content}</svg>'
    )

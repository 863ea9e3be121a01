"""Renders rich's tables and paragraphs to a text of a given width, with or without colour."""

from __future__ import annotations

import io
from collections.abc import Iterable

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

WIDTH = 100
"""Of text that goes to a file or a pipe."""

_BOUNDLESS = 10_000


def render(parts: Iterable[RenderableType], width: int = WIDTH, *, color: bool = False) -> str:
    """The text of all parts, one below the other, without spaces at the ends of lines."""
    stream = io.StringIO()
    console = Console(
        file=stream,
        width=width,
        force_terminal=color,
        force_jupyter=False,
        color_system="standard" if color else None,
        markup=False,
        highlight=False,
        emoji=False,
        legacy_windows=False,
    )
    for part in parts:
        # print makes a text of its own from a Text, without its wish to stay on one line
        is_line = isinstance(part, Text) and part.no_wrap
        console.width = _needed(part, console, width)
        console.print(part, crop=False, no_wrap=is_line, overflow="ignore" if is_line else None)
    return "".join(f"{line.rstrip()}\n" for line in stream.getvalue().splitlines())


def _needed(part: RenderableType, console: Console, width: int) -> int:
    """The width, or more where a table would cut a number: it would read as another number."""
    if not isinstance(part, Table):
        return width
    boundless = console.options.update(max_width=_BOUNDLESS)
    return max(width, console.measure(part, options=boundless).minimum)

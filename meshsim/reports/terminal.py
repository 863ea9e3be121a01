"""Renders rich's tables and paragraphs to a text of a given width, with or without colour."""

from __future__ import annotations

import io
from collections.abc import Iterable

from rich.console import Console, RenderableType

WIDTH = 100
"""Of text that goes to a file or a pipe."""


def render(parts: Iterable[RenderableType], width: int = WIDTH, *, color: bool = False) -> str:
    """The text of all parts, one below the other, without spaces at the ends of lines."""
    stream = io.StringIO()
    console = Console(
        file=stream,
        width=width,
        force_terminal=color,
        color_system="standard" if color else None,
        markup=False,
        highlight=False,
        emoji=False,
        legacy_windows=False,
    )
    for part in parts:
        console.print(part, crop=False)
    return "".join(f"{line.rstrip()}\n" for line in stream.getvalue().splitlines())

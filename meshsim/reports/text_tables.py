"""Tables for the terminal: words in, rich tables out."""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Iterable, Sequence

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

Cell = str | Text

_HEADING_WIDTH = 15
_COLUMNS_MAX = 4


def table(
    headings: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    *,
    words: Collection[int] = (0,),
    wrap: Collection[int] = (),
) -> Table:
    """A table whose columns ``words`` are text and whose others are numbers.

    Only the columns ``wrap`` are broken over lines where the width is short.
    """
    made = Table(
        box=SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1), header_style="bold"
    )
    filled = [list(row) for row in rows]
    for number, heading in enumerate(headings):
        kept = [] if number in wrap else [heading, *(row[number] for row in filled)]
        made.add_column(
            heading,
            justify="left" if number in words else "right",
            no_wrap=number not in wrap,
            overflow="fold",
            min_width=max(map(_width, kept), default=None),
        )
    for row in filled:
        made.add_row(*row)
    return made


def _width(cell: Cell) -> int:
    return max((cell_len(line) for line in str(cell).split("\n")), default=0)


def by_mesh(words: str, columns: int) -> str:
    """A number with its half width, as a cell of so many columns: on two lines if they are many."""
    return words.replace(" ±", "\n±") if columns > _COLUMNS_MAX else words


def mesh_heading(name: str) -> str:
    """A mesh's name as the heading of a narrow column: broken behind hyphens."""
    return "\n".join(textwrap.wrap(name, _HEADING_WIDTH))


def two_lines(first: str, second: str) -> Text:
    """A number with what belongs to it in the line below, dimmed."""
    return Text.assemble(first, "\n", (second, "dim"))


def heading(words: str, name: str = "") -> Text:
    """The line above a table; a ``name`` behind it keeps its letters."""
    return Text(f"{words.upper()} {name}".strip(), style="bold")


def paragraph(words: str) -> Text:
    """Running text, never taken for markup."""
    return Text(words)


def point(words: str) -> Table:
    """An entry of a list, its further lines set under the first."""
    made = Table.grid()
    made.add_column(no_wrap=True)
    made.add_column(overflow="fold")
    made.add_row("  - ", Text(" ".join(words.split())))
    return made


def one_line(words: str) -> Text:
    """A text to copy: never broken, however long."""
    return Text(words, no_wrap=True, overflow="ignore")

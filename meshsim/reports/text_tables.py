"""Tables for the terminal: words in, rich tables out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

Cell = str | Text


def table(
    headings: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    *,
    words: int = 1,
    wrap: Collection[int] = (),
) -> Table:
    """A table whose first ``words`` columns are text and whose others are numbers.

    Only the columns ``wrap`` are broken over lines where the width is short.
    """
    made = Table(
        box=SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1), header_style="bold"
    )
    for number, heading in enumerate(headings):
        is_word = number < words
        made.add_column(
            heading,
            justify="left" if is_word else "right",
            no_wrap=number not in wrap,
            overflow="fold",
        )
    for row in rows:
        made.add_row(*row)
    return made


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

"""The two streams: data to stdout, all else to stderr; progress only where somebody looks."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

import typer

from meshsim.errors import InputError, Place, Problem

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

BAD_INPUT = 2
NOT_CALIBRATED = 3
SLO_BROKEN = 99
INTERRUPTED = 130
PIPE_CLOSED = 141

_WIDTH_MIN, _WIDTH_MAX, _WIDTH_OF_PIPE = 80, 140, 100

Step = Callable[[int, int], None]
"""Told the number of finished tasks and of all."""


def tell(text: str) -> None:
    """Write data to stdout; a reader that has gone away ends the command in silence."""
    if sys.stdout is None:
        raise _unwritable("it is closed")
    try:
        sys.stdout.write(text if text.endswith("\n") else f"{text}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        _forget(sys.stdout)
        raise typer.Exit(PIPE_CLOSED) from None
    except OSError as error:
        _forget(sys.stdout)
        raise _unwritable(error.strerror or "unknown reason") from None


def complain(text: str) -> None:
    """Write to stderr what is no data; without a stderr, to nobody."""
    if sys.stderr is None:
        return
    try:
        sys.stderr.write(text if text.endswith("\n") else f"{text}\n")
        sys.stderr.flush()
    except OSError:
        _forget(sys.stderr)


def width() -> int:
    """Columns of text: those of the terminal within reason, 100 in a file or a pipe."""
    if not is_terminal(sys.stdout):
        return _WIDTH_OF_PIPE
    return max(_WIDTH_MIN, min(_WIDTH_MAX, shutil.get_terminal_size().columns))


def color() -> bool:
    """Whether stdout may be coloured: a terminal that can, and nobody said NO_COLOR."""
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return is_terminal(sys.stdout) and not plain


def is_terminal(stream: TextIO | None) -> bool:
    """Whether somebody looks; a closed stream is None."""
    return stream is not None and stream.isatty()


@contextmanager
def progress(what: str) -> Iterator[Step | None]:
    """A bar with count, share and remaining time on stderr; None where stderr is no terminal."""
    if not is_terminal(sys.stderr):
        yield None
        return
    with _bar() as bar:
        yield _step(bar, bar.add_task(what, total=None, left=""))


def _unwritable(reason: str) -> InputError:
    rule, cure = f"must be writable ({reason})", "make room, or redirect to another file"
    return InputError([Problem(Place("stdout"), "", rule, "", cure)])


def _bar() -> Bar:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
    )

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[left]}"),
        console=Console(file=sys.stderr, markup=False),
        transient=True,
    )


def _step(bar: Bar, task: TaskID) -> Step:
    """A study that needs more replications starts to count anew; the bar then grows."""
    from meshsim.reports.phrases import time_left
    from meshsim.studies.progress import Pace

    before = 0
    last = (0, 0)
    pace = Pace()

    def step(done: int, total: int) -> None:
        nonlocal before, last
        if done < last[0]:
            before += last[1]
        last = (done, total)
        left = time_left(pace.remaining_s(before + done, before + total))
        bar.update(task, completed=before + done, total=before + total, left=left)

    return step


def _forget(stream: TextIO) -> None:
    """Point a broken stream at nothing, so that the interpreter's last flush does not complain."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nothing, stream.fileno())
    except OSError:
        pass
    finally:
        os.close(nothing)

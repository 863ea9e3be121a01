"""What meshsim says when the input is wrong: place, rule, value, cure.

Every reader collects all its :class:`Problem` values and raises one :class:`InputError` with the
lot, so that a user mends a file once and not problem by problem.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

_VALUE_LENGTH_MAX = 60


@dataclass(frozen=True, order=True)
class Place:
    """Where in a user's file something stands; line and column count from 1, 0 means unknown."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        known = [str(number) for number in (self.line, self.column) if number]
        return ":".join([self.file, *known])


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong with the input.

    ``path`` names the field (``services[0].calls[0].timeout``, empty for the file itself), ``rule``
    is what should hold, ``value`` what stands there instead (empty if nothing does), ``cure`` what
    to write.
    """

    place: Place
    path: str
    rule: str
    value: str = ""
    cure: str = ""

    def __str__(self) -> str:
        message = f"{self.path}: {self.rule}" if self.path else self.rule
        if self.value:
            message += f", not {shorten(self.value)!r}"
        if self.cure:
            message += f"; {self.cure}"
        return f"{self.place}: {message}"


class InputError(ValueError):
    """The user's input cannot be used; holds every problem found, in the order of the file."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        assert self.problems, "an InputError without a problem tells the user nothing"
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[type[InputError], tuple[tuple[Problem, ...]]]:
        return (InputError, (self.problems,))


def shorten(value: str) -> str:
    """One line of at most 60 characters, so that a pasted megabyte does not flood the screen."""
    line = " ".join(value.split())
    if len(line) <= _VALUE_LENGTH_MAX:
        return line
    return line[: _VALUE_LENGTH_MAX - 1] + "…"

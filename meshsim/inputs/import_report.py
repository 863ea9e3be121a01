"""What a reader of a foreign format used, what it could not use and why, and what it assumed.

A reader keeps a :class:`Tally` while it reads and freezes it into an :class:`ImportReport` at the
end. Things of the same kind that fail for the same reason are one line with a count and the first
of them as example, so that the report of a large file stays short.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from meshsim.model.topology import Topology


@dataclass(frozen=True)
class Unused:
    """Some things of one kind that could not be used, all for the same reason."""

    what: str
    """What they are, in the singular: ``span``, ``trace``."""
    why: str
    """Why they could not be used, and what that means for the result."""
    count: int
    """How many there are."""
    example: str
    """Where the first of them stands, or its id."""

    def __str__(self) -> str:
        return f"{self.count} × {self.what}: {self.why} (e.g. {self.example})"


@dataclass(frozen=True)
class ImportReport:
    """What became of the input."""

    used: Mapping[str, int]
    """How many things of each kind went into the result."""
    unused: tuple[Unused, ...] = ()
    """What could not be used, the most frequent first."""
    assumptions: tuple[str, ...] = ()
    """What the input does not say and was assumed, one sentence each."""
    measured: tuple[str, ...] = ()
    """What the input measured of the whole, to compare results with, one sentence each."""

    def lines(self) -> tuple[str, ...]:
        """The report as lines of text, for a terminal or for comments at the head of a file."""
        counts = [f"{count} {what}" for what, count in self.used.items()]
        used = ", ".join(counts) or "nothing"
        unused = [f"  {item}" for item in self.unused] or ["  nothing"]
        assumed = [f"  {text}" for text in self.assumptions] or ["  nothing"]
        measured = [f"Measured: {text}." for text in self.measured]
        return (f"Used: {used}.", *measured, "Not used:", *unused, "Assumed:", *assumed)


@dataclass(frozen=True)
class ImportResult:
    """A topology read from a foreign format, and the report on how."""

    topology: Topology
    report: ImportReport


@dataclass
class Tally:
    """Counts while a reader reads."""

    used: Counter[str] = field(default_factory=Counter)
    _unused: Counter[tuple[str, str]] = field(default_factory=Counter)
    _examples: dict[tuple[str, str], str] = field(default_factory=dict)
    _assumptions: dict[str, None] = field(default_factory=dict)
    _measured: list[str] = field(default_factory=list)

    def use(self, what: str, count: int = 1) -> None:
        """Note that ``count`` things went into the result."""
        self.used[what] += count

    def skip(self, what: str, why: str, example: str, count: int = 1) -> None:
        """Note that ``count`` things could not be used."""
        self._unused[what, why] += count
        self._examples.setdefault((what, why), example)

    def assume(self, sentence: str) -> None:
        """Note something that the input does not say; once is enough."""
        self._assumptions.setdefault(sentence)

    def measure(self, sentence: str) -> None:
        """Note something that the input measured of the whole."""
        self._measured.append(sentence)

    def add(self, other: Tally) -> None:
        """Take over all that another tally noted."""
        self.used.update(other.used)
        for item in other.unused:
            self.skip(item.what, item.why, item.example, item.count)
        for sentence in other._assumptions:
            self.assume(sentence)
        self._measured += other._measured

    @property
    def unused(self) -> tuple[Unused, ...]:
        """What could not be used so far, the most frequent first."""
        items = self._unused.most_common()
        return tuple(Unused(*key, count, self._examples[key]) for key, count in items)

    def report(self) -> ImportReport:
        """The report on all that was noted."""
        assumptions, measured = tuple(self._assumptions), tuple(self._measured)
        return ImportReport(dict(self.used), self.unused, assumptions, measured)

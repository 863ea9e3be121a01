"""Sections of a study: what an estimate asks of them, whether requests were kept or only counted.

Estimates need little: the size and the mean of a section, quantiles of several sections together,
and how many observations of each eighth lie beyond a value. :class:`Kept` answers from the
observations, in the order of time; :class:`Counted` from histograms of consecutive pieces of the
run, with their relative error; :class:`Share` knows how many of how many, enough for a mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, Self, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from meshsim.stats.histogram import Histogram

FloatArray: TypeAlias = NDArray[np.float64]

PIECES = 8
"""Pieces that a section is cut into, to see how observations beyond a value cluster."""


class Averaged(Protocol):
    """A section that has a mean."""

    @property
    def size(self) -> int:
        """Number of observations."""

    @property
    def total(self) -> float:
        """Their sum."""

    def mean(self) -> float:
        """Their mean; there must be one."""

    def joined(self, others: Sequence[Self]) -> Self:
        """The section of all observations of this one and of others of its kind."""


class Section(Averaged, Protocol):
    """A section that has quantiles, too."""

    def quantile(self, p: float) -> float:
        """The ``p`` quantile, 0 to 1, observation k (from 0) standing at k / (n - 1)."""

    def beyond(self, value: float, *, above: bool) -> tuple[FloatArray, FloatArray]:
        """Of each eighth: how many observations are at least ``value`` (at most, if not ``above``),
        and how many there are.
        """


@dataclass(frozen=True, eq=False)
class Kept:
    """A section of which each observation was kept, in the order of time."""

    values: FloatArray

    @property
    def size(self) -> int:
        """Number of observations."""
        return len(self.values)

    @property
    def total(self) -> float:
        """Their sum."""
        return float(self.values.sum())

    def mean(self) -> float:
        """Their mean."""
        return float(self.values.mean())

    def joined(self, others: Sequence[Kept]) -> Kept:
        """All observations, those of this section first."""
        return Kept(np.concatenate([self.values, *(other.values for other in others)]))

    def quantile(self, p: float) -> float:
        """As numpy does by default."""
        return float(np.quantile(self.values, p))

    def beyond(self, value: float, *, above: bool) -> tuple[FloatArray, FloatArray]:
        """Counted exactly, in eighths whose sizes differ by one at most."""
        is_beyond = self.values >= value if above else self.values <= value
        return eighths(is_beyond)


@dataclass(frozen=True, eq=False)
class Counted:
    """A section of which consecutive pieces were counted in histograms."""

    pieces: tuple[Histogram, ...]
    whole: Histogram
    """All pieces together."""

    @classmethod
    def of(cls, pieces: Sequence[Histogram]) -> Counted:
        """The section of these pieces, in the order of time."""
        return cls(tuple(pieces), Histogram.merged(pieces))

    @property
    def size(self) -> int:
        """Number of observations."""
        return self.whole.count

    @property
    def total(self) -> float:
        """Their sum, exact."""
        return self.whole.sum_s

    def mean(self) -> float:
        """Their mean, exact."""
        return self.whole.mean_s

    def joined(self, others: Sequence[Counted]) -> Counted:
        """All pieces, those of this section first."""
        sections = (self, *others)
        pieces = tuple(piece for section in sections for piece in section.pieces)
        return Counted(pieces, Histogram.merged(section.whole for section in sections))

    def quantile(self, p: float) -> float:
        """Within the relative error of histograms."""
        return self.whole.quantile(p)

    def beyond(self, value: float, *, above: bool) -> tuple[FloatArray, FloatArray]:
        """Whole pieces, spread over the eighths; some of these are empty if pieces are few."""
        found = [piece.count_beyond(value, above=above) for piece in self.pieces]
        sizes = [piece.count for piece in self.pieces]
        return _in_eighths(found), _in_eighths(sizes)


@dataclass(frozen=True)
class Share:
    """How many observations of a section are such: a mean of ones and zeros."""

    found: int
    size: int

    @property
    def total(self) -> float:
        """How many are such."""
        return float(self.found)

    def mean(self) -> float:
        """Their share."""
        return self.found / self.size

    def joined(self, others: Sequence[Share]) -> Share:
        """The share in all sections together."""
        found = self.found + sum(other.found for other in others)
        return Share(found, self.size + sum(other.size for other in others))


A = TypeVar("A", bound=Averaged)


def sections_of(sections: Iterable[Section | FloatArray]) -> list[Section]:
    """The sections, arrays taken for kept observations."""
    return [Kept(s) if isinstance(s, np.ndarray) else s for s in sections]


def averaged_of(sections: Iterable[Averaged | FloatArray]) -> list[Averaged]:
    """As :func:`sections_of`, for sections that need not have quantiles."""
    return [Kept(s) if isinstance(s, np.ndarray) else s for s in sections]


def eighths(is_beyond: NDArray[np.bool_]) -> tuple[FloatArray, FloatArray]:
    """How many are true in each eighth of a section, and how many there are."""
    pieces = np.array_split(is_beyond, PIECES)
    counts = np.array([np.count_nonzero(piece) for piece in pieces], dtype=np.float64)
    return counts, np.array([len(piece) for piece in pieces], dtype=np.float64)


def _in_eighths(values: Sequence[float]) -> FloatArray:
    split = np.array_split(np.array(values, dtype=np.float64), PIECES)
    return np.array([piece.sum() for piece in split])


def grouped(each: Sequence[A], groups: int) -> list[A]:
    """The sections as they are or, from twice the number of ``groups`` on, joined into so many."""
    if len(each) < 2 * groups:
        return list(each)
    joined = []
    for number in range(groups):
        first, *others = each[number::groups]
        joined.append(first.joined(others))
    return joined

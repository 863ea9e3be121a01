"""Sections of a study: what an estimate asks of them, whether requests were kept or only counted.

Estimates need little: the size and the mean of a section, quantiles of several sections together,
and how many observations of each eighth lie beyond a value. :class:`Kept` answers from the
observations, in the order of time; :class:`Counted` from histograms of consecutive pieces of the
run, with their relative error; :class:`Share` knows how many of how many, enough for a mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
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


class Quantiles(Protocol):
    """What has quantiles."""

    def quantile(self, p: float) -> float:
        """The ``p`` quantile, 0 to 1, observation k (from 0) standing at k / (n - 1)."""


class Section(Averaged, Quantiles, Protocol):
    """A section that has quantiles, too."""

    def rest(self, others: Sequence[Self], whole: Self) -> Quantiles:
        """The quantiles of ``others`` together, which are ``whole`` without this section."""

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

    @cached_property
    def ordered(self) -> FloatArray:
        """The observations in order of size."""
        return np.sort(self.values)

    def quantile(self, p: float) -> float:
        """As numpy does by default."""
        low, high, share = _place(p, self.size)
        return _between(float(self.ordered[low]), float(self.ordered[high]), share)

    def rest(self, others: Sequence[Kept], whole: Kept) -> Rest:
        """See :class:`Section`; nothing is sorted again."""
        return Rest.of(self, whole)

    def beyond(self, value: float, *, above: bool) -> tuple[FloatArray, FloatArray]:
        """Counted exactly, in eighths whose sizes differ by one at most."""
        is_beyond = self.values >= value if above else self.values <= value
        return eighths(is_beyond)


@dataclass(frozen=True, eq=False)
class Rest:
    """A section without a part of it, by the ranks of what is left."""

    ordered: FloatArray
    """All observations of the section in order of size."""
    before: NDArray[np.int64]
    """For each observation of the part, in order of size, how many are smaller and left."""

    @classmethod
    def of(cls, part: Kept, whole: Kept) -> Rest:
        """``whole`` without ``part``."""
        smaller = np.searchsorted(whole.ordered, part.ordered)
        return cls(whole.ordered, smaller - np.searchsorted(part.ordered, part.ordered))

    def quantile(self, p: float) -> float:
        """As numpy does by default."""
        low, high, share = _place(p, len(self.ordered) - len(self.before))
        return _between(self._ranked(low), self._ranked(high), share)

    def _ranked(self, rank: int) -> float:
        """The observation with so many smaller ones that are left, too."""
        skipped = int(np.searchsorted(self.before, rank, side="right"))
        return float(self.ordered[rank + skipped])


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

    def rest(self, others: Sequence[Counted], whole: Counted) -> Histogram:
        """See :class:`Section`."""
        return Histogram.merged(section.whole for section in others)

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
    ends = _ends(len(is_beyond))
    counts = np.diff(np.searchsorted(np.flatnonzero(is_beyond), ends))
    return counts.astype(np.float64), np.diff(ends).astype(np.float64)


def _ends(size: int) -> NDArray[np.int64]:
    """Where the eighths of so many begin and end, the longer ones first."""
    number = np.arange(PIECES + 1)
    return number * (size // PIECES) + np.minimum(number, size % PIECES)


def _place(p: float, size: int) -> tuple[int, int, float]:
    """The two ranks next to a quantile, and how far it is from the first to the second."""
    position = p * (size - 1)
    low = int(position)
    return low, min(low + 1, size - 1), position - low


def _between(low: float, high: float, share: float) -> float:
    """From the nearer end, as numpy does: both ends are then exact."""
    step = high - low
    return low + step * share if share < 0.5 else high - step * (1 - share)


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

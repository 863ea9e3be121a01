"""Sections taken together, with what several estimates need worked out once.

A table of quantiles asks for the same observations in order of size again and again: all of them,
and all but those of each section. A pool sorts them once and keeps the estimates made from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, TypeVar, overload

from meshsim.stats.section import Averaged, Quantiles

A_co = TypeVar("A_co", bound=Averaged, covariant=True)


class Pool(Sequence[A_co]):
    """Sections of one kind, as a sequence."""

    def __init__(self, sections: Sequence[A_co]) -> None:
        self._sections = tuple(sections)
        self.estimates: dict[float | None, Any] = {}
        """What was estimated from the pool, by quantile; that of None is the mean."""

    def __len__(self) -> int:
        return len(self._sections)

    @overload
    def __getitem__(self, index: int) -> A_co: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[A_co, ...]: ...
    def __getitem__(self, index: int | slice) -> A_co | tuple[A_co, ...]:
        return self._sections[index]

    @cached_property
    def whole(self) -> Any:  # noqa: ANN401 - of the kind of its sections
        """All observations as one section; there must be a section."""
        first, *others = self._sections
        return first.joined(others)

    @cached_property
    def rests(self) -> list[Quantiles]:
        """For each section the quantiles of all others together; there must be two."""
        each: tuple[Any, ...] = self._sections
        return [
            section.rest([*each[:number], *each[number + 1 :]], self.whole)
            for number, section in enumerate(each)
        ]

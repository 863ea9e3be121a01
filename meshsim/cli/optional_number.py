"""An option whose number may be left out: ``--uncertainty`` stands for ``--uncertainty=40``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from typer.core import TyperCommand

if TYPE_CHECKING:
    from typer._click import Context

_OPTION = "--uncertainty"


class WithUncertainty(TyperCommand):
    """A command with the option ``--uncertainty [N]``."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """Take the words apart, after the number that is left out has been put in."""
        return super().parse_args(ctx, with_number(args))


def with_number(words: Sequence[str]) -> list[str]:
    """The words, with the usual number of draws where the option stands without one.

    A word behind the option is its number if it looks like one, else the next argument.
    """
    from meshsim.studies.draws import DRAWS

    found = []
    for number, word in enumerate(words):
        following = words[number + 1] if number + 1 < len(words) else ""
        is_bare = word == _OPTION and not following.lstrip("+-").isdigit()
        found.append(f"{_OPTION}={DRAWS}" if is_bare else word)
    return found

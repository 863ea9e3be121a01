"""A fault found in a description, before it is known where in a file it stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from meshsim.errors import Place, Problem
from meshsim.model.document import Document
from meshsim.model.nodes import Location, print_location


@dataclass(frozen=True)
class Fault:
    """What should hold at a location of the data, what stands there instead, what to write."""

    location: Location
    rule: str
    value: str = ""
    cure: str = ""
    at_key: bool = False
    """Whether the key stands wrong, and not the value."""


def problems_in(document: Document, faults: Iterable[Fault]) -> list[Problem]:
    """The faults as problems with the line and column of their locations."""
    return [
        Problem(
            (document.key_place if fault.at_key else document.place)(fault.location),
            print_location(fault.location),
            fault.rule,
            fault.value,
            fault.cure,
        )
        for fault in faults
    ]


def problems_without_lines(file: str, faults: Iterable[Fault]) -> list[Problem]:
    """The faults of a description that was never a text; ``file`` says where it came from."""
    return [
        Problem(Place(file), print_location(fault.location), fault.rule, fault.value, fault.cure)
        for fault in faults
    ]

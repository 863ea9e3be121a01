"""What traces do not say about a system, given by the user or left to stated defaults."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from meshsim import units
from meshsim.errors import InputError, Place, Problem
from meshsim.model.fields import Name

REPLICAS_MAX = 10_000
PLACE = Place("import options")


@dataclass(frozen=True)
class ImportOptions:
    """Options of an import of traces. Raises InputError if one has a wrong value."""

    name: str = "imported"
    """Name of the topology."""
    replicas: int = 1
    """Pods of each service."""
    rate: str | None = None
    """Requests from outside over all entry points, as ``50/s``; None: that of the traces."""
    cpu: str | None = None
    """CPU limit of each pod, as ``500m``; None: no limit."""
    keep_operations: tuple[str, ...] = ()
    """Patterns (``*`` and ``?``) of the ``service/operation`` at which the requests enter that are
    imported; empty: all."""
    accept_missing_root: bool = False
    """Whether a single span whose parent is missing is taken for the root of its trace: so it is
    if the caller outside passes its ids on but sends no spans."""

    def __post_init__(self) -> None:
        problems = list(self._problems())
        if problems:
            raise InputError(problems)

    def _problems(self) -> Iterator[Problem]:
        try:
            TypeAdapter(Name).validate_python(self.name)
        except ValidationError:
            cure = "write letters and digits, with '.', '_' and '-' between them"
            yield Problem(PLACE, "name", "must be a name", self.name, cure)
        yield from _quantity_problems("rate", self.rate, units.parse_rate, "50/s")
        yield from _quantity_problems("cpu", self.cpu, units.parse_cpu, "500m")
        if not 1 <= self.replicas <= REPLICAS_MAX:
            rule = f"must be a whole number from 1 to {REPLICAS_MAX}"
            yield Problem(PLACE, "replicas", rule, str(self.replicas), "write e.g. 2")


def _quantity_problems(
    option: str, text: str | None, parse: Callable[[str], float], example: str
) -> Iterator[Problem]:
    if text is None:
        return
    try:
        value = parse(text)
    except units.UnitError as error:
        yield Problem(PLACE, option, error.rule, error.value, error.cure)
        return
    if value <= 0:
        yield Problem(PLACE, option, "must be more than zero", text, f"write e.g. {example!r}")

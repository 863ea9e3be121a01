"""Names of services and operations in traces, as names that a topology allows.

What is allowed already stays as it is. Other names lose their accents, get hyphens for whatever is
not allowed, and a number where two would become the same.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping

LENGTH_MAX = 253

_FORBIDDEN = re.compile(r"[^A-Za-z0-9._-]+")
_NUMBER_LENGTH = 8  # room for "-" and what tells equal names apart


def service_names(raw: Iterable[str]) -> Mapping[str, str]:
    """An allowed, unique name for each service."""
    return _unique(raw, _service_name)


def endpoint_names(raw: Iterable[str]) -> Mapping[str, str]:
    """A unique name of at most 253 characters for each operation of one service."""
    return _unique(raw, lambda name: name[:LENGTH_MAX])


def _service_name(raw: str) -> str:
    plain = unicodedata.normalize("NFKD", raw)
    kept = "".join(c for c in plain if not unicodedata.combining(c))
    name = _FORBIDDEN.sub("-", kept)[:LENGTH_MAX].strip("._-")
    return name or "service"


def _unique(raw: Iterable[str], name_of: Callable[[str], str]) -> Mapping[str, str]:
    """Names that need no change come first, so that they keep theirs."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for text in sorted(set(raw), key=lambda text: (name_of(text) != text, text)):
        name, number = name_of(text), 1
        while name in taken:
            number += 1
            name = f"{name_of(text)[: LENGTH_MAX - _NUMBER_LENGTH]}-{number}"
        taken.add(name)
        names[text] = name
    return names

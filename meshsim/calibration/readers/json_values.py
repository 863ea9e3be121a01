"""Values out of JSON documents, with errors that name the file and the key."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any, NoReturn

from meshsim.errors import InputError, Place, Problem


def load_json(path: Path, text: str) -> Any:  # noqa: ANN401 - what JSON can hold
    """The document; raises InputError with line and column where it is broken."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        place = Place(str(path), error.lineno, error.colno)
        rule, cure = f"this is no JSON: {error.msg}", "export the file anew; it may be cut off"
        raise InputError([Problem(place, "", rule, "", cure)]) from None
    except RecursionError:
        rule, cure = "this is JSON nested too deeply to be read", "export the file anew"
        raise InputError([Problem(Place(str(path)), "", rule, "", cure)]) from None


class Document:
    """A JSON document of a known tool; what is missing is said with its key."""

    def __init__(self, path: Path, data: Any, tool: str) -> None:  # noqa: ANN401
        self._path, self._data, self._tool = path, data, tool

    def place(self) -> Place:
        """The file."""
        return Place(str(self._path))

    def find(self, *keys: str | int) -> Any:  # noqa: ANN401 - what JSON can hold
        """What stands under keys and indices; None if something on the way is missing."""
        value = self._data
        for key in keys:
            if isinstance(key, str) and isinstance(value, dict):
                value = value.get(key)
            elif isinstance(key, int) and isinstance(value, list) and key < len(value):
                value = value[key]
            else:
                return None
        return value

    def listed(self, *keys: str | int) -> list[Any]:
        """A list under the keys; empty if there is none."""
        value = self.find(*keys)
        return value if isinstance(value, list) else []

    def number(self, *keys: str | int) -> float:
        """A finite number of at least 0 under the keys; raises InputError if there is none."""
        value = number_of(self.find(*keys))
        if value is None or value < 0:
            self.fail(keys, "must be a number of at least zero", self.find(*keys))
        return value

    def fail(self, keys: tuple[str | int, ...], rule: str, value: object) -> NoReturn:
        """Raises InputError about the keys."""
        path = ".".join(map(str, keys))
        shown = "nothing" if value is None else str(value)
        cure = f"give the JSON as {self._tool} writes it"
        raise InputError([Problem(self.place(), path, rule, shown, cure)])


def number_of(value: object) -> float | None:
    """A finite float of a number, or of a text that is one, such as ``12`` or ``0.5s``."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value.removesuffix("s")) if isinstance(value, str) else float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None

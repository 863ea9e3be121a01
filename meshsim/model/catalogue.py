"""The topologies and meshes that ship with meshsim, found by name from anywhere.

An installed wheel holds them in ``meshsim/shipped/``; a source checkout has them beside the
package.
"""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Literal

from meshsim.errors import InputError, Place, Problem

Shelf = Literal["models", "topologies"]


def shelf(kind: Shelf) -> Path:
    """The folder that holds the shipped files of one kind."""
    package = Path(__file__).resolve().parent.parent
    shipped = package / "shipped" / kind
    return shipped if shipped.is_dir() else package.parent / kind


def names(kind: Shelf) -> list[str]:
    """The names of the shipped files of one kind, sorted."""
    return sorted(path.stem for path in shelf(kind).glob("*.yaml"))


def find(kind: Shelf, name_or_path: str) -> Path:
    """The file meant by a shipped name or by a path; whether it can be read is the reader's to say.

    Raises InputError, with the nearest names, if it is neither.
    """
    looks_like_a_path = "/" in name_or_path or name_or_path.endswith((".yaml", ".yml"))
    path = Path(name_or_path)
    if looks_like_a_path or (path.exists() and not path.is_dir()):
        return path
    known = names(kind)
    if name_or_path in known:
        return shelf(kind) / f"{name_or_path}.yaml"
    if Path(name_or_path).is_dir():
        return Path(name_or_path)
    noun = "mesh" if kind == "models" else "topology"
    near = difflib.get_close_matches(name_or_path, known, n=1)
    cure = f"did you mean {near[0]!r}? " if near else ""
    cure += f"known: {', '.join(known)}; or give the path of a YAML file"
    rule = f"no {noun} of this name, and no such file"
    raise InputError([Problem(Place(name_or_path), "", rule, "", cure)])

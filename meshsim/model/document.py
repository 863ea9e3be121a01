"""Reads a user's YAML file into plain Python data and the position of every value.

The file is looked at before it is opened (it may be a pipe, or a terabyte), decoded as UTF-8,
searched for characters that no editor shows, and composed by :mod:`meshsim.model.nodes`. All that
is wrong is raised as one InputError; nothing else is raised, whatever the file holds.
"""

from __future__ import annotations

import errno
import itertools
import os
import re
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import yaml

from meshsim.errors import InputError, Place, Problem
from meshsim.model.nodes import Branch, Composer, Leaf, Location, Node, child, did_you_mean, parts
from meshsim.model.syntax import split_lines, syntax_problem

SIZE_BYTES_MAX = 8 * 2**20

T = TypeVar("T")
_Fact = Callable[[str, Node, Node | None, Location], T | None]

_NEIGHBOURS_MAX = 2_000  # files of a directory that are searched for a near name
_UNPRINTABLE = re.compile(
    "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")  # of UTF-16; UTF-32 begins with them or with NUL
_UTF_8_CURE = "save it as UTF-8"
_LINK_CURE = "let the link point to a file"
_CURES_BY_ERRNO = {
    errno.EACCES: "ask its owner for the right to read it (chmod a+r)",
    errno.ELOOP: _LINK_CURE,
    errno.ENAMETOOLONG: "give a shorter path",
}


@dataclass(frozen=True)
class Document:
    """A file's content: ``data`` as plain mappings, lists and scalars, and where each value stands.

    A location is a tuple of keys and indices, ``("services", 0, "name")``; ``()`` is the whole.
    ``places`` has the position of each value, ``key_places`` that of each key of a mapping,
    ``texts`` the characters of each scalar without quotes, for what a number cannot tell: ``1.10``.
    Values that an alias brings stand where they are written; the alias itself stands where it is.
    """

    file: str
    data: Any
    places: Mapping[Location, Place]
    key_places: Mapping[Location, Place]
    texts: Mapping[Location, str]

    def place(self, location: Sequence[str | int]) -> Place:
        """Where the value stands, or else the nearest one around it that the file has."""
        places, near = self.places, tuple(location)
        while near and near not in places:
            near = near[:-1]
        return places.get(near) or Place(self.file)

    def key_place(self, location: Sequence[str | int]) -> Place:
        """Where the value's key stands; without a key (an entry of a list) as ``place``."""
        return self.key_places.get(tuple(location)) or self.place(location)


def read_document(path: Path, *, size_bytes_max: int = SIZE_BYTES_MAX) -> Document:
    """Read one YAML file of at most ``size_bytes_max`` bytes.

    Raises InputError with all that is wrong with the file, its encoding and its YAML.
    """
    file = str(path).encode("utf-8", "backslashreplace").decode()
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        raise _unreadable(path, file, error) from None
    if stat.S_ISDIR(status.st_mode):
        _refuse(Place(file), "must be a file, not a directory", "", _directory_cure(path))
    if not stat.S_ISREG(status.st_mode):
        rule = "must be a regular file, not a pipe, a device or a socket"
        _refuse(Place(file), rule, "", "save the text in a file and give its path")
    _refuse_size(status.st_size, size_bytes_max, file)
    try:
        with path.open("rb") as stream:
            data = stream.read(size_bytes_max + 1)
    except OSError as error:
        raise _unreadable(path, file, error) from None
    _refuse_size(len(data), size_bytes_max, file)  # it may have grown, or lie about its size
    return read_bytes(data, file)


def read_bytes(data: bytes, file: str) -> Document:
    """Read the bytes of a YAML file; ``file`` names them in problems. Raises InputError."""
    if data.startswith(_WIDE_MARKS):
        _refuse(Place(file, 1, 1), "must be UTF-8 text, not UTF-16 or UTF-32", "", _UTF_8_CURE)
    if b"\0" in data:
        rule = f"must be text, but byte {data.index(0)} is zero, as in binary files"
        _refuse(Place(file), rule, "", "give the path of a YAML file")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        place = _place_behind(data[: error.start].decode("utf-8"), file)
        rule = f"must be UTF-8 text, which byte {error.start} is not"
        _refuse(place, rule, f"0x{data[error.start]:02x}", _UTF_8_CURE)
    return read_text(text, file)


def read_text(text: str, file: str) -> Document:
    """Read a YAML text; ``file`` names it in problems. Raises InputError."""
    text = text.removeprefix("\ufeff")
    if strange := _UNPRINTABLE.search(text):
        cure = "remove it; where it is meant, write its \\u escape in double quotes"
        place = _place_behind(text[: strange.start()], file)
        _refuse(place, "must hold no invisible characters", f"U+{ord(strange[0]):04X}", cure)
    root = _compose(text, file)
    data = _plain(root)
    return Document(
        file,
        data,
        _View(root, file, _place),
        _View(root, file, _key_place),
        _View(root, file, _text),
    )


def _compose(text: str, file: str) -> Node:
    composer = Composer(file)
    try:
        root = composer.compose(text)
    except yaml.YAMLError as error:
        raise InputError([*composer.problems, syntax_problem(error, text, file)]) from None
    if composer.problems:
        raise InputError(composer.problems)
    if root is None or (isinstance(root, Leaf) and root.value is None):
        _refuse(Place(file, 1, 1), "must not be empty", "", "write lines of the form 'key: value'")
    if isinstance(root, Leaf) or isinstance(root.children, list):
        value = root.text if isinstance(root, Leaf) else "a list"
        cure = "write lines of the form 'key: value', with a list below its key"
        _refuse(Place(file, root.line, root.column), "must be a mapping", value, cure)
    return root


class _View(Mapping[Location, T]):
    """One fact about the nodes of a tree by location, looked up when it is asked for."""

    def __init__(self, root: Node, file: str, fact: _Fact[T]) -> None:
        self._root, self._file, self._fact = root, file, fact

    def __getitem__(self, location: Location) -> T:
        parent, node = None, self._root
        for part in location:
            below = child(node, part)
            if below is None:
                raise KeyError(location)
            parent, node = node, below
        fact = self._fact(self._file, node, parent, location)
        if fact is None:
            raise KeyError(location)
        return fact

    def __iter__(self) -> Iterator[Location]:
        return (location for location in _locations(self._root, ()) if location in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _locations(node: Node, location: Location) -> Iterator[Location]:
    yield location
    if isinstance(node, Branch):
        for part, below in parts(node):
            yield from _locations(below, (*location, part))


def _place(file: str, node: Node, _parent: Node | None, _location: Location) -> Place | None:
    return Place(file, node.line, node.column)


def _key_place(file: str, _node: Node, parent: Node | None, location: Location) -> Place | None:
    if not isinstance(parent, Branch) or isinstance(parent.children, list):
        return None
    return Place(file, *parent.key_positions[str(location[-1])])


def _text(_file: str, node: Node, _parent: Node | None, _location: Location) -> str | None:
    return node.text if isinstance(node, Leaf) else None


def _plain(node: Node) -> object:
    """Mappings, lists and scalars, each alias a value of its own."""
    if isinstance(node, Leaf):
        return node.value
    if isinstance(node.children, dict):
        return {key: _plain(below) for key, below in node.children.items()}
    return [_plain(below) for below in node.children]


def _place_behind(text: str, file: str) -> Place:
    lines = split_lines(text.removeprefix("\ufeff"))
    return Place(file, len(lines), len(lines[-1]) + 1)


def _refuse(place: Place, rule: str, value: str, cure: str) -> NoReturn:
    raise InputError([Problem(place, "", rule, value, cure)])


def _refuse_size(size_bytes: int, size_bytes_max: int, file: str) -> None:
    if size_bytes > size_bytes_max:
        rule = f"must be no larger than {size_bytes_max} bytes"
        cure = "split it, or leave out what is not needed"
        _refuse(Place(file), rule, f"{size_bytes} bytes or more", cure)


def _unreadable(path: Path, file: str, error: OSError | ValueError) -> InputError:
    if isinstance(error, FileNotFoundError):
        return InputError([Problem(Place(file), "", "no such file", "", _missing_cure(path))])
    reason = getattr(error, "strerror", None) or "it is no path"
    cure = _CURES_BY_ERRNO.get(getattr(error, "errno", 0), "check the path")
    return InputError([Problem(Place(file), "", f"must be readable ({reason})", "", cure)])


def _missing_cure(path: Path) -> str:
    if path.is_symlink():
        return _LINK_CURE
    if not path.parent.is_dir():
        return "check the path: its directory does not exist either"
    return did_you_mean(path.name, _neighbours(path.parent)) or "check the path"


def _directory_cure(directory: Path) -> str:
    names = [name for name in _neighbours(directory) if name.endswith((".yaml", ".yml"))]
    if not names:
        return "give the path of a YAML file"
    return f"give one of its files: {', '.join(sorted(names)[:3])}"


def _neighbours(directory: Path) -> list[str]:
    try:
        with os.scandir(directory) as entries:
            return [entry.name for entry in itertools.islice(entries, _NEIGHBOURS_MAX)]
    except OSError:
        return []

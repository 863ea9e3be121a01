"""Reads the elements of a large JSON file one at a time, in memory that one element needs.

Accepted are a list of elements, an object that holds such a list under a known key, a single
object, and several of these one after the other (JSON lines); plain or compressed with gzip.

The standard library's parser works on whole texts. It is called here on the text that is buffered,
from where the next element starts: either an element ends within the buffer, or the parser fails
near the buffer's end (or inside a string, which it reports at the string's start), and then as much
again is read and the element tried anew. An element of n characters is parsed at most log2(n /
chunk) + 1 times in parts that double, so the work stays proportional to the file.
"""

from __future__ import annotations

import codecs
import errno
import gzip
import os
import re
import stat
import zlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from json import JSONDecodeError, JSONDecoder
from pathlib import Path
from typing import IO, Any, NoReturn, cast

from meshsim.errors import InputError, Place, Problem

CHUNK_BYTES = 2**20
ELEMENT_CHARACTERS_MAX = 2**28
"""An element longer than this is refused: it would take gigabytes to hold it."""

_DECODER = JSONDecoder()
_TOKEN_LENGTH_MAX = 16  # the longest that can be cut by the buffer's end: -Infinity, two \u escapes
_NO_SPACE = re.compile(r"[^ \t\n\r]")
_GZIP_MAGIC = b"\x1f\x8b"
_WIDE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_CURES_BY_ERRNO: dict[int | None, str] = {
    errno.EACCES: "ask its owner for the right to read it (chmod a+r)",
}


@dataclass(frozen=True)
class Element:
    """One element of the file: its value and how a person finds it."""

    value: object
    where: str
    """``data[3]``, ``[3]`` or ``line 3``."""


def elements(path: Path, under: str, *, chunk_bytes: int = CHUNK_BYTES) -> Iterator[Element]:
    """The elements of a file, in order.

    ``under`` is the key whose list is taken apart in an object that has it; every other object is
    an element itself. Raises InputError if the file cannot be read or is not JSON; what comes
    before the broken place has been given out by then.
    """
    with closing(_open(path)) as stream:
        text = _Text(stream, str(path), chunk_bytes)
        if not text.peek():
            text.refuse("is empty", "", "export it again")
        while text.peek():
            yield from _top_level(text, under)


def _top_level(text: _Text, under: str) -> Iterator[Element]:
    match text.peek():
        case "[":
            yield from _list(text, "")
        case "{":
            yield from _object(text, under)
        case _:
            value = text.peek_word()
            text.refuse("must begin with { or [, as JSON does", value, "give a JSON file")


def _list(text: _Text, name: str) -> Iterator[Element]:
    text.take("[")
    index = 0
    while text.peek() != "]":
        if index:
            text.take(",")
        yield Element(text.value(), f"{name}[{index}]")
        index += 1
    text.take("]")


def _object(text: _Text, under: str) -> Iterator[Element]:
    """The elements below the key, or the object itself if it has no list there."""
    where = f"line {text.line}"
    rest: dict[str, Any] = {}
    taken_apart = False
    text.take("{")
    while text.peek() != "}":
        if rest or taken_apart:
            text.take(",")
        key = text.key()
        text.take(":")
        if key == under and text.peek() == "[":
            yield from _list(text, under)
            taken_apart = True
        else:
            rest[key] = text.value()
    text.take("}")
    if not taken_apart:
        yield Element(rest, where)


def _open(path: Path) -> IO[bytes]:
    """The file's bytes, decompressed; only a regular file is opened, as a pipe might block."""
    try:
        mode = path.stat().st_mode
        if stat.S_ISREG(mode):
            with path.open("rb") as stream:
                compressed = stream.read(len(_GZIP_MAGIC)) == _GZIP_MAGIC
            return cast(IO[bytes], gzip.open(path)) if compressed else path.open("rb")
    except (OSError, ValueError) as error:
        code = error.errno if isinstance(error, OSError) else None
        reason = os.strerror(code).lower() if code else str(error)
        cure = _CURES_BY_ERRNO.get(code, "check the path")
        raise _refusal(path, f"cannot be read: {reason}", cure) from None
    if stat.S_ISDIR(mode):
        raise _refusal(path, "must be a file, not a directory", "give the files in it")
    cure = "save the text in a file and give its path"
    raise _refusal(path, "must be a regular file", cure)


def _refusal(path: Path, rule: str, cure: str) -> InputError:
    return InputError([Problem(Place(str(path)), "", rule, "", cure)])


class _Text:
    """The text of a file behind a buffer; ``position`` is where the next thing starts in it."""

    def __init__(self, stream: IO[bytes], file: str, chunk_bytes: int) -> None:
        self._stream, self._file, self._chunk_bytes = stream, file, chunk_bytes
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._bytes_read = 0
        self._buffer = ""
        self._position = 0
        self._ended = False
        self._lines_before = 0  # newlines in what has left the buffer
        self._columns_before = 0  # characters of the buffer's first line that have left it

    @property
    def line(self) -> int:
        """The line of the next thing."""
        return self._place(self._position).line

    def peek(self) -> str:
        """The next character that is no space; empty at the end of the file."""
        while True:
            found = _NO_SPACE.search(self._buffer, self._position)
            if found:
                self._position = found.start()
                return found[0]
            self._position = len(self._buffer)
            if not self._read_on():
                return ""

    def peek_word(self) -> str:
        """The beginning of what comes next, for a message."""
        return self._buffer[self._position : self._position + 40]

    def take(self, character: str) -> None:
        """Pass over a character that must come next."""
        if self.peek() != character:
            self._refuse_syntax(f"here should be {character!r}", self._position)
        self._position += 1

    def key(self) -> str:
        """Take a key of an object."""
        if self.peek() != '"':
            self._refuse_syntax("here should be a key in double quotes", self._position)
        return str(self.value())

    def value(self) -> object:
        """Take a whole JSON value, reading on as far as it needs."""
        self.peek()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._buffer, self._position)
            except JSONDecodeError as error:
                if self._is_certain(error):
                    self._refuse_syntax(error.msg, error.pos)
            except (ValueError, RecursionError) as error:
                self._refuse_syntax(f"cannot be parsed ({error})", self._position)
            else:
                if self._ended or not self._may_go_on(value, end):
                    self._position = end
                    return value
            self._read_on()

    def refuse(self, rule: str, value: str, cure: str, position: int | None = None) -> NoReturn:
        """Raise an InputError at a position of the buffer, by default that of the next thing."""
        place = self._place(self._position if position is None else position)
        raise InputError([Problem(place, "", rule, value, cure)]) from None

    def _may_go_on(self, value: object, end: int) -> bool:
        """Whether a value ended only because the buffer did: 1 may become 1.5 or 1e+5."""
        ends_itself = isinstance(value, dict | list | str)
        return not ends_itself and end + _TOKEN_LENGTH_MAX > len(self._buffer)

    def _is_certain(self, error: JSONDecodeError) -> bool:
        """Whether more text cannot mend what the parser found."""
        if self._ended:
            return True
        cut = error.pos >= len(self._buffer) - _TOKEN_LENGTH_MAX
        return not cut and not error.msg.startswith("Unterminated string")

    def _refuse_syntax(self, message: str, position: int) -> NoReturn:
        at_end = self._ended and not _NO_SPACE.search(self._buffer, position)
        if at_end or message.startswith("Unterminated string"):
            rule = "is cut off: the text ends in the middle"
            self.refuse(
                rule, "", "export it again; the transfer may have been interrupted", position
            )
        value = self._buffer[position : position + 40]
        rule = f"is not JSON: {message[0].lower()}{message[1:]}"
        self.refuse(rule, value, "export it again", position)

    def _read_on(self) -> bool:
        """Read at least as much as is left in the buffer; false if the file has ended."""
        if self._ended:
            return False
        self._forget()
        if len(self._buffer) > ELEMENT_CHARACTERS_MAX:
            limit = f"{ELEMENT_CHARACTERS_MAX // 2**20} MiB"
            self.refuse(f"one element must be shorter than {limit}", "", "export fewer spans")
        data = self._read(max(self._chunk_bytes, len(self._buffer)))
        try:
            self._buffer += self._decoder.decode(data, final=not data)
        except UnicodeDecodeError as error:
            self._refuse_bytes(error, data)
        self._bytes_read += len(data)
        self._ended = not data
        return not self._ended

    def _read(self, count: int) -> bytes:
        try:
            return self._stream.read(count)
        except EOFError:
            self.refuse("is cut off: the compressed data end in the middle", "", "export it again")
        except (OSError, zlib.error) as error:
            self.refuse(f"cannot be read: {error}", "", "export it again")

    def _refuse_bytes(self, error: UnicodeDecodeError, data: bytes) -> NoReturn:
        cure = "give a JSON file in UTF-8"
        if self._bytes_read == 0 and data.startswith(_WIDE_MARKS):
            self.refuse("must be UTF-8 text, not UTF-16", "", cure)
        start = self._bytes_read + len(data) - len(error.object) + error.start
        rule = f"must be UTF-8 text, which byte {start} is not"
        self.refuse(rule, f"0x{error.object[error.start]:02x}", cure, len(self._buffer))

    def _forget(self) -> None:
        """Drop what has been taken from the buffer, and remember how many lines it had."""
        newest = self._buffer.rfind("\n", 0, self._position)
        self._lines_before += self._buffer.count("\n", 0, self._position)
        kept = self._columns_before if newest < 0 else 0
        self._columns_before = kept + self._position - (newest + 1)
        self._buffer = self._buffer[self._position :]
        self._position = 0

    def _place(self, position: int) -> Place:
        newest = self._buffer.rfind("\n", 0, position)
        line = self._lines_before + self._buffer.count("\n", 0, position) + 1
        column = position - newest + (self._columns_before if newest < 0 else 0)
        return Place(self._file, line, column)

"""What to tell the user when the YAML parser gives up: where, its message, and what to write.

The cure is chosen by words of the message, because the parser gives no codes. There are two
parsers, libyaml and the one written in Python, each with its own wording; the table knows both.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import yaml

from meshsim.errors import Place, Problem

_LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_COLUMN_CURE = "start all keys of a mapping, and all entries of a list, in one column"
_DIRECTIVE_CURE = "remove the lines that begin with %, or '...' before more text"
_ANCHOR_CURE = "put text that begins with & or * in quotes"
_CURES = (
    ("tab character", "indent with spaces, not with tabs"),
    ("escape", "double the backslash, or use single quotes"),
    ("mapping values", "put text that holds ': ' in quotes, and a space after each key's colon"),
    ("cannot start any token", "put text that begins with this character in quotes"),
    ("quoted scalar", "end the text with the quote that it begins with"),
    ("expected ',' or", "part the entries with commas and close the bracket"),
    ("node content", "write a value here, or close the bracket that is open"),
    ("simple key", "write 'key: value' with a space after the colon"),
    ("sequence entries", "start the list on a new line"),
    ("directive", _DIRECTIVE_CURE),
    ("<document start>", _DIRECTIVE_CURE),
    ("incompatible", _DIRECTIVE_CURE),
    ("tag", "remove the tag, which begins with !"),
    ("anchor", _ANCHOR_CURE),
    ("alias", _ANCHOR_CURE),
    ("block scalar", "start the text on the line below the | or >"),
    ("expected key", _COLUMN_CURE),
    ("<block end>", _COLUMN_CURE),
    ("'-' indicator", _COLUMN_CURE),
)
_TAB_CURE = _CURES[0][1]
_QUOTE_CURE = "put the whole value in quotes; a quote inside it is written twice"
_OTHER_CURE = "check indentation, quotes and brackets of this line and of the one above"


@dataclass(frozen=True, order=True)
class _Mark:
    """A position that counts from 0, as the parser does."""

    line: int
    column: int


def split_lines(text: str) -> list[str]:
    """The lines of a text without their breaks, counted as YAML counts them."""
    return _LINE_BREAK.split(text)


def syntax_problem(error: yaml.YAMLError, text: str, file: str) -> Problem:
    """The parser's error as a Problem with place, message, line and cure."""
    lines = split_lines(text)
    context = getattr(error, "context", None) or ""
    message = getattr(error, "problem", None) or str(error)
    start = _mark(getattr(error, "context_mark", None))
    mark = _mark(getattr(error, "problem_mark", None)) or start
    if mark is None:
        return Problem(Place(file), "", _rule(message, context), "", _cure(message, "", 0))
    end = _end(lines)
    if start is not None and (mark >= end or "simple key" in context):
        mark, start = start, None  # what was left open tells more than the end of the file
    mark = min(mark, end)
    if start is not None and start.line < mark.line:
        context += f" that begins in line {start.line + 1}"
    line = lines[mark.line]
    place = Place(file, mark.line + 1, mark.column + 1)
    cure = _cure(f"{message} {context}", line, mark.column)
    return Problem(place, "", _rule(message, context), line.strip(), cure)


def _mark(mark: yaml.Mark | None) -> _Mark | None:
    return None if mark is None else _Mark(mark.line, mark.column)


def _end(lines: list[str]) -> _Mark:
    """Behind the last character that is not white space."""
    last = max((number for number, line in enumerate(lines) if line.strip()), default=0)
    return _Mark(last, len(lines[last].rstrip()))


def _rule(message: str, context: str) -> str:
    return f"must be valid YAML ({message}{' ' if context else ''}{context})"


def _cure(words: str, line: str, column: int) -> str:
    indentation = line[: len(line) - len(line.lstrip())]
    if "\t" in indentation or line[column : column + 1] == "\t":
        return _TAB_CURE
    cure = next((cure for part, cure in _CURES if part in words), _OTHER_CURE)
    behind_quote = line[:column].rstrip().endswith(("'", '"'))
    return _QUOTE_CURE if cure == _COLUMN_CURE and behind_quote else cure

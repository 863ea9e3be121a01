"""What a YAML word without quotes means, and which words are refused because nobody can be sure.

Words are read by the core schema of YAML 1.2 (https://yaml.org/spec/1.2.2/, section 10.3.2).
YAML 1.1 gives some of them another meaning (https://yaml.org/type/bool.html, int.html, float.html):
``no`` is false, ``010`` is eight, ``1:30`` is ninety. Files are written by people who know either,
or neither, so such a word is a :class:`Trap`: it must be quoted or written in a way that has one
meaning. Dates, which are no part of the core schema, are text.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from meshsim.errors import shorten

Scalar = str | int | float | bool | None

DIGITS_MAX = 18  # every such number fits into 64 bits


@dataclass(frozen=True)
class Trap:
    """A word that means different things to different readers: the rule it breaks, the cure."""

    rule: str
    cure: str


def _cases(*words: str) -> list[str]:
    return [case for word in words for case in (word, word.capitalize(), word.upper())]


_CONSTANTS: dict[str, Scalar] = {
    "": None,
    "~": None,
    **dict.fromkeys(_cases("null")),
    **dict.fromkeys(_cases("true"), True),
    **dict.fromkeys(_cases("false"), False),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **{sign + word: math.inf for sign in ("", "+") for word in (".inf", ".Inf", ".INF")},
    **{"-" + word: -math.inf for word in (".inf", ".Inf", ".INF")},
}
_SWITCHES = {
    **dict.fromkeys(_cases("yes", "on"), "true"),
    **dict.fromkeys(_cases("no", "off"), "false"),
}
_NUMBER_STARTS = frozenset("0123456789+-.")
_INTEGER = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_OTHER_BASE = re.compile(r"[-+]?0(?:x[0-9a-fA-F_]+|o[0-7_]+|b[01_]+)")
_SEXAGESIMAL = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?")
_UNDERSCORED = re.compile(r"[-+]?[0-9][0-9_]*(?:\.[0-9_]*)?(?:[eE][-+]?[0-9]+)?")


def read_plain(text: str) -> Scalar | Trap:
    """The value of a word without quotes, or the trap that it is."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if text in _SWITCHES:
        rule = "must be true, false or a text in quotes"
        return Trap(rule, f"write {_SWITCHES[text]}, or {_quoted(text)} if it is a name")
    if text[0] not in _NUMBER_STARTS:
        return text
    if _INTEGER.fullmatch(text):
        return _read_integer(text)
    if _FLOAT.fullmatch(text):
        return _read_float(text)
    return _number_trap(text) or text


def _read_integer(text: str) -> int | Trap:
    digits = text.lstrip("+-")
    if digits[0] == "0" and len(digits) > 1:
        cure = f"write {shorten(digits.lstrip('0') or '0')}, or {_quoted(text)} if it is a name"
        return Trap("must not begin with a zero, which some readers take for octal", cure)
    if len(digits) > DIGITS_MAX:
        cure = f"write a smaller number, or {_quoted(text)} if it is a name"
        return Trap(f"must have at most {DIGITS_MAX} digits", cure)
    return int(text)


def _read_float(text: str) -> float | Trap:
    value = float(text)
    mantissa = re.split("[eE]", text)[0]
    if math.isinf(value) or (value == 0 and re.search("[1-9]", mantissa)):
        cure = f"write a number that exists, or {_quoted(text)} if it is a name"
        return Trap("must lie between 1e-307 and 1e308", cure)
    return value + 0.0  # takes the sign off -0.0


def _number_trap(text: str) -> Trap | None:
    if _SEXAGESIMAL.fullmatch(text):
        cure = f"write {_duration(text)} for a duration, or {_quoted(text)} if it is a name"
        return Trap("must not have a colon, which some readers take for minutes", cure)
    if _OTHER_BASE.fullmatch(text):
        cure = f"write {_decimal(text)}, or {_quoted(text)} if it is a name"
        return Trap("must be a decimal number", cure)
    if _UNDERSCORED.fullmatch(text):
        cure = f"write {shorten(text.replace('_', ''))}, or {_quoted(text)} if it is a name"
        return Trap("must be written without underscores", cure)
    return None


def _duration(text: str) -> str:
    """``1:30`` as ``1m30s``; an example if it is nothing of the kind."""
    parts = text.split(":")
    if len(parts) > 3 or not all(part.isdecimal() and len(part) < 7 for part in parts):
        return "e.g. 1m30s"
    units = ("h", "m", "s")[-len(parts) :]
    return "".join(f"{int(part)}{unit}" for part, unit in zip(parts, units, strict=True))


def _decimal(text: str) -> str:
    compact = text.replace("_", "")
    if len(compact) > DIGITS_MAX or compact[-1] in "xob":
        return "it in decimal"
    return str(int(compact, 0))


def _quoted(text: str) -> str:
    return f'"{shorten(text)}"'

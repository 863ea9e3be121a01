"""From words of a command line to fit options: paths, values with units, bounds, patterns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, cast

from meshsim import units
from meshsim.calibration.fitting.mesh_file import FACTOR
from meshsim.calibration.fitting.options import FitOptions
from meshsim.errors import Place, Problem

_COLUMNS = ("role", "protocol", "test")
_GROUPS = ("cost", "memory")


def options_from(
    fix: Sequence[str],
    bound: Sequence[str],
    only: Sequence[str],
    where: Sequence[str],
    weight: Sequence[str],
    key: str,
    problems: list[Problem],
) -> FitOptions:
    """The options; what is wrong with the words goes into ``problems``."""
    fixed, bounds = {}, {}
    for word in fix:
        path, text = _pair("--fix", word, "http1.busy=30us", problems)
        if path:
            fixed[full_path(path)] = _value("--fix", full_path(path), text, problems)
    for word in bound:
        path, text = _pair("--bound", word, "http1.busy=10us..60us", problems)
        low, dots, high = text.partition("..")
        if path and not dots:
            cure = "write e.g. http1.busy=10us..60us"
            problems.append(Problem(Place("--bound"), "", "needs two ends", word, cure))
        elif path:
            ends = [_value("--bound", full_path(path), end, problems) for end in (low, high)]
            if ends[0] >= ends[1]:
                cure = "write the lower end first"
                problems.append(Problem(Place("--bound"), "", "must hold a range", word, cure))
            bounds[full_path(path)] = (ends[0], ends[1])
    if key not in ("rsa", "ecdsa"):
        problems.append(Problem(Place("--key"), "", "is rsa or ecdsa", key, "write rsa"))
    return FitOptions(
        fixed=fixed,
        bounds=bounds,
        only=tuple(full_path(path) for word in only for path in word.split(",") if path),
        where=_where(where, problems),
        weights=_weights(weight, problems),
        key=cast(Literal["rsa", "ecdsa"], key),
    )


def full_path(word: str) -> str:
    """``http1.busy`` and ``proxies.sidecar.cost.http1.busy`` are both ``cost.http1.busy``."""
    parts = word.strip().split(".")
    if parts[0] == "proxies" and len(parts) > 2:
        parts = parts[2:]
    if parts[0] in _GROUPS or parts[0] == FACTOR:
        return ".".join(parts)
    return ".".join(["cost", *parts])


def _pair(option: str, word: str, example: str, problems: list[Problem]) -> tuple[str, str]:
    path, equals, text = word.partition("=")
    if not (equals and path.strip() and text.strip()):
        rule = "needs a path and a value"
        problems.append(Problem(Place(option), "", rule, word, f"write e.g. {example}"))
        return "", ""
    return path.strip(), text.strip()


def _value(option: str, path: str, text: str, problems: list[Problem]) -> float:
    parse: Callable[[str], float] = units.parse_duration
    if path == FACTOR or path.endswith(("exponent", "correlation")):
        parse = _number
    elif path.startswith("memory."):
        parse = units.parse_memory
    try:
        return parse(text.strip())
    except units.UnitError as error:
        problems.append(Problem(Place(option), path, error.rule, error.value, error.cure))
        return 0.0


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise units.UnitError("must be a number of at least zero", text, "write e.g. 1.2")
    return value


def _where(words: Sequence[str], problems: list[Problem]) -> dict[str, str]:
    found = {}
    for word in words:
        column, glob = _pair("--where", word, "role=proxy", problems)
        if column and column not in _COLUMNS:
            cure = f"choose {', '.join(_COLUMNS)}"
            problems.append(Problem(Place("--where"), "", "knows no such column", column, cure))
        elif column:
            found[column] = glob
    return found


def _weights(words: Sequence[str], problems: list[Problem]) -> dict[str, float]:
    found = {}
    for word in words:
        glob, text = _pair("--weight", word, "unpaired.csv=0.5", problems)
        if glob:
            found[glob] = _value("--weight", FACTOR, text, problems)
            if found[glob] <= 0:
                cure = "leave the file out instead"
                problems.append(Problem(Place("--weight"), "", "must be above zero", word, cure))
    return found

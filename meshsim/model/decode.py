"""From the data of a document to a model, or to all that is wrong with it in plain words.

pydantic finds the errors; here each gets its place, path, rule, value and cure. Two things need
care. pydantic names the branch of a union in an error's location, between the keys of the file: the
location is therefore laid along the data, and what is no key there is a branch. And it reports the
errors of every branch of a union without a tag: only the branch that comes nearest is kept.
"""

from __future__ import annotations

import itertools
import json
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from meshsim.errors import InputError, Place, Problem, shorten
from meshsim.model.document import Document
from meshsim.model.known import (
    Models,
    choices,
    example,
    field_names,
    has_item,
    item,
    item_at,
    models_at,
    nearest,
)
from meshsim.model.nodes import PROBLEMS_MAX, Location, did_you_mean, print_location
from meshsim.model.wording import Wording, is_misfit, join, word

M = TypeVar("M", bound=BaseModel)

_ERRORS_MAX = 20 * PROBLEMS_MAX  # the branches of unions bring more errors than are shown
_ALIGNMENTS_MAX = 256  # a location and its data can be laid together in exponentially many ways
_ABSENT = {"missing", "union_tag_not_found"}  # the error is that nothing stands there
_KEY_MARK = "[key]"  # at the end of the location of a key that is wrong


class _Step(NamedTuple):
    """One part of a location: a key (or index) of the file, or the name of a union's branch."""

    is_key: bool
    part: str | int


_Steps = tuple[_Step, ...]


@dataclass(frozen=True)
class _Finding:
    """An error in plain words, and how pydantic came to it."""

    steps: _Steps
    place: Place
    value: str
    wording: Wording
    is_misfit: bool

    @property
    def location(self) -> Location:
        return _keys(self.steps)

    def problem(self) -> Problem:
        path = print_location(self.location)
        return Problem(self.place, path, self.wording.rule, self.value, self.wording.cure)


def decode(model: type[M], document: Document) -> M:
    """The document's data as ``model``. Raises InputError with all that is wrong with it.

    NaN and infinity are refused wherever they stand. A validator's exception may carry ``rule``,
    ``value`` and ``cure`` as :class:`meshsim.units.UnitError` does; of others the message is the
    rule, and the cure what follows its first ``"; "``.
    """
    not_finite = set(_not_finite(document.data, ()))
    problems = [_not_finite_problem(document, location) for location in not_finite]
    try:
        decoded = model.model_validate(document.data)
    except ValidationError as error:
        errors = _causes(error.errors(include_url=False)[:_ERRORS_MAX])
        findings = _kept([_finding(model, document, details) for details in errors], 0)
        problems += [found.problem() for found in findings if found.location not in not_finite]
    if problems:
        raise InputError(_first(problems))
    return decoded


def _not_finite(data: object, location: Location) -> Iterator[Location]:
    """The locations of NaN and infinity."""
    if isinstance(data, dict):
        for key, below in data.items():
            yield from _not_finite(below, (*location, key))
    elif isinstance(data, list):
        for index, below in enumerate(data):
            yield from _not_finite(below, (*location, index))
    elif isinstance(data, float) and not math.isfinite(data):
        yield location


def _not_finite_problem(document: Document, location: Location) -> Problem:
    rule, cure = "must be a finite number", "write a number, or leave the field out"
    value = document.texts.get(location, "")
    return Problem(document.place(location), print_location(location), rule, value, cure)


def _first(problems: Iterable[Problem]) -> list[Problem]:
    """At most 100 problems in the order of the file, and a word about the others."""
    ordered = sorted(set(problems))
    shown, others = ordered[:PROBLEMS_MAX], ordered[PROBLEMS_MAX:]
    if others:
        rule = f"{len(others)} or more further problems from here on"
        shown.append(Problem(others[0].place, "", rule, "", "mend those above first"))
    return shown


def _causes(errors: list[ErrorDetails]) -> Iterator[ErrorDetails]:
    """The errors without those of lists that are short only because their entries are wrong."""
    parents = {
        details["loc"][:length] for details in errors for length in range(len(details["loc"]))
    }
    for details in errors:
        is_short = details["type"] == "too_short" and details["loc"] in parents
        if not is_short or len(details["input"]) < details["ctx"]["min_length"]:
            yield details


def _finding(model: type[BaseModel], document: Document, details: ErrorDetails) -> _Finding:
    kind, context = details["type"], details.get("ctx", {})
    is_key = details["loc"][-1:] == (_KEY_MARK,)
    steps = _steps(details, document.data)
    location = _keys(steps)
    subject = location[-1] if is_key else item_at(document.data, location)
    value = str(subject) if is_key else _written(document, location, kind, subject)
    error = context.get("error")
    if isinstance(error, Exception):
        wording = _wording_of(error)
        value = value or str(getattr(error, "value", ""))
    else:
        wording = word(kind, context, details["msg"], subject)
    if not wording.cure:
        wording = replace(wording, cure=_cure(kind, model, location, document.data))
    place = _place(document, kind, location, is_key=is_key)
    return _Finding(steps, place, value, wording, is_misfit(kind))


def _place(document: Document, kind: str, location: Location, *, is_key: bool) -> Place:
    if kind in _ABSENT:
        return document.place(location[:-1])
    if is_key or kind == "extra_forbidden":
        return document.key_place(location)
    return document.place(location)


def _written(document: Document, location: Location, kind: str, subject: object) -> str:
    """The value as the user wrote it; empty where the error is not about a value."""
    if kind in _ABSENT or kind == "extra_forbidden":
        return ""
    if isinstance(subject, dict | list):
        about_parts = kind in {"value_error", "assertion_error", "too_short", "too_long"}
        return "" if about_parts else shorten(json.dumps(subject, ensure_ascii=False))
    text = document.texts.get(location, str(subject))
    return text or ("null" if subject is None else '""')


def _wording_of(error: Exception) -> Wording:
    """Rule and cure of a validator's exception."""
    rule, cure = getattr(error, "rule", None), getattr(error, "cure", None)
    if rule and cure:
        return Wording(str(rule), str(cure))
    message, _, advice = str(error).partition("; ")
    return Wording(message or "must be another value", advice)


def _cure(kind: str, model: type[BaseModel], location: Location, data: object) -> str:
    """What to write, from what the models know of this location."""
    subject = item_at(data, location)
    if kind in _ABSENT:
        return _absent_cure(models_at(model, location[:-1], data), location[-1])
    if kind == "extra_forbidden":
        around = item_at(data, location[:-1])
        models = nearest(models_at(model, location[:-1], data), around)
        return _key_cure(str(location[-1]), field_names(models))
    known = field_names(models_at(model, location, data))
    if known:
        return _mapping_cure(subject, known)
    shown = example(models_at(model, location[:-1], data), str(location[-1])) if location else ""
    return f"write e.g. {shown!r}" if shown else "write another value"


def _absent_cure(models: Models, part: str | int) -> str:
    if isinstance(part, int):
        return "add an entry to the list"
    known = choices(models, part)
    if len(known) > 1:
        return f"add '{part}: {known[0]}'; known here: {', '.join(known)}"
    return f"add '{part}: {example(models, part) or '…'}'"


def _key_cure(name: str, known: list[str]) -> str:
    return did_you_mean(name, known) or f"known here: {', '.join(known)}"


def _mapping_cure(subject: object, known: list[str]) -> str:
    """A cure for something that should be a mapping, or one whose keys make no sense together."""
    if not isinstance(subject, dict):
        return f"write a mapping; keys known here: {', '.join(known)}"
    near = [did_you_mean(key, known) for key in subject if key not in known]
    return next(filter(None, near), "correct the values below it")


def _steps(details: ErrorDetails, data: object) -> _Steps:
    """The error's location laid along the data, and the key that is missing there."""
    location, kind = details["loc"], details["type"]
    tail: Location = ()
    if location[-1:] == (_KEY_MARK,):
        location = location[:-1]
    elif kind == "missing":
        location, tail = location[:-1], location[-1:]
    elif kind.startswith("union_tag_"):
        tail = tuple(re.findall("^'(.+?)'", details.get("ctx", {})["discriminator"]))
    ways = itertools.islice(_alignments(location, data), _ALIGNMENTS_MAX)
    steps, _ = max(ways, key=lambda way: _fit(way[0], way[1], details["input"]))
    return (*steps, *(_Step(True, part) for part in tail))


def _fit(steps: _Steps, value: object, wanted: object) -> tuple[bool, int, bool]:
    """How well an alignment explains the error: it leads to the value that pydantic refused."""
    return value is wanted, len(_keys(steps)), bool(steps) and steps[-1].is_key


def _alignments(location: Location, data: object) -> Iterator[tuple[_Steps, object]]:
    """All ways to take each part as a key of the data or as a branch; keys first."""
    if not location:
        yield (), data
        return
    part, rest = location[0], location[1:]
    if has_item(data, part):
        for steps, value in _alignments(rest, item(data, part)):
            yield (_Step(True, part), *steps), value
    for steps, value in _alignments(rest, data):
        yield (_Step(False, part), *steps), value


def _keys(steps: _Steps) -> Location:
    return tuple(step.part for step in steps if step.is_key)


def _kept(findings: list[_Finding], depth: int) -> list[_Finding]:
    """The findings without those of union branches that others come nearer than.

    All ``findings`` share their first ``depth`` steps.
    """
    kept = [found for found in findings if len(found.steps) == depth]
    groups: dict[_Step, list[_Finding]] = {}
    for found in findings:
        if len(found.steps) > depth:
            groups.setdefault(found.steps[depth], []).append(found)
    branches = []
    for step, group in groups.items():
        below = _kept(group, depth + 1)
        if step.is_key:
            kept += below
        else:
            branches.append(below)
    return kept + (_nearest(branches, depth) if branches else [])


def _nearest(branches: list[list[_Finding]], depth: int) -> list[_Finding]:
    """The findings of the branch that was meant, as far as one can tell."""
    location = _keys(branches[0][0].steps[:depth])
    ranks = [_rank(branch, len(location)) for branch in branches]
    best = [branch for branch, rank in zip(branches, ranks, strict=True) if rank == max(ranks)]
    first = best[0][0]
    if len(best) > 1 and all(len(branch) == 1 and branch[0].is_misfit for branch in best):
        return [replace(first, wording=join([branch[0].wording for branch in best]))]
    return best[0]


def _rank(branch: list[_Finding], length: int) -> tuple[bool, int, int, int]:
    """Higher is nearer: of the right kind, few things of a wrong kind, errors deep down, few."""
    misfits = [found for found in branch if found.is_misfit]
    is_kind = all(len(found.location) > length for found in misfits)
    return is_kind, -len(misfits), max(len(f.location) for f in branch), -len(branch)

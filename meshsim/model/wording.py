"""What the errors of pydantic mean in plain words, and what to write instead.

The types of the errors are those of https://docs.pydantic.dev/latest/errors/validation_errors/.
Types that this table lacks keep the message of whoever raised them, cleaned of jargon.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from meshsim.model.nodes import did_you_mean


@dataclass(frozen=True)
class Wording:
    """The rule that is broken, and the cure; an empty cure if none is known."""

    rule: str
    cure: str = ""


_MAPPING = Wording("must be a mapping", "write 'key: value' lines below the key")
_LIST = Wording("must be a list", "write each entry in a line that begins with '- '")
_NUMBER = Wording("must be a number", "write a number without quotes and without a unit")
_WHOLE_NUMBER = Wording("must be a whole number", "write a whole number without quotes")
_SWITCH = Wording("must be true or false", "write true or false")

_WORDINGS: dict[str, Wording] = {
    "missing": Wording("is required"),
    "union_tag_not_found": Wording("is required"),
    "extra_forbidden": Wording("unknown field"),
    "greater_than": Wording("must be more than {gt}", "write a larger number"),
    "greater_than_equal": Wording("must be at least {ge}", "write {ge} or more"),
    "less_than": Wording("must be less than {lt}", "write a smaller number"),
    "less_than_equal": Wording("must be at most {le}", "write {le} or less"),
    "multiple_of": Wording("must be a multiple of {multiple_of}"),
    "finite_number": Wording("must be a finite number", "write a number"),
    "too_short": Wording("must have at least {min_length}", "add what is missing"),
    "too_long": Wording("must have at most {max_length}", "remove what is too much"),
    "string_type": Wording("must be text", "write a text"),
    "string_too_short": Wording("must have at least {min_length}", "write a longer text"),
    "string_too_long": Wording("must have at most {max_length}", "write a shorter text"),
    "string_pattern_mismatch": Wording("must match the pattern {pattern}"),
    "none_required": Wording("must be empty", "remove the value"),
    "bool_type": _SWITCH,
    "bool_parsing": _SWITCH,
    "int_type": _WHOLE_NUMBER,
    "int_parsing": _WHOLE_NUMBER,
    "int_parsing_size": _WHOLE_NUMBER,
    "int_from_float": _WHOLE_NUMBER,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "model_type": _MAPPING,
    "model_attributes_type": _MAPPING,
    "dataclass_type": _MAPPING,
    "dict_type": _MAPPING,
    "mapping_type": _MAPPING,
    "list_type": _LIST,
    "tuple_type": _LIST,
    "set_type": _LIST,
    "frozen_set_type": _LIST,
    "iterable_type": _LIST,
}
_MISFITS = {
    "missing", "extra_forbidden", "literal_error", "enum", "none_required", "int_from_float",
    "union_tag_invalid", "union_tag_not_found", "is_instance_of",
}  # fmt: skip
_OPTION = re.compile(r"'[^']*'|[^\s,]+")
_CLEANING = (
    (r"^(Value error|Assertion failed), ", ""),
    (r"\s*following the rules at https?://\S+", ""),
    (r"\bshould\b", "must"),
    (r"^Input ", ""),
    (r"\binput\b", "value"),
    (r"\bdictionary\b", "mapping"),
)


def is_misfit(kind: str) -> bool:
    """Whether the error says that the value is of another kind, not that it is a wrong one."""
    return kind in _MISFITS or kind.endswith(("_type", "_parsing"))


def word(kind: str, context: Mapping[str, object], message: str, value: object) -> Wording:
    """Rule and cure of an error of type ``kind``; ``value`` is what stood in the data."""
    if "expected" in context and kind in {"literal_error", "enum"}:
        return _choice(str(context["expected"]).replace(" or ", ", "), value)
    if "expected_tags" in context:
        return _choice(str(context["expected_tags"]), context["tag"])
    wording = _WORDINGS.get(kind)
    if wording is None:
        return Wording(_clean(message))
    facts = {name: _print(name, fact, kind) for name, fact in context.items()}
    cure = _cure(kind, context, value) or wording.cure.format_map(facts)
    return Wording(wording.rule.format_map(facts), cure)


def join(wordings: list[Wording]) -> Wording:
    """One wording for a value that fits none of several kinds."""
    wordings = list(dict.fromkeys(wordings))
    first, *others = [wording.rule for wording in wordings]
    rule = " or ".join([first, *(rule.removeprefix("must be ") for rule in others)])
    near = [wording.cure for wording in wordings if wording.cure.startswith("did you mean")]
    return Wording(rule, near[0] if near else ", or ".join(w.cure for w in wordings))


def _choice(expected: str, value: object) -> Wording:
    options = _OPTION.findall(expected)
    names = [option.strip("'") for option in options]
    rule = f"must be one of {', '.join(options)}" if len(options) > 1 else f"must be {expected}"
    if str(value) in names:
        return Wording(rule, "remove the quotes" if isinstance(value, str) else "put it in quotes")
    cure = did_you_mean(str(value), names)
    return Wording(rule, cure or (f"write {expected}" if len(options) == 1 else "choose one"))


def _cure(kind: str, context: Mapping[str, object], value: object) -> str:
    """A cure that depends on what stands in the data."""
    if kind == "string_type" and isinstance(value, bool | int | float):
        return "put it in quotes"
    if kind in {"int_type", "float_type"} and isinstance(value, str) and _is_number(value):
        return "remove the quotes"
    if kind == "string_pattern_mismatch":
        return _matching_cure(str(context["pattern"]), str(value))
    return ""


def _matching_cure(pattern: str, value: str) -> str:
    """The value with other characters replaced, if the pattern allows that."""
    near = re.sub(r"[^A-Za-z0-9]+", "-", value).strip("-")
    try:
        matches = re.fullmatch(pattern, near) is not None
    except re.error:  # pydantic's patterns are those of another library
        matches = False
    return f"write e.g. {near!r}" if matches else "use the characters that the pattern allows"


def _is_number(text: str) -> bool:
    return re.fullmatch(r"[-+]?[0-9]+(\.[0-9]*)?", text) is not None


def _print(name: str, fact: object, kind: str) -> str:
    """A bound as people write it: ``1`` for 1.0, ``1 entry`` for the length of a list."""
    if isinstance(fact, float) and fact.is_integer() and abs(fact) < 1e15:
        fact = int(fact)
    if name not in {"min_length", "max_length"}:
        return str(fact)
    one, many = ("character", "characters") if "string" in kind else ("entry", "entries")
    return f"{fact} {one if fact == 1 else many}"


def _clean(message: str) -> str:
    for pattern, replacement in _CLEANING:
        message = re.sub(pattern, replacement, message)
    return message

"""One walk over the models: every field of a file, with type, unit, default, range, description.

What a field is called, its default and its description are read from the models and nowhere else,
so that tables, explanations and the JSON Schema cannot disagree with what is accepted. Parts that
recur (distributions, sourced numbers) are described once, under a name of their own.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import annotated_types as at
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from meshsim.model.distribution import Constant, Distribution
from meshsim.model.fields import POSITIVE, Unit
from meshsim.model.mesh import Mesh
from meshsim.model.sourced import Sourced, T
from meshsim.model.topology import ParallelStep, Topology

Kind = Literal["topology", "mesh"]
"""The two kinds of files."""

ROOTS: dict[Kind, type[BaseModel]] = {"topology": Topology, "mesh": Mesh}

REQUIRED = "required"
"""Stands for the default of a field that has none."""


@dataclass(frozen=True)
class Field:
    """A field of a file; ``name`` is dotted, ``[]`` marks lists, ``<name>`` keys of the user's.

    ``when`` says for which variants of the object around it the field exists; empty: for all.
    """

    name: str
    type: str
    unit: str
    default: str
    range: str
    description: str
    when: str = ""


@dataclass(frozen=True)
class Section:
    """The fields of one object: its dotted name (empty for the whole file) and what it is."""

    name: str
    about: str
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class _Variant:
    """A model that may stand at a place, and the value of the field (or the key) that says so."""

    model: type[BaseModel]
    when: str = ""


def sections(kind: Kind) -> tuple[Section, ...]:
    """All objects of a file, outer before inner, the recurring parts at the end."""
    found = list(_sections("", [_Variant(ROOTS[kind])]))
    if kind == "topology":
        found += _sections("distribution", _variants(_plain(Distribution)[0]))
    else:
        found += _sections("sourced", [_Variant(Sourced)])
    return tuple(found)


def _sections(name: str, variants: Sequence[_Variant]) -> Iterator[Section]:
    """The section of an object and those of the objects within."""
    fields: dict[str, Field] = {}
    inner: list[tuple[str, list[_Variant]]] = []
    for variant in variants:
        for field_name, info in variant.model.model_fields.items():
            dotted = f"{name}.{field_name}" if name else field_name
            field = _field(dotted, info, variant.when)
            known = fields.get(dotted)
            fields[dotted] = _merged(known, field) if known else field
            inner += _objects(dotted, info.annotation)
    yield Section(name, " ".join(map(_about, variants)), tuple(fields.values()))
    for inner_name, inner_variants in inner:
        yield from _sections(inner_name, inner_variants)


def _about(variant: _Variant) -> str:
    """The first paragraph of a model's docstring, after the variant's name if it has one."""
    paragraph = inspect.cleandoc(variant.model.__doc__ or "").split("\n\n")[0]
    text = " ".join(paragraph.replace("``", "`").split())
    return f"`{variant.when}`: {text}" if variant.when else text


def _merged(first: Field, second: Field) -> Field:
    """One row for a field that two variants share; it needs a value if one of them needs it."""
    types = dict.fromkeys([*first.type.split(" or "), *second.type.split(" or ")])
    default = first.default if first.default == second.default else REQUIRED
    when = f"{first.when}, {second.when}"
    return replace(first, type=" or ".join(types), default=default, when=when)


def _objects(name: str, annotation: object) -> Iterator[tuple[str, list[_Variant]]]:
    """The objects that stand below a field, with their dotted names."""
    bare, _ = _plain(annotation)
    arguments = get_args(bare)
    if _is_recurring(bare):
        return
    if get_origin(bare) is tuple:
        yield from _objects(f"{name}[]", arguments[0])
    elif get_origin(bare) is dict:
        yield from _objects(f"{name}.<name>", arguments[1])
    elif _is_union(bare):
        variants = _variants(bare)
        if ParallelStep in [variant.model for variant in variants] and "parallel" in name:
            return  # branches are steps again
        if variants:
            yield name, variants
    elif inspect.isclass(bare) and issubclass(bare, BaseModel):
        yield name, [_Variant(bare)]


def _variants(union: object) -> list[_Variant]:
    """The models of a union; a literal field, else the first field, tells one from another."""
    models = [_plain(member)[0] for member in get_args(union)]
    found = [m for m in models if inspect.isclass(m) and issubclass(m, BaseModel)]
    return [_Variant(model, _mark(model) if len(found) > 1 else "") for model in found]


def _mark(model: type[BaseModel]) -> str:
    name, info = next(iter(model.model_fields.items()))
    literals = get_args(info.annotation) if get_origin(info.annotation) is Literal else ()
    return str(literals[0]) if literals else name


def _field(name: str, info: FieldInfo, when: str) -> Field:
    bare, metadata = _plain(info.annotation)
    everything = [*info.metadata, *metadata]
    unit = _unit(_value_metadata(bare) or everything)
    return Field(
        name=name,
        type=_type(bare, everything),
        unit=unit.symbol if unit else "",
        default=_default(info),
        range=_range(bare, everything),
        description=(info.description or "").replace("``", "`").replace("\n", " "),
        when=when,
    )


def _unit(metadata: Sequence[object]) -> Unit | None:
    return next((part for part in metadata if isinstance(part, Unit)), None)


def _value_metadata(bare: object) -> list[object]:
    """The metadata of the number in a sourced number; empty for all else."""
    if not (inspect.isclass(bare) and issubclass(bare, Sourced)):
        return []
    value = bare.model_fields["value"]
    return [*value.metadata, *_plain(value.annotation)[1]]


def _plain(annotation: object) -> tuple[Any, list[object]]:
    """A type without ``Annotated`` and ``| None``, and the metadata that it had there."""
    if get_origin(annotation) is Annotated:
        inner, *metadata = get_args(annotation)
        bare, below = _plain(inner)
        return bare, [*_flat(metadata), *below]
    if _is_union(annotation):
        members = [member for member in get_args(annotation) if member is not type(None)]
        if len(members) == 1:
            return _plain(members[0])
    return annotation, []


def _flat(metadata: Sequence[object]) -> Iterator[object]:
    for part in metadata:
        if isinstance(part, FieldInfo):
            yield from part.metadata
        else:
            yield part


def _is_union(annotation: object) -> bool:
    return get_origin(annotation) in (Union, UnionType)


def _is_recurring(bare: object) -> bool:
    is_sourced = inspect.isclass(bare) and issubclass(bare, Sourced)
    return is_sourced or (_is_union(bare) and Constant in get_args(bare))


def _type(annotation: object, metadata: Sequence[object] = ()) -> str:
    """A type in words."""
    bare, below = _plain(annotation)
    unit = _unit([*metadata, *below])
    if unit is not None:
        return f"{unit.quantity}, e.g. `{unit.example}`"
    if inspect.isclass(bare) and issubclass(bare, BaseModel):
        return _object_type(bare)
    words = _WORDS.get(bare)
    return words or _composed_type(bare, get_args(bare))


_WORDS = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "`true` or `false`",
    T: "as the field asks",
}


def _composed_type(bare: object, arguments: tuple[Any, ...]) -> str:
    origin = get_origin(bare)
    if origin is Literal:
        return " or ".join(f"`{value}`" for value in arguments)
    if origin is dict:
        return f"mapping of names to {_type(arguments[1])}"
    if origin is not tuple:
        return _union_type(bare)
    if arguments[1:] == (Ellipsis,):
        return f"list of {_type(arguments[0])}"
    return f"list of {len(arguments)}: {_type(arguments[0])}"


def _union_type(union: object) -> str:
    if _is_recurring(union):
        return "distribution"
    variants = _variants(union)
    if not variants:
        return " or ".join(_type(member) for member in get_args(union))
    if ParallelStep in [variant.model for variant in variants]:
        is_branch = len(variants) < len(get_args(union))
        return "step or list of steps" if is_branch else "step"
    return "object"


def _object_type(model: type[BaseModel]) -> str:
    if not issubclass(model, Sourced):
        return "object"
    value = model.model_fields["value"]
    return f"sourced {_type(value.annotation, value.metadata)}"


def _default(info: FieldInfo) -> str:
    value = info.default
    if value is PydanticUndefined:
        return REQUIRED if info.default_factory is None else "empty"
    if isinstance(value, Constant):
        value = value.model_dump(mode="json")["mean"]
    if isinstance(value, BaseModel):
        return "see below"
    if isinstance(value, tuple) and value:
        value = f"[{', '.join(map(str, value))}]"
    words = {None: "unset", (): "empty", "": "empty"}
    return words.get(value) or f"`{value}`"


_BOUNDS = ((at.Ge, "ge", "≥ "), (at.Gt, "gt", "> "), (at.Le, "le", "≤ "), (at.Lt, "lt", "< "))


def _range(bare: object, metadata: Sequence[object]) -> str:
    """The bounds of a number or of the length of a list."""
    for member in get_args(bare) if _is_union(bare) else ():
        metadata = [*metadata, *_plain(member)[1]]
    parts = [
        f"{sign}{getattr(part, attribute):,}"
        for kind, attribute, sign in _BOUNDS
        for part in metadata
        if isinstance(part, kind)
    ]
    if get_origin(bare) is tuple:
        parts += [f"{p.min_length} or more" for p in metadata if isinstance(p, at.MinLen)]
        parts += [f"up to {p.max_length:,}" for p in metadata if isinstance(p, at.MaxLen)]
    unit = _unit(metadata)
    if unit is not None and unit.quantity == "percentage":
        parts.append("0% to 100%")
    elif unit is not None:
        parts.append("> 0" if any(part == POSITIVE for part in metadata) else "≥ 0")
    return ", ".join(parts)

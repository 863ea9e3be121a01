"""What the models know at a location of the data: fields, choices and examples, for cures.

The types are followed along the location. Where several models may stand (a union), those count
whose literal fields agree with the data, and of these those that know most of its keys.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import reduce
from types import UnionType
from typing import Annotated, Any, Literal, TypeGuard, Union, cast, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from meshsim.model.nodes import Location

Models = list[type[BaseModel]]


def models_at(model: type[BaseModel], location: Location, data: object) -> Models:
    """The models that may stand at ``location`` of ``data``; none if only scalars or lists may."""
    types: list[object] = [model]
    for part in location:
        types = [below for kind in _fitting(types, data) for below in _types_below(kind, part)]
        data = item(data, part)
    return [kind for outer in types for kind in _flatten(outer) if _is_model(kind)]


def nearest(models: Models, data: object) -> Models:
    """Those of the models that agree best with the keys of a mapping; all for anything else."""
    return _fitting(models, data)


def field_names(models: Models) -> list[str]:
    """The keys that the models know, in the order of their definition."""
    return list(dict.fromkeys(name for model in models for name, _ in _fields(model)))


def choices(models: Models, name: str) -> list[str]:
    """The values that the literal fields of that name take."""
    found = [_literals(field.annotation) for field in _fields_named(models, name)]
    return list(dict.fromkeys(str(value) for values in found for value in values))


def example(models: Models, name: str) -> str:
    """What a file may say for that field; empty if the models give no example."""
    for field in _fields_named(models, name):
        examples = [*_examples(field), *_literals(field.annotation)]
        if examples:
            return str(examples[0])
    return ""


def has_item(data: object, part: str | int) -> bool:
    """Whether plain data has something at that key or index."""
    if isinstance(data, dict):
        return part in data
    return isinstance(data, list) and isinstance(part, int) and 0 <= part < len(data)


def item(data: object, part: str | int) -> object:
    """What plain data has at that key or index; None if it has nothing there."""
    return cast("Any", data)[part] if has_item(data, part) else None


def item_at(data: object, location: Location) -> object:
    """What plain data has at that location; None if it has nothing there."""
    return reduce(item, location, data)


def _fitting(types: Iterable[object], data: object) -> list[Any]:
    """The types without wrappers; of several models those that agree best with a mapping."""
    flat = [kind for outer in types for kind in _flatten(outer)]
    if not isinstance(data, dict):
        return flat
    models = [kind for kind in flat if _is_model(kind)]
    ranks = [_rank(model, data) for model in models]
    best = [model for model, rank in zip(models, ranks, strict=True) if rank == max(ranks)]
    return best + [kind for kind in flat if not _is_model(kind)]


def _rank(model: type[BaseModel], data: Mapping[str, object]) -> tuple[bool, int]:
    fields = dict(_fields(model))
    literals = {name: _literals(field.annotation) for name, field in fields.items() if name in data}
    agrees = all(data[name] in values for name, values in literals.items() if values)
    return agrees, sum(name in fields for name in data)


def _types_below(kind: object, part: str | int) -> Iterator[object]:
    if _is_model(kind):
        yield from (field.annotation for field in _fields_named([kind], str(part)))
        return
    arguments = get_args(kind)
    if isinstance(part, str):
        yield from arguments[1:2]
    elif Ellipsis in arguments or len(arguments) == 1:
        yield arguments[0]
    else:
        yield from arguments[part : part + 1]


def _flatten(kind: object) -> Iterator[object]:
    """The types that a union, an annotation or an alias of a type stands for."""
    origin = get_origin(kind)
    if origin is Annotated:
        yield from _flatten(get_args(kind)[0])
    elif origin in (Union, UnionType):
        for member in get_args(kind):
            yield from _flatten(member)
    else:
        yield kind


def _is_model(kind: object) -> TypeGuard[type[BaseModel]]:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _fields(model: type[BaseModel]) -> Iterator[tuple[str, FieldInfo]]:
    for name, field in model.model_fields.items():
        yield field.alias or name, field


def _fields_named(models: Models, name: str) -> list[FieldInfo]:
    return [field for model in models for known, field in _fields(model) if known == name]


def _literals(annotation: object) -> tuple[object, ...]:
    kinds = _flatten(annotation)
    return tuple(v for kind in kinds if get_origin(kind) is Literal for v in get_args(kind))


def _examples(field: FieldInfo) -> Iterator[object]:
    yield from field.examples or ()
    annotations = [*field.metadata, *_metadata(field.annotation)]
    yield from (
        note.example for note in annotations if isinstance(getattr(note, "example", 0), str)
    )


def _metadata(kind: object) -> Iterator[Any]:
    """What is annotated anywhere in a union."""
    origin = get_origin(kind)
    if origin is Annotated:
        yield from kind.__metadata__  # type: ignore[attr-defined]
    elif origin in (Union, UnionType):
        for member in get_args(kind):
            yield from _metadata(member)

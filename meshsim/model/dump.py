"""Writes a topology or a mesh as a YAML file that loads back to an equal one.

Keys come in the order in which the model declares them, and what has its default value is left out
(but for what a union needs to tell its cases apart). Values that fit on a line stand on one line;
lists of times are filled up to the width of the page.

Words are quoted wherever :mod:`meshsim.model.scalars` or PyYAML, which read words differently,
would take them for anything but text.
"""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import Any, get_type_hints

import yaml
from pydantic import BaseModel, TypeAdapter

from meshsim.model.distribution import Constant
from meshsim.model.mesh import Mesh
from meshsim.model.scalars import read_plain
from meshsim.model.topology import Topology

WIDTH = 100

_EMITTER_WIDTH = 90  # libyaml breaks a line after the word that passes its width
_SafeDumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)  # libyaml's is ten times as fast
_LINE_MAX = 72  # of a mapping or list in braces; the rest is its key and the indentation


def dump_topology(topology: Topology, comments: Sequence[str] = ()) -> str:
    """The YAML text of a topology, with ``comments`` as comment lines at its head."""
    return _dump(topology, comments)


def dump_mesh(mesh: Mesh, comments: Sequence[str] = ()) -> str:
    """The YAML text of a mesh, with ``comments`` as comment lines at its head."""
    return _dump(mesh, comments)


def _dump(described: Topology | Mesh, comments: Sequence[str]) -> str:
    data = _plain(described, described.model_dump(mode="json"))
    text: str = yaml.dump(
        _shaped(data),
        Dumper=_Dumper,
        sort_keys=False,
        default_flow_style=False,
        allow_unicode=True,
        width=_EMITTER_WIDTH,
    )
    return "".join(map(_comment, comments)) + text


def _comment(text: str) -> str:
    """A comment of as many lines as the text needs, those after the first indented."""
    visible = "".join(c if c.isprintable() else " " for c in text).rstrip()
    indent = "# " + " " * (len(visible) - len(visible.lstrip()))
    lines = textwrap.wrap(
        visible.strip(), WIDTH, initial_indent=indent, subsequent_indent=indent + "  "
    )
    return "\n".join(lines or ["#"]) + "\n"


def _plain(value: object, written: Any) -> object:  # noqa: ANN401 - what JSON can hold
    """``written`` (the JSON form of ``value``) without what has its default value."""
    if isinstance(value, Constant):
        return written["mean"]
    if isinstance(value, BaseModel):
        defaults = _defaults(type(value))
        return {
            name: _plain(below, written[name])
            for name, below in value
            if name not in defaults or below != defaults[name]
        }
    if isinstance(value, tuple):
        return [_plain(*pair) for pair in zip(value, written, strict=True)]
    if isinstance(value, dict):
        return {key: _plain(below, written[key]) for key, below in value.items()}
    return written


@cache
def _defaults(model: type[BaseModel]) -> Mapping[str, object]:
    """The validated default of each field that has one."""
    hints = get_type_hints(model, include_extras=True)
    defaults = {}
    for name, field in model.model_fields.items():
        if not field.is_required():
            default = field.get_default(call_default_factory=True)
            defaults[name] = TypeAdapter(hints[name]).validate_python(default)
    return defaults


class _InBraces(dict[str, object]):
    """A mapping that is written on one line."""


class _InBrackets(list[object]):
    """A list that is written on one line, or on as many as it fills."""


def _shaped(data: object) -> object:
    """The data with the mappings and lists marked that are not written one key on a line."""
    if isinstance(data, dict):
        if len(data) > 1 and _is_short(data.values(), data):
            return _InBraces(data)
        return {key: _shaped(value) for key, value in data.items()}
    if isinstance(data, list):
        words = not any(isinstance(item, str) and " " in item for item in data)
        if _is_short(data) or (words and _are_scalars(data)):
            return _InBrackets(data)
        return [_shaped(item) for item in data]
    return data


def _are_scalars(items: Iterable[object]) -> bool:
    return not any(isinstance(item, dict | list) for item in items)


def _is_short(items: Collection[object], keys: Iterable[str] = ()) -> bool:
    """Whether scalars, perhaps with keys, fit on a line."""
    length = sum(len(str(text)) + 2 for text in (*items, *keys))
    return _are_scalars(items) and length <= _LINE_MAX


class _Dumper(_SafeDumper):  # type: ignore[misc]
    """PyYAML's dumper with our marks and quotes, and without anchors."""

    def ignore_aliases(self, data: object) -> bool:
        """Equal values are written out each time."""
        return True


def _write_text(dumper: Any, text: str) -> yaml.ScalarNode:  # noqa: ANN401 - two classes
    style = None if text and read_plain(text) == text else "'"
    node: yaml.ScalarNode = dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)
    return node


def _write_braces(dumper: Any, data: _InBraces) -> yaml.MappingNode:  # noqa: ANN401
    tag = "tag:yaml.org,2002:map"
    node: yaml.MappingNode = dumper.represent_mapping(tag, data, flow_style=True)
    return node


def _write_brackets(dumper: Any, data: _InBrackets) -> yaml.SequenceNode:  # noqa: ANN401
    tag = "tag:yaml.org,2002:seq"
    node: yaml.SequenceNode = dumper.represent_sequence(tag, data, flow_style=True)
    return node


_Dumper.add_representer(str, _write_text)
_Dumper.add_representer(_InBraces, _write_braces)
_Dumper.add_representer(_InBrackets, _write_brackets)

"""A YAML text as a tree of nodes that know their line and column.

The tree is built from the parser's events, one at a time and without recursion, so that a hostile
text (a hundred thousand brackets, aliases of aliases of aliases) is refused when it passes a limit
and not after it has filled the memory. All else that is wrong is collected, and reading goes on.

What is read is YAML without tags: mappings with text keys, lists, and the scalars of
:mod:`meshsim.model.scalars`. Anchors, aliases and ``<<`` with one mapping are followed; the keys
written beside a ``<<`` win over those that it brings.
"""

from __future__ import annotations

import difflib
import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NoReturn

import yaml

from meshsim.errors import Place, Problem, shorten
from meshsim.model.scalars import Scalar, Trap, read_plain
from meshsim.model.syntax import split_lines

Location = tuple[str | int, ...]

DEPTH_MAX = 64
ALIASED_NODES_MAX = 100_000
NODES_MAX = 1_500_000
PROBLEMS_MAX = 100

_Position = tuple[int, int]  # line and column, from 1
_Tagged = yaml.ScalarEvent | yaml.CollectionStartEvent

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_SIMPLE_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_KEY_RULE = "a key must be text to every reader of YAML"
_DEPTH_RULE = f"must not be nested deeper than {DEPTH_MAX} levels"
_ESCAPE_CURE = "write the character itself, or \\U and its eight digits"
_SURROGATE = re.compile("[\ud800-\udfff]")
_TOO_DEEP = "maximum nesting depth"
_NO_KEY = "?"  # stands in a path for a key that is a mapping or a list
_WORD_LENGTH_MAX = 80  # of a misspelt word; comparing takes time with the length
_WORDS_MAX = 2_000  # that it is compared with


@dataclass(slots=True)
class Leaf:
    """A scalar: its position, the text without quotes, and the value."""

    line: int
    column: int
    text: str
    value: Scalar


@dataclass(slots=True)
class Branch:
    """A mapping or a list; ``size`` counts its nodes with itself, ``height`` its levels."""

    line: int
    column: int
    children: dict[str, Node] | list[Node]
    key_positions: dict[str, _Position] = field(default_factory=dict)
    size: int = 1
    height: int = 1


Node = Leaf | Branch


def child(node: Node, part: str | int) -> Node | None:
    """The node below ``node`` under that key or index, if there is one."""
    if isinstance(node, Leaf):
        return None
    if isinstance(node.children, dict):
        return node.children.get(part) if isinstance(part, str) else None
    known = isinstance(part, int) and 0 <= part < len(node.children)
    return node.children[part] if known else None  # type: ignore[index]


def parts(branch: Branch) -> Iterator[tuple[str | int, Node]]:
    """The keys or indices of a branch with their nodes, in the order of the file."""
    if isinstance(branch.children, dict):
        yield from branch.children.items()
    else:
        yield from enumerate(branch.children)


def print_location(location: Sequence[str | int]) -> str:
    """A location as people write it: ``services[0].labels["app.io/name"]``."""
    text = ""
    for part in location:
        if isinstance(part, int):
            text += f"[{part}]"
        elif _SIMPLE_KEY.fullmatch(part):
            text += f".{part}" if text else part
        else:
            text += f"[{part!r}]"
    return text


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A cure that names the known word nearest to ``word``; empty if none is near."""
    words = list(itertools.islice(known, _WORDS_MAX))
    near = difflib.get_close_matches(word[:_WORD_LENGTH_MAX], words, n=1)
    return f"did you mean {near[0]!r}?" if near else ""


class _Stop(Exception):  # noqa: N818 - a way out of the loop, not an error
    """What has been found is enough; what follows cannot be read or is not worth reading."""


@dataclass(slots=True)
class _Open:
    """A mapping or list whose end has not been read yet."""

    branch: Branch
    anchor: str | None
    nodes_before: int
    key: str | None = None  # of the value that comes next; None while a key is to come
    is_merging: bool = False
    merged: Branch | None = None

    def part(self) -> Location:
        """The key or index of the value that comes next, as the tail of a location."""
        if isinstance(self.branch.children, list):
            return (len(self.branch.children),)
        return () if self.key is None else (self.key,)


class Composer:
    """Builds the tree of one text; ``problems`` holds what was wrong with it."""

    def __init__(self, file: str) -> None:
        self.problems: list[Problem] = []
        self._file = file
        self._root: Node | None = None
        self._documents = 0
        self._end_position: _Position = (1, 1)
        self._open: list[_Open] = []
        self._anchors: dict[str, Node | None] = {}  # None while the anchored node is open
        self._nodes = 0  # values read so far, each alias counted with all that it brings
        self._nodes_aliased = 0
        self._readers: dict[type, Callable[[Any], None]] = {
            yaml.DocumentStartEvent: self._start_document,
            yaml.AliasEvent: self._alias,
            yaml.ScalarEvent: self._scalar,
            yaml.SequenceStartEvent: self._start,
            yaml.MappingStartEvent: self._start,
            yaml.SequenceEndEvent: self._end,
            yaml.MappingEndEvent: self._end,
        }

    def compose(self, text: str) -> Node | None:
        """The root of the tree, or None if there is none or reading stopped at a problem.

        Raises yaml.YAMLError for a text that is not YAML.
        """
        lines = split_lines(text)
        # libyaml puts a value that is left out on the line behind the last one
        self._end_position = (len(lines), len(lines[-1]) + 1)
        try:
            for event in _events(text):
                read = self._readers.get(type(event))
                if read is not None:
                    read(event)
        except _Stop:
            return None
        return self._root

    def _start_document(self, event: yaml.Event) -> None:
        self._documents += 1
        if self._documents > 1:
            cure = "remove the line '---', or make it two files"
            self._stop(self._position(event), "a file must hold one YAML document", "", cure)

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        self._refuse_tag(event)
        text, is_plain = event.value, event.implicit[0]
        value = read_plain(text) if is_plain else text
        leaf = Leaf(*self._position(event), text, text if isinstance(value, Trap) else value)
        if event.style == '"' and _SURROGATE.search(text):
            self._refuse(
                self._position(event), "must be made of Unicode characters", text, _ESCAPE_CURE
            )
        if event.anchor is not None:
            self._anchors[event.anchor] = leaf
        if self._wants_key():
            self._take_key(event, text, is_text=isinstance(value, str))
            self._open[-1].is_merging = is_plain and text == "<<"
            return
        if isinstance(value, Trap):
            self._refuse(self._position(event), value.rule, text, value.cure)
        self._deliver(leaf)

    def _start(self, event: yaml.CollectionStartEvent) -> None:
        self._refuse_tag(event)
        if self._wants_key():
            cure = "write text before the colon, and put the '{{ … }}' of a template in quotes"
            self._refuse(self._position(event), _KEY_RULE, "a mapping or a list", cure)
        if len(self._open) == DEPTH_MAX:
            self._stop(
                self._position(event), _DEPTH_RULE, "", "check the brackets and the indentation"
            )
        children: dict[str, Node] | list[Node]
        children = {} if isinstance(event, yaml.MappingStartEvent) else []
        branch = Branch(*self._position(event), children)
        self._open.append(_Open(branch, event.anchor, self._nodes))
        if event.anchor is not None:
            self._anchors[event.anchor] = None

    def _end(self, event: yaml.Event) -> None:
        closed = self._open.pop()
        branch = closed.branch
        if closed.merged is not None:
            _merge(closed.merged, branch)
        branch.size = 1 + self._nodes - closed.nodes_before
        branch.height = 1 + max((_height(node) for _, node in parts(branch)), default=0)
        if closed.anchor is not None:
            self._anchors[closed.anchor] = branch
        if self._wants_key():
            self._open[-1].key = _NO_KEY  # refused when it began
            return
        self._deliver(branch)

    def _alias(self, event: yaml.AliasEvent) -> None:
        node = self._aliased(event)
        if self._wants_key():
            is_text = isinstance(node, Leaf) and isinstance(node.value, str)
            key = node.text if isinstance(node, Leaf) else f"*{event.anchor}"
            self._take_key(event, key, is_text=is_text)
            return
        self._check_expansion(event, node)
        line, column = self._position(event)
        self._deliver(replace(node, line=line, column=column))

    def _aliased(self, event: yaml.AliasEvent) -> Node:
        name, position = event.anchor or "", self._position(event)
        node = self._anchors.get(name)
        if node is not None:
            return node
        if name in self._anchors:
            self._refuse(position, "must not contain itself", f"*{name}", "write out what is meant")
        else:
            cure = did_you_mean(name, self._anchors) or f"put &{shorten(name)} before what is meant"
            rule = "must name an anchor that stands further up"
            self._refuse(position, rule, f"*{name}", cure)
        is_merging = bool(self._open) and self._open[-1].is_merging
        return Branch(*position, {}) if is_merging else Leaf(*position, name, name)

    def _check_expansion(self, event: yaml.AliasEvent, node: Node) -> None:
        if isinstance(node, Leaf):
            return
        self._nodes += node.size - 1
        self._nodes_aliased += node.size
        if self._nodes_aliased > ALIASED_NODES_MAX:
            rule = f"must bring at most {ALIASED_NODES_MAX} values by aliases"
            self._stop(self._position(event), rule, f"*{event.anchor}", "write out what is meant")
        if len(self._open) + node.height > DEPTH_MAX:
            self._stop(
                self._position(event), _DEPTH_RULE, f"*{event.anchor}", "write out what is meant"
            )

    def _position(self, event: yaml.Event) -> _Position:
        mark = event.start_mark
        assert mark is not None, "the parsers mark every event"
        return min((mark.line + 1, mark.column + 1), self._end_position)

    def _wants_key(self) -> bool:
        if not self._open:
            return False
        holder = self._open[-1]
        return isinstance(holder.branch.children, dict) and holder.key is None

    def _take_key(self, event: yaml.Event, text: str, *, is_text: bool) -> None:
        """Note the key of the value to come; refuse it if it is no text or there already."""
        holder, position = self._open[-1], self._position(event)
        holder.key = text
        if not is_text:
            cure = f'write "{shorten(text)}" in quotes' if text else "write a key before the colon"
            self._refuse(position, _KEY_RULE, text, cure)
        first = holder.branch.key_positions.setdefault(text, position)
        if first is not position:
            rule = f"this key stands already at {Place(self._file, *first)}"
            self._refuse(position, rule, "", "remove one of the two, or rename it")

    def _deliver(self, node: Node) -> None:
        """Hand a complete value to the collection that is open, or make it the root."""
        self._nodes += 1
        if self._nodes > NODES_MAX:
            cure = "split the file, or leave out what is not needed"
            self._stop((node.line, node.column), f"must hold at most {NODES_MAX} values", "", cure)
        if not self._open:
            self._root = node
            return
        holder = self._open[-1]
        children = holder.branch.children
        if isinstance(children, list):
            children.append(node)
            return
        assert holder.key is not None, "a value of a mapping comes after its key"
        if not holder.is_merging:
            children[holder.key] = node
        elif isinstance(node, Branch) and isinstance(node.children, dict):
            holder.merged = node
        else:
            cure = "write '<<: *name', and the other keys below it"
            self._refuse((node.line, node.column), "must be one mapping after '<<'", "", cure)
        holder.key, holder.is_merging = None, False

    def _refuse_tag(self, event: _Tagged) -> None:
        if event.tag is not None:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            cure = "remove it; put a value in quotes to make it text"
            self._refuse(self._position(event), "must have no tag", tag, cure)

    def _refuse(self, position: _Position, rule: str, value: str, cure: str) -> None:
        if len(self.problems) == PROBLEMS_MAX:
            rule = "further problems from here on, where reading stopped"
            self._stop(position, rule, "", "mend those above first")
        path = print_location([part for holder in self._open for part in holder.part()])
        self.problems.append(Problem(Place(self._file, *position), path, rule, value, cure))

    def _stop(self, position: _Position, rule: str, value: str, cure: str) -> NoReturn:
        place = Place(self._file, *position)
        self.problems.append(Problem(place, "", rule, value, cure))
        raise _Stop


def _events(text: str) -> Iterator[yaml.Event]:
    given = 0
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            given += 1
            yield event
    except (ValueError, OverflowError) as error:
        # The loader written in Python trips over escapes such as "\UFFFFFFFF".
        raise yaml.YAMLError("found invalid Unicode character escape code") from error
    except yaml.YAMLError as error:
        # libyaml looks ahead and gives up on deep nesting before our own rule has seen it.
        if _TOO_DEEP not in str(error):
            raise
        yield from itertools.islice(yaml.parse(text, Loader=yaml.SafeLoader), given, None)


def _height(node: Node) -> int:
    return node.height if isinstance(node, Branch) else 0


def _merge(source: Branch, target: Branch) -> None:
    """Add to ``target`` the keys of ``source`` that it has not."""
    assert isinstance(source.children, dict)
    assert isinstance(target.children, dict)
    target.key_positions.pop("<<", None)
    for key, node in source.children.items():
        target.children.setdefault(key, node)
        target.key_positions.setdefault(key, source.key_positions[key])

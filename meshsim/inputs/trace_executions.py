"""From the spans of a trace to executions of endpoints and what each of them waited for.

An *execution* begins at the root, where a span's service differs from its parent's, and at a server
span below a client span. The spans of the same service below it belong to it: they are its own
work, except for its *activities*:

* a call: a client span with one span of another service below it. The caller waits for the whole
  client span; the network took client duration - server duration;
* a call without a client span: a span of another service directly below. How long the network took
  is unknown and stays within the caller's own time;
* a wait: a client span without any span of another service below it (a database, a cache).

Spans that do not say which side they are on are taken for a client's if their name or tags say so.

What its caller does not wait for is left out and noted: spans that follow from their parent,
consumers of messages, and what lies for more than half outside of the caller's span.

Clocks of hosts differ. Durations, and offsets within one service, need no correction. A span of
another service without a client span is shifted, with all below it, by the rule of Jaeger's clock
skew adjuster (jaegertracing/jaeger, model/adjuster/clockskew.go): one that does not lie within its
parent, which was shifted itself before, goes into the middle of it, or to its start if it lasts
longer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from meshsim.inputs.import_report import Tally
from meshsim.inputs.trace_tree import Tree
from meshsim.inputs.traces import Span, Trace, fingerprint

NO_ROOT = "has no root span"
NO_SPAN = "has no usable span"
NOT_KEPT = "does not begin with an operation to keep"

_CLIENT_WORD = re.compile(r"(?<![a-z])client(?![a-z])", re.IGNORECASE)
_SERVER_WORD = re.compile(r"(?<![a-z])server(?![a-z])", re.IGNORECASE)
_OF_NOT_KEPT = "is of a request that does not begin with an operation to keep"
_ASYNCHRONOUS = "is asynchronous (follows from its parent, or consumes a message): left out"
_NOT_AWAITED = "lies outside of its caller's span, which does not wait for it: left out"
_LOST = "its parent, or one further up, is missing from the trace"
_SKEW = "lies outside of its parent, so their clocks differ: the span was shifted into it"
_NO_CLIENT = "is unknown without a client span, and stays within the caller's own time"
_SLOW_SERVER = "is taken as zero, because the server took longer than the client waited"


class Key(NamedTuple):
    """What an endpoint waits for: an endpoint, or (``service`` empty) something outside."""

    service: str
    operation: str

    @property
    def is_call(self) -> bool:
        """Whether it is an endpoint of a service."""
        return bool(self.service)


class Activity(NamedTuple):
    """One wait of an execution, in nanoseconds since the execution's start."""

    key: Key
    start_ns: int
    end_ns: int
    network_ns: int = 0
    """Of a call, how much longer its client span lasted than the server's."""
    error: bool = False


class Execution(NamedTuple):
    """One run of an endpoint."""

    service: str
    operation: str
    is_root: bool
    start_ns: int
    duration_ns: int
    error: bool
    is_client: bool
    """Whether its own span is a client's, so that its own time is spent elsewhere."""
    grpc: bool
    activities: tuple[Activity, ...]
    """In the order of their start."""
    priority: int
    """A number that decides, independently of all else, whether a sample includes it."""


def executions(
    trace: Trace,
    tally: Tally,
    *,
    accept_missing_root: bool = False,
    keep: Callable[[Span], bool] = lambda _root: True,
) -> Iterator[Execution]:
    """The executions of a trace; none, with a note in ``tally``, if it lacks its root.

    ``accept_missing_root`` takes a single span whose parent is missing for the root; ``keep`` tells
    the roots that are wanted.
    """
    tree = Tree(trace, tally)
    if accept_missing_root and not tree.roots and len(tree.orphans) == 1:
        tree.roots, tree.orphans = tree.orphans, []
    if not tree.roots:
        tally.skip("trace", _why_without_root(tree), tree.example())
        return
    if not any(keep(tree.spans[root]) for root in tree.roots):
        tally.skip("trace", NOT_KEPT, tree.example())
        return
    tally.use("spans", tree.size(tree.roots))
    _note_lost(tree, tally)
    _cut_unwanted(tree, keep, tally)
    _cut_asynchronous(tree, tally)
    yield from _executions_of(tree, trace.trace_id, tally)


def _why_without_root(tree: Tree) -> str:
    if not tree.spans:
        return NO_SPAN
    return NO_ROOT if tree.orphans else "has spans that are each other's parents"


def _note_lost(tree: Tree, tally: Tally) -> None:
    reached = {index for root in tree.roots for index in tree.below(root)}
    lost = [index for index in range(len(tree.spans)) if index not in reached]
    if lost:
        tally.skip("span", _LOST, tree.example(tree.spans[lost[0]]), len(lost))


def _cut_unwanted(tree: Tree, keep: Callable[[Span], bool], tally: Tally) -> None:
    """Drop the roots that are not wanted, with all below them."""
    for root in tree.roots:
        if not keep(tree.spans[root]):
            _leave_out(tree, root, _OF_NOT_KEPT, tally)
    tree.roots = [root for root in tree.roots if keep(tree.spans[root])]


def _cut_asynchronous(tree: Tree, tally: Tally) -> None:
    """Take what nobody waits for out of the tree, with all below it."""
    reached = (index for root in tree.roots for index in tree.below(root))
    for parent in reached:  # which goes on below the children that are kept
        for child in tree.children[parent]:
            if _is_asynchronous(tree.spans[child]):
                _leave_out(tree, child, _ASYNCHRONOUS, tally)
        kept = [c for c in tree.children[parent] if not _is_asynchronous(tree.spans[c])]
        tree.children[parent] = kept


def _is_asynchronous(span: Span) -> bool:
    return span.follows_from or span.kind == "consumer"


def _leave_out(tree: Tree, index: int, why: str, tally: Tally) -> None:
    size = tree.size([index])
    tally.skip("span", why, tree.example(tree.spans[index]), size)
    tally.use("spans", -size)


def _executions_of(tree: Tree, trace_id: str, tally: Tally) -> Iterator[Execution]:
    pending = [(root, False, 0, True) for root in tree.roots]
    while pending:
        index, grpc, shift_ns, is_root = pending.pop()
        walk = _Walk(tree, index, shift_ns, tally)
        span = tree.spans[index]
        yield Execution(
            service=span.service,
            operation=span.operation,
            is_root=is_root,
            start_ns=span.start_ns,
            duration_ns=span.duration_ns,
            error=span.error,
            is_client=span.kind in ("client", "producer"),
            grpc=span.grpc or grpc,
            activities=tuple(sorted(walk.activities, key=lambda a: a[1:3])),
            priority=fingerprint(f"{trace_id}/{span.span_id}/{index}"),
        )
        pending += [(*callee, False) for callee in walk.callees]


class _Walk:
    """Visits the spans of one execution and collects what it waited for."""

    def __init__(self, tree: Tree, start: int, shift_ns: int, tally: Tally) -> None:
        self._tree, self._tally = tree, tally
        self._own = tree.spans[start]
        self._shift_ns = shift_ns  # of the spans of this execution
        self.activities: list[Activity] = []
        self.callees: list[tuple[int, bool, int]] = []
        """The executions that this one called, whether by gRPC, and how far they are shifted."""
        if self._own.kind == "client" and len(called := self._called_through(start)) == 1:
            self._call_through(start, called[0])
        else:
            self._visit(start)

    def _visit(self, start: int) -> None:
        """Collect from all that is below a span of this execution."""
        pending = [start]
        while pending:
            parent = pending.pop()
            for child in self._tree.children[parent]:
                if self._is_callee(parent, child):
                    self._call_directly(parent, child)
                elif not self._is_client(child):
                    pending.append(child)
                elif not (called := self._called_through(child)):
                    self._wait(child)
                elif len(called) == 1:
                    self._call_through(child, called[0])
                else:
                    pending.append(child)

    def _called_through(self, start: int) -> list[int]:
        """The executions that begin below a client span."""
        called: list[int] = []
        pending = [start]
        while pending:
            parent = pending.pop()
            for child in self._tree.children[parent]:
                (called if self._is_callee(parent, child) else pending).append(child)
        return called

    def _is_callee(self, parent: int, child: int) -> bool:
        above, span = self._tree.spans[parent], self._tree.spans[child]
        if span.service != above.service:
            return True
        is_server = span.kind == "server" or (
            not span.kind and bool(_SERVER_WORD.search(span.operation))
        )
        return is_server and self._is_client(parent)

    def _is_client(self, index: int) -> bool:
        span = self._tree.spans[index]
        if span.kind:
            return span.kind in ("client", "producer")
        if span.outside or _CLIENT_WORD.search(span.operation):
            return True
        children = [self._tree.spans[child] for child in self._tree.children[index]]
        return [(c.operation, c.service != span.service) for c in children] == [
            (span.operation, True)
        ]

    def _wait(self, index: int) -> None:
        span = self._tree.spans[index]
        self._add(index, Key("", span.operation), span, span.start_ns)

    def _call_through(self, client: int, server: int) -> None:
        outer, inner = self._tree.spans[client], self._tree.spans[server]
        shift_ns = self._callee_shift_ns(outer, inner)
        if inner.duration_ns > outer.duration_ns:
            self._note(inner, "network time", _SLOW_SERVER)
        network_ns = max(0, outer.duration_ns - inner.duration_ns)
        key = Key(inner.service, inner.operation)
        error = outer.error or inner.error
        if self._add(client, key, outer, outer.start_ns, network_ns, error=error):
            self.callees.append((server, outer.grpc, shift_ns))

    def _call_directly(self, parent: int, callee: int) -> None:
        above, span = self._tree.spans[parent], self._tree.spans[callee]
        shift_ns = self._callee_shift_ns(above, span)
        self._note(span, "network time", _NO_CLIENT)
        key = Key(span.service, span.operation)
        start_ns = span.start_ns + shift_ns - self._shift_ns
        if self._add(callee, key, span, start_ns, error=span.error):
            self.callees.append((callee, False, shift_ns))

    def _callee_shift_ns(self, above: Span, span: Span) -> int:
        """How far the span of a callee is shifted to lie within its parent."""
        parent = above._replace(start_ns=above.start_ns + self._shift_ns)
        shift_ns = _shift_ns(span, parent)
        if shift_ns:
            self._note(span, "start time", _SKEW)
        return shift_ns

    def _add(
        self,
        index: int,
        key: Key,
        span: Span,
        start_ns: int,
        network_ns: int = 0,
        *,
        error: bool = False,
    ) -> bool:
        """Add an activity, unless most of it lies outside of the execution."""
        own = self._own
        start = start_ns - own.start_ns
        end = start + span.duration_ns
        clipped = max(start, 0), min(end, own.duration_ns)
        inside_ns = clipped[1] - clipped[0]
        if inside_ns < 0 or inside_ns < span.duration_ns / 2:
            _leave_out(self._tree, index, _NOT_AWAITED, self._tally)
            return False
        self.activities.append(Activity(key, *clipped, network_ns, error))
        return True

    def _note(self, span: Span, what: str, why: str) -> None:
        self._tally.skip(what, why, self._tree.example(span))


def _shift_ns(child: Span, parent: Span) -> int:
    """How far Jaeger's adjuster moves a span of another host, given its parent."""
    if child.duration_ns > parent.duration_ns:
        return max(0, parent.start_ns - child.start_ns)
    if parent.start_ns <= child.start_ns and child.end_ns <= parent.end_ns:
        return 0
    return parent.start_ns + (parent.duration_ns - child.duration_ns) // 2 - child.start_ns

"""The spans of a trace as a tree: who caused whom, and what is missing or doubled.

Two spans may share an id: tracers of the Zipkin family give a call's client and server side the
same one (https://github.com/openzipkin/b3-propagation, "shared spans"). The server's side is then
put below the client's, and what names the id as its parent below the server's. Other spans with an
id that the trace has already are dropped and noted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from meshsim.inputs.import_report import Tally
from meshsim.inputs.traces import Span, Trace


class Tree:
    """The spans of a trace by index, and the indices of the children of each.

    ``roots`` have no parent, ``orphans`` name one that the trace does not have. A span that is not
    below any of these is in a circle of parents, or below one.
    """

    def __init__(self, trace: Trace, tally: Tally) -> None:
        self._trace = trace
        self.spans: list[Span] = []
        self.roots: list[int] = []
        self.orphans: list[int] = []
        self._parents: dict[str, int] = {}  # by id: the span that children hang on
        self._clients: dict[int, int] = {}  # by server that shares its id
        for span in trace.spans:
            if not self._add(span):
                tally.skip("span", "has the id of another span of its trace", self.example(span))
        self.children: list[list[int]] = [[] for _ in self.spans]
        for index in range(len(self.spans)):
            self._hang(index)

    def below(self, start: int) -> Iterator[int]:
        """The span itself and all that it caused, directly or not."""
        pending = [start]
        while pending:
            index = pending.pop()
            yield index
            pending += self.children[index]

    def size(self, starts: Sequence[int]) -> int:
        """How many spans some spans and all below them are."""
        return sum(1 for start in starts for _ in self.below(start))

    def example(self, span: Span | None = None) -> str:
        """The trace and perhaps one of its spans, for a message."""
        trace = f"{self._trace.where} trace {self._trace.trace_id or 'without id'}"
        return f"{trace} span {span.span_id}" if span else trace

    def _add(self, span: Span) -> bool:
        """Take a span, unless it is a double."""
        index = len(self.spans)
        first = self._parents.setdefault(span.span_id, index)
        if first != index:
            kinds = self.spans[first].kind, span.kind
            shared = first in self._clients or first in self._clients.values()
            if shared or set(kinds) != {"client", "server"}:
                return False
            client, server = (first, index) if span.kind == "server" else (index, first)
            self._clients[server] = client
            self._parents[span.span_id] = server
        self.spans.append(span)
        return True

    def _hang(self, index: int) -> None:
        span = self.spans[index]
        parent = self._clients.get(index, self._parents.get(span.parent_id))
        if parent is not None:
            self.children[parent].append(index)
        elif span.parent_id:
            self.orphans.append(index)
        else:
            self.roots.append(index)

"""What any tracing format is turned into: traces of spans, in nanoseconds.

A span is one operation of one service, with the span that caused it. The kinds are those of
OpenTelemetry (https://opentelemetry.io/docs/specs/otel/trace/api/, section SpanKind).
"""

from __future__ import annotations

import hashlib
from typing import Literal, NamedTuple

Kind = Literal["", "internal", "client", "server", "producer", "consumer"]


class Span(NamedTuple):
    """One operation of one service."""

    span_id: str
    parent_id: str
    """Id of the span that caused this one; empty for the root."""
    follows_from: bool
    """Whether the parent did not wait for this span."""
    service: str
    operation: str
    start_ns: int
    """Time since 1970 by the clock of the service's host."""
    duration_ns: int
    kind: Kind = ""
    """Side of a call; empty if the instrumentation does not say."""
    error: bool = False
    """Whether the operation failed: marked so, or answered with 5xx."""
    outside: bool = False
    """Whether its tags name a database or another peer that it calls."""
    grpc: bool = False
    """Whether its tags name gRPC."""

    @property
    def end_ns(self) -> int:
        """Time at which it ended."""
        return self.start_ns + self.duration_ns


class Trace(NamedTuple):
    """The spans of one request from outside."""

    trace_id: str
    spans: tuple[Span, ...]
    where: str
    """File and position, for messages."""


def fingerprint(text: str) -> int:
    """A number of 64 bits that looks random but depends on nothing but the text."""
    data = text.encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "big")

"""The machine a figure was measured on: how fast it is, and what a request takes without a mesh.

``factor`` multiplies all CPU of proxies. ``base_s`` is the median latency of an idle system without
a mesh; it is cut into the work of the load generator (to send and to receive), that of the server,
and the network, in the proportions that the figures without a mesh of istio/tools (2020) fit: with
one core for the load generator and two for the server, 64 connections that send in step then wait
for each other about as long as they were seen to (0.5 ms at 16 connections, 1.9 ms at 64).
"""

from __future__ import annotations

from dataclasses import dataclass

BASE_S = 300e-6
"""Where a source has no figure without a mesh: in the middle of 0.07 (loopback) and 0.7 ms."""
SEND, RECEIVE, SERVE = 0.045, 0.09, 0.09
"""Shares of ``base_s``; the rest is the network's round trip."""


@dataclass(frozen=True)
class Machine:
    """Where something was measured."""

    factor: float = 1.0
    base_s: float = BASE_S

    @property
    def send_s(self) -> float:
        """CPU of the load generator before a request leaves [s]."""
        return SEND * self.base_s

    @property
    def receive_s(self) -> float:
        """CPU of the load generator when the answer comes [s]."""
        return RECEIVE * self.base_s

    @property
    def serve_s(self) -> float:
        """Mean CPU of the server [s]."""
        return SERVE * self.base_s

    @property
    def round_trip_s(self) -> float:
        """Round trip of the network [s]."""
        return (1 - SEND - RECEIVE - SERVE) * self.base_s

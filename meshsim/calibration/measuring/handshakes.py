"""CPU of opening a connection, with and without TLS: what ``handshake.csv`` holds.

Two sidecars open a connection between them for each request, as fast as they can, so that no idle
time is in the figure. Rows of *server* are of a server that asks for no client certificate, those
of ``*_sidecar`` of mutual TLS. What TLS adds is the difference to the rows of plain connections of
the same repeat; these contain the request itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from meshsim.calibration.measuring.bench import Target
from meshsim.calibration.measuring.load import Failed
from meshsim.calibration.measuring.rounds import Loader
from meshsim.calibration.measuring.topologies import (
    CLIENT,
    HANDSHAKES,
    ROLES_OF_A_PAIR,
    SERVER,
    Handshake,
)

_WARM_SECONDS = 0.05
_SLICE_SECONDS = 0.4
_CONNECTIONS = 8
REPEATS_MAX = 5
_NOTE = "closed loop, new upstream connection per request, incl. request cost"


@dataclass(frozen=True)
class HandshakeRow:
    """CPU of one side for one connection, with its request."""

    side: str
    key: str
    mutual: bool
    resumption: bool
    connections: int
    cpu_s: float
    foreign_cores: float
    repeat: int
    note: str = _NOTE


def measure_handshakes(
    loader: Loader,
    end_s: float,
    *,
    clock: Callable[[], float] = time.monotonic,
    tell: Callable[[], None] = lambda: None,
) -> list[HandshakeRow]:
    """Repeat all kinds until ``clock`` says ``end_s``; what fails is left out."""
    rows: list[HandshakeRow] = []
    for repeat in range(REPEATS_MAX):
        for shake in HANDSHAKES:
            if rows and clock() >= end_s:
                return rows
            rows += _rows(loader, shake, repeat)
            tell()
    return rows


def _rows(loader: Loader, shake: Handshake, repeat: int) -> list[HandshakeRow]:
    target = Target(CLIENT, shake.name, 0, connections=_CONNECTIONS)
    try:
        made = loader.closed(target, _WARM_SECONDS, _SLICE_SECONDS)
    except Failed:
        return []
    if made.errors or not made.requests:
        return []
    sides = {"server": SERVER}
    if shake.mutual or shake.key == "plain":
        sides |= ROLES_OF_A_PAIR
    if shake.mutual:
        del sides["server"]
    return [
        HandshakeRow(
            side=side,
            key=shake.key,
            mutual=shake.mutual,
            resumption=shake.resumption,
            connections=made.requests,
            cpu_s=made.cpu_per_request_s(process),
            foreign_cores=made.foreign_cores,
            repeat=repeat,
        )
        for side, process in sides.items()
    ]

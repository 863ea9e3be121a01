"""Memory of a proxy against connections that do nothing, part of ``memory.csv``.

Connections are opened from here, plain or with mutual TLS, before or after one request; a TCP proxy
has an upstream connection for each. How many is bounded by the files that this process may open.
"""

from __future__ import annotations

import os
import resource
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from meshsim.calibration.measuring.certificates import Identity, identity
from meshsim.calibration.measuring.envoy import Envoy, envoy
from meshsim.calibration.measuring.envoy_config import (
    Tls,
    cluster,
    direct_response,
    http_connections,
    listener,
    route,
    tcp_proxy,
)
from meshsim.calibration.measuring.load import request_text
from meshsim.calibration.measuring.memory import Holding, MemoryRow, memory_row
from meshsim.calibration.measuring.processes import memory_file

COUNTS = (0, 500, 2000)
_FILES_OF_OURS = 100
_SETTLE_SECONDS = 0.3
_ANSWER_SECONDS = 10.0


@dataclass(frozen=True)
class Kind:
    """A kind of connection: at which listener, with TLS or not, after a request or before."""

    name: str
    listener: str
    tls: bool = False
    after_request: bool = False


KINDS = (
    Kind("idle_conn_h1_plain", "h1"),
    Kind("idle_conn_h1_plain_after1req", "h1", after_request=True),
    Kind("idle_conn_h1_mtls", "h1_mtls", tls=True),
    Kind("idle_conn_h1_mtls_after1req", "h1_mtls", tls=True, after_request=True),
    Kind("idle_conn_tcp_proxy_plain", "tcp"),
    Kind("idle_conn_tcp_proxy_mtls_down", "tcp_mtls", tls=True),
)


def measure_idle_connections(
    core: int,
    end_s: float,
    *,
    clock: Callable[[], float] = time.monotonic,
    tell: Callable[[], None] = lambda: None,
    counts: tuple[int, ...] = COUNTS,
) -> list[MemoryRow]:
    """Rows of all kinds, each with an Envoy of its own, until ``clock`` says ``end_s``."""
    rows: list[MemoryRow] = []
    ours = identity("ec")
    with _more_files(), _upstream(core) as port, client_context(ours) as context:
        for kind in KINDS:
            if rows and clock() >= end_s:
                break
            with _proxy(core, port, ours) as running:
                rows += _rows(kind, running, context, reachable(counts))
            tell()
    return rows


def reachable(counts: tuple[int, ...]) -> list[int]:
    """Those counts for which this process may open enough files."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return [count for count in counts if count + _FILES_OF_OURS <= soft]


def _rows(
    kind: Kind, running: Envoy, context: ssl.SSLContext, counts: list[int]
) -> list[MemoryRow]:
    rows = []
    with ExitStack() as stack:
        opened = 0
        for count in counts:
            for _ in range(count - opened):
                connection = _connected(kind, running.ports[kind.listener], context)
                stack.callback(connection.close)
            opened = count
            time.sleep(_SETTLE_SECONDS)
            holding = Holding(kind.name, count, tls=kind.tls)
            rows.append(memory_row(holding, running, None))
    return rows


def _connected(kind: Kind, port: int, context: ssl.SSLContext) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), _ANSWER_SECONDS)
    try:
        if kind.tls:
            connection = context.wrap_socket(connection, server_hostname="localhost")
        if kind.after_request:
            connection.sendall(request_text("/").encode())
            connection.recv(4096)
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def client_context(ours: Identity) -> Iterator[ssl.SSLContext]:
    """TLS of a client that shows our certificate; the key stays in memory."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=ours.authority)
    both = memory_file("identity", (ours.private_key + ours.certificate).encode())
    try:
        context.load_cert_chain(f"/proc/self/fd/{both}")
    finally:
        os.close(both)
    yield context


@contextmanager
def _more_files() -> Iterator[None]:
    """As many open files as this process may have at most."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@contextmanager
def _upstream(core: int) -> Iterator[int]:
    listeners = [listener("upstream", http_connections([direct_response("/", 0)]))]
    with envoy(listeners, [], [core]) as running:
        yield running.ports["upstream"]


@contextmanager
def _proxy(core: int, port: int, ours: Identity) -> Iterator[Envoy]:
    http, tcp, tls = http_connections([route("one")]), tcp_proxy("one"), Tls(ours)
    listeners = [
        listener("h1", http),
        listener("h1_mtls", http, tls),
        listener("tcp", tcp),
        listener("tcp_mtls", tcp, tls),
    ]
    with envoy(listeners, [cluster("one", [port])], [core], workers=2) as running:
        yield running

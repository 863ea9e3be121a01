"""Connections of the load generator: one request at a time each, and responses of known length.

Nothing but the standard library, because the generator's process loads nothing else. All responses
to one request are equally long (the proxies are configured so), so the first one, read at leisure,
tells when the others are complete, and a fast loop only counts bytes.
"""

from __future__ import annotations

import select
import socket
import struct
from contextlib import suppress
from types import TracebackType
from typing import Self

_HEADER_END = b"\r\n\r\n"
_LAST_CHUNK = b"0\r\n\r\n"
_GOOD = b"200"
_BUFFER_BYTES = 1 << 18
_PATIENCE_SECONDS = 10.0
_NO_LINGER = struct.pack("ii", 1, 0)
"""Closed at once, so that no port stays reserved for a minute."""


class Broken(Exception):  # noqa: N818 - it is a state of a connection, not a mistake
    """The other side closed, or answered with something else than success."""


class Connection:
    """A connection that is idle, or has one request outstanding."""

    def __init__(self, port: int, request: bytes) -> None:
        self.intended_ns = 0
        self._request = request
        self._unsent = b""
        self._socket = socket.create_connection(("127.0.0.1", port), _PATIENCE_SECONDS)
        try:
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
            self._length = self._learn()
        except BaseException:
            self._socket.close()
            raise
        self._left = self._length
        self._socket.setblocking(False)
        self.descriptor = self._socket.fileno()

    def ask(self) -> bool:
        """Send the request; whether all of it went out."""
        self._unsent = self._request
        return self.send_rest()

    def send_rest(self) -> bool:
        """Send what is left of the request; whether that was all."""
        try:
            sent = self._socket.send(self._unsent)
        except BlockingIOError:
            return False
        except OSError as error:
            raise Broken from error
        self._unsent = self._unsent[sent:] if sent < len(self._unsent) else b""
        return not self._unsent

    def take(self, buffer: memoryview) -> bool:
        """Read what is there; whether the response is complete. Raises Broken."""
        try:
            count = self._socket.recv_into(buffer)
        except BlockingIOError:
            return False
        except OSError as error:
            raise Broken from error
        if count == 0 or (self._left == self._length and buffer[9:12] != _GOOD):
            raise Broken
        self._left -= count
        if self._left > 0:
            return False
        if self._left < 0:
            raise Broken
        self._left = self._length
        return True

    def close(self) -> None:
        """Close it."""
        self._socket.close()

    def _learn(self) -> int:
        """The length of the response, from one that is read to its end."""
        self._socket.sendall(self._request)
        received = b""
        while (length := response_length(received)) is None:
            received += self._received()
        while len(received) < length:
            received += self._received()
        if received[9:12] != _GOOD or len(received) > length:
            raise Broken(received[:80].decode(errors="replace"))
        return length

    def _received(self) -> bytes:
        data = self._socket.recv(_BUFFER_BYTES)
        if not data:
            raise Broken("closed before it had answered")
        return data


def response_length(received: bytes) -> int | None:
    """Bytes of the whole response that begins so; None if that cannot be told yet."""
    head, end, body = received.partition(_HEADER_END)
    if not end:
        return None
    fields = dict(line.lower().partition(b":")[::2] for line in head.split(b"\r\n")[1:])
    length = fields.get(b"content-length")
    if length is not None:
        return len(head) + len(_HEADER_END) + int(length)
    if b"chunked" in fields.get(b"transfer-encoding", b""):
        return len(received) if body.endswith(_LAST_CHUNK) else None
    return len(head) + len(_HEADER_END)


class Pool:
    """Connections to one port that send the same request; a context that closes them."""

    def __init__(self, port: int, request: bytes, count: int) -> None:
        self._port, self._request = port, request
        self.buffer = memoryview(bytearray(_BUFFER_BYTES))
        self.epoll = select.epoll()
        self.connections: dict[int, Connection] = {}
        try:
            for _ in range(count):
                self._add()
        except BaseException:
            self.close()
            raise

    def ask(self, connection: Connection) -> None:
        """Have a connection send its request, now and when it can. Raises Broken."""
        if not connection.ask():
            self.epoll.modify(connection.descriptor, select.EPOLLIN | select.EPOLLOUT)

    def send_rest(self, connection: Connection) -> None:
        """Go on with a request that did not fit. Raises Broken."""
        if connection.send_rest():
            self.epoll.modify(connection.descriptor, select.EPOLLIN)

    def replace(self, connection: Connection) -> Connection:
        """Close a broken connection and open another."""
        self._remove(connection)
        return self._add()

    def wait(self, seconds: float) -> list[tuple[int, int]]:
        """Descriptors with something to do, at most so much later.

        ``epoll`` counts in milliseconds and ``select`` in microseconds, so one waits for the other.
        """
        ready = self.epoll.poll(0)
        if ready or seconds <= 0:
            return ready
        select.select([self.epoll], [], [], seconds)
        return self.epoll.poll(0)

    def close(self) -> None:
        """Close all connections."""
        for connection in list(self.connections.values()):
            self._remove(connection)
        self.epoll.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _add(self) -> Connection:
        connection = Connection(self._port, self._request)
        self.connections[connection.descriptor] = connection
        self.epoll.register(connection.descriptor, select.EPOLLIN)
        return connection

    def _remove(self, connection: Connection) -> None:
        del self.connections[connection.descriptor]
        with suppress(OSError):
            self.epoll.unregister(connection.descriptor)
        connection.close()

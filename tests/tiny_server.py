"""A web server of a few lines, to load in tests: ``/N`` answers with N bytes.

``/chunked`` answers in chunks, ``/moody/N`` fails with 503 at each N-th request of a connection,
``/leaving/N`` closes the connection in place of that answer, ``/silent/N`` stops answering there.
"""

import contextlib
import socketserver
import threading


class _Handler(socketserver.StreamRequestHandler):
    def handle(self):
        for number in range(1, 1_000_000):
            try:
                path, length = self._request()
            except (ConnectionError, ValueError):
                return
            self.rfile.read(length)
            kind, _, argument = path.strip("/").partition("/")
            if argument and number % int(argument) == 0:
                if kind == "leaving":
                    return
                if kind == "silent":
                    continue
            try:
                self.wfile.write(_answer(kind, argument, number))
            except ConnectionError:
                return

    def _request(self):
        _, path, _ = self.rfile.readline().decode().split(" ")
        length = 0
        while line := self.rfile.readline().strip():
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        return path, length


def _answer(kind, argument, number):
    if kind == "chunked":
        return b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    if kind == "bare":
        return b"HTTP/1.1 200 OK\r\n\r\n"
    if kind == "bad" or (kind == "moody" and number % int(argument) == 0):
        return b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 4\r\n\r\noops"
    size = int(kind) if kind.isdigit() else 2
    return b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % size + b"x" * size


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = False
    allow_reuse_address = True

    def handle_error(self, request, client_address):
        """A client that resets its connection is no news."""


@contextlib.contextmanager
def tiny_server():
    """Run it; gives its port."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()

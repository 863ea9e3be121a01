"""Goal: what an Envoy says of itself is read right. Method: a server at an abstract socket."""

import contextlib
import http.server
import json
import secrets
import socketserver
import threading

import pytest

from meshsim.calibration.measuring.admin import Admin

PAGES = {
    "/ready": "LIVE\n",
    "/listeners?format=json": json.dumps(
        {
            "listener_statuses": [
                {
                    "name": "proxy",
                    "local_address": {"socket_address": {"address": "127.0.0.1", "port_value": 7}},
                }
            ]
        }
    ),
    "/memory": json.dumps({"allocated": "123", "heap_size": "456"}),
    "/server_info": json.dumps({"version": "abc/1.40.0/Clean/RELEASE/BoringSSL"}),
}


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/rude":
            self.wfile.write(b"what?\r\n\r\n")
            return
        body = PAGES[self.path].encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_words):
        pass

    def address_string(self):
        return "abstract"


@contextlib.contextmanager
def administration():
    name = f"meshsim-test-{secrets.token_hex(6)}"
    with socketserver.UnixStreamServer(f"\0{name}", Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield Admin(name)
        finally:
            server.shutdown()
            thread.join()


def test_it_is_asked():
    with administration() as admin:
        assert admin.is_live()
        assert admin.ports() == {"proxy": 7}
        assert admin.allocated_and_heap_bytes() == (123, 456)
        assert admin.version() == "1.40.0"


def test_what_is_no_http_is_no_connection():
    with administration() as admin, pytest.raises(ConnectionError):
        admin.get("/rude")


def test_nobody_listens():
    assert not Admin("meshsim-test-nobody").is_live()

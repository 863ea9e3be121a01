"""Asks an Envoy's administration interface, which listens at an abstract socket.

An abstract socket is a name and no file: it is gone with the process, and takes no port.
"""

from __future__ import annotations

import http.client
import json
import socket
from dataclasses import dataclass

_ANSWER_SECONDS = 10.0


class _Connection(http.client.HTTPConnection):
    """HTTP over an abstract socket."""

    def __init__(self, name: str) -> None:
        super().__init__("localhost", timeout=_ANSWER_SECONDS)
        self._name = name

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        try:
            self.sock.connect(f"\0{self._name}")
        except OSError:
            self.sock.close()
            raise


@dataclass(frozen=True)
class Admin:
    """The administration interface with this name."""

    name: str

    def get(self, path: str) -> str:
        """The text at a path. Raises OSError while nobody listens."""
        connection = _Connection(self.name)
        try:
            connection.request("GET", path)
            return connection.getresponse().read().decode()
        except http.client.HTTPException as error:
            raise ConnectionError(str(error)) from error
        finally:
            connection.close()

    def is_live(self) -> bool:
        """Whether all listeners are up."""
        try:
            return self.get("/ready").strip() == "LIVE"
        except OSError:
            return False

    def ports(self) -> dict[str, int]:
        """Port of each listener, by its name."""
        listed = json.loads(self.get("/listeners?format=json")).get("listener_statuses", [])
        return {
            entry["name"]: entry["local_address"]["socket_address"]["port_value"]
            for entry in listed
        }

    def allocated_and_heap_bytes(self) -> tuple[int, int]:
        """What the allocator has handed out, and what it holds."""
        memory = json.loads(self.get("/memory"))
        return int(memory["allocated"]), int(memory["heap_size"])

    def version(self) -> str:
        """Its version, such as ``1.40.0``."""
        words = json.loads(self.get("/server_info"))["version"].split("/")
        return str(words[1])

"""One process at a time writes a study folder.

The file ``lock`` in the folder names the process and the machine that holds it. On one machine the
operating system's lock on that file decides, which ends with its process, however that ends.
Between machines, and where there is no such lock, the name in the file decides.
"""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path
from typing import IO

from meshsim.errors import InputError, Place, Problem

FILE = "lock"


class Lock:
    """Held from its making until :meth:`release`.

    Raises InputError if another process holds it, or seems to.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._stream = self._path.open("a+", encoding="utf-8")
        try:
            self._take()
        except BaseException:
            self._stream.close()
            raise

    def release(self) -> None:
        """Give it to the next one. The file stays, empty: to delete it would race with others."""
        self._stream.truncate(0)
        self._stream.close()

    def _take(self) -> None:
        free = _locked(self._stream)
        holder = _holder(self._stream)
        same_machine = holder.get("machine") == socket.gethostname()
        if free is False or (holder and not (same_machine and free)):
            raise self._held(holder)
        self._stream.truncate(0)
        json.dump({"process": os.getpid(), "machine": socket.gethostname()}, self._stream)
        self._stream.flush()

    def _held(self, holder: dict[str, object]) -> InputError:
        who = f"process {holder.get('process', '?')} on {holder.get('machine', '?')}"
        rule = f"is being written by {who}"
        cure = f"wait for it, or give another folder; if it is gone, delete {self._path}"
        return InputError([Problem(Place(str(self._path.parent)), "", rule, "", cure)])


def _locked(stream: IO[str]) -> bool | None:
    """Whether the operating system gave the lock; None if it has none to give."""
    try:
        import fcntl
    except ImportError:
        return None
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return None
    return True


def _holder(stream: IO[str]) -> dict[str, object]:
    """Who wrote its name into the file; empty if nobody did, or not all of it."""
    stream.seek(0)
    try:
        found = json.loads(stream.read())
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}

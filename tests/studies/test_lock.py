"""Goal: two processes never write one study folder, and a process that is gone does not keep it.

Method: a second lock in this process, a process that is killed while it holds the lock, names of
other machines, and a system without locks.
"""

import errno
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys

import pytest

from meshsim.errors import InputError
from meshsim.studies.lock import FILE, Lock

HOLDER = """
import os, sys
from pathlib import Path
from meshsim.studies.lock import Lock
held = Lock(Path(sys.argv[1]))
os.kill(os.getpid(), 9)
"""


def content(folder):
    return (folder / FILE).read_text()


def test_the_file_names_the_holder(tmp_path):
    lock = Lock(tmp_path)
    assert json.loads(content(tmp_path)) == {
        "process": os.getpid(),
        "machine": socket.gethostname(),
    }
    lock.release()
    assert content(tmp_path) == ""


def test_a_second_one_is_told_who_holds_it(tmp_path):
    lock = Lock(tmp_path)
    with pytest.raises(InputError) as caught:
        Lock(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path}: is being written by process {os.getpid()} on {socket.gethostname()}; "
        f"wait for it, or give another folder; if it is gone, delete {tmp_path / FILE}"
    )
    lock.release()
    Lock(tmp_path).release()


def test_a_killed_holder_holds_nothing(tmp_path):
    done = subprocess.run([sys.executable, "-c", HOLDER, tmp_path], check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    assert json.loads(content(tmp_path))["process"] != os.getpid()
    Lock(tmp_path).release()


def test_another_machine_is_believed(tmp_path):
    (tmp_path / FILE).write_text('{"process": 7, "machine": "node-9"}')
    with pytest.raises(InputError, match="is being written by process 7 on node-9"):
        Lock(tmp_path)
    assert "node-9" in content(tmp_path)


@pytest.mark.parametrize("text", ["{", "[]", "7", '{"process": 1'])
def test_half_a_name_is_none(text, tmp_path):
    (tmp_path / FILE).write_text(text)
    Lock(tmp_path).release()


def test_file_systems_without_locks_go_by_the_name(tmp_path, monkeypatch):
    def none(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", none)
    lock = Lock(tmp_path)
    with pytest.raises(InputError, match="is being written by process"):
        Lock(tmp_path)
    lock.release()
    Lock(tmp_path).release()


def test_systems_without_locks_go_by_the_name(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "fcntl", None)
    lock = Lock(tmp_path)
    with pytest.raises(InputError, match="is being written by process"):
        Lock(tmp_path)
    lock.release()

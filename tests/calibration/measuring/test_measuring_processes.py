"""Goal: processes that were started end with whoever started them. Method: short-lived ones."""

import os
import signal
import subprocess
import sys

import pytest
from traces_left import have_ended

from meshsim.calibration.measuring.processes import Process, memory_file

PRINT_CORES = "import os; print(sorted(os.sched_getaffinity(0)))"
PARENT = """
import os, sys, time
from meshsim.calibration.measuring.processes import Process
process = Process([sys.executable, "-c", "import time; print(1, flush=True); time.sleep(600)"],
                  [0], piped=True)
process.stdout.readline()
print(process.pid, flush=True)
time.sleep(600)
"""


def test_a_process_is_pinned_and_has_pipes():
    with Process([sys.executable, "-c", PRINT_CORES], [0], piped=True) as process:
        assert process.stdout.read() == b"[0]\n"


def test_a_process_is_ended_with_its_context():
    with Process([sys.executable, "-c", "import time; time.sleep(600)"], [0]) as process:
        assert not process.has_ended()
    with pytest.raises(ProcessLookupError):
        os.kill(process.pid, 0)


def test_last_words_are_kept():
    with Process([sys.executable, "-c", "1/0"], [0], piped=True) as process:
        process.stdout.read()
        process._popen.wait(timeout=30)
        assert process.has_ended()
        assert process.last_words().endswith("ZeroDivisionError: division by zero")


def test_a_program_that_is_not_there(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    with pytest.raises(FileNotFoundError):
        Process(["x"], [0])


def test_children_die_with_a_parent_that_is_killed():
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE) as parent:
        child = int(parent.stdout.readline())
        os.kill(child, 0)
        descriptor = os.pidfd_open(child)
        parent.send_signal(signal.SIGKILL)
    assert have_ended([descriptor])


def test_a_file_in_memory():
    descriptor = memory_file("config", b"content" * 1000)
    assert os.pread(descriptor, 7, 0) == b"content"
    os.close(descriptor)

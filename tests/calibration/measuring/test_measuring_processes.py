"""Goal: processes that were started end with whoever started them. Method: short-lived ones."""

import os
import signal
import subprocess
import sys

import pytest
from traces_left import have_ended

from meshsim.calibration.measuring import launcher
from meshsim.calibration.measuring.placement import Placement, placement
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


def test_a_parent_that_is_gone_already_ends_the_launch():
    words = [sys.executable, launcher.__file__, "1", "0", sys.executable, "-c", "print('ran')"]
    done = subprocess.run(words, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (1, b"")


def test_the_launcher_becomes_the_program(monkeypatch):
    """In this process: what it would do to itself is caught."""
    done = []
    monkeypatch.setattr(launcher, "die_with", done.append)
    monkeypatch.setattr(os, "sched_setaffinity", lambda pid, cores: done.append(cores))
    monkeypatch.setattr(launcher.resource, "setrlimit", lambda what, limits: done.append(limits[0]))
    monkeypatch.setattr(os, "execv", lambda program, words: done.append((program, words)))
    launcher.main(["7", "0,3", "/bin/x", "a"])
    hard = launcher.resource.getrlimit(launcher.resource.RLIMIT_NOFILE)[1]
    assert done == [7, {0, 3}, hard, ("/bin/x", ["/bin/x", "a"])]


def test_a_kernel_that_refuses_is_an_error(monkeypatch):
    class Library:
        @staticmethod
        def prctl(*_words):
            return -1

    monkeypatch.setattr(launcher.ctypes, "CDLL", lambda *_a, **_k: Library)
    with pytest.raises(OSError, match="does not tie"):
        launcher.die_with(os.getppid())


def test_a_file_in_memory():
    descriptor = memory_file("config", b"content" * 1000)
    assert os.pread(descriptor, 7, 0) == b"content"
    os.close(descriptor)


@pytest.mark.parametrize(
    ("cores", "expected"),
    [
        ([3], Placement(3, 3)),
        ([0, 1], Placement(0, 1)),
        ([2, 9, 4], Placement(2, 9)),
    ],
)
def test_proxies_and_generator_have_a_core_each(cores, expected):
    where = placement(cores)
    assert where == expected
    assert where.upstream(saturated=True) == where.proxies
    assert where.upstream(saturated=False) == where.generator
    assert set(where.cores) == {where.proxies, where.generator}


def test_the_cores_of_this_process():
    assert set(placement().cores) <= os.sched_getaffinity(0)

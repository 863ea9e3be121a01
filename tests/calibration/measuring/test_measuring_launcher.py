"""Goal: a program is tied to its parent before it begins. Method: what it does is caught."""

import os
import subprocess
import sys

import pytest

from meshsim.calibration.measuring import launcher


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

"""Goal: Ctrl-C ends everything at once and quietly, worker processes too.

Method: the interrupt goes to the whole group of processes, as a terminal sends it.
"""

import os
import signal
import subprocess
import time

import pytest
from command_line import PROGRAM

from meshsim.studies import replicate


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "killpg"), reason="needs process groups")
def test_an_interrupt_ends_all_processes_quietly():
    words = ["compare", "online-boutique", "--requests", "50000", "--processes", "2"]
    process = subprocess.Popen(
        [PROGRAM, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    time.sleep(3)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert out == ""
    assert err in ("", "interrupted\n", "interrupted after 0 of 1\n")
    assert ended(process.pid, within_s=15)


def ended(group, within_s):
    """Whether no process of the group is left; the last ones need a moment to see the end."""
    last = time.monotonic() + within_s
    while time.monotonic() < last:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


def test_workers_start_with_the_interrupt_held():
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [])
    with replicate._interrupts_held():
        assert signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, [])
    assert signal.pthread_sigmask(signal.SIG_BLOCK, []) == before


def test_workers_meet_it_with_their_end():
    handler = signal.getsignal(signal.SIGINT)
    try:
        with replicate._interrupts_held():
            replicate._die_quietly()
            assert signal.getsignal(signal.SIGINT) == signal.SIG_DFL
            assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])
    finally:
        signal.signal(signal.SIGINT, handler)


def test_systems_without_signal_masks_do_without(monkeypatch):
    monkeypatch.delattr(signal, "pthread_sigmask")
    handler = signal.getsignal(signal.SIGINT)
    try:
        with replicate._interrupts_held():
            replicate._die_quietly()
        assert signal.getsignal(signal.SIGINT) == signal.SIG_DFL
    finally:
        signal.signal(signal.SIGINT, handler)

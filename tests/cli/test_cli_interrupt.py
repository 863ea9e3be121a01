"""Goal: Ctrl-C ends everything at once and quietly, worker processes too.

Method: the interrupt goes to the whole group of processes, as a terminal sends it.
"""

import os
import signal
import subprocess
import time

import pytest
from command_line import PROGRAM

HINT = "interrupted; with --save DIR, finished work would have been kept"


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
    assert err in ("", "interrupted\n", f"{HINT}\n")
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

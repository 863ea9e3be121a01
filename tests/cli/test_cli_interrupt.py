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
    assert process.returncode == 130, err
    assert out == ""
    assert err in ("", "interrupted\n", f"{HINT}\n")
    assert ended(process.pid, within_s=15)


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "killpg"), reason="needs process groups")
@pytest.mark.parametrize("executor", ["processes:2", "threads:2"])
def test_an_interrupt_keeps_what_is_finished(executor, tmp_path):
    words = ["compare", "chain-3", "--requests", "50000", "--executor", executor, "--save", "study"]
    process = subprocess.Popen(
        [PROGRAM, *words],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    last = time.monotonic() + 60
    while len(list(tmp_path.glob("study/tasks/[0-9a-f]*"))) < 3:
        assert time.monotonic() < last, "no task was finished"
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, "")
    kept = len(list(tmp_path.glob("study/tasks/[0-9a-f]*")))
    assert 3 <= kept < 50
    again = f"meshsim {' '.join(words)} --resume"
    assert err == f"interrupted: {kept} of 50 tasks are kept in study; go on with: {again}\n"
    assert ended(process.pid, within_s=15)
    assert (tmp_path / "study" / "lock").read_text() == ""


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

"""Goal: a worker process may die at any task, and the task is run again and nothing else lost.

Method: tasks that kill their own process, with a marker file so that they do it once.
"""

import os
import signal
import subprocess
import sys

import jobs
import pytest

from meshsim.errors import InputError
from meshsim.studies import processes
from meshsim.studies.executors import running_on

SCRIPT = """
from meshsim.errors import InputError
from meshsim.studies.executors import running_on
from meshsim.units import parse_duration
try:
    with running_on("processes:2") as where:
        print(sorted(where.finished(parse_duration, ["1s", "2s"])))
except InputError as error:
    print(error)
"""


@pytest.fixture(scope="module")
def two():
    with running_on("processes:2") as where:
        yield where


def test_every_task_comes_back_with_its_number(two):
    assert sorted(two.finished(jobs.square, range(7))) == [(n, n * n) for n in range(7)]
    assert list(two.finished(jobs.square, [])) == []


def test_workers_are_kept_for_the_next_tasks(two):
    before = {pid for _, pid in two.finished(jobs.worker_id, range(20))}
    after = {pid for _, pid in two.finished(jobs.worker_id, range(20))}
    assert len(before | after) <= 2
    assert os.getpid() not in before


def test_what_a_task_raises_is_raised_with_where_it_was(two):
    with pytest.raises(ValueError, match="three is not liked") as caught:
        list(two.finished(jobs.fail_at_three, range(6)))
    (note,) = caught.value.__notes__
    assert "in fail_at_three" in note


def test_a_result_that_cannot_be_sent_is_told(two):
    with pytest.raises(TypeError, match="cannot be sent: "):
        list(two.finished(jobs.function_itself, [1]))


def test_a_task_that_cannot_be_sent_is_told(two):
    with pytest.raises(Exception, match="pickle"):
        list(two.finished(jobs.square, [lambda: 1]))


def test_a_task_whose_worker_died_is_run_again(two, tmp_path):
    markers = [str(tmp_path / name) for name in "abcde"]
    assert sorted(two.finished(jobs.die_the_first_time, markers)) == list(enumerate("abcde"))


def test_a_worker_that_died_while_it_waited_is_replaced(two):
    (killed,) = {pid for _, pid in two.finished(jobs.worker_id, [0])}
    os.kill(killed, signal.SIGKILL)
    pids = {pid for _, pid in two.finished(jobs.worker_id, range(20))}
    assert killed not in pids


def test_a_task_that_kills_its_workers_is_given_up_by_name(two):
    with pytest.raises(InputError) as caught:
        list(two.finished(jobs.die, ["shop/none"]))
    assert str(caught.value) == (
        "processes:2: shop/none: 3 worker processes died at this task; look whether memory runs "
        "out, and try fewer requests or fewer processes"
    )
    assert sorted(two.finished(jobs.square, [3])) == [(0, 9)]


def test_what_nobody_waits_for_is_ended(two, tmp_path):
    never = [str(tmp_path / "go"), str(tmp_path / "go")]
    finished = two.finished(jobs.wait_for, [sys.executable, *never])
    assert next(finished) == (0, True)
    finished.close()
    assert sorted(two.finished(jobs.square, [2, 3])) == [(0, 4), (1, 9)]


def test_to_close_ends_the_workers():
    with running_on("processes:1") as where:
        (pid,) = {pid for _, pid in where.finished(jobs.worker_id, [0])}
        os.kill(pid, 0)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_worker_that_does_not_end_is_killed(monkeypatch):
    monkeypatch.setattr(processes, "_END_S", 0.0)
    with running_on("processes:1") as where:
        (pid,) = {pid for _, pid in where.finished(jobs.worker_id, [0])}
        os.kill(pid, signal.SIGSTOP)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@pytest.mark.parametrize(
    ("script", "out"),
    [
        (SCRIPT, "processes:2: 3 worker processes ended as they started; in a script, put the"),
        (f"if __name__ == '__main__':\n{SCRIPT.replace(chr(10), chr(10) + '    ')}", "[(0, 1.0)"),
    ],
    ids=["unguarded", "guarded"],
)
def test_a_script_must_guard_its_work(script, out, tmp_path):
    path = tmp_path / "script.py"
    path.write_text(script)
    done = subprocess.run(
        [sys.executable, path], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0
    assert done.stdout.startswith(out)


ORPHANED = """
import os, jobs
from meshsim.studies.executors import running_on
if __name__ == "__main__":
    with running_on("processes:1") as where:
        ((_, worker),) = where.finished(jobs.worker_id, [0])
        print(worker, flush=True)
        os.kill(os.getpid(), 9)
"""


def test_workers_end_when_their_parent_was_killed(tmp_path):
    path = tmp_path / "script.py"
    path.write_text(f"import sys\nsys.path[:0] = {sys.path!r}\n{ORPHANED}")
    done = subprocess.run(
        [sys.executable, path], capture_output=True, text=True, check=False, timeout=60
    )
    # The worker holds stdout and stderr, too. They were read to their end in time: it has ended.
    assert done.returncode == -signal.SIGKILL
    assert int(done.stdout) > 0


def test_workers_start_with_the_interrupt_held():
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [])
    with processes._interrupts_held():
        assert signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, [])
    assert signal.pthread_sigmask(signal.SIG_BLOCK, []) == before


def test_workers_meet_it_with_their_end():
    handler = signal.getsignal(signal.SIGINT)
    try:
        with processes._interrupts_held():
            processes._die_quietly()
            assert signal.getsignal(signal.SIGINT) == signal.SIG_DFL
            assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])
    finally:
        signal.signal(signal.SIGINT, handler)


def test_systems_without_signal_masks_do_without(monkeypatch):
    monkeypatch.delattr(signal, "pthread_sigmask")
    handler = signal.getsignal(signal.SIGINT)
    try:
        with processes._interrupts_held():
            processes._die_quietly()
        assert signal.getsignal(signal.SIGINT) == signal.SIG_DFL
    finally:
        signal.signal(signal.SIGINT, handler)

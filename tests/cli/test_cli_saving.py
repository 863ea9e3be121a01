"""Goal: --executor, --save and --resume give the same bytes in every way, and say how to go on.

Method: the command on a system of two services, interrupted by a task that raises, and killed with
SIGKILL in the middle of its work. Through it the tests meet meshsim.cli.saving.
"""

import json
import os
import shlex
import signal
import subprocess
import time

import pytest
from command_line import PROGRAM, SHOP, meshsim, spawn, write

from meshsim.studies import run_many as run_many_module

SIZE = ("--mesh", "none,linkerd", "--requests", "20", "--replications", "3")
HINT = "interrupted; with --save DIR, finished work would have been kept\n"


@pytest.fixture
def shop(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return write(tmp_path).name


def compare(shop, *words, executor="here"):
    return meshsim("compare", shop, *SIZE, "-o", "json", "--executor", executor, *words)


@pytest.fixture
def interrupted_after(monkeypatch):
    """Makes the task after so many raise what Ctrl-C raises."""
    run_task = run_many_module.run_task

    def after(count):
        left = iter(range(count))

        def run(task):
            if next(left, None) is None:
                raise KeyboardInterrupt
            return run_task(task)

        monkeypatch.setattr(run_many_module, "run_task", run)

    return after


@pytest.mark.parametrize("executor", ["threads:2", "processes:2"])
def test_every_executor_gives_the_same_bytes(shop, executor):
    assert compare(shop, executor=executor).out == compare(shop).out


def test_run_takes_them_too(shop):
    first = meshsim("run", shop, *SIZE[2:], "-o", "json", "--executor", "here", "--save", "study")
    again = meshsim("run", shop, *SIZE[2:], "-o", "json", "--save", "study", "--resume")
    assert (first.code, first.err) == (again.code, again.err) == (0, "")
    assert first.out == again.out


def test_a_saved_study_is_the_same_and_is_resumed(shop):
    plain = compare(shop)
    assert compare(shop, "--save", "study").out == plain.out
    again = compare(shop, "--save", "study", "--resume", executor="threads:2")
    assert (again.code, again.err, again.out) == (0, "", plain.out)


def test_an_interrupt_says_how_to_go_on(shop, interrupted_after):
    plain = compare(shop)
    interrupted_after(4)
    done = compare(shop, "--save", "my study")
    words = " ".join(SIZE)
    command = f"meshsim compare shop.yaml {words} -o json --executor here --save 'my study'"
    assert (done.code, done.out) == (130, "")
    assert done.err == (
        f"interrupted: 4 of 6 tasks are kept in my study; go on with: {command} --resume\n"
    )
    interrupted_after(1_000)
    again = meshsim(*shlex.split(done.err.split("go on with: ")[1])[1:])
    assert (again.code, again.err, again.out) == (0, "", plain.out)


def test_an_interrupt_of_a_resumed_study_says_the_same(shop, interrupted_after):
    interrupted_after(1)
    compare(shop, "--save", "study")
    interrupted_after(2)
    done = compare(shop, "--resume", "--save", "study")
    assert done.err.startswith("interrupted: 3 of 6 tasks are kept in study; go on with: meshsim ")
    assert done.err.endswith("--save study --resume\n")
    assert done.err.count("--resume") == 1


def test_an_interrupt_without_a_folder_says_what_would_have_helped(shop, interrupted_after):
    for command in ("run", "compare"):
        interrupted_after(1)
        done = meshsim(command, shop, *SIZE[2:], "--executor", "here")
        assert (done.code, done.err) == (130, HINT)


def test_several_topologies_share_a_folder(shop, tmp_path, interrupted_after):
    write(tmp_path, "other.yaml", SHOP.replace("name: shop", "name: other"))
    interrupted_after(7)
    done = compare(shop, "other.yaml", "--save", "study", "--out", "reports")
    assert "1 of 2 topologies were finished\ninterrupted: 7 of 12 tasks are kept" in done.err


def test_a_study_is_not_written_over(shop):
    compare(shop, "--save", "study")
    done = compare(shop, "--save", "study")
    assert done.code == 2
    assert done.err == (
        "study: holds a study of which 6 of 6 tasks are finished; go on with it by --resume "
        "(resume=True in Python), or give a new folder\n"
    )


def test_another_study_is_refused_with_the_difference(shop):
    compare(shop, "--save", "study")
    done = compare(shop, "--save", "study", "--resume", "--rps", "30", "--replicas", "web=2")
    assert done.code == 2
    assert "study: rate: must be left out, as when this study was begun, not '30/s'" in done.err
    assert "study: replicas: must be left out, as when this study was begun, not 'web" in done.err
    assert "study: descriptions: must be " in done.err


def test_a_damaged_task_is_told_and_run_again(shop, tmp_path):
    plain = compare(shop, "--save", "study")
    damaged = sorted((tmp_path / "study" / "tasks").iterdir())[:2]
    for number, folder in enumerate(damaged, start=1):
        (folder / "requests.parquet").write_bytes(b"PAR1")
        if number == 1:
            again = compare(shop, "--save", "study", "--resume")
            assert (again.out, again.err) == (
                plain.out,
                "study: 1 task was damaged and run again\n",
            )
    for folder in damaged:
        (folder / "task.json").unlink()
    again = compare(shop, "--save", "study", "--resume")
    assert (again.out, again.err) == (plain.out, "study: 2 tasks were damaged and run again\n")


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["--resume"], "--resume: needs a study folder; say which, by --save DIR"),
        (["--executor", "nowhere"], "--executor: must name where to run, not 'nowhere'; write"),
        (
            ["--executor", "threads:2", "--processes", "2"],
            "--executor: is given together with --processes, not 'threads:2'; write e.g. process",
        ),
        (["--save", "shop.yaml"], "shop.yaml: must be a folder; give the path of a folder"),
    ],
)
def test_what_does_not_go_together_is_refused(shop, words, error):
    for command in ("run", "compare"):
        done = meshsim(command, shop, "--requests", "5", "--replications", "1", *words)
        assert done.code == 2
        assert done.err.startswith(error)


def test_all_wrong_options_are_told_at_once(shop):
    done = meshsim("run", shop, "--executor", "x", "--rps", "y", "--processes", "3")
    assert done.code == 2
    assert done.err.count("--executor: ") == 2
    assert done.err.count("--rps: ") == 1


@pytest.mark.slow
def test_a_killed_command_is_resumed_to_the_same_bytes(shop, tmp_path):
    words = ["compare", shop, "--mesh", "none,linkerd", "--requests", "20000"]
    words += ["--replications", "10", "-o", "json", "--executor", "processes:2"]
    whole = spawn(*words)
    process = subprocess.Popen(
        [PROGRAM, *words, "--save", "study"], stdout=subprocess.PIPE, start_new_session=True
    )
    _wait_for_tasks(tmp_path / "study" / "tasks", 5)
    os.killpg(process.pid, signal.SIGKILL)
    out, _ = process.communicate(timeout=60)
    assert (process.returncode, out) == (-signal.SIGKILL, b"")
    kept = _finished(tmp_path / "study" / "tasks")
    assert 5 <= len(kept) < 20
    again = spawn(*words, "--save", "study", "--resume")
    assert (again.code, again.err) == (0, "")
    assert again.out == whole.out
    assert len(_finished(tmp_path / "study" / "tasks")) == 20
    for folder, written in kept.items():
        assert json.loads((folder / "task.json").read_text())["finished"] == written


def _finished(tasks):
    folders = [path for path in tasks.glob("*") if not path.name.startswith(".")]
    return {path: json.loads((path / "task.json").read_text())["finished"] for path in folders}


def _wait_for_tasks(tasks, count):
    last = time.monotonic() + 60
    while len(_finished(tasks)) < count:
        assert time.monotonic() < last, "no task was finished"
        time.sleep(0.01)

"""Goal: a Dask cluster gives the same results, also when a worker is lost, and says what is wrong.

Method: a scheduler and a worker in this process for what is quick. Then what the README shows, read
from the README: ``dask scheduler`` and two ``dask worker`` in processes of their own, one of which
is killed in the middle of a study.
"""

import contextlib
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from pathlib import Path

import builders
import distributed
import jobs
import pytest
from command_line import SHOP, spawn, write
from test_run_many import assert_same

from meshsim.errors import InputError
from meshsim.solvers.simpy_model import RunSettings
from meshsim.studies import cluster
from meshsim.studies.cluster import Cluster
from meshsim.studies.executors import running_on
from meshsim.studies.run_many import run_many
from meshsim.studies.task import Task

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
BIN = Path(sys.executable).parent


@pytest.fixture(scope="module")
def address():
    with distributed.LocalCluster(
        n_workers=1,
        threads_per_worker=2,
        processes=False,
        protocol="tcp",
        host="127.0.0.1",
        dashboard_address=":0",
    ) as local:
        yield local.scheduler_address.removeprefix("tcp://")


@pytest.fixture
def where(address):
    with running_on(f"dask://{address}") as found:
        yield found


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_every_task_comes_back_with_its_number(where):
    assert sorted(where.finished(jobs.square, range(7))) == [(n, n * n) for n in range(7)]
    assert list(where.finished(jobs.square, [])) == []


def test_more_tasks_than_the_scheduler_holds_at_a_time(where, monkeypatch):
    monkeypatch.setattr(cluster, "OUTSTANDING_MAX", 3)
    assert sorted(where.finished(jobs.square, range(8))) == [(n, n * n) for n in range(8)]


def test_what_a_task_raises_is_raised(where):
    with pytest.raises(ValueError, match="three is not liked"):
        list(where.finished(jobs.fail_at_three, range(6)))


def test_what_nobody_waits_for_is_cancelled(where):
    finished = where.finished(jobs.square, range(50))
    next(finished)
    finished.close()
    assert list(where.finished(jobs.square, [3])) == [(0, 9)]


def test_the_name_is_the_text(where, address):
    assert where.name == f"dask://{address}"


def test_a_scheduler_that_does_not_answer_is_told():
    port = free_port()
    with pytest.raises(InputError) as caught:
        Cluster(f"127.0.0.1:{port}", connect_s=0.5)
    assert str(caught.value) == (
        f"dask://127.0.0.1:{port}: no Dask scheduler answered within 0.5 s; "
        "start one with: dask scheduler; or mend the address"
    )


def test_a_scheduler_without_workers_is_told():
    where = {"protocol": "tcp", "host": "127.0.0.1", "dashboard_address": ":0"}
    with distributed.LocalCluster(n_workers=0, processes=False, **where) as local:
        address = local.scheduler_address.removeprefix("tcp://")
        with pytest.raises(InputError) as caught:
            Cluster(address, connect_s=0.5)
    assert str(caught.value) == (
        f"dask://{address}: the scheduler has no worker; "
        f"start some: dask worker tcp://{address} --nthreads 1"
    )


def test_workers_with_other_versions_are_told(address, monkeypatch):
    compared = cluster._compared
    ours = iter([{"python": "3.11", "meshsim": "1.0", "numpy": "3.0", "scipy": "1", "numba": "1"}])

    def versions(found):
        return next(ours, None) or {**compared(found), "scipy": "1", "numba": "missing"}

    monkeypatch.setattr(cluster, "_compared", versions)
    with pytest.raises(InputError) as caught:
        Cluster(address)
    lines = str(caught.value).splitlines()
    assert {line.split(": ")[1] for line in lines} >= {"meshsim", "numpy", "numba"}
    assert any("numba: must be 1, as here, not 'missing'; install the same" in one for one in lines)
    assert all(line.startswith("tcp://127.0.0.1:") for line in lines)


def test_without_the_package_the_cure_is_told(monkeypatch):
    monkeypatch.setattr(cluster, "find_spec", lambda _: None)
    with pytest.raises(InputError) as caught:
        Cluster("127.0.0.1:1")
    assert str(caught.value) == (
        "dask://127.0.0.1:1: needs the package distributed; pip install 'meshsim[cluster]'"
    )


def readme_commands():
    """The commands of the section, by their first two words; the port is to be replaced."""
    section = README.split("## On a cluster\n")[1].split("\n## ")[0]
    lines = re.findall(r"^\$ (.+)$", section, re.MULTILINE)
    return [shlex.split(line, comments=True) for line in lines]


@pytest.fixture
def started(tmp_path):
    """The scheduler and the two workers of the README, on a free port of this machine."""
    port = free_port()
    commands = [[w.replace("8786", str(port)) for w in words] for words in readme_commands()]
    background = [words for words in commands if words[0] == "dask"]
    with contextlib.ExitStack() as stack:
        log = stack.enter_context((tmp_path / "dask.log").open("w"))
        processes = []
        for words in background:
            process = subprocess.Popen(
                [BIN / words[0], *words[1:]],
                cwd=tmp_path,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )
            stack.callback(end, process)
            processes.append(process)
        with distributed.Client(f"tcp://127.0.0.1:{port}", timeout=60, set_as_default=False) as it:
            it.wait_for_workers(2, timeout=60)
        yield port, processes, [words for words in commands if words[0] == "meshsim"]


def end(process):
    """Kill a process with all that it started, and wait for it."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=30)


@pytest.mark.slow
def test_what_the_readme_shows_gives_the_same_also_when_a_worker_is_killed(started, tmp_path):
    port, (_, first, _), (compare,) = started
    steps = "[{compute: {distribution: exponential, mean: 1ms}}]"
    described = builders.topology(builders.listed(builders.service(steps=steps)))
    tasks = [Task(builders.program(described), RunSettings(300, 1, n)) for n in range(40)]
    expected = run_many(tasks, "here")
    seen = []

    def kill_one(done, _):
        seen.append(done)
        if done == 5:
            end(first)

    with running_on(f"dask://127.0.0.1:{port}") as where:
        assert_same(run_many(tasks, where, progress=kill_one), expected)
        assert len(where._client.scheduler_info()["workers"]) == 1
    assert seen == list(range(41))
    path = write(tmp_path, text=SHOP)
    words = [str(path) if word == "online-boutique" else word for word in compare[1:]]
    words += ["--mesh", "none,linkerd", "--requests", "20", "--replications", "3", "-o", "json"]
    done = spawn(*words)
    assert (done.code, done.err) == (0, "")
    here = ["here" if word.startswith("dask://") else word for word in words]
    assert done.out == spawn(*here).out


@pytest.mark.slow
def test_what_cannot_be_mended_is_told(started, tmp_path):
    port, (scheduler, *_), _ = started
    name = f"dask://127.0.0.1:{port}"
    with running_on(name) as where:
        with pytest.raises(InputError) as caught:
            list(where.finished(jobs.die, ["shop/none"]))
        assert str(caught.value) == (
            f"{name}: shop/none: more than 3 workers were lost at this task; "
            "look into the workers' logs"
        )
        finished = where.finished(jobs.wait_for, [sys.executable, str(tmp_path / "never")])
        assert next(finished) == (0, True)
        end(scheduler)
        with pytest.raises(InputError) as caught:
            next(finished)
    assert str(caught.value) == (
        f"{name}: the scheduler was lost; start it anew, and go on with what was saved"
    )

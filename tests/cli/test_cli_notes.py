"""Goal: what a user should know before the waiting begins (meshsim.cli.notes) is said once, on
stderr.

Method: small systems, overloaded or not; a kernel that says that it must be compiled; a process
without numba.
"""

import json

import pytest
from command_line import SHOP, SMALL, meshsim, write
from without_numba import spawn

from meshsim.solvers import choice, kernel

OVERLOADED = SHOP.replace("20/s", "20000/s")


def test_nothing_to_say(tmp_path):
    for solver in ((), ("--solver", "kernel"), ("--solver", "simpy")):
        assert meshsim("run", write(tmp_path), *SMALL, *solver).err == ""


@pytest.mark.parametrize("words", [("run",), ("compare", "--mesh", "none,linkerd")])
def test_an_overload_is_told_before_it_is_simulated(words, tmp_path):
    path = write(tmp_path, text=OVERLOADED)
    done = meshsim(words[0], path, *words[1:], *SMALL, "-o", "json")
    lines = done.err.splitlines()
    sentence = lines[0].partition(": ")[2]
    assert sentence.startswith("web (its CPU) is overloaded: the load asks for")
    results = json.loads(done.out)["results"]
    assert results[0]["warnings"][0] == sentence
    meshes = "none and linkerd" if words[0] == "compare" else "none"
    assert lines[0].startswith(f"shop under {meshes}: ")
    assert all(sentence in result["warnings"] for result in results)


def test_each_bottleneck_has_a_line(tmp_path):
    slow_proxy = SHOP.replace("20/s", "60000/s").replace("1ms", "10us")
    done = meshsim("compare", write(tmp_path, text=slow_proxy), "--mesh", "none,linkerd", *SMALL)
    (line,) = done.err.splitlines()
    assert line.startswith("shop under linkerd: proxy of web (its workers) is overloaded")


def test_compiling_is_told_of_only_if_it_happens(tmp_path, monkeypatch):
    prepared = []
    monkeypatch.setattr(kernel, "is_compiled", lambda: bool(prepared))
    monkeypatch.setattr(kernel, "prepare", lambda: prepared.append("once"))
    first = meshsim("run", write(tmp_path), *SMALL, "--solver", "kernel")
    assert first.err == "compiling the simulation once for this machine, about 20 s …\n"
    assert prepared
    assert meshsim("run", write(tmp_path), *SMALL).err == ""
    monkeypatch.setattr(kernel, "is_compiled", lambda: False)
    assert meshsim("run", write(tmp_path), *SMALL, "--solver", "simpy").err == ""


@pytest.fixture
def no_numba(monkeypatch):
    monkeypatch.setattr(choice, "kernel_missing", lambda: "no wheel for this Python")


@pytest.mark.usefixtures("no_numba")
def test_without_numba_every_command_says_so_once(tmp_path):
    both = (write(tmp_path), "chain-3")
    done = meshsim("compare", *both, "--mesh", "none", *SMALL, "-o", "json")
    (line,) = done.err.splitlines()
    assert "numba cannot be imported (no wheel for this Python)" in line
    reports = json.loads(done.out)["reports"]
    assert [report["plan"]["solver"] for report in reports] == ["simpy", "simpy"]
    refused = meshsim("run", both[0], *SMALL, "--solver", "kernel")
    assert refused.code == 2
    assert "--solver: the kernel needs the package numba" in refused.err


def test_the_slow_solver_says_why_it_is_taken():
    done = spawn("compare", "chain-3", "--requests", 100, "--processes", 1)
    assert done.returncode == 0
    (line,) = done.stderr.splitlines()
    assert line.startswith(
        "the slow solver simpy simulates, because numba cannot be imported (No module named "
    )
    assert "--solver simpy" in done.stdout


def test_the_slow_solver_says_nothing_if_it_was_asked_for():
    done = spawn("run", "chain-3", "--requests", 20, "--processes", 1, "--solver", "simpy")
    assert (done.returncode, done.stderr) == (0, "")


def test_the_kernel_without_numba_is_refused():
    done = spawn("run", "chain-3", "--solver", "kernel")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("--solver: the kernel needs the package numba")


def test_the_replay_line_names_the_solver_only_if_it_is_not_the_default(tmp_path):
    assert "--solver" not in meshsim("run", write(tmp_path), *SMALL).out
    assert "--solver simpy" in meshsim("run", write(tmp_path), *SMALL, "--solver", "simpy").out

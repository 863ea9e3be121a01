"""Goal: the command (meshsim.cli.measure) checks its words, delivers what was measured, and
leaves nothing behind.

Method: literal measurements in place of real ones; then a real one that is killed in the middle.
"""

import importlib.util
import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from command_line import PROGRAM, meshsim
from measured_sample import measured
from traces_left import children, have_ended, listened_to, sockets_of

from meshsim.calibration.measuring import extra, session

HAS_EXTRA = all(importlib.util.find_spec(name) for name in ("envoy", "cryptography"))
PROCESSES = 5
"""Upstream, server, client, reference and generator."""


@pytest.fixture
def plans(monkeypatch):
    """What would be measured; nothing is."""
    seen = []

    def carry_out(plan, progress):
        seen.append(plan)
        return measured()

    monkeypatch.setattr(extra, "check_extra", lambda: None)
    monkeypatch.setattr(session, "measure", carry_out)
    return seen


@pytest.fixture
def noisy(monkeypatch):
    monkeypatch.setattr(extra, "check_extra", lambda: None)
    monkeypatch.setattr(session, "measure", lambda _plan, _progress: measured(noisy=True))


def test_quick_is_the_default(plans):
    assert meshsim("measure").code == 0
    assert meshsim("measure", "--quick").code == 0
    assert plans[0] == plans[1]
    assert (plans[0].quick, plans[0].seconds_max) == (True, 120)


def test_profiles_parts_and_limits(plans):
    meshsim("measure", "--full", "--time-limit", "5m")
    meshsim("measure", "--only", "filters,memory", "--only", "handshakes")
    meshsim("measure", "--quick", "--only", "loads")
    full, only, loads = plans
    assert (full.quick, full.seconds_max, len(full.parts)) == (False, 300, 7)
    assert (only.quick, only.parts) == (False, {"filters", "memory", "handshakes"})
    assert (loads.quick, loads.parts) == (True, {"loads"})


def test_the_report_and_the_files(plans, tmp_path):
    done = meshsim("measure", "--out", tmp_path / "here")
    assert "machine factor 0.99" in done.out
    assert "This is a calibration of this machine." in done.out
    assert done.err.splitlines() == [
        "measuring for at most 2.0 min …",
        f"wrote {tmp_path / 'here'}; next: meshsim calibrate {tmp_path / 'here'} -o mine.yaml",
    ]
    assert sorted(path.name for path in (tmp_path / "here").iterdir()) == [
        "handshake.csv",
        "machine.json",
        "memory.csv",
        "paired.csv",
        "unpaired.csv",
    ]


def test_without_a_folder_the_figures_are_shown_only(plans):
    assert "with --out DIR the figures are kept" in meshsim("measure").err


def test_a_noisy_machine_is_no_calibration(noisy, tmp_path):
    done = meshsim("measure", "--out", tmp_path)
    assert done.code == 3
    assert "This is no calibration of this machine:" in done.out
    assert not json.loads((tmp_path / "machine.json").read_text(encoding="utf-8"))["calibrated"]
    assert (tmp_path / "paired.csv").exists()


def test_noise_may_be_allowed(noisy):
    assert meshsim("measure", "--allow-noisy").code == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--quick", "--full"], "--quick and --full: are two profiles; choose one of them"),
        (["--only", "everything"], "--only: is no part of a measurement, not 'everything'; write"),
        (["--time-limit", "0s"], "--time-limit: must be more than zero, not '0s'"),
        (["--time-limit", "soon"], "--time-limit: "),
    ],
)
def test_wrong_words(plans, words, said):
    done = meshsim("measure", *words)
    assert done.code == 2
    assert said in done.err
    assert plans == []


def test_an_earlier_measurement_is_not_mixed_up(plans, tmp_path):
    (tmp_path / "paired.csv").write_text("", encoding="utf-8")
    done = meshsim("measure", "--out", tmp_path)
    assert done.code == 2
    assert "holds a measurement already (paired.csv); give the path of a new folder" in done.err
    assert plans == []


def test_without_the_extra_the_cure_is_said(monkeypatch):
    monkeypatch.setattr(extra, "_is_there", lambda _name: False)
    done = meshsim("measure")
    assert done.code == 2
    assert "pip install 'meshsim[measure]'" in done.err


@pytest.mark.slow
@pytest.mark.skipif(not HAS_EXTRA, reason="needs the extra measure")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_nothing_is_left_behind_whatever_ends_it(number, tmp_path):
    words = ["measure", "--quick", "--time-limit", "60s", "--out", tmp_path / "out"]
    folder = tmp_path / "temporary"
    folder.mkdir()
    environment = {**os.environ, "TMPDIR": str(folder)}
    before = shared_memory()
    with subprocess.Popen(
        [PROGRAM, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    ) as process:
        try:
            ours = started(process.pid)
            sockets = sockets_of(ours)
            assert listened_to(sockets)
            descriptors = [os.pidfd_open(pid) for pid in ours]
            process.send_signal(number)
            _, err = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == (130 if number == signal.SIGINT else -number)
    assert b"Traceback" not in err
    assert have_ended(descriptors)
    assert listened_to(sockets) == set()
    assert list(folder.iterdir()) == []
    assert list((tmp_path / "out").iterdir()) == []
    assert shared_memory() <= before


def started(pid):
    """Its children, when they are all there and load has begun."""
    for _ in range(600):
        found = children(pid)
        if len(found) == PROCESSES:
            time.sleep(0.5)
            return found
        time.sleep(0.05)
    raise AssertionError(f"{len(found)} processes were started")


def shared_memory():
    return {path.name for path in Path("/dev/shm").iterdir() if "envoy" in path.name}

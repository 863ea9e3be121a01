"""Goal: the command line draws parameters and ranks assumptions, in every format.

Method: a small shop under a mesh with one uncertain number, run in this process
(``meshsim.cli.tornado``, ``meshsim.cli.optional_number``).
"""

import csv
import io
import json
from pathlib import Path

import pytest
from command_line import SHOP, meshsim

MESH = Path(__file__).parents[1] / "golden" / "inputs" / "uncertain.yaml"
SMALL = ("--requests", "60", "--replications", "4", "--processes", "1")
TORNADO = ("tornado", "shop.yaml", "--mesh", str(MESH), *SMALL)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("shop.yaml").write_text(SHOP, encoding="utf-8")
    return tmp_path


def test_a_run_shows_both_parts_in_every_format():
    words = ("run", "shop.yaml", "--mesh", str(MESH), *SMALL, "--uncertainty", "10")
    text = meshsim(*words)
    assert text.code == 0, text.err
    assert "WHERE THE DOUBT COMES FROM, 10 draws of parameters" in text.out
    assert "simulation ± " in text.out
    assert text.out.splitlines()[-1].find("--uncertainty 10") > 0
    found = json.loads(meshsim(*words, "-o", "json").out)
    assert found["plan"]["uncertainty"] == 10
    mean = found["results"][0]["latency_s"][0]["mean"]
    assert mean["calibration"] > 0
    assert found["results"][0]["totals"]["memory_bytes_used_range"]["calibration"] > 0
    assert found["results"][0]["uncertainty"] == {"draws": 10, "overloaded": 0}
    rows = list(csv.DictReader(io.StringIO(meshsim(*words, "-o", "csv").out)))
    cpu = [r for r in rows if (r["table"], r["scope"], r["metric"]) == ("usage", "all", "cpu_used")]
    assert float(cpu[0]["calibration"]) > 0
    assert meshsim(*words, "-o", "html", "--out", "report.html").code == 0
    assert "Where the doubt comes from" in Path("report.html").read_text(encoding="utf-8")


def test_the_replay_line_gives_the_same_again():
    first = meshsim("run", "shop.yaml", "--mesh", str(MESH), *SMALL, "--uncertainty", "10")
    command = first.out.splitlines()[-1].partition("   #")[0].split()
    assert meshsim(*command[1:]).out == first.out


def test_a_comparison_is_saved_and_gone_on_with():
    words = ("compare", "shop.yaml", "--mesh", f"none,{MESH}", *SMALL, "--uncertainty", "10")
    first = meshsim(*words, "--save", "kept")
    again = meshsim(*words, "--save", "kept", "--resume")
    assert first.code == 0, first.err
    assert again.out == first.out
    changed = meshsim(*words[:-1], "20", "--save", "kept", "--resume")
    assert changed.code == 2
    assert "uncertainty" in changed.err
    without = meshsim(*words[:-2], "--save", "kept", "--resume")
    assert without.code == 2


@pytest.mark.parametrize("number", ["9", "-1", "10001", "many"])
def test_wrong_numbers_of_draws_are_told(number):
    done = meshsim("run", "shop.yaml", *SMALL, f"--uncertainty={number}")
    assert done.code == 2
    assert "uncertainty" in done.err


def test_formulas_have_no_draws():
    done = meshsim("run", "shop.yaml", "--solver", "queueing", "--uncertainty")
    assert done.code == 2
    assert "--uncertainty: is about simulations" in done.err


def test_a_tornado_in_every_format():
    text = meshsim(*TORNADO, "--of", "cpu")
    assert text.code == 0, text.err
    assert "machine_factor" in text.out
    assert "WHAT WOULD SHRINK IT" in text.out
    assert text.out.splitlines()[-1].startswith("meshsim tornado shop.yaml --mesh ")
    found = json.loads(meshsim(*TORNADO, "--of", "cpu", "-o", "json").out)
    assert (found["kind"], found["of"], found["unit"]) == ("tornado", "cpu", "cores")
    assert found["bars"][0]["parameter"] == "machine_factor"
    rows = list(csv.DictReader(io.StringIO(meshsim(*TORNADO, "--of", "cpu", "-o", "csv").out)))
    assert rows[0]["parameter"] == "machine_factor"
    assert meshsim(*TORNADO, "--of", "cpu", "--report", "t.html").code == 0
    page = Path("t.html").read_text(encoding="utf-8")
    assert "Which assumption matters most" in page
    assert "<svg" in page


def test_a_tornado_of_a_difference_with_choices_replays():
    first = meshsim(*TORNADO, "--of", "memory", "--baseline", "none", "--choices", "--rps", "30")
    assert first.code == 0, first.err
    line = first.out.splitlines()[-1].partition("   #")[0]
    assert "--baseline none --choices --rps 30/s" in line
    assert meshsim(*line.split()[1:]).out == first.out


def test_a_tornado_keeps_its_tasks():
    first = meshsim(*TORNADO, "--of", "mean", "--save", "kept")
    assert first.code == 0, first.err
    assert meshsim(*TORNADO, "--of", "mean", "--save", "kept", "--resume").out == first.out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--of", "speed"), "cpu, memory or cost"),
        (("--of", "p99:shop/buy"), "known: web/get"),
        (("--solver", "queueing"), "intervals take a simulation"),
        (("--baseline", str(MESH)), "more than once"),
    ],
)
def test_what_a_tornado_cannot_do_is_told(words, message):
    done = meshsim(*TORNADO, *words)
    assert done.code == 2
    assert message in done.err

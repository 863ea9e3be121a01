"""Goal: --solver queueing (meshsim.cli.first_look) answers at once, and refuses what is about
simulations.

Method: a small system, whose simulation would fail the test; both commands and formats.
"""

import json

import pytest
from command_line import SHOP, meshsim, write


@pytest.fixture(autouse=True)
def nothing_is_simulated(monkeypatch):
    monkeypatch.setattr("meshsim.studies.study.Study.run", None)
    monkeypatch.setattr("meshsim.studies.study.Study.compare", None)


def test_run_estimates_one_mesh(tmp_path):
    done = meshsim("run", write(tmp_path), "--mesh", "linkerd", "--solver", "queueing")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("shop (shop)\n")
    assert "LATENCY UNDER linkerd" in done.out


def test_compare_estimates_several(tmp_path):
    words = ("--mesh", "none,linkerd", "--rps", "40", "--solver", "queueing", "-o", "json")
    document = json.loads(meshsim("compare", write(tmp_path), *words).out)
    assert [result["mesh"] for result in document["results"]] == ["none", "linkerd"]
    assert document["results"][0]["rate_per_s"] == 40


def test_several_topologies(tmp_path):
    other = write(tmp_path, "other.yaml", SHOP.replace("name: shop", "name: other"))
    words = ("compare", write(tmp_path), other, "--mesh", "none", "--solver", "queueing")
    text = meshsim(*words).out
    assert text.index("shop (shop)") < text.index("other (other)")
    assert len(json.loads(meshsim(*words, "-o", "json").out)["reports"]) == 2


def test_a_file(tmp_path):
    for name, start in (("look.json", "{"), ("look.txt", "shop (shop)")):
        out = tmp_path / name
        done = meshsim("run", write(tmp_path), "--solver", "queueing", "--out", out)
        assert (done.code, done.out) == (0, "")
        assert done.err == f"wrote {out}\n"
        assert out.read_text().startswith(start)


@pytest.mark.parametrize("command", ["run", "compare"])
def test_what_is_about_simulations_is_refused(command, tmp_path):
    words = ("-o", "csv", "--precision", "5%", "--save", "study", "--report", "r.html")
    done = meshsim(command, write(tmp_path), "--solver", "queueing", *words)
    assert (done.code, done.out) == (2, "")
    rule = "is about simulations, and formulas need none; leave it out"
    assert done.err.splitlines() == [
        "--output: estimates are written as text or json, not 'csv'; write -o text or -o json",
        *(f"{option}: {rule}" for option in ("--precision", "--report", "--save")),
    ]

"""``meshsim accuracy`` (meshsim.cli.accuracy): what it prints, what it writes, what it refuses."""

import re

import pytest
from command_line import meshsim

from meshsim.model.catalogue import find

HEADER = "source_id,mesh,mode,mtls,protocol,rps,connections,config,component,metric,value,unit"
ROWS = """
lab,istio,sidecar,true,http1,500,4,,one-proxy,cpu_cores,0.15,vCPU
lab,istio,sidecar,true,http1,1000,4,,one-proxy,cpu_cores,0.25,vCPU
lab,istio,sidecar,true,http1,2000,4,,one-proxy,cpu_cores,0.40,vCPU
lab,istio,sidecar,true,http1,2000,4,,one-proxy,cpu_cores,none,vCPU
lab,istio,sidecar,true,http1,,,,control-plane,cpu_cores,1,vCPU
"""


@pytest.fixture
def figures(tmp_path, monkeypatch):
    """A file of figures, and a catalogue with enough others to tell an interval from."""
    others = "".join(
        f"\nother,istio,sidecar,true,http1,1000,{connections},,one-proxy,cpu_cores,0.2,vCPU"
        for connections in range(4, 26)
    )
    shipped, path = tmp_path / "shipped.csv", tmp_path / "figures.csv"
    shipped.write_text(HEADER + others)
    monkeypatch.setattr("meshsim.calibration.accuracy.recognised.SHIPPED", shipped)
    path.write_text(HEADER + ROWS)
    return path


def test_figures_are_compared_and_reported(figures, tmp_path):
    report = tmp_path / "accuracy.md"
    done = meshsim("accuracy", "--data", figures, "--quick", "--report", report)
    assert done.code == 0
    assert done.out.startswith("cpu: median error ")
    assert "over 2 figures" in done.out
    assert "of 2 lie in their 90% interval" in done.out
    assert "check" not in done.out
    text = report.read_text()
    assert "## Cell by cell" in text
    assert "not a number" in text
    assert "control-plane" in text
    assert f"wrote {report}" in done.err


def test_a_page_and_another_mesh_file(figures, tmp_path):
    report = tmp_path / "accuracy.html"
    words = ("accuracy", "--data", figures, "--quick", "--mesh", "istio-sidecar", "--report")
    assert meshsim(*words, report).code == 0
    assert report.read_text().startswith("<!doctype html>")


def test_without_a_report_it_says_how_to_get_one(figures):
    done = meshsim("accuracy", "--data", figures, "--quick", terminal=True)
    assert "add --report" in done.err
    assert "lab: predictions" in done.err


def test_nothing_to_rebuild(figures):
    figures.write_text(f"{HEADER}\nlab,istio,sidecar,true,http1,,,,,ops,1,1/s\n")
    assert meshsim("accuracy", "--data", figures).out == "no figure could be rebuilt\n"


def test_a_check_alone(tmp_path):
    report = tmp_path / "check.md"
    done = meshsim("accuracy", "--check", "istio-15335", "--quick", "--report", report)
    assert done.out.startswith("istio-15335: ")
    assert done.out.count("\n") == 1
    assert "1,000 requests/s" in report.read_text()


def test_a_check_of_another_sidecar(tmp_path):
    """Other costs of an idle worker show in the check."""
    text = find("models", "istio-sidecar").read_text()
    dear = tmp_path / "dear.yaml"
    dear.write_text(re.sub(r"(idle_exponent:\s+value:) [\d.]+", r"\1 0.45", text))
    words = ("accuracy", "--check", "istio-15335", "--quick")
    assert meshsim(*words).out != meshsim(*words, "--mesh", dear).out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--check", "istio-0"), "no check of this name, not 'istio-0'; write one of"),
        (("--report", "a.txt"), "must end with .html or .md, not 'a.txt'"),
        (("--data", "no-such.csv"), "no-such.csv: cannot be read"),
        (("--mesh", "istoi-sidecar"), "did you mean 'istio-sidecar'"),
    ],
)
def test_what_is_refused(words, said):
    done = meshsim("accuracy", *words)
    assert done.code == 2
    assert said in done.err

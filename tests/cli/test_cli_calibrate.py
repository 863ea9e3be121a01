"""Goal: measurements become a mesh file that the other commands take.

Method: a small paired file with a truth that is known, through meshsim.cli.calibrate.
"""

import math
import random

import pytest
from command_line import meshsim

from meshsim.model.loading import load_mesh

HEADER = "block,test,role,protocol,tls,payload_bytes,req_bytes,mode,rps,pair,cpu_us,ref_cpu_us\n"


@pytest.fixture
def data(tmp_path):
    """30 µs and 0.3 µs per KiB, TLS 4 and 0.2; the reference is at 20 µs; 2% of noise."""
    draws = random.Random(1)
    lines = []
    for tls in (0, 1):
        for kib in (0, 1, 16, 64, 128):
            for pair in range(4):
                cost = (30 + 0.3 * kib + tls * (4 + 0.2 * kib)) * math.exp(draws.gauss(0, 0.02))
                lines.append(
                    f"topo,t{tls},proxy,h1,{tls},{kib * 1024},0,closed,9000,{pair},{cost:.3f},20\n"
                )
    path = tmp_path / "paired.csv"
    path.write_text(HEADER + "".join(lines))
    return path


def test_a_mesh_file_that_checks_and_explains(data, tmp_path):
    mesh, report = tmp_path / "mine.yaml", tmp_path / "account.md"
    options = ["--mesh", "istio-sidecar", "--machine", "a test"]
    result = meshsim("calibrate", data, "-o", mesh, "--report", report, *options)
    assert result.code == 0, result.err
    assert "| `cost.http1.busy`" in result.out
    assert f"wrote {mesh}" in result.err
    assert "All cells" in report.read_text()
    loaded = load_mesh(mesh)
    assert loaded.name == "mine"
    assert loaded.proxy("sidecar").cost.http1.busy.value == pytest.approx(30e-6, rel=0.03)
    (source,) = [s for key, s in loaded.sources.items() if key.startswith("calibrated-")]
    assert (source.where, source.hardware) == ("paired.csv", "a test")
    assert meshsim("check", mesh).code == 0
    assert "paired.csv" in meshsim("explain", mesh).out


def test_one_factor_for_another_machine(data, tmp_path):
    result = meshsim("calibrate", data, "--only", "machine_factor", "--reference", "40us")
    assert result.code == 0, result.err
    assert "`machine_factor`" in result.out
    assert "cost.http1.busy" not in result.out.split("##")[0]


def test_a_file_is_not_overwritten_unasked(data, tmp_path):
    mesh = tmp_path / "mine.yaml"
    mesh.write_text("mine")
    result = meshsim("calibrate", data, "-o", mesh)
    assert result.code == 2
    assert "exists already; give another path, or add --force" in result.err
    assert mesh.read_text() == "mine"
    assert meshsim("calibrate", data, "-o", mesh, "--force").code == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--fix", "http1.busy=3"], "--fix: cost.http1.busy: a duration needs a unit"),
        (["--body", "3"], "--body: a size needs a unit"),
        (["--reference", "fast"], "--reference: this should be a duration"),
        (["--mesh", "istio"], "no mesh of this name"),
        (["--proxy", "envoy"], "--proxy: the mesh 'istio-sidecar' has the proxies sidecar"),
    ],
)
def test_wrong_words(data, words, message):
    result = meshsim("calibrate", data, *words)
    assert result.code == 2
    assert message in result.err


def test_wrong_data_name_line_and_cure(tmp_path):
    path = tmp_path / "paired.csv"
    path.write_text(HEADER + "topo,t,proxy,h1,0,0,0,closed,9000,0,much,20\n")
    result = meshsim("calibrate", path)
    assert result.code == 2
    assert f"{path}:2: column 'cpu_us' must be a number" in result.err
    assert "mend the cell" in result.err

"""Goal: check prints findings as istioctl analyze does, and a threshold decides the code.

Method: files with a known finding of each level, through meshsim.cli.check.
"""

import json

import pytest
from command_line import SHOP, meshsim, write

from meshsim.model import catalogue

BUSY = SHOP.replace("20/s", "3700/s")
OVERLOADED = SHOP.replace("20/s", "9000/s")


def test_findings_are_printed_with_their_place(tmp_path):
    path = write(tmp_path, text=BUSY)
    done = meshsim("check", path)
    assert (done.code, done.err) == (0, "")
    assert f"Warning [MS0101] ({path}:5:" in done.out


@pytest.mark.parametrize(
    ("text", "threshold", "code"),
    [
        (OVERLOADED, None, 2),
        (BUSY, None, 0),
        (BUSY, "warning", 2),
        (SHOP, "warning", 0),
        (SHOP, "info", 2),
    ],
)
def test_the_threshold_decides_the_code(text, threshold, code, tmp_path):
    words = ["--failure-threshold", threshold] if threshold else []
    assert meshsim("check", write(tmp_path, text=text), *words).code == code


def test_findings_as_json(tmp_path):
    path = write(tmp_path, text=OVERLOADED)
    done = meshsim("check", path, "-o", "json")
    assert done.code == 2
    found = json.loads(done.out)
    worst = next(finding for finding in found if finding["code"] == "MS0102")
    assert (worst["level"], worst["file"], worst["resource"]) == ("error", str(path), "web")
    assert worst["line"] == 5
    assert worst["column"] > 0
    assert set(worst) == {"code", "level", "file", "line", "column", "resource", "message"}


def test_meshes_are_checked_with_the_topologies_beside_them():
    alone = meshsim("check", "online-boutique")
    together = meshsim("check", "online-boutique", "istio-sidecar", "none")
    assert "MS05" not in alone.out
    assert "MS0503" in together.out
    assert len(together.out.splitlines()) == len(set(together.out.splitlines()))
    assert meshsim("check", "istio-sidecar").out == "✓ no findings in istio-sidecar\n"


@pytest.mark.parametrize("name", [*catalogue.names("topologies"), *catalogue.names("models")])
def test_shipped_files_have_nothing_serious(name):
    assert meshsim("check", name).code == 0


def test_all_files_are_looked_at(tmp_path):
    bad = write(tmp_path, "bad.yaml", "name: x\n")
    worse = write(tmp_path, "worse.yaml", SHOP.replace("20/s", "20"))
    done = meshsim("check", bad, worse)
    assert done.code == 2
    assert f"{bad}:1:1: is neither a topology nor a mesh" in done.err
    assert f"{worse}:7:" in done.err

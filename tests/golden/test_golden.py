"""Goal: what users and their scripts read changes only when somebody means it to.

Method: whole outputs of small commands, compared exactly with the files in ``expected/``. After a
change that is meant, MESHSIM_UPDATE_GOLDEN=1 writes them anew; the diff is then for a reader to
judge. The inputs avoid what is not the same on every machine (logarithms, powers); draws of
parameters take logarithms, and are shown as text, where three digits are left of them.
"""

import os
from pathlib import Path

import pytest
from command_line import meshsim

FOLDER = Path(__file__).parent
SMALL = "--requests 150 --replications 10 --seed 1 --processes 1"
COMMANDS = {
    "explain-istio-sidecar.txt": ("explain istio-sidecar", 0),
    "explain-mesh.txt": ("explain inputs/mesh.yaml", 0),
    "explain-topology.txt": ("explain inputs/shop.yaml", 0),
    "explain.txt": ("explain", 0),
    "check.txt": ("check inputs/unwise.yaml", 2),
    "check.json": ("check inputs/unwise.yaml -o json", 2),
    "check-nothing.txt": ("check chain-3 inputs/mesh.yaml", 0),
    "controlplane.txt": ("controlplane inputs/shop.yaml --scope auto --endpoint-changes 1/s", 0),
    "controlplane.yaml": ("controlplane inputs/shop.yaml --scope namespace -o yaml", 0),
    "run.txt": (f"run inputs/shop.yaml --mesh inputs/mesh.yaml {SMALL}", 99),
    "run.json": (f"run inputs/shop.yaml --mesh inputs/mesh.yaml {SMALL} -o json", 99),
    "run.csv": (f"run inputs/shop.yaml --mesh inputs/mesh.yaml {SMALL} -o csv", 99),
    "compare.txt": (f"compare inputs/shop.yaml --mesh none,inputs/mesh.yaml {SMALL}", 99),
    "compare.json": (f"compare inputs/shop.yaml --mesh none,inputs/mesh.yaml {SMALL} -o json", 99),
    "compare.csv": (f"compare inputs/shop.yaml --mesh none,inputs/mesh.yaml {SMALL} -o csv", 99),
    "compare-uncertainty.txt": (
        f"compare inputs/shop.yaml --mesh none,inputs/uncertain.yaml {SMALL} --uncertainty 10",
        99,
    ),
    "tornado.txt": (
        f"tornado inputs/shop.yaml --mesh inputs/uncertain.yaml --of cpu --choices {SMALL}",
        0,
    ),
}
UPDATE = os.environ.get("MESHSIM_UPDATE_GOLDEN") == "1"


@pytest.mark.parametrize("name", COMMANDS)
def test_output_is_what_it_was(name, monkeypatch):
    monkeypatch.chdir(FOLDER)
    words, code = COMMANDS[name]
    done = meshsim(*words.split())
    path = FOLDER / "expected" / name
    if UPDATE:
        path.write_text(done.out, encoding="utf-8")
    assert done.code == code, done.err
    assert done.out == path.read_text(encoding="utf-8")


def test_every_expected_file_is_compared():
    assert {path.name for path in (FOLDER / "expected").iterdir()} == set(COMMANDS)

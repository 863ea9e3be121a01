"""Goal: compiled code is never older than its sources, and is compiled no more often than needed.

Method: a copy of the package runs a small system in processes of its own: as it is, after three
files were changed that are compiled into the loop from elsewhere, and once more. numba itself would
miss such changes: it looks at the file of the function that it keeps, and at no other.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import meshsim

PACKAGE = Path(meshsim.__file__).parent
TESTS = Path(__file__).resolve().parents[2]
SCRIPT = """
import json
import builders
import meshsim
from meshsim.solvers.kernel import simulate
from meshsim.solvers.kernel.loop import run_kernel
from meshsim.solvers.settings import RunSettings

work = "[{compute: 10ms}]"
a = builders.service("a", work, replicas=3, balancing="round_robin", resources=builders.cores(1))
described = builders.topology(builders.listed(a), connections=1)
seen = simulate(builders.program(described), RunSettings(6, log_tries=True))
print(json.dumps({
    "from": meshsim.__file__,
    "pods": seen.tries.pod.tolist(),
    "latency_s": seen.latency_s.tolist(),
    "loaded": sum(run_kernel.stats.cache_hits.values()),
    "compiled": sum(run_kernel.stats.cache_misses.values()),
}))
"""
EDITS = {
    "policies/round_robin.py": ("return turn % hosts", "return (turn + 1) % hosts"),
    "physics/sharing.py": ("return 1.0 if", "return 0.5 if"),
    "solvers/kernel/recording.py": ("frame.outcome, frame.pod", "frame.outcome, frame.pod + 100"),
}


def run(folder):
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(folder), str(TESTS)]),
        "NUMBA_CACHE_DIR": str(folder / "cache"),
    }
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=folder,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=True,
    )
    return json.loads(done.stdout)


@pytest.mark.slow
def test_a_change_in_any_file_is_compiled_and_no_change_is_not(tmp_path):
    copy = tmp_path / "meshsim"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    first = run(tmp_path)
    assert Path(first["from"]).parent == copy
    assert (first["compiled"], first["loaded"]) == (1, 0)
    assert first["latency_s"] == pytest.approx([0.01] * 6)

    for name, (before, after) in EDITS.items():
        text = (copy / name).read_text(encoding="utf-8")
        assert text.count(before) == 1, name
        (copy / name).write_text(text.replace(before, after), encoding="utf-8")
    second = run(tmp_path)
    assert (second["compiled"], second["loaded"]) == (1, 0)
    assert second["latency_s"] == pytest.approx([0.02] * 6)
    assert second["pods"] == [100 + (pod + 1) % 3 for pod in first["pods"]]

    third = run(tmp_path)
    assert (third["compiled"], third["loaded"]) == (0, 1)
    assert {**third, "compiled": 1, "loaded": 0} == second

"""Goal: whether the kernel must be compiled is known without compiling it.

Method: a process with an empty cache folder is asked before and after it compiled a stand-in of one
line; the kernel itself is asked in this process, and interpreted.
"""

import os
import subprocess
import sys
from pathlib import Path

import meshsim
from meshsim.solvers.kernel import is_compiled, prepare, warming

PACKAGE = str(Path(meshsim.__file__).parents[1])
SCRIPT = """
import sys
import numba
from meshsim.solvers.kernel import jit, warming

def stand_in(world, command):
    return command

warming.run_kernel = jit.kept(stand_in)
warming._argument_types = lambda: (numba.types.int64, numba.types.int64)
print(warming.is_compiled())
if sys.argv[1:] == ["prepare"]:
    warming.prepare()
    print(warming.is_compiled())
"""


def answers(folder, *words):
    script = folder / "script.py"
    if not script.exists():
        script.write_text(SCRIPT)
    done = subprocess.run(
        [sys.executable, script, *words],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env={**os.environ, "NUMBA_CACHE_DIR": str(folder), "PYTHONPATH": PACKAGE},
    )
    return done.stdout.split()


def test_a_cold_cache_is_seen_and_stays_cold_until_prepared(tmp_path):
    assert answers(tmp_path) == ["False"]
    assert answers(tmp_path, "prepare") == ["False", "True"]
    assert answers(tmp_path, "prepare") == ["True", "True"]


def test_prepared_once_is_compiled_for_good():
    prepare()
    assert is_compiled()
    before = dict(warming.run_kernel.stats.cache_misses)
    prepare()
    assert dict(warming.run_kernel.stats.cache_misses) == before


def test_without_compilation_there_is_nothing_to_wait_for(monkeypatch):
    monkeypatch.setattr(warming, "enabled", lambda: False)
    monkeypatch.setattr(warming, "run_kernel", None)
    assert is_compiled()
    prepare()

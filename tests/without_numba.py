"""Runs the command in a process that cannot import numba, as where there is none for its Python."""

import subprocess
import sys

BLOCKER = """
import sys

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("numba", "llvmlite"):
            raise ModuleNotFoundError(f"No module named {name!r}")

sys.meta_path.insert(0, Blocker())
"""
MAIN = """
from meshsim.cli.main import main
main()
"""


def spawn(*words, code=MAIN):
    """The command, or other ``code``, in a process of its own without numba."""
    return subprocess.run(
        [sys.executable, "-c", BLOCKER + code, *map(str, words)],
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )

"""Becomes another program that dies with the process that asked for it.

The kernel is asked to kill this process when its parent ends, however that happens; then the
program takes its place. Run by its path, with nothing but the standard library:

    python launcher.py PARENT CORES PROGRAM [ARGUMENT...]

``PARENT`` is the process id of who asks, ``CORES`` the numbers of the cores to stay on, such as
``0,1``.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys

_PR_SET_PDEATHSIG = 1


def die_with(parent: int) -> None:
    """Have this process killed when its parent ends; end at once if that has happened already."""
    library = ctypes.CDLL(None, use_errno=True)
    if library.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "the kernel does not tie this process to its parent")
    if os.getppid() != parent:
        sys.exit(1)


def main(words: list[str]) -> None:
    """Tie, pin and become ``words[2:]``."""
    parent, cores, program = int(words[0]), words[1], words[2:]
    die_with(parent)
    os.sched_setaffinity(0, {int(core) for core in cores.split(",")})
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    os.execv(program[0], program)  # noqa: S606 - the caller's own words, and no shell


if __name__ == "__main__":
    main(sys.argv[1:])

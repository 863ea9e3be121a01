"""CPU time as the scheduler accounts for it: of threads, of processes, of cores.

``/proc/PID/task/TID/schedstat`` holds three numbers: nanoseconds on a core, nanoseconds ready and
waiting for one, and the number of times it got one. ``/proc/stat`` counts each core's time by kind,
in ticks. The CPU clock of another process is a POSIX clock whose number is made of its id.
Source: Linux kernel documentation, scheduler/sched-stats and filesystems/proc;
``clock_getcpuclockid(3)``.
"""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_WORKER = "wrk:worker_"
_IDLE_KINDS = (3, 4)
"""Idle and waiting for a disk, counted from 0 in a line of ``/proc/stat``."""
_KINDS = 8
"""Kinds of time that add up; those behind are parts of them."""
_CLOCK_OF_SCHEDULER = 2


@dataclass(frozen=True)
class ThreadTime:
    """What a thread has used so far, and how long it was kept waiting for a core."""

    on_core_ns: int
    waiting_ns: int
    turns: int


def parse_schedstat(text: str | bytes) -> ThreadTime:
    """The numbers of a thread's ``schedstat``."""
    on_core, waiting, turns = map(int, text.split())
    return ThreadTime(on_core, waiting, turns)


def worker_paths(pid: int, proc: Path = _PROC) -> list[Path]:
    """The ``schedstat`` of each worker thread of an Envoy."""
    tasks = sorted((proc / str(pid) / "task").iterdir(), key=lambda path: int(path.name))
    return [
        task / "schedstat"
        for task in tasks
        if (task / "comm").read_text(encoding="utf-8").startswith(_WORKER)
    ]


def process_cpu_ns(pid: int) -> int:
    """CPU time of all threads of a process so far. Raises OSError if it is gone."""
    return time.clock_gettime_ns((~pid << 3) | _CLOCK_OF_SCHEDULER)


def busy_ticks(text: str, cores: Collection[int]) -> int:
    """Ticks in which these cores were not idle, from the text of ``/proc/stat``.

    Time that a hypervisor gave to somebody else counts as busy.
    """
    names = {f"cpu{core}" for core in cores}
    return sum(
        sum(kinds) - sum(kinds[kind] for kind in _IDLE_KINDS)
        for name, kinds in _core_lines(text.splitlines())
        if name in names
    )


def ticks_per_second() -> int:
    """Ticks of ``/proc/stat`` in a second."""
    return int(os.sysconf("SC_CLK_TCK"))


def _core_lines(lines: Iterable[str]) -> Iterable[tuple[str, list[int]]]:
    for line in lines:
        name, _, rest = line.partition(" ")
        if name.startswith("cpu"):
            yield name, [int(word) for word in rest.split()][:_KINDS]

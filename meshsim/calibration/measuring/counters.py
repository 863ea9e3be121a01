"""The counters at an edge of a slice: CPU of the proxies' workers, and of everything else.

    foreign CPU = busy time of the cores in use - CPU of all processes of the measurement

in cores. The busy time comes in ticks of 10 ms, so that of a quarter of a second is known to about
0.04 cores for each core; a negative value is rounding. Only the standard library.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from meshsim.calibration.measuring.schedstat import (
    busy_ticks,
    parse_schedstat,
    process_cpu_ns,
    ticks_per_second,
)

_LINE_BYTES = 128
_STAT_BYTES = 1 << 16


@dataclass(frozen=True)
class Used:
    """What was used between two readings."""

    cpu_ns: dict[str, int]
    foreign_cores: float


@dataclass(frozen=True)
class Reading:
    """All counters at a moment."""

    moment_ns: int
    cpu_ns: dict[str, int]
    own_ns: int
    busy_ns: int

    def minus(self, before: Reading) -> Used:
        """What was used since an earlier reading."""
        used = {role: ns - before.cpu_ns[role] for role, ns in self.cpu_ns.items()}
        foreign = (self.busy_ns - before.busy_ns) - (self.own_ns - before.own_ns)
        return Used(used, foreign / max(1, self.moment_ns - before.moment_ns))


class Counters:
    """Open files of the counters, read again and again."""

    def __init__(
        self, roles: Mapping[str, Sequence[str]], pids: Sequence[int], cores: Sequence[int]
    ) -> None:
        self._pids, self._cores = tuple(pids), frozenset(cores)
        self._tick_ns = 1_000_000_000 // ticks_per_second()
        self._files: dict[str, list[int]] = {}
        self._stat = os.open("/proc/stat", os.O_RDONLY)
        try:
            for role, paths in roles.items():
                self._files[role] = []
                for path in paths:
                    self._files[role].append(os.open(path, os.O_RDONLY))
        except BaseException:
            self.close()
            raise

    def read(self) -> Reading:
        """All of them now. Raises OSError if a process is gone."""
        used = {role: sum(map(_on_core_ns, files)) for role, files in self._files.items()}
        own = time.process_time_ns() + sum(map(process_cpu_ns, self._pids))
        stat = os.pread(self._stat, _STAT_BYTES, 0).decode()
        return Reading(
            time.perf_counter_ns(), used, own, busy_ticks(stat, self._cores) * self._tick_ns
        )

    def close(self) -> None:
        """Close the files."""
        for descriptor in [self._stat, *(one for files in self._files.values() for one in files)]:
            os.close(descriptor)
        self._files.clear()


def _on_core_ns(descriptor: int) -> int:
    return parse_schedstat(os.pread(descriptor, _LINE_BYTES, 0)).on_core_ns

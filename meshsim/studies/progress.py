"""How far a study is, and how long the rest will take if it goes on like this.

The remaining time is that of a task so far, the number of tasks at once included, times the tasks
that are left: (now − start) / (finished since the start) × (not finished). Tasks that a study
folder had kept took no time and do not count.
"""

from __future__ import annotations

import time
from collections.abc import Callable

Progress = Callable[[int, int], None]
"""Called with the numbers of finished tasks and of all: before the first, then after each of them.

The first number that is told is not 0 if a study folder had kept some.
"""


def part_of(progress: Progress | None, before: int, total: int) -> Progress | None:
    """Progress of some tasks, told as that of ``total``, of which ``before`` came before."""
    return None if progress is None else lambda done, _: progress(before + done, total)


class Pace:
    """Estimates the remaining time of a study from what was reported so far."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._start: tuple[float, int] | None = None

    def remaining_s(self, done: int, total: int) -> float | None:
        """Seconds until all are finished; None as long as none was seen to finish."""
        now_s = self._clock()
        if self._start is None:
            self._start = (now_s, done)
        start_s, kept = self._start
        if done <= kept:
            return None
        return (now_s - start_s) / (done - kept) * (total - done)

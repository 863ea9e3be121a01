"""The machine that is measured on, as far as it may explain the figures."""

from __future__ import annotations

import math
import os
import platform
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from meshsim.calibration.measuring.load import Slice
from meshsim.stats import Interval

STORED_REFERENCE_S = 31.3e-6
"""CPU of the reference per request at saturation on the machine that meshsim's own costs were
measured on: the lower quartile of 510 slices, whose percentiles 5, 25, 50 and 95 were 30.4, 31.3,
33.1 and 52.0 µs. So the machine factor of that machine is 1 (0.97 to 1.66)."""

FOREIGN_CORES_MAX = 0.25
"""Foreign CPU, in cores, from which on a slice counts as disturbed."""
_PERCENTILES = (0.05, 0.25, 0.5, 0.95)
_STATE_SHARE = 1 / 3
_CPU_INFO = Path("/proc/cpuinfo")


@dataclass(frozen=True)
class Machine:
    """Hardware and software under the proxies."""

    cpu_model: str
    kernel: str
    cores: int
    cores_used: tuple[int, ...]
    envoy_version: str


@dataclass(frozen=True)
class ReferenceCost:
    """CPU of the reference per request over all its slices, and how disturbed they were.

    The *level* is the lower quartile: other programs and slow moments only ever add, so the fast
    quarter is what repeats.
    """

    slices: int
    p5_s: float
    level_s: float
    p50_s: float
    p95_s: float
    rate_per_s: float
    foreign_cores: float
    disturbed: float

    @property
    def spread(self) -> float:
        """How much slower the machine was at its slowest than at its fastest: p95 / p5."""
        return self.p95_s / self.p5_s

    @property
    def state_error(self) -> float:
        """Relative standard error of any ratio from the state of the machine during the whole run.

        Within a run ratios scatter around a middle that another run, in another state, does not
        share: caches under pressure make short requests dearer than long ones. In seven runs on a
        machine with 1.1 to 1.7 foreign cores, medians differed by 3 to 6% from run to run beyond
        the errors within runs, while the logarithm of the reference's cost had a standard deviation
        of 0.12 to 0.19. So a third of that deviation is added; it is small where the machine is
        calm. 3.29 standard deviations lie between the percentiles 5 and 95.
        """
        return _STATE_SHARE * math.log(self.spread) / 3.29

    @property
    def machine_factor(self) -> Interval:
        """How much longer this machine takes than the one of the stored costs, with a 90% range.

        The range is that of the machine's own speed, from slice to slice: a cost at another moment
        is as uncertain as that.
        """
        low, middle, high = (
            cost_s / STORED_REFERENCE_S for cost_s in (self.p5_s, self.level_s, self.p95_s)
        )
        return Interval(middle, low, high, 0.9, self.slices)


def this_machine(cores_used: Sequence[int], envoy_version: str) -> Machine:
    """What this machine says of itself."""
    return Machine(
        cpu_model=cpu_model(_CPU_INFO.read_text(encoding="utf-8", errors="replace")),
        kernel=platform.release(),
        cores=os.cpu_count() or 1,
        cores_used=tuple(cores_used),
        envoy_version=envoy_version,
    )


def cpu_model(text: str) -> str:
    """The model's name in the text of ``/proc/cpuinfo``, or the architecture if it has none."""
    found = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    return found[1].strip() if found else platform.machine()


def reference_cost(slices: Sequence[Slice]) -> ReferenceCost:
    """Sums up slices of the reference, of which there is at least one."""
    costs = np.array([one.cpu_per_request_s("reference") for one in slices])
    low, level, middle, high = (float(np.quantile(costs, share)) for share in _PERCENTILES)
    foreign = np.array([one.foreign_cores for one in slices])
    return ReferenceCost(
        slices=len(slices),
        p5_s=low,
        level_s=level,
        p50_s=middle,
        p95_s=high,
        rate_per_s=float(np.median([one.rate_per_s for one in slices])),
        foreign_cores=float(np.mean(foreign)),
        disturbed=float(np.mean(foreign > FOREIGN_CORES_MAX)),
    )

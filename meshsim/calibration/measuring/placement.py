"""Which core does what, so that proxies never share theirs with the load generator.

The proxies under test and the reference have one core, the load generator another. The upstream
stands beside the proxies while they are to be saturated (then their core never idles, although a
generator written in Python is slow), and beside the generator while load is open (then the proxies'
worker idles as it would). With one core all share it, and with more the others stay free.

While the proxies are to be saturated they run as ``SCHED_BATCH``: a thread that becomes ready does
not interrupt another, so each works off all that has come in, as an event loop without a pause. On
a busy machine, a TCP proxy with 16 connections then had one turn on its core for 7 requests in
place of one for 2.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True)
class Placement:
    """Numbers of the cores."""

    generator: int
    proxies: int

    @property
    def cores(self) -> tuple[int, ...]:
        """All cores in use."""
        return tuple(sorted({self.generator, self.proxies}))

    def upstream(self, *, saturated: bool) -> int:
        """Where the upstream stands."""
        return self.proxies if saturated else self.generator


def placement(available: Collection[int] | None = None) -> Placement:
    """The first and the last core that this process may use; the first has more interrupts."""
    cores = sorted(os.sched_getaffinity(0) if available is None else available)
    return Placement(generator=cores[0], proxies=cores[-1])

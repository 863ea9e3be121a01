"""What is measured in processes and threads of its own: starting, memory, two threads.

*Starting* is the CPU time of a process that loads meshsim and simulates ten requests, minus that of
one that does so in the SimPy model and never loads numba. Compiled code is kept in a new folder.
*Memory* is the peak of a process that sums requests up, for one and for eight times as many
requests. *Threads* compares wall times of the same four replications.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from benchmarks.engines import ENGINES
from benchmarks.measure import SEED, Spread, in_turns, ratio
from benchmarks.systems import SYSTEMS

_ROOT = Path(__file__).resolve().parents[1]
_MORE = 8
_START = """
import meshsim.api
from benchmarks.systems import SYSTEMS
from meshsim.solvers.settings import RunSettings
from meshsim.solvers.{solver} import simulate
simulate(SYSTEMS["mm1"].program, RunSettings(10))
"""
_MEMORY = """
import resource
from benchmarks.systems import SYSTEMS
from meshsim.solvers.kernel import simulate
from meshsim.solvers.settings import RunSettings
simulate(SYSTEMS["mesh-chain"].program, RunSettings({requests}, keep="tallies"))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def _run(script: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", script],
        cwd=_ROOT,
        env=os.environ | environment,
        check=True,
        capture_output=True,
        text=True,
    )


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _start_s(solver: str, folder: str) -> float:
    """CPU time [s] of a process that simulates ten requests and ends."""
    before_s = _children_s()
    _run(_START.format(solver=solver), NUMBA_CACHE_DIR=folder)
    return _children_s() - before_s


def starts(rounds: int) -> dict[str, Spread]:
    """``first`` compilation, and a ``cached`` start, over plain Python [s]."""
    with tempfile.TemporaryDirectory() as folder:
        _start_s("simpy_model", folder)  # files come from the disk once
        first_s = _start_s("kernel", folder)
        kernel_s, plain_s = in_turns(
            [lambda: _start_s("kernel", folder), lambda: _start_s("simpy_model", folder)], rounds
        )
    plain = Spread.of(plain_s).middle
    return {
        "first": Spread.of([first_s - plain]),
        "cached": Spread.of([one - other for one, other in zip(kernel_s, plain_s, strict=True)]),
    }


def memory(requests: int) -> Spread:
    """Peak memory with eight times as many requests, over that with ``requests``."""
    low, high = (
        float(_run(_MEMORY.format(requests=count)).stdout) for count in (requests, _MORE * requests)
    )
    return Spread.of([high / low])


def threads(requests: int, rounds: int) -> dict[str, Spread]:
    """Throughput of two threads over that of one, on four replications of the mesh chain.

    The shortest wall times of the rounds are compared, since other work on the machine can only
    make them longer. The ``bare`` loop, which shares nothing and holds no lock, shows what the
    machine had to give.
    """
    system = SYSTEMS["mesh-chain"]
    runs = {name: ENGINES[name].prepare(system) for name in ("kernel", "bare")}

    def wall_s(name: str, workers: int) -> float:
        seeds = range(SEED, SEED + 4)
        with ThreadPoolExecutor(workers) as pool:
            start_s = time.perf_counter()
            list(pool.map(lambda seed: runs[name](requests, seed), seeds))
            return time.perf_counter() - start_s

    for name in runs:
        wall_s(name, 2)
    measures = [partial(wall_s, name, workers) for name in runs for workers in (1, 2)]
    one, two, bare_one, bare_two = in_turns(measures, rounds)
    return {"kernel": _of_shortest(one, two), "bare": _of_shortest(bare_one, bare_two)}


def _of_shortest(over: list[float], under: list[float]) -> Spread:
    """The ratio of the shortest times, with the range of those within the rounds."""
    rounds = ratio(over, under)
    best = min(over) / min(under)
    return Spread(best, min(rounds.low, best), max(rounds.high, best))

"""Small meshes whose parameters have ranges, and a system to run them on."""

import functools

from builders import cores, listed, service, sidecars, topology

from meshsim.studies.compare import compare
from meshsim.studies.plan import RunPlan

FACTOR = "machine_factor"
BASE = "proxies.sidecar.memory.base"
WORKERS = "proxies.sidecar.worker_threads"
PLAN = RunPlan(requests=200, replications=6, seed=2, draws=20)


def chain():
    """Two services; each request passes three sidecars, or none without a mesh."""
    steps = "[compute: {distribution: exponential, mean: 1ms}]"
    return topology(
        listed(
            service("a", "[{compute: 1ms}, {call: b/get}]", resources=cores(1)),
            service("b", steps, resources=cores(1)),
        ),
        arrivals="{process: poisson, rate: 200/s}",
    )


def ranged(mesh, ranges, name=""):
    """The mesh with other ranges of some of its numbers, by path."""
    for path, ends in ranges.items():
        mesh = _with_range(mesh, path.split("."), ends)
    return mesh.model_copy(update={"name": name or mesh.name})


def _with_range(value, words, ends):
    if not words:
        return value.model_copy(update={"range": ends})
    first, *rest = words
    if isinstance(value, tuple):
        return tuple(
            _with_range(entry, rest, ends) if entry.name == first else entry for entry in value
        )
    return value.model_copy(update={first: _with_range(getattr(value, first), rest, ends)})


def plain(name="plain"):
    """Sidecars of 200 µs a passage that are certain."""
    return sidecars(busy="200us").model_copy(update={"name": name})


def uncertain(name="uncertain"):
    """The same, on a machine that may be half or twice as fast, with more or less memory."""
    return ranged(plain(), {FACTOR: (0.5, 2.0), BASE: (5e6, 30e6)}, name)


@functools.cache
def comparison():
    """The certain mesh as the baseline of the uncertain one."""
    return compare(chain(), [plain(), uncertain()], PLAN)

"""One small comparison and one small curve, simulated once for all tests of the app's tables."""

import functools

from meshsim.model.loading import load_mesh, load_topology
from meshsim.studies.compare import compare
from meshsim.studies.plan import RunPlan
from meshsim.studies.sweep import sweep_rate

MESHES = ("none", "istio-sidecar")
PLAN = RunPlan(requests=120, replications=5)
"""Enough for p50 and p90 over all requests, not for p99."""


def topology():
    return load_topology("chain-3")


@functools.cache
def comparison():
    return compare(topology(), [load_mesh(name) for name in MESHES], PLAN)


@functools.cache
def curve():
    meshes = [load_mesh(name) for name in MESHES]
    return sweep_rate(topology(), meshes, [50.0, 100.0], RunPlan(requests=40, replications=3))

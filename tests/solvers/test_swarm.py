"""Random systems under every shipped mesh: no invariant breaks, nothing gets lost.

The seed stands in the name of a failing test; ``swarm.random_parts(seed)`` shows its system, and
``pytest -k "seed-17"`` replays it.
"""

import math

import builders
import numpy as np
import pytest
import swarm

from meshsim.model.loading import load_mesh
from meshsim.solvers.observations import Part

MESHES = ("none", "istio-sidecar", "istio-ambient", "istio-ambient-waypoint", "linkerd")
REQUESTS = 100
ROUNDING = 1e-9


def check(program, seen):
    """What holds for every run of every system."""
    assert seen.spent_s.sum(axis=1) == pytest.approx(seen.latency_s, rel=1e-9, abs=1e-12)
    assert np.all(seen.spent_s >= -ROUNDING)
    assert np.all(np.isfinite(seen.latency_s))
    entered = np.isin(seen.edge, program.entry_edge)
    assert seen.edge_request[entered].tolist() == list(range(len(seen.latency_s)))
    assert seen.edge_latency_s[entered] == pytest.approx(seen.latency_s)
    assert seen.pod_requests.sum() >= len(seen.edge)
    stations = np.concatenate(
        [
            [math.ceil(cores) for cores in program.placement.pod_cores],
            np.ones(program.stations - program.pods),
        ]
    )
    possible = np.outer(np.diff(seen.snapshot_s), stations)
    assert np.all(np.diff(seen.busy_s, axis=0) <= possible + ROUNDING)


@pytest.mark.parametrize("seed", range(30), ids=lambda seed: f"seed-{seed}")
def test_a_random_system_under_every_mesh(seed):
    described = swarm.random_topology(seed)
    calls = []
    for mesh in MESHES:
        under = load_mesh(mesh)
        program = builders.program(described, under)
        seen = builders.observe(described, under, REQUESTS, seed=seed)
        check(program, seen)
        if mesh == "none":
            assert np.all(seen.spent_s[:, [Part.PROXY_WORK, Part.PROXY_QUEUE]] == 0.0)
        else:
            assert np.all(seen.spent_s[:, Part.PROXY_WORK] > 0.0)
        calls.append(np.bincount(seen.edge, minlength=len(program.edges)).tolist())
    if program.load.process != "closed":  # users meet their requests in another order
        assert all(found == calls[0] for found in calls), "a mesh changes no call"


def test_the_swarm_knows_every_feature():
    texts = " ".join(str(swarm.random_parts(seed)) for seed in range(30))
    for word in ("parallel", "wait", "count: 2", "ignore", "first_come", "workers: 1", "grpc"):
        assert word in texts
    for process in ("poisson", "constant", "steps", "ramps", "trace", "closed"):
        assert process in texts


def test_a_seed_is_one_system():
    assert swarm.random_parts(5) == swarm.random_parts(5)
    assert swarm.random_topology(5) != swarm.random_topology(6)

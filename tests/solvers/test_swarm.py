"""Random systems under every shipped mesh and under random ones: no invariant breaks.

The seed stands in the name of a failing test; ``swarm.random_parts(seed)`` shows its
system, ``swarm.random_mesh(seed)`` its mesh, ``pytest -k "seed-17"`` replays it.
"""

import math

import builders
import numpy as np
import pytest
import simpy
import swarm

from meshsim.model.loading import load_mesh
from meshsim.policies.retry import Outcome
from meshsim.solvers.observations import Part, Recorder
from meshsim.solvers.simpy_model import RunSettings, simulate
from meshsim.solvers.simpy_model.model import Model

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
    assert seen.edge_outcome[entered].tolist() == seen.outcome.tolist()
    stations = np.concatenate(
        [
            [math.ceil(cores) for cores in program.placement.pod_cores],
            np.ones(program.stations - program.pods),
        ]
    )
    possible = np.outer(np.diff(seen.snapshot_s), stations)
    assert np.all(np.diff(seen.busy_s, axis=0) <= possible + ROUNDING)


def check_policies(program, seen):
    """What holds for calls that may be given up and tried again."""
    policies, tries = program.policies, seen.tries
    assert set(seen.edge_outcome) <= {Outcome.OK, Outcome.ERROR, Outcome.TIMEOUT}
    assert np.all(seen.edge_tries >= 1)
    assert np.all(seen.edge_tries <= 1 + policies.retries.max(initial=0))
    assert seen.pod_requests.sum() >= np.count_nonzero(tries.pod >= 0)
    assert np.all(seen.spent_s[seen.outcome == Outcome.TIMEOUT, Part.RETRY] > 0.0)
    if program.load.policy >= 0:
        timeout_s = policies.timeout_s[program.load.policy]
        assert np.all(seen.latency_s <= timeout_s + ROUNDING)
    keys = list(zip(tries.key.tolist(), (tries.pod >= 0).tolist(), strict=True))
    assert len(set(keys)) == len(keys), "each try has a key of its own"
    assert np.all(np.diff(tries.end_s) >= 0.0)


def is_patient(program):
    """Nobody gives anything up or tries it again."""
    return len(program.policies.timeout_s) == 0


def observe(program, seed):
    return simulate(program, RunSettings(REQUESTS, seed, log_tries=True))


@pytest.mark.parametrize("seed", range(30), ids=lambda seed: f"seed-{seed}")
def test_a_random_system_under_every_mesh(seed):
    described = swarm.random_topology(seed)
    calls = []
    for mesh in MESHES:
        program = builders.program(described, load_mesh(mesh))
        seen = observe(program, seed)
        check(program, seen)
        check_policies(program, seen)
        answered = seen.spent_s[:, Part.RETRY] == 0.0
        if mesh == "none":
            assert np.all(seen.spent_s[:, [Part.PROXY_WORK, Part.PROXY_QUEUE]] == 0.0)
        else:
            assert np.all(seen.spent_s[answered, Part.PROXY_WORK] > 0.0)
        calls.append(np.bincount(seen.edge, minlength=len(program.edges)).tolist())
    if is_patient(program) and program.load.process != "closed":  # users come in another order
        assert all(found == calls[0] for found in calls), "a mesh changes no call"


@pytest.mark.parametrize("seed", range(60), ids=lambda seed: f"seed-{seed}")
def test_a_random_system_under_a_random_mesh(seed):
    program = builders.program(swarm.random_topology(seed), swarm.random_mesh(seed))
    seen = observe(program, seed)
    check(program, seen)
    check_policies(program, seen)
    if is_patient(program):
        assert np.all(seen.spent_s[:, Part.RETRY] == 0.0)
        assert set(seen.edge_tries) == {1}


def test_all_that_can_happen_to_a_call_happens_in_the_swarm():
    outcomes, again, proxied, patient = np.zeros(3, dtype=int), 0, 0, 0
    for seed in range(30):
        program = builders.program(swarm.random_topology(seed), swarm.random_mesh(seed))
        seen = observe(program, seed)
        outcomes += np.bincount(seen.edge_outcome, minlength=3)
        again += np.count_nonzero(seen.edge_tries > 1)
        proxied += program.inside.policy >= 0 or program.entry.policy >= 0
        patient += is_patient(program)
    assert np.all(outcomes > 50)
    assert again > 100
    assert proxied >= 5
    assert patient >= 5


def test_the_swarm_knows_every_feature():
    texts = " ".join(str(swarm.random_parts(seed)) for seed in range(30))
    for word in ("parallel", "wait", "count: 2", "ignore", "first_come", "workers: 1", "grpc"):
        assert word in texts
    for word in (
        "timeout",
        "per_try",
        "retry_on",
        "gateway-error",
        "max_interval",
        "stop",
        "finish",
    ):
        assert word in texts
    for process in ("poisson", "constant", "steps", "ramps", "trace", "closed"):
        assert process in texts


def test_a_seed_is_one_system():
    assert swarm.random_parts(5) == swarm.random_parts(5)
    assert swarm.random_topology(5) != swarm.random_topology(6)
    assert swarm.random_mesh(5) == swarm.random_mesh(5)
    assert swarm.random_mesh(5) != swarm.random_mesh(6)


def test_random_meshes_have_every_length_layer_and_scope():
    meshes = [swarm.random_mesh(seed) for seed in range(60)]
    assert {len(mesh.path.inside) for mesh in meshes} == {0, 1, 2, 3}
    proxies = [proxy for mesh in meshes for proxy in mesh.proxies]
    assert {proxy.layer for proxy in proxies} == {4, 7}
    assert {proxy.scope for proxy in proxies} == {"pod", "node", "service", "namespace"}
    assert any(len(set(mesh.path.inside)) > len(mesh.proxies) for mesh in meshes), "on both sides"
    assert any(mesh.policies.request_timeout and mesh.policies.retries for mesh in meshes)


@pytest.mark.parametrize("seed", range(40), ids=lambda seed: f"seed-{seed}")
def test_when_all_is_over_nothing_is_left_behind(seed):
    """Forty requests, then no more until nothing happens: whoever gave up gave everything back."""
    program = builders.program(swarm.random_topology(seed), swarm.random_mesh(seed))
    env = simpy.Environment()
    recorder = Recorder(40, program.stations)
    model = Model(program, env, seed, recorder)

    def arrive():
        for number in range(40):
            env.process(model.request(number, number, number % len(program.entry_edge), number % 5))
            yield simpy.Timeout(env, 1.7e-3)

    env.process(arrive())
    env.run()
    assert recorder.open == 0
    model.verify()
    stations = [*model.cores, *model.workers, *(s for s in model.slots if s is not None)]
    assert [station.present() for station in stations] == [0] * len(stations)
    assert all(sum(active) == 0 for active in model.hosts._active.values())
    assert np.all(model.connections.per_instance >= 0)

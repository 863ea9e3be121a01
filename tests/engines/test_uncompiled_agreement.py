"""Goal: the kernel as Python, which coverage can see, walks the same path too. Method: a second
copy of its modules, imported without compilation (``uncompiled.py``), against the SimPy model.
"""

import agreement
import builders
import pytest
import swarm
import uncompiled

from meshsim.solvers import arrivals, kernel, simpy_model
from meshsim.solvers.settings import RunSettings

REQUESTS = 20


def assert_agreement(described, under=None, requests=REQUESTS, seed=1):
    engine = uncompiled.kernel().run.simulate
    found = agreement.under_both(described, under, requests, seed, engine)
    assert not found.first_difference, found.first_difference
    return found.seen


@pytest.mark.parametrize("seed", range(15), ids="seed-{}".format)
def test_random_systems(seed):
    assert_agreement(swarm.random_topology(seed), swarm.random_mesh(seed), seed=seed)


@pytest.mark.parametrize("seed", [9, 10, 12, 18], ids="seed-{}".format)
def test_random_systems_in_which_everything_happens_at_once(seed):
    described, under = swarm.random_topology(seed, ties=True), swarm.random_mesh(seed, ties=True)
    assert_agreement(described, under, 60, seed)


def test_frames_and_connections_grow():
    branches = ", ".join(["{wait: 1ms}", "{call: b/get, timeout: 2ms, on_error: ignore}"] * 100)
    a = builders.service("a", f"[{{parallel: [{branches}]}}]", when_cancelled="stop")
    b = builders.service("b", "[{compute: 50us}]", replicas=5, balancing="round_robin")
    described = builders.topology(builders.listed(a, b), arrivals=builders.POISSON.format(500))
    under = builders.sidecars(busy="10us", policy="least_request")
    assert_agreement(described, under, requests=5)


def test_arrivals_come_some_at_a_time(monkeypatch):
    monkeypatch.setattr(arrivals, "_CHUNK", 8)
    services = builders.listed(builders.service("a", "[{compute: 1ms}]"))
    described = builders.topology(services, arrivals=builders.POISSON.format(1000))
    assert_agreement(described, requests=50)


def test_no_arrival_at_all():
    points = "[{at: 0s, rate: 0.1/s}, {at: 1s, rate: 0/s}]"
    arrivals_text = f"{{process: schedule, shape: steps, spacing: constant, points: {points}}}"
    services = builders.listed(builders.service("a"))
    assert_agreement(builders.topology(services, arrivals=arrivals_text))


def test_a_busy_quiet_and_busy_hour():
    """The calendar's days are fitted to thousands of events, and find none for years."""
    times = [f"{number}us" for number in range(0, 900, 3)] + ["5000s"]
    trace = f"{{process: trace, times: [{', '.join(times)}]}}"
    steps = "[{wait: 1us}, {wait: 1us}, {wait: 1us}, {wait: 1us}]"
    services = builders.listed(builders.service("a", steps))
    described = builders.topology(services, arrivals=trace, clients="timeout: 1s")
    assert_agreement(described, requests=1000)


@pytest.mark.parametrize("arrivals", ["{process: closed, users: 3, think: 1ms}", "closed"])
def test_users(arrivals):
    if arrivals == "closed":
        arrivals = "{process: closed, users: 3, think: 0s}"
    names = "ab"
    services = builders.listed(*(builders.service(name, "[{wait: 1ms}]") for name in names))
    entries = builders.listed(*(f"{{to: {name}/get}}" for name in names))
    assert_agreement(builders.topology(services, entries, arrivals=arrivals))


def test_sums_are_those_of_the_compiled_copy():
    program = builders.program(swarm.random_topology(3), swarm.random_mesh(3))
    settings = RunSettings(40, 3, keep="tallies")
    one, other = (
        run(program, settings).sums for run in (uncompiled.kernel().run.simulate, kernel.simulate)
    )
    assert one.entry_sum_s == pytest.approx(other.entry_sum_s, rel=1e-12)
    assert one.edge_sum_s == pytest.approx(other.edge_sum_s, rel=1e-12)
    assert one.busy_s == pytest.approx(other.busy_s, rel=1e-12)


def overloaded():
    services = builders.listed(
        builders.service("a", "[{compute: 10ms}]", resources=builders.cores(1))
    )
    return builders.program(builders.topology(services, arrivals=builders.POISSON.format(5000)))


def test_a_run_that_fills_with_requests_stops(monkeypatch):
    """What was answered until then is what the model saw."""
    modules = uncompiled.kernel()
    monkeypatch.setattr(modules.frames, "FRAMES_MAX", 256)
    seen = modules.run.simulate(overloaded(), RunSettings(400))
    model = simpy_model.simulate(overloaded(), RunSettings(400))
    assert seen.overloaded
    answered = len(seen.latency_s)
    assert seen.latency_s == pytest.approx(model.latency_s[:answered], rel=1e-9)
    assert seen.start_s.tolist() == model.start_s[:answered].tolist()
    assert seen.edge_request.max(initial=-1) < max(answered, 1)
    assert not model.overloaded


@pytest.mark.parametrize("stops", ["stop", "finish"])
def test_proxies_that_try_again_and_are_given_up_themselves(stops):
    """Clients give up while calls of three levels run, are tried again, or pause."""
    more = {"when_cancelled": stops, "cpu_sharing": "first_come", "resources": builders.cores(1)}
    branches = "[{call: b/get}, [{wait: 1ms}, {call: b/get, timeout: 3ms, on_error: ignore}]]"
    services = builders.listed(
        builders.service("a", f"[{{parallel: {branches}}}]", workers=2, **more),
        builders.service("b", "[{call: c/get}]", workers=2, **more),
        builders.service("c", "[{compute: 1500us}]", endpoint=", error: 30%", **more),
    )
    clients = "timeout: 9ms, retries: {attempts: 1, retry_on: [5xx], per_try_timeout: 6ms}"
    described = builders.topology(services, arrivals=builders.POISSON.format(400), clients=clients)
    policies = "{request_timeout: 5ms, retries: {attempts: 2, retry_on: [5xx], base_interval: 2ms}}"
    under = builders.sidecars(policies, busy="100us", workers=2)
    seen = assert_agreement(described, under, requests=60)
    assert (seen.edge_outcome == 2).sum() > 20


def test_rows_are_put_aside(monkeypatch):
    modules = uncompiled.kernel()
    monkeypatch.setattr(modules.build, "ROWS", 512)
    monkeypatch.setattr(modules.logs, "_BLOCK", 512)
    services = builders.listed(
        builders.service("a", "[{call: b/get, count: 40}]"), builders.service("b")
    )
    seen = assert_agreement(builders.topology(services), requests=30)
    assert len(seen.edge) == 30 * 41

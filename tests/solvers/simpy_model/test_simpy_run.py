"""Runs: the same again for the same seed, what is measured, how a run ends."""

import dataclasses
import gc

import builders
import numpy as np
import pytest

from meshsim.lowering.lower import lower
from meshsim.model.loading import load_mesh, load_topology
from meshsim.model.scenario import Scenario
from meshsim.solvers.observations import Part
from meshsim.solvers.simpy_model import RunSettings, simulate

MS = 1e-3


def fields(observed):
    """All of the observations as arrays; those of the try log, if there is one, by their names."""
    found = {field.name: getattr(observed, field.name) for field in dataclasses.fields(observed)}
    tries = found.pop("tries")
    found.update({} if tries is None else vars(tries))
    return {name: np.asarray(value) for name, value in found.items()}


def same(one, other):
    pairs = [(value, fields(other)[name]) for name, value in fields(one).items()]
    return all(a.tobytes() == b.tobytes() and a.dtype == b.dtype for a, b in pairs)


def shipped(mesh="istio-sidecar", topology="chain-3"):
    return lower(Scenario(load_topology(topology), load_mesh(mesh)))


def single(work="1ms", arrivals="{process: poisson, rate: 100/s}", **more):
    services = builders.listed(builders.service("a", f"[{{compute: {work}}}]", **more))
    return builders.topology(services, arrivals=arrivals)


@pytest.mark.parametrize(
    "mesh", ["none", "istio-sidecar", "istio-ambient", "istio-ambient-waypoint", "linkerd"]
)
def test_the_same_seed_gives_the_same_bytes(mesh):
    settings = RunSettings(requests=300, seed=7)
    assert same(simulate(shipped(mesh), settings), simulate(shipped(mesh), settings))


def impatient():
    """Requests every millisecond whose calls are given up after 5 of 50 ms."""
    services = builders.listed(
        builders.service("a", "[{call: b/get, timeout: 5ms}]"),
        builders.service("b", "[{wait: 50ms}]"),
    )
    arrivals = "{process: constant, rate: 1000/s}"
    described = builders.topology(services, arrivals=arrivals)
    return builders.program(described, builders.sidecars(busy="10us"))


def test_observations_stay_as_they_are_when_the_run_is_freed():
    """What was under way at the end of a run gives its connections up when Python frees it."""
    gc.disable()
    try:
        observed = simulate(impatient(), RunSettings(requests=40))
        before = observed.connections.tolist()
        assert gc.collect() > 0
        assert observed.connections.tolist() == before
    finally:
        gc.enable()
    assert before == [34 + 2 * 5, 5]  # of 34 clients; of the five calls under way at the end


def test_a_log_of_tries_changes_nothing_else():
    plain, logged = (
        simulate(impatient(), RunSettings(requests=100, log_tries=log)) for log in (False, True)
    )
    assert plain.tries is None
    assert len(logged.tries.key) == 100  # the answers to the clients; no call to b is answered
    assert same(plain, dataclasses.replace(logged, tries=None))


def test_closed_load_gives_the_same_bytes():
    arrivals = "{process: closed, users: 5, think: {distribution: exponential, mean: 10ms}}"
    described = single("{distribution: exponential, mean: 1ms}", arrivals)
    assert same(builders.observe(described, None, 200), builders.observe(described, None, 200))


def test_seeds_and_replications_differ():
    program = shipped()
    runs = [
        simulate(program, RunSettings(100, seed, replication))
        for seed in (1, 2)
        for replication in (0, 1)
    ]
    assert len({run.start_s.tobytes() for run in runs}) == 4
    assert len({run.latency_s.tobytes() for run in runs}) == 4


def test_replications_are_independent():
    """Correlation of the starts' gaps and of the latencies over 30 pairs of replications."""
    described = single("{distribution: exponential, mean: 5ms}")
    runs = [builders.observe(described, None, 1000, replication=number) for number in range(6)]
    gaps = np.corrcoef([np.diff(run.start_s) for run in runs])
    work = np.corrcoef([run.spent_s[:, Part.APP_WORK] for run in runs])
    upper = np.triu_indices(6, 1)
    assert np.all(np.abs(gaps[upper]) < 4 / np.sqrt(1000))
    assert np.all(np.abs(work[upper]) < 4 / np.sqrt(1000))


def test_a_mesh_leaves_requests_and_their_demands_alone():
    """Common random numbers: the same arrivals, entries and work under every mesh."""
    runs = [
        simulate(shipped(mesh, "online-boutique"), RunSettings(100, seed=3))
        for mesh in ("none", "istio-sidecar", "istio-ambient-waypoint")
    ]
    for run in runs[1:]:
        assert run.start_s.tolist() == runs[0].start_s.tolist()
        assert run.entry.tolist() == runs[0].entry.tolist()
        assert np.bincount(run.edge).tolist() == np.bincount(runs[0].edge).tolist()


def test_more_requests_do_not_change_the_first():
    program = shipped()
    few, many = (simulate(program, RunSettings(requests)) for requests in (50, 400))
    assert many.start_s[:50].tolist() == few.start_s.tolist()
    assert many.latency_s[:50].tolist() == few.latency_s.tolist()


def test_measured_requests_meet_the_load_that_comes_after_them():
    """Requests at 10, 20, 30 and 40 ms share a core, 15 ms each; two of them are measured.

    The first is alone for 10 ms, then needs another 10 for its last 5. By then the second has had
    5; it gets 5 more beside the third until 40, and its last 5 in 15 ms beside two others.
    """
    arrivals = "{process: constant, rate: 100/s}"
    described = single("15ms", arrivals, resources=builders.cores(1))
    observed = builders.observe(described, None, requests=2)
    assert observed.latency_s == pytest.approx(np.array([20, 35]) * MS, rel=1e-9)


def test_an_overload_ends():
    """Twice what one core can do: as many again as are measured arrive, and no more."""
    described = single("20ms", resources=builders.cores(1), cpu_sharing="first_come")
    observed = builders.observe(described, None, requests=200)
    assert len(observed.latency_s) == 200
    assert observed.pod_requests.tolist() == [400]
    assert observed.latency_s[-1] > 1.0  # half of 200 × 20 ms are still in line


def test_a_schedule_that_ends_is_measured_to_its_end():
    points = "[{at: 0s, rate: 10/s}, {at: 1s, rate: 0/s}]"
    arrivals = f"{{process: schedule, spacing: constant, points: {points}}}"
    observed = builders.observe(single("1ms", arrivals), None, requests=1000)
    assert observed.start_s == pytest.approx(np.arange(1, 11) / 10)
    assert observed.latency_s == pytest.approx(np.full(10, MS))
    assert observed.snapshot_request[-1] == 10


def test_a_schedule_that_ends_before_its_first_request_observes_nothing():
    points = "[{at: 0s, rate: 1/s}, {at: 10ms, rate: 0/s}]"
    arrivals = f"{{process: schedule, spacing: constant, points: {points}}}"
    observed = builders.observe(single("1ms", arrivals), None, requests=1000)
    assert len(observed.latency_s) == 0
    assert observed.spent_s.shape == (0, len(Part))
    assert observed.busy_s.shape == (1, 1)


def test_snapshots_tell_the_use_of_every_station():
    """25% of two cores, read every 20 requests; the run ends before a request after the last."""
    arrivals = "{process: constant, rate: 100/s}"
    described = single("5ms", arrivals, resources=builders.cores(2))
    observed = builders.observe(described, None, requests=1000)
    assert len(observed.snapshot_s) == 51
    assert observed.snapshot_request[[0, 1, -1]].tolist() == [0, 20, 1000]
    used = np.diff(observed.busy_s[:, 0]) / np.diff(observed.snapshot_s)
    assert used[:-1] == pytest.approx(np.full(49, 0.5), rel=1e-9)
    assert used[-1] == pytest.approx(20 * 5 / (19 * 10 + 5), rel=1e-9)


def test_users_wait_think_and_ask_again():
    arrivals = "{process: closed, users: 2, think: 3ms}"
    described = single("1ms", arrivals, resources=builders.cores(1), cpu_sharing="first_come")
    observed = builders.observe(described, None, requests=6)
    # Both think 3 ms, then one waits for the other; from then on they miss each other.
    assert observed.start_s == pytest.approx(np.array([3, 3, 7, 8, 11, 12]) * MS)
    assert observed.latency_s == pytest.approx(np.array([1, 2, 1, 1, 1, 1]) * MS)


def test_users_do_not_depend_on_each_other():
    """User 0 does the same with or without a second user who never gets in its way."""
    think = "{distribution: exponential, mean: 10ms}"
    one, two = (
        builders.observe(
            single("1ms", f"{{process: closed, users: {users}, think: {think}}}"),
            None,
            requests=20 * users,
        )
        for users in (1, 2)
    )
    starts = set(np.round(two.start_s, 12))
    assert sum(start in starts for start in np.round(one.start_s, 12)) >= 15


def test_users_choose_entries_by_their_shares():
    described = builders.topology(
        builders.listed(builders.service("a"), builders.service("b")),
        "[{to: a/get, weight: 3}, {to: b/get, weight: 1}]",
        arrivals="{process: closed, users: 10, think: 1ms}",
    )
    observed = builders.observe(described, None, requests=4000)
    assert abs(observed.entry.mean() - 0.25) < 4 * 0.00685


def test_users_who_neither_think_nor_wait_still_end():
    observed = builders.observe(
        builders.topology(
            builders.listed(builders.service("a")), arrivals="{process: closed, users: 3}"
        ),
        None,
        requests=30,
    )
    assert observed.latency_s.tolist() == [0.0] * 30


def test_invariants_are_off_unless_asked_for(monkeypatch):
    asked = []
    monkeypatch.setattr(
        "meshsim.solvers.simpy_model.model.Model.verify", lambda _: asked.append(True)
    )
    builders.observe(single())
    monkeypatch.delenv("MESHSIM_VERIFY")
    builders.observe(single())
    assert asked == [True]


def paced(rate, connections, jitter="0%", work="1ms", requests=400, tick="0s"):
    arrivals = (
        f"{{process: paced, rate: {rate}/s, connections: {connections}, jitter: {jitter}, "
        f"clock_tick: {tick}}}"
    )
    described = single(work, arrivals, resources=builders.cores(1), cpu_sharing="first_come")
    return builders.observe(described, None, requests=requests)


def test_connections_in_step_wait_for_each_other():
    """Four at once every 40 ms, 1 ms each: 1, 2, 3 and 4 ms, again and again."""
    seen = paced(100, 4)
    assert seen.start_s == pytest.approx(np.repeat(np.arange(100) * 0.04, 4), rel=1e-12)
    latency_s = np.sort(seen.latency_s.reshape(100, 4), axis=1)
    assert latency_s == pytest.approx(np.tile([1 * MS, 2 * MS, 3 * MS, 4 * MS], (100, 1)))


def test_jitter_moves_each_request_about_its_moment():
    """Pauses of 39 ms on average end up to 10% early or late, evenly; the timetable holds."""
    seen = paced(100, 4, "10%", requests=4_000)
    off_s = seen.start_s - np.round(seen.start_s / 0.04) * 0.04
    assert 3.5 * MS < np.abs(off_s).max() < 4.4 * MS
    assert np.std(off_s[4:]) == pytest.approx(3.9 * MS / np.sqrt(3), rel=0.05)
    assert abs(np.mean(off_s)) < 4 * 3.9 * MS / np.sqrt(3) / np.sqrt(4_000)


def test_a_connection_that_is_late_sends_at_once():
    """1 ms of work for each of 2 connections, 2,000/s asked: each answer starts a request."""
    seen = paced(2_000, 2)
    assert np.diff(seen.start_s[2:]) == pytest.approx(np.full(397, 1 * MS))
    assert seen.latency_s[2:] == pytest.approx(np.full(398, 2 * MS))


def test_a_clock_in_ticks_sends_what_is_due_together():
    """20 connections with a jitter of 2 ms either way: in step at some five ticks of 1 ms."""
    seen = paced(1_000, 20, "10%", work="1us", requests=2_000, tick="1ms")
    ticks = np.round(seen.start_s * 1e3)
    assert seen.start_s == pytest.approx(ticks / 1e3, abs=1e-9)
    assert 4 <= len(np.unique(np.round(seen.start_s[20:] * 1e3) % 20)) <= 7

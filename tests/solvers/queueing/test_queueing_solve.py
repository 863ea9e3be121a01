"""Whole programs through meshsim.solvers.queueing.solve: exact where theory is, and consistent.

What meshsim.solvers.queueing.assumptions says is tested at the end.
"""

import builders
import numpy as np
import pytest

from meshsim.lowering.lower import lower
from meshsim.model.loading import load_mesh, load_topology
from meshsim.model.scenario import Scenario
from meshsim.solvers.observations import Part
from meshsim.solvers.queueing import QUANTILES, solve

EXPONENTIAL = "{{compute: {{distribution: exponential, mean: {}ms}}}}"


def server(name="a", mean_ms=1, then="", **more):
    more = {"resources": builders.cores(1), **more}
    return builders.service(name, f"[{EXPONENTIAL.format(mean_ms)}{then}]", **more)


def system(*services, rate=100, **more):
    more.setdefault("arrivals", builders.POISSON.format(rate))
    under = more.pop("under", None)
    return builders.program(builders.topology(builders.listed(*services), **more), under)


@pytest.mark.parametrize("sharing", ["first_come", "processor_sharing"])
def test_mm1(sharing):
    """1 / (μ - λ) under both disciplines; first come first served it is exponential."""
    found = solve(system(server(cpu_sharing=sharing), rate=700))
    assert found.all_entries.mean_s[0] == pytest.approx(1e-3 / 0.3, rel=1e-9)
    if sharing == "first_come":
        expected = -np.log1p(-np.array(QUANTILES)) * 1e-3 / 0.3
        assert found.all_entries.quantiles_s[0] == pytest.approx(expected, rel=0.04)
    assert found.stations.utilisation == pytest.approx([0.7])
    assert found.stations.wait_s == pytest.approx([1e-3 / 0.3 - 1e-3])


def test_mm3():
    """Offered 2 of 3: C = 4/9, wait C / (3 - 2) services."""
    program = system(server(resources=builders.cores(3), cpu_sharing="first_come"), rate=2_000)
    assert solve(program).all_entries.mean_s[0] == pytest.approx((1 + 4 / 9) * 1e-3, rel=1e-9)


def test_mg1_and_its_sharing():
    """Constant service at 1/2: half a service of waiting in order, one service when shared."""
    work = "[{compute: 1ms}]"
    for sharing, expected in (("first_come", 1.5e-3), ("processor_sharing", 2e-3)):
        service = builders.service("a", work, resources=builders.cores(1), cpu_sharing=sharing)
        found = solve(system(service, rate=500)).all_entries
        assert found.mean_s[0] == pytest.approx(expected, rel=1e-9)


def test_a_jackson_network():
    """a (0.5) calls b with 40% (0.6) and then c twice (0.4): sums of 1 / (μ - λ)."""
    then = ", {call: b/get, probability: 40%}, {call: c/get, count: 2}"
    program = system(server("a", 1, then), server("b", 3), server("c", 0.4), rate=500)
    times = 1e-3 / 0.5 + 0.4 * 3e-3 / 0.4 + 2 * 0.4e-3 / 0.6
    found = solve(program, points=0)
    assert found.all_entries.mean_s[0] == pytest.approx(times, rel=1e-9)
    by_points = solve(program)
    assert by_points.all_entries.mean_s[0] == pytest.approx(times, rel=0.01)
    assert found.edge_per_s.tolist() == pytest.approx([200, 1_000, 500])


def test_closed_load_is_exact_for_a_product_form():
    """The machine repairman: 3 users, think 2 ms, serve 1 ms. By Erlang's formula for B.

    p(n) ∝ 3!/(3-n)! (1/2)^n = 1, 1.5, 1.5, 0.75: busy 3.75 / 4.75.
    """
    arrivals = "{process: closed, users: 3, think: {distribution: exponential, mean: 2ms}}"
    found = solve(system(server(), arrivals=arrivals))
    rate = 3.75 / 4.75 * 1_000
    assert found.outside_per_s == pytest.approx(rate, rel=1e-9)
    assert found.all_entries.mean_s[0] == pytest.approx(3 / rate - 2e-3, rel=1e-9)


def test_paced_load_is_open_while_its_connections_keep_the_pace():
    """M/D/1 at 1/2 waits half a service; two connections that never pause are closed load."""
    server_ = builders.service(
        "a", "[{compute: 1ms}]", resources=builders.cores(1), cpu_sharing="first_come"
    )
    found = solve(system(server_, arrivals="{process: paced, rate: 500/s, connections: 64}"))
    assert found.outside_per_s == 500
    assert found.all_entries.mean_s[0] == pytest.approx(1.5e-3, rel=1e-9)
    assert any("in step" in note for note in found.assumptions)
    late = "{process: paced, rate: 5000/s, connections: 2}"
    users = "{process: closed, users: 2}"
    late, users = (solve(system(server_, arrivals=arrivals)) for arrivals in (late, users))
    assert late.outside_per_s == users.outside_per_s
    assert late.all_entries.mean_s[0] == users.all_entries.mean_s[0]


def test_many_users_meet_the_bottleneck():
    arrivals = "{process: closed, users: 100000, think: 10ms}"
    found = solve(system(server(), server("b"), arrivals=arrivals))
    assert found.overload is None
    assert found.outside_per_s == pytest.approx(980)
    assert found.all_entries.mean_s[0] == pytest.approx(100 - 0.01, rel=0.01)


def test_branches_take_the_longest_of_them():
    """Two exponential waits of 1 ms at once: 1.5 ms; of three, 1 + 1/2 + 1/3."""
    wait = "{wait: {distribution: exponential, mean: 1ms}}"
    for count, expected in ((2, 1.5e-3), (3, 11 / 6 * 1e-3)):
        branches = ", ".join([wait] * count)
        program = system(builders.service("a", f"[{{parallel: [{branches}]}}]"))
        for points in (0, 4096):
            found = solve(program, points=points)
            assert found.all_entries.mean_s[0] == pytest.approx(expected, rel=0.01)
            assert found.parts_s[0, Part.APP_WAIT] == pytest.approx(expected, rel=0.01)


def test_slots_are_servers_that_are_held_through_the_calls_below():
    """Two slots held for an exponential wait below: M/M/2 with offered 1, wait 1/3 of a service."""
    held = builders.service("b", "[{wait: {distribution: exponential, mean: 10ms}}]")
    program = system(builders.service("a", "[{call: b/get}]", workers=2), held, rate=100)
    found = solve(program)
    assert found.slot_utilisation == pytest.approx([0.5, 0.0])
    assert found.all_entries.mean_s[0] == pytest.approx(10e-3 * 4 / 3, rel=1e-3)
    assert found.parts_s[0, Part.APP_QUEUE] == pytest.approx(10e-3 / 3, rel=0.02)


def test_what_takes_no_time_has_no_parts():
    answer = solve(system(builders.service("a", "[]", workers="2")))
    assert answer.all_entries.mean_s.tolist() == [0.0]
    assert not np.any(answer.parts_s)


def test_overload_names_the_station_and_gives_no_latency():
    found = solve(system(server(), server("b", 5), rate=1_200, entries="[{to: a/get}]"))
    assert found.overload == (
        "no steady state: the CPU of a pod of a is at 120%; it is saturated at 1000/s"
    )
    assert found.entries is found.edges is found.all_entries is found.parts_s is None
    assert np.isnan(found.stations.wait_s).all()


def test_slots_overload_too():
    held = builders.service("b", "[{wait: 10ms}]")
    program = system(builders.service("a", "[{call: b/get}]", workers=2), held, rate=300)
    found = solve(program)
    assert found.bottleneck.kind == "slots"
    assert found.bottleneck.carries_per_s == pytest.approx(200, rel=1e-3)
    assert "the worker slots of a pod of a" in found.overload


def test_circles_of_calls_are_iterated():
    """a calls itself with 50%: two executions of 2 ms each at load 1/2, one inside the other."""
    program = system(server(then=", {call: a/get, probability: 50%}"), rate=250)
    for points in (0,):
        found = solve(program, points=points)
        assert found.all_entries.mean_s[0] == pytest.approx(4e-3, rel=1e-6)
        assert found.parts_s[0, Part.APP_WORK] == pytest.approx(2e-3, rel=1e-6)


def test_retries_cost_time_and_load():
    """One in five fails and is tried again up to twice: 1.24 tries, load 0.62."""
    then = ", {call: b/get, retries: {attempts: 2, base_interval: 2ms, retry_on: [5xx]}}"
    program = system(
        builders.service("a", f"[{then[2:]}]"), server("b", endpoint=", error: 20%"), rate=500
    )
    found = solve(program)
    assert found.stations.utilisation[1] == pytest.approx(0.62, rel=1e-4)
    assert found.failure[0] == pytest.approx(0.008, rel=1e-3)
    assert found.parts_s[0, Part.RETRY] > 0.2e-3
    assert found.parts_s.sum() == pytest.approx(found.entries.mean_s[0])
    assert found.edge_per_s.tolist() == pytest.approx([500, 500])


def test_retries_can_overload():
    then = "{call: b/get, retries: {attempts: 5, retry_on: [5xx]}}"
    program = system(
        builders.service("a", f"[{then}]"), server("b", endpoint=", error: 60%"), rate=600
    )
    assert "CPU of a pod of b" in solve(program).overload


def test_time_outs_cut_the_tail():
    program = system(
        builders.service("a", "[{call: b/get, timeout: 3ms, on_error: ignore}]"),
        server("b"),
        rate=500,
    )
    found = solve(program)
    assert found.all_entries.quantiles_s[0, -1] == pytest.approx(3e-3)
    assert found.failure[0] == 0.0


@pytest.mark.parametrize("mesh", ["none", "istio-sidecar", "istio-ambient-waypoint", "linkerd"])
@pytest.mark.parametrize("name", ["hotel-reservation", "social-network", "tree-13"])
def test_shipped_files_give_answers_that_hold_together(name, mesh):
    program = lower(Scenario(load_topology(name), load_mesh(mesh)))
    found, quick = solve(program, points=1024), solve(program, points=0)
    assert found.overload is None
    assert found.parts_s.sum(axis=1) == pytest.approx(found.entries.mean_s)
    called = ~np.isnan(found.edges.mean_s)
    for times in (found.entries, found.all_entries):
        assert np.all(np.diff(times.quantiles_s, axis=1) >= 0)
    assert np.all(np.diff(found.edges.quantiles_s[called], axis=1) >= 0)
    assert quick.entries.mean_s == pytest.approx(found.entries.mean_s, rel=0.2)
    assert np.all((found.stations.utilisation >= 0) & (found.stations.utilisation < 1))
    assert any(note.startswith("quantiles") for note in quick.assumptions)
    assert not any(note.startswith("quantiles") for note in found.assumptions)


def test_the_same_program_gives_the_same_answer():
    program = lower(Scenario(load_topology("online-boutique"), load_mesh("istio-sidecar")))
    one, two = solve(program, points=512), solve(program, points=512)
    assert np.array_equal(one.edges.quantiles_s, two.edges.quantiles_s, equal_nan=True)


def test_what_does_not_hold_is_said():
    arrivals = "{process: constant, rate: 120/s}"
    service = builders.service(
        "a",
        "[{compute: 2ms}, {parallel: [{wait: 1ms}, {wait: 1ms}]}]",
        replicas=2,
        workers=8,
        resources=builders.cores(0.2),
    )
    notes = solve(system(service, arrivals=arrivals, connections=2)).assumptions
    words = {note.partition(":")[0] for note in notes}
    assert words == {"connections", "quota", "parallel", "load", "slots"}
    assert "overload" in notes[0]
    schedule = (
        "{process: schedule, shape: steps, points: [{at: 0s, rate: 5/s}, {at: 10s, rate: 1/s}]}"
    )
    words = {n.partition(":")[0] for n in solve(system(server(), arrivals=schedule)).assumptions}
    assert words == {"load"}


@pytest.mark.parametrize("more", [{"requests_per_connection": 5}, {}])
def test_new_connections_and_stalls_are_not_in_the_formulas(more):
    clients = "" if more else "requests_per_connection: 1"
    under = builders.sidecars(stalls=(0.01, "3ms"))
    notes = solve(system(server(**more), clients=clients, under=under)).assumptions
    assert {note.partition(":")[0] for note in notes} == {"churn", "stalls"}

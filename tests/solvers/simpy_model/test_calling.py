"""Calls that are given up and tried again, from end to end, added up by hand.

a calls b. Nothing takes time but what a test says; windows of 1 ms give no pause.
"""

import builders
import numpy as np
import pytest
import simpy

from meshsim.policies.retry import Outcome
from meshsim.solvers.observations import Part, Recorder
from meshsim.solvers.simpy_model.model import Model

MS = 1e-3
US = 1e-6
AT_ONCE = "base_interval: 1ms, max_interval: 1ms"
THRICE = f"retries: {{attempts: 2, {AT_ONCE}}}"


def ab(call="", steps="[{wait: 5ms}]", **of_b):
    """The services a, which calls b once with these keys, and b."""
    return builders.listed(
        builders.service("a", f"[{{call: b/get{call}}}]"), builders.service("b", steps, **of_b)
    )


def observe(services, under=None, requests=1, **more):
    return builders.observe(builders.topology(services, **more), under, requests)


def parts(observed, request=0):
    """The parts of a request [ms], those that are not zero."""
    spent_ms = (observed.spent_s[request] / MS).round(9)
    return {part.name: spent_ms[part] for part in Part if spent_ms[part]}


def call_to_b(observed):
    """Latency [ms], outcome and tries of the first call from a to b."""
    call = observed.edge.tolist().index(0)
    latency_ms = observed.edge_latency_s[call] / MS
    return pytest.approx(latency_ms), observed.edge_outcome[call], observed.edge_tries[call]


def test_a_caller_gives_up_at_exactly_its_timeout():
    observed = observe(ab(", timeout: 2ms"))
    assert call_to_b(observed) == (2, Outcome.TIMEOUT, 1)
    assert observed.outcome.tolist() == [Outcome.ERROR]  # of a, whose call failed
    assert observed.latency_s[0] == pytest.approx(2 * MS)
    assert parts(observed) == {"RETRY": 2}


def test_an_answer_at_the_very_moment_counts():
    observed = observe(ab(", timeout: 5ms"))
    assert call_to_b(observed) == (5, Outcome.OK, 1)
    assert parts(observed) == {"APP_WAIT": 5}


def test_a_call_that_may_fail_is_given_up_and_gone_on_from():
    a = builders.service("a", "[{call: b/get, timeout: 2ms, on_error: ignore}, {wait: 1ms}]")
    observed = observe(builders.listed(a, builders.service("b", "[{wait: 5ms}]")))
    assert observed.outcome.tolist() == [Outcome.OK]
    assert parts(observed) == {"RETRY": 2, "APP_WAIT": 1}


def test_tries_until_none_is_left():
    retries = f"retries: {{attempts: 2, per_try_timeout: 2ms, {AT_ONCE}}}"
    observed = observe(ab(f", {retries}"))
    assert call_to_b(observed) == (6, Outcome.TIMEOUT, 3)
    assert observed.pod_requests.tolist() == [1, 3]
    assert parts(observed) == {"RETRY": 6}


def test_the_timeout_of_the_call_cuts_its_tries():
    retries = f"retries: {{attempts: 9, per_try_timeout: 2ms, {AT_ONCE}}}"
    observed = observe(ab(f", timeout: 5ms, {retries}", "[{wait: 9ms}]"))
    assert call_to_b(observed) == (5, Outcome.TIMEOUT, 3)


def test_a_retry_draws_anew():
    """b fails half of the time, and each try by its own draw: 1/8 fail three times."""
    observed = observe(
        ab(f", {THRICE}", "[]", endpoint=", error: 50%"),
        requests=4000,
        arrivals="{process: constant, rate: 1000/s}",
    )
    tries = observed.edge_tries[observed.edge == 0]
    # Binomial, four standard deviations.
    assert abs(np.mean(tries == 1) - 1 / 2) < 4 * np.sqrt(1 / 4 / 4000)
    assert abs(np.mean(tries == 2) - 1 / 4) < 4 * np.sqrt(3 / 16 / 4000)
    assert abs(observed.failed.mean() - 1 / 8) < 4 * np.sqrt(7 / 64 / 4000)


def test_pauses_are_whole_milliseconds_of_their_windows():
    """Of 8 ms before the second try, of 16 before the third; each wait of 100 µs is one try's."""
    keys = ", retries: {attempts: 2, base_interval: 8ms}"
    observed = observe(ab(keys, "[{wait: 100us}]", endpoint=", error: 100%"), requests=1500)
    pauses_ms = observed.spent_s[:, Part.RETRY] / MS - 2 * 0.1
    assert pauses_ms == pytest.approx(pauses_ms.round(), abs=1e-9)
    assert set(pauses_ms.round()) == set(range(7 + 15 + 1))
    # Two uniform numbers, of 0 … 7 and of 0 … 15: mean 3.5 + 7.5, variance (63 + 255) / 12.
    assert abs(pauses_ms.mean() - 11) < 4 * np.sqrt(318 / 12 / 1500)


@pytest.mark.parametrize(
    ("clients", "times"), [("", 1), (f"retries: {{attempts: 1, {AT_ONCE}}}", 2)]
)
def test_retries_of_every_hop_multiply(clients, times):
    """Two retries at each of three hops: 3, 9 and 27 tries of one request that fails."""
    chain = builders.listed(
        builders.service("a", f"[{{call: b/get, {THRICE}}}]"),
        builders.service("b", f"[{{call: c/get, {THRICE}}}]"),
        builders.service("c", f"[{{call: d/get, {THRICE}}}]"),
        builders.service("d", endpoint=", error: 100%"),
    )
    observed = observe(chain, clients=clients)
    assert observed.failed.tolist() == [True]
    assert observed.pod_requests.tolist() == [times * tries for tries in (1, 3, 9, 27)]


# Clients -----------------------------------------------------------------------------------------


def test_clients_give_up_while_the_work_they_asked_for_goes_on():
    """b is called at 3 ms, by a request that was given up at 2; c by b, at 5."""
    services = builders.listed(
        builders.service("a", "[{wait: 3ms}, {call: b/get}]"),
        builders.service("b", "[{wait: 2ms}, {call: c/get}]"),
        builders.service("c"),
    )
    arrivals = "{process: trace, times: [1s, 2s]}"
    observed = observe(services, requests=2, arrivals=arrivals, clients="timeout: 2ms")
    assert observed.outcome.tolist() == [Outcome.TIMEOUT] * 2
    assert observed.latency_s == pytest.approx([2 * MS] * 2)
    assert observed.pod_requests.tolist() == [2, 1, 1]


def test_users_who_give_up_think_and_ask_again():
    arrivals = "{process: closed, users: 1, think: 3ms}"
    a = builders.listed(builders.service("a", "[{wait: 9ms}]"))
    observed = observe(a, requests=3, arrivals=arrivals, clients="timeout: 2ms")
    assert observed.start_s == pytest.approx(np.array([3, 8, 13]) * MS)
    assert observed.latency_s == pytest.approx([2 * MS] * 3)


def test_clients_try_again():
    a = builders.listed(builders.service("a", "[{wait: 2ms}]", endpoint=", error: 100%"))
    observed = observe(a, clients=THRICE)
    assert observed.outcome.tolist() == [Outcome.ERROR]
    assert parts(observed) == {"RETRY": 4, "APP_WAIT": 2}
    assert observed.edge_tries.tolist() == [3]


# What the mesh does -------------------------------------------------------------------------------
#
# Sidecars that take 50 µs of each visit, and b after 1 ms. A try of the caller's sidecar is the way
# through the callee's: 50 + 1000 + 50 µs.

ONE_RETRY = "retries: {{attempts: 1, retry_on: [{}], base_interval: 1ms}}"


def proxied(policies, services, **more):
    sidecars = builders.sidecars(policies=f"{{{policies}}}", busy="100us", **more)
    return observe(services, sidecars)


def failing(call="", **of_b):
    return ab(call, "[{wait: 1ms}]", endpoint=", error: 100%", **of_b)


def test_a_proxy_that_tries_again_visits_its_worker_again():
    """50 in, twice a try of 1100 with a visit of 50 before the second, 50 out: 2350 µs.

    The first try came to nothing. CPU of the last: both ends 100, the visit 50, its own try 100;
    before all that 100 in front of a.
    """
    observed = proxied(ONE_RETRY.format("5xx"), failing())
    assert call_to_b(observed) == (2.35, Outcome.ERROR, 1)
    assert parts(observed) == {"RETRY": 1.1, "APP_WAIT": 1, "PROXY_WORK": 0.05 * 5 + 0.1}
    assert observed.pod_requests.tolist() == [1, 2]


def test_the_defaults_of_istio_try_nothing_again():
    observed = proxied(ONE_RETRY.format("connect-failure, unavailable"), failing())
    assert observed.pod_requests.tolist() == [1, 1]
    assert call_to_b(observed) == (1.2, Outcome.ERROR, 1)


def test_a_try_of_a_proxy_goes_to_another_host():
    services = failing(replicas=2)
    observed = proxied(ONE_RETRY.format("5xx"), services, policy="round_robin")
    assert observed.pod_requests.tolist() == [1, 1, 1]


def test_a_proxy_answers_for_the_pod_that_does_not():
    """50 in, 400 of patience, 50 out with a 504; b had the request for 350."""
    observed = proxied("request_timeout: 400us", ab(steps="[{wait: 1ms}]"))
    assert call_to_b(observed) == (0.5, Outcome.TIMEOUT, 1)
    assert observed.outcome.tolist() == [Outcome.ERROR]
    assert parts(observed) == {"RETRY": 0.4, "PROXY_WORK": 0.2}


@pytest.mark.parametrize(("on", "tries"), [("5xx", 3), ("gateway-error", 3), ("reset", 1)])
def test_a_caller_tries_again_what_the_proxy_has_given_up(on, tries):
    """A 504 is a gateway error, and no reset."""
    retries = f", retries: {{attempts: 2, retry_on: [{on}], {AT_ONCE}}}"
    observed = proxied("request_timeout: 400us", ab(retries, "[{wait: 1ms}]"))
    assert call_to_b(observed) == (0.5 * tries, Outcome.TIMEOUT, tries)


def test_tries_of_the_caller_and_of_the_proxy_multiply():
    observed = proxied(ONE_RETRY.format("5xx"), failing(f", {THRICE}"))
    assert call_to_b(observed) == (3 * 2.35, Outcome.ERROR, 3)
    assert observed.pod_requests.tolist() == [1, 6]


def test_the_caller_may_give_up_before_the_proxy():
    observed = proxied("request_timeout: 900us", ab(", timeout: 500us", "[{wait: 1ms}]"))
    assert call_to_b(observed) == (0.5, Outcome.TIMEOUT, 1)
    assert parts(observed) == {"RETRY": 0.5, "PROXY_WORK": 0.1}


def test_a_waypoint_tries_again_from_where_it_stands():
    """From the client 500 to the waypoint; twice to a and back, 2 × 300 and 1 ms; 500 back."""
    waypoint = builders.proxy("waypoint", scope="service", replicas=1)
    under = builders.mesh(
        waypoint, entry="[service.waypoint]", policies=f"{{{ONE_RETRY.format('5xx')}}}"
    )
    a = builders.service("a", "[{wait: 1ms}]", endpoint=", error: 100%")
    network = "{same_node: 600us, same_zone: 0s, between_zones: 0s, client: 1ms}"
    observed = observe(builders.listed(a), under, network=network)
    assert parts(observed) == {"RETRY": 1.6, "APP_WAIT": 1, "NETWORK": 1.6}


# What is left behind ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("protocol", "timeout", "connections"),
    [
        ("http1", "9ms", [3, 1]),
        ("http1", "2ms", [1, 0]),
        ("http2", "9ms", [3, 1]),
        ("http2", "2ms", [3, 1]),
        ("grpc", "2ms", [3, 1]),
    ],
)
def test_giving_up_closes_the_connections_that_carry_one_request(protocol, timeout, connections):
    """At a's sidecar those from the client, from a, and to b's sidecar; at b's sidecar the last."""
    observed = observe(
        ab(f", timeout: {timeout}", protocol=protocol),
        builders.sidecars(),
        requests=5,
        arrivals="{process: constant, rate: 10/s}",
        connections=1,
    )
    assert observed.connections.tolist() == connections


def test_a_proxy_that_gives_up_keeps_the_connection_to_its_caller():
    """a's sidecar answers a with a 504; it closes the one to b's sidecar."""
    under = builders.sidecars(policies="{request_timeout: 2ms}")
    observed = observe(ab(), under, requests=1)
    assert observed.connections.tolist() == [2, 0]


def finished_model(described, under=None, requests=30):
    """The model after requests 2 ms apart, when nothing happens any more."""
    program = builders.program(described, under)
    env = simpy.Environment()
    model = Model(program, env, 5, Recorder(requests, program.stations))

    def arrive():
        for number in range(requests):
            env.process(model.request(number, number, 0, 0))
            yield env.timeout(2 * MS)

    env.process(arrive())
    env.run()
    return model


@pytest.mark.parametrize("balancing", ["least_request", "round_robin"])
def test_who_gives_up_is_no_longer_an_active_request(balancing):
    described = builders.topology(ab(", timeout: 3ms", replicas=3, balancing=balancing))
    model = finished_model(described)
    assert model.recorder.open == 0
    assert [sum(active) for active in model.hosts._active.values()] == (
        [0] if balancing == "least_request" else []
    )


def test_the_active_requests_of_a_proxy_that_tries_again_go_down_too():
    policies = f"{{request_timeout: 7ms, {ONE_RETRY.format('5xx')}}}"
    under = builders.sidecars(policies=policies, policy="least_request")
    steps = "[{wait: {distribution: exponential, mean: 4ms}}]"
    described = builders.topology(ab(", timeout: 9ms", steps, replicas=3, endpoint=", error: 40%"))
    model = finished_model(described, under)
    assert [sum(active) for active in model.hosts._active.values()] == [0]
    model.verify()


def test_a_connection_that_replaces_a_closed_one_costs_round_trips_and_cpu():
    """Without keep-alive, the second call pays: its application's connection to the sidecar
    (0.1 ms), that between the sidecars at both ends (0.3 ms each) and two round trips of 1 ms.
    """
    services = builders.listed(
        builders.service("a", "[{call: b/get, count: 2}]"),
        builders.service("b", "[{wait: 5ms}]", requests_per_connection=1),
    )
    network = "{same_node: 1ms, same_zone: 1ms, between_zones: 1ms, client: 0s}"
    under = builders.sidecars('{mtls: "on"}', connect="100us", handshake="200us")
    observed = observe(services, under, network=network)
    inner = observed.edge_latency_s[observed.edge == 0]
    assert inner / MS == pytest.approx([6.0, 8.7])
    assert parts(observed) == {"APP_WAIT": 10, "NETWORK": 4, "PROXY_WORK": 0.7}


def test_clients_without_keep_alive_pay_for_each_request_but_the_first():
    network = "{same_node: 0s, same_zone: 0s, between_zones: 0s, client: 4ms}"
    observed = observe(
        builders.listed(builders.service("a", "[{wait: 5ms}]")),
        builders.sidecars(connect="100us"),
        requests=3,
        network=network,
        connections=1,
        clients="requests_per_connection: 1",
    )
    assert observed.latency_s / MS == pytest.approx([9, 13.1, 13.1])

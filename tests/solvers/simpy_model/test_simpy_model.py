"""One life of a call, added up by hand: data paths, errors, parallel branches, where time goes.

The system of most tests is a client that calls a, which works 1 ms and calls b, which waits 2 ms.
Requests of 1,000 and answers of 3,000 bytes take 1 and 3 µs on a link of 8 Gbit/s between nodes.
"""

import builders
import numpy as np
import pytest

from meshsim.solvers.observations import Part

MS, US = 1e-3, 1e-6
SIZES = ", request: 1000B, response: 3000B"
ZONES = "[{name: node, cores: 100, memory: 1Ti, count: 3, zones: [x, y, z]}]"
NETWORK = (
    "{same_node: 20us, same_zone: 100us, between_zones: 400us, client: 600us, bandwidth: 8Gbit/s,"
    " zone_pairs: [{zones: [y, z], round_trip: 800us}]}"
)
PROXY = {"busy": "100us", "per_kib": "51.2us", "request_share": 0.25, "wake_up": "10us"}
"""With 4,000 bytes 300 µs a passage: 75 on the way in, 225 on the way back, 10 to wake up each."""
TUNNEL = {**PROXY, "layer": 4, "scope": "node"}


def pair(zone_a="x", zone_b="x"):
    a = builders.service(
        "a", "[{compute: 1ms}, {call: b/get}]", endpoint=SIZES, zones=f"[{zone_a}]"
    )
    b = builders.service("b", "[{wait: 2ms}]", endpoint=SIZES, zones=f"[{zone_b}]")
    return builders.topology(builders.listed(a, b), nodes=ZONES, network=NETWORK)


def parts(observed, request=0):
    return dict(zip(Part, observed.spent_s[request].tolist(), strict=True))


def test_without_a_mesh_between_zones():
    """Client 600 + work 1000 + two ways of 200 + bytes 1 and 3 + wait 2000 µs."""
    observed = builders.observe(pair("x", "z"))
    assert observed.latency_s[0] == pytest.approx(4004 * US, rel=1e-9)
    assert parts(observed) == pytest.approx(
        {
            Part.APP_WORK: 1000 * US,
            Part.APP_WAIT: 2000 * US,
            Part.APP_QUEUE: 0,
            Part.PROXY_WORK: 0,
            Part.PROXY_QUEUE: 0,
            Part.NETWORK: 1004 * US,
            Part.RETRY: 0,
        },
        rel=1e-9,
        abs=1e-12,
    )


def test_on_one_node_bytes_take_no_time():
    observed = builders.observe(pair("x", "x"))
    assert parts(observed)[Part.NETWORK] == pytest.approx(620 * US, rel=1e-9)


def test_a_pair_of_zones_has_its_own_distance():
    observed = builders.observe(pair("y", "z"))
    assert parts(observed)[Part.NETWORK] == pytest.approx((600 + 804) * US, rel=1e-9)


def test_two_nodes_of_one_zone():
    nodes = "[{name: node, cores: 100, memory: 1Ti, count: 2}]"
    services = builders.listed(
        builders.service("a", "[{call: b/get}]"), builders.service("b", endpoint=SIZES)
    )
    network = "{same_zone: 100us, client: 600us, bandwidth: 8Gbit/s}"
    # Pods go to the node with the fewest: a to the first, b to the second.
    observed = builders.observe(builders.topology(services, nodes=nodes, network=network))
    assert parts(observed)[Part.NETWORK] == pytest.approx((600 + 104) * US, rel=1e-9)


def test_sidecars():
    """Three passages of 300 µs (at a's entry, at a's exit, at b), each woken up twice for 10 µs."""
    observed = builders.observe(pair("x", "z"), builders.sidecars(**PROXY))
    assert observed.latency_s[0] == pytest.approx(4964 * US, rel=1e-9)
    assert parts(observed) == pytest.approx(
        {
            Part.APP_WORK: 1000 * US,
            Part.APP_WAIT: 2000 * US,
            Part.APP_QUEUE: 0,
            Part.PROXY_WORK: 900 * US,
            Part.PROXY_QUEUE: 60 * US,
            Part.NETWORK: 1004 * US,
            Part.RETRY: 0,
        },
        rel=1e-9,
        abs=1e-12,
    )


def test_what_a_caller_sees_of_its_call():
    """a → b: two passages, four wake-ups, both ways of the network, b's wait."""
    observed = builders.observe(pair("x", "z"), builders.sidecars(**PROXY))
    by_edge = dict(zip(observed.edge.tolist(), observed.edge_latency_s.tolist(), strict=True))
    assert by_edge == pytest.approx({0: (600 + 40 + 404 + 2000) * US, 1: 4964 * US}, rel=1e-9)


def test_ambient_without_waypoint():
    """The same three passages, in the nodes' proxies."""
    tunnel = builders.proxy("ztunnel", **TUNNEL)
    under = builders.mesh(
        tunnel, inside="[caller.ztunnel, callee.ztunnel]", entry="[callee.ztunnel]"
    )
    observed = builders.observe(pair("x", "z"), under)
    assert observed.latency_s[0] == pytest.approx(4964 * US, rel=1e-9)
    assert parts(observed)[Part.PROXY_WORK] == pytest.approx(900 * US, rel=1e-9)


def test_a_waypoint_is_one_passage_and_one_leg_more():
    """a in x, b's waypoint on the second node in y, b in z: 404 µs to it and 804 µs beyond."""
    under = builders.mesh(
        builders.proxy("ztunnel", **TUNNEL),
        builders.proxy("waypoint", **PROXY, scope="service", replicas=1),
        inside="[caller.ztunnel, service.waypoint, callee.ztunnel]",
        entry="[callee.ztunnel]",
    )
    observed = builders.observe(pair("x", "z"), under)
    assert parts(observed) == pytest.approx(
        {
            Part.APP_WORK: 1000 * US,
            Part.APP_WAIT: 2000 * US,
            Part.APP_QUEUE: 0,
            Part.PROXY_WORK: 1200 * US,
            Part.PROXY_QUEUE: 80 * US,
            Part.NETWORK: (600 + 404 + 804) * US,
            Part.RETRY: 0,
        },
        rel=1e-9,
        abs=1e-12,
    )


def test_a_waypoint_in_front_of_the_entry_is_as_far_from_the_clients_as_a_pod():
    under = builders.mesh(
        builders.proxy("waypoint", **PROXY, scope="service", replicas=1),
        inside="[]",
        entry="[service.waypoint]",
    )
    observed = builders.observe(pair("x", "x"), under)
    # a's waypoint is on the first node, as a is: 600 to it, 20 to the pod, 20 from a to b.
    assert parts(observed)[Part.NETWORK] == pytest.approx(640 * US, rel=1e-9)


def test_entry_and_inside_may_leave_a_proxy_by_different_ways():
    """Pools of one proxy must not mix connections with and without a tunnel behind it."""
    under = builders.mesh(
        builders.proxy("ztunnel", **TUNNEL),
        builders.proxy("waypoint", **PROXY, scope="service", replicas=1),
        inside="[caller.ztunnel, service.waypoint, callee.ztunnel]",
        entry="[service.waypoint]",
    )
    services = builders.listed(builders.service("a", "[{call: b/get}]"), builders.service("b"))
    arrivals = "{process: constant, rate: 10/s}"
    described = builders.topology(services, "[{to: a/get}, {to: b/get}]", arrivals=arrivals)
    observed = builders.observe(described, under, requests=40)
    passages = observed.spent_s[:, Part.PROXY_WORK] / (100 * US + 51.2 * US * 2)
    assert passages == pytest.approx(np.where(observed.entry == 0, 4, 1), rel=1e-9)


def test_a_sidecar_of_the_caller_alone():
    under = builders.mesh(builders.proxy(**PROXY), inside="[caller.sidecar]")
    observed = builders.observe(pair("x", "z"), under)
    assert parts(observed)[Part.PROXY_WORK] == pytest.approx(300 * US, rel=1e-9)
    assert parts(observed)[Part.NETWORK] == pytest.approx(1004 * US, rel=1e-9)


def test_the_gap_is_paid_on_both_ways():
    """One request at 1 s: idle 1 s at entry, so √(10⁶) × 0.1 = 100 µs; b's sidecar 1.0005 s."""
    under = builders.mesh(builders.proxy(idle_scale="0.1us"), inside="[]", entry="[callee.sidecar]")
    observed = builders.observe(pair(), under)
    # The request reaches the sidecar after 300 µs of the network.
    expected = 0.1 * US * (1_000_300) ** 0.5
    assert parts(observed)[Part.PROXY_WORK] == pytest.approx(expected, rel=1e-9)


# Steps ------------------------------------------------------------------------------------------


def one(steps, **more):
    rest = builders.service("b", "[{wait: 2ms}]", endpoint=more.pop("b", ""))
    return builders.topology(builders.listed(builders.service("a", steps, **more), rest))


def test_steps_run_in_order_and_add_up():
    observed = builders.observe(one("[{wait: 1ms}, {compute: 2ms}, {wait: 4ms}]"))
    assert observed.latency_s[0] == pytest.approx(7 * MS, rel=1e-12)


def test_no_steps_take_no_time():
    assert builders.observe(one("[]")).latency_s.tolist() == [0.0]


def test_calls_of_one_step_run_one_after_the_other():
    observed = builders.observe(one("[{call: b/get, count: 3}]"))
    assert observed.latency_s[0] == pytest.approx(6 * MS, rel=1e-12)
    assert observed.edge.tolist() == [0, 0, 0, 1]
    assert observed.pod_requests.tolist() == [1, 3]


@pytest.mark.parametrize(("probability", "calls"), [("0%", 0), ("100%", 3)])
def test_certain_and_impossible_calls(probability, calls):
    observed = builders.observe(
        one(f"[{{call: b/get, count: 3, probability: {probability}}}]"), requests=50
    )
    assert np.bincount(observed.edge, minlength=2).tolist() == [50 * calls, 50]


def test_each_of_the_calls_is_made_with_the_probability():
    observed = builders.observe(one("[{call: b/get, count: 4, probability: 25%}]"), requests=4000)
    calls = np.bincount(observed.edge_request[observed.edge == 0], minlength=4000)
    expected = np.array([81, 108, 54, 12, 1]) / 256 * 4000  # binomial
    chi_square = float(((np.bincount(calls, minlength=5) - expected) ** 2 / expected).sum())
    assert chi_square < 23.5  # 99.99% with 4 degrees of freedom


def test_parallel_branches_end_with_the_last():
    steps = "[{parallel: [{wait: 1ms}, [{compute: 2ms}, {wait: 1ms}], {call: b/get}]}]"
    observed = builders.observe(one(steps))
    assert observed.latency_s[0] == pytest.approx(3 * MS, rel=1e-12)
    found = parts(observed)
    assert found[Part.APP_WORK] == pytest.approx(2 * MS, rel=1e-12)
    assert found[Part.APP_WAIT] == pytest.approx(1 * MS, rel=1e-12)


def test_parallel_branches_share_the_cores():
    """Two branches of 2 ms on one core take 4 ms, of which each waited 2 for the other."""
    observed = builders.observe(
        one("[{parallel: [{compute: 2ms}, {compute: 2ms}]}]", resources=builders.cores(1))
    )
    found = parts(observed)
    assert observed.latency_s[0] == pytest.approx(4 * MS, rel=1e-9)
    assert found[Part.APP_WORK] == pytest.approx(2 * MS, rel=1e-9)
    assert found[Part.APP_QUEUE] == pytest.approx(2 * MS, rel=1e-9)


def test_parallel_inside_parallel():
    inner = "{parallel: [{wait: 3ms}, {wait: 2ms}]}"
    steps = f"[{{parallel: [[{inner}, {{wait: 1ms}}], {{wait: 1ms}}]}}, {{wait: 1ms}}]"
    assert builders.observe(one(steps)).latency_s[0] == pytest.approx(5 * MS, rel=1e-12)


def test_each_repetition_and_each_branch_draws_its_own():
    waits = "{wait: {distribution: exponential, mean: 1ms}}"
    observed = builders.observe(one(f"[{waits}, {waits}]"), requests=2000)
    # The sum of two is Erlang: cv² = 1/2. The same draw twice would make it 1.
    cv_squared = observed.latency_s.var() / observed.latency_s.mean() ** 2
    assert cv_squared == pytest.approx(0.5, rel=0.15)


# Worker slots -----------------------------------------------------------------------------------


def test_a_slot_is_held_through_the_calls_below():
    """Two at once, one slot: the second waits for the first's work and for its call."""
    described = builders.topology(
        builders.listed(
            builders.service("a", "[{wait: 1ms}, {call: b/get}]", workers=1),
            builders.service("b", "[{wait: 2ms}]"),
        ),
        arrivals="{process: trace, times: [1s, 1s]}",
    )
    observed = builders.observe(described, requests=2)
    assert observed.latency_s.tolist() == pytest.approx([3 * MS, 6 * MS], rel=1e-9)
    assert observed.spent_s[:, Part.APP_QUEUE].tolist() == pytest.approx([0, 3 * MS], rel=1e-9)


def test_pods_have_slots_of_their_own():
    described = builders.topology(
        builders.listed(
            builders.service("a", "[{wait: 1ms}]", workers=1, replicas=2, balancing="round_robin")
        ),
        arrivals="{process: trace, times: [1s, 1s, 1s, 1s]}",
    )
    observed = builders.observe(described, requests=4)
    assert observed.latency_s.tolist() == pytest.approx([MS, MS, 2 * MS, 2 * MS], rel=1e-9)
    assert observed.pod_requests.tolist() == [2, 2]


# Errors -----------------------------------------------------------------------------------------


def failing(steps, error="100%"):
    b = builders.service("b", "[{wait: 2ms}]", endpoint=f", error: {error}")
    return builders.topology(builders.listed(builders.service("a", steps), b))


def test_an_error_ends_the_caller():
    observed = builders.observe(failing("[{call: b/get}, {wait: 5ms}]"))
    assert observed.failed.tolist() == [True]
    assert observed.latency_s[0] == pytest.approx(2 * MS, rel=1e-12)


def test_an_error_ends_the_calls_of_its_step():
    observed = builders.observe(failing("[{call: b/get, count: 3}]"))
    assert observed.pod_requests.tolist() == [1, 1]


def test_an_ignored_error_ends_nothing():
    observed = builders.observe(failing("[{call: b/get, count: 2, on_error: ignore}, {wait: 5ms}]"))
    assert observed.failed.tolist() == [False]
    assert observed.latency_s[0] == pytest.approx(9 * MS, rel=1e-12)


def test_a_failed_branch_is_waited_for_like_the_others():
    observed = builders.observe(failing("[{parallel: [{call: b/get}, {wait: 3ms}]}, {wait: 5ms}]"))
    assert observed.failed.tolist() == [True]
    assert observed.latency_s[0] == pytest.approx(3 * MS, rel=1e-12)


def test_errors_come_with_their_probability():
    observed = builders.observe(failing("[{call: b/get}]", error="30%"), requests=4000)
    # Binomial: standard deviation 0.00725; 4 of them.
    assert abs(observed.failed.mean() - 0.3) < 4 * 0.00725


def test_a_failed_request_frees_its_slot():
    described = builders.topology(
        builders.listed(
            builders.service("a", "[{call: b/get}]", workers=1),
            builders.service("b", "[{wait: 2ms}]", endpoint=", error: 100%"),
        ),
        arrivals="{process: trace, times: [1s, 1s]}",
    )
    observed = builders.observe(described, requests=2)
    assert observed.latency_s.tolist() == pytest.approx([2 * MS, 4 * MS], rel=1e-9)


# Policies in place ------------------------------------------------------------------------------


def spread(balancing, under=None, *, replicas=4, connections=1, requests=400, **more):
    """Requests per pod of b, called by a (one pod) with this policy of b's."""
    described = builders.topology(
        builders.listed(
            builders.service("a", "[{call: b/get}]"),
            builders.service("b", "[{wait: 1ms}]", replicas=replicas, balancing=balancing, **more),
        ),
        arrivals="{process: constant, rate: 100/s}",
        connections=connections,
    )
    return builders.observe(described, under, requests).pod_requests[1:].tolist()


def test_per_connection_keeps_to_one_pod():
    assert sorted(spread("per_connection")) == [0, 0, 0, 400]


def test_round_robin_spreads_evenly():
    assert spread("round_robin") == [100] * 4


@pytest.mark.parametrize("policy", ["random", "least_request"])
def test_random_policies_spread_in_the_mean(policy):
    assert all(abs(count - 100) < 4 * 8.7 for count in spread(policy))  # binomial


def test_the_callers_sidecar_chooses_whatever_the_service_says():
    under = builders.sidecars(policy="round_robin")
    assert spread("per_connection", under) == [100] * 4


def test_layer_4_leaves_the_choice_to_the_caller():
    tunnel = builders.proxy("ztunnel", **TUNNEL)
    under = builders.mesh(tunnel, inside="[caller.ztunnel, callee.ztunnel]")
    assert sorted(spread("per_connection", under)) == [0, 0, 0, 400]
    assert spread("round_robin", under) == [100] * 4


def test_clients_choose_like_any_caller():
    described = builders.topology(
        builders.listed(builders.service("a", replicas=4, balancing="round_robin")),
        arrivals="{process: constant, rate: 100/s}",
    )
    observed = builders.observe(described, requests=400)
    assert observed.pod_requests.tolist() == [100] * 4


def test_least_request_avoids_the_slow_pod():
    """Many choices see every pod: the four requests at once go to four pods."""
    under = builders.sidecars(policy="least_request", choices=100)
    described = builders.topology(
        builders.listed(
            builders.service("a", "[{parallel: [" + ", ".join(["{call: b/get}"] * 4) + "]}]"),
            builders.service("b", "[{wait: 1ms}]", replicas=4),
        ),
        arrivals="{process: constant, rate: 10/s}",
    )
    observed = builders.observe(described, under, requests=25)
    assert observed.pod_requests[1:].tolist() == [25] * 4


def test_least_request_of_a_caller_without_proxies_counts_its_answers():
    described = builders.topology(
        builders.listed(
            builders.service("a", "[{parallel: [{call: b/get}, {call: b/get}]}]"),
            builders.service("b", "[{wait: 1ms}]", replicas=2, balancing="least_request"),
        ),
        arrivals="{process: constant, rate: 10/s}",
    )
    observed = builders.observe(described, requests=1000)
    # Of two at once the second goes to the other pod unless it draws the same twice (1/4), so that
    # both pods get the same number in three quarters of the requests.
    assert observed.latency_s == pytest.approx(np.full(1000, MS))
    assert abs(int(observed.pod_requests[1]) - 1000) < 4 * 16

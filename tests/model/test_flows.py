"""Flows: visits, rates, CPU and times of topologies whose answers follow by hand.

Cycles are checked against the geometric series, random graphs against the equations that visits
must satisfy.
"""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from topology_samples import NODES, topology

from meshsim.model import flows
from meshsim.model.callgraph import call_graph
from meshsim.model.flows import Edge, ServiceEdge

CHAIN = {
    "a": {"x": [{"compute": "1ms"}, {"call": "b/x", "count": 2}]},
    "b": {"x": [{"compute": "2ms"}, {"call": "c/x", "probability": "50%"}]},
    "c": {"x": [{"compute": "4ms"}, {"wait": "8ms"}]},
}
FAST = {"same_node": "0s"}


def closed(users, think):
    arrivals = {"process": "closed", "users": users, "think": think}
    return {"arrivals": arrivals, "entries": [{"to": "a/x"}]}


def test_visits_multiply_along_a_chain():
    assert flows.visits(topology(CHAIN)) == {("a", "x"): 1.0, ("b", "x"): 2.0, ("c", "x"): 1.0}


def test_visits_of_several_entries_follow_their_weights():
    load = {
        "arrivals": {"process": "poisson", "rate": "100/s"},
        "entries": [{"to": "a/x", "weight": 3}, {"to": "b/x"}],
    }
    whole = topology({"a": {"x": [{"call": "b/x"}]}, "b": {"x": []}}, load=load)
    assert flows.entry_shares(whole) == {("a", "x"): 0.75, ("b", "x"): 0.25}
    assert flows.visits(whole) == {("a", "x"): 0.75, ("b", "x"): 1.0}


def test_an_endpoint_that_nobody_calls_has_no_visits():
    assert flows.visits(topology({"a": {"x": [], "y": [{"call": "a/x"}]}}))["a", "y"] == 0.0


def test_visits_of_a_cycle_are_the_geometric_series():
    # a -> b always, b -> a with 1/4: a is executed 1 + 1/4 + 1/16 + ... = 4/3 times, c 4/3 x 3.
    services = {
        "a": {"x": [{"call": "b/x"}]},
        "b": {"x": [{"call": "a/x", "probability": "25%"}, {"call": "c/x", "count": 3}]},
        "c": {"x": []},
    }
    found = flows.visits(topology(services))
    assert found == pytest.approx({("a", "x"): 4 / 3, ("b", "x"): 4 / 3, ("c", "x"): 4.0})
    assert flows.calls_per_request(topology(services)) == pytest.approx(17 / 3)


def test_calls_per_request_leaves_out_the_request_itself():
    assert flows.calls_per_request(topology(CHAIN)) == 3.0
    assert flows.calls_per_request(topology({"a": {"x": []}})) == 0.0


def test_cpu_is_rate_times_visits_times_compute():
    whole = topology(CHAIN, rate="100/s")
    assert flows.cpu_per_request(whole) == pytest.approx({"a": 0.001, "b": 0.004, "c": 0.004})
    assert flows.offered_cpu(whole) == pytest.approx({"a": 0.1, "b": 0.4, "c": 0.4})


def test_parallel_branches_all_take_cpu():
    branches = [{"compute": "1ms"}, [{"compute": "2ms"}, {"parallel": [{"compute": "4ms"}]}]]
    whole = topology({"a": {"x": [{"parallel": branches}]}})
    assert flows.cpu_per_request(whole) == pytest.approx({"a": 0.007})


def test_utilisation_is_against_the_limits_of_all_pods():
    options = {"a": {"replicas": 2, "resources": {"limits": {"cpu": "500m"}}}}
    whole = topology({"a": {"x": [{"compute": "2ms"}]}}, options=options, rate="250/s")
    assert flows.utilisation(whole) == pytest.approx({"a": 0.5})


@pytest.mark.parametrize(
    ("service", "cores"),
    [
        ({"replicas": 2}, 8.0),  # two whole nodes of 4 cores
        ({"replicas": 5}, 12.0),  # all three nodes
        ({"replicas": 2, "resources": {"limits": {"cpu": 1}}}, 2.0),
        ({"replicas": 2, "resources": {"limits": {"cpu": 6}}}, 8.0),  # a node has only 4
    ],
)
def test_capacity_is_limited_by_nodes(service, cores):
    whole = topology({"a": {"x": []}}, options={"a": service})
    assert flows.cpu_capacity(whole, whole.services[0]) == cores


def test_only_pools_with_a_node_in_the_zone_count():
    pools = [
        {**NODES[0], "name": "small", "cores": 2, "zones": ["z1"]},
        {**NODES[0], "name": "large", "cores": 8, "count": 1, "zones": ["z2", "z1"]},
    ]
    whole = topology({"a": {"x": []}}, options={"a": {"zones": ["z1"]}}, nodes=pools)
    assert [pool.name for pool in flows.pools_of(whole, whole.services[0])] == ["small"]
    assert flows.cpu_capacity(whole, whole.services[0]) == 2.0


@pytest.mark.parametrize(
    ("arrivals", "rate"),
    [
        ({"process": "poisson", "rate": "90/min"}, 1.5),
        ({"process": "constant", "rate": "7/s"}, 7.0),
        (
            {
                "process": "schedule",
                "points": [{"at": "0s", "rate": "5/s"}, {"at": "9s", "rate": "8/s"}],
            },
            8.0,
        ),
        ({"process": "trace", "times": ["0s", "1s", "4s"]}, 0.75),
        ({"process": "closed", "users": 30, "think": "500ms"}, 60.0),
        ({"process": "closed", "users": 3}, math.inf),
        ({"process": "paced", "rate": "40/s", "connections": 3}, 40.0),
    ],
)
def test_peak_rates(arrivals, rate):
    load = {"arrivals": arrivals, "entries": [{"to": "a/x"}]}
    assert flows.peak_rate(topology({"a": {"x": []}}, load=load)) == rate


def test_closed_load_counts_the_answer_without_waiting():
    # 900 ms of thinking, 10 ms to the clients and back, 90 ms of work: 20 users ask 20/s.
    network = {"client": "10ms", "same_node": "0s"}
    services = {"a": {"x": [{"compute": "80ms"}, {"wait": "10ms"}]}}
    whole = topology(services, load=closed(20, "900ms"), network=network)
    assert flows.peak_rate(whole) == pytest.approx(20.0)
    assert flows.offered_cpu(whole) == pytest.approx({"a": 1.6})


def test_users_who_never_wait_offer_no_cpu_to_a_service_without_work():
    whole = topology({"a": {"x": []}}, load=closed(3, "0s"))
    assert flows.offered_cpu(whole) == {"a": 0.0}


def test_edges_start_with_the_entries():
    assert flows.edges(topology(CHAIN, rate="10/s")) == (
        Edge(None, ("a", "x"), 1.0, 10.0),
        Edge(("a", "x"), ("b", "x"), 2.0, 20.0),
        Edge(("b", "x"), ("c", "x"), 1.0, 10.0),
    )


def test_service_edges_add_up_endpoints():
    services = {
        "a": {"x": [{"call": "b/x"}, {"call": "b/y", "count": 2}, {"call": "a/z"}], "z": []},
        "b": {"x": [], "y": []},
    }
    assert flows.service_edges(topology(services, rate="10/s")) == (
        ServiceEdge(None, "a", 1.0, 10.0),
        ServiceEdge("a", "b", 3.0, 30.0),
        ServiceEdge("a", "a", 1.0, 10.0),
    )


def test_unloaded_time_adds_sequences_and_takes_the_longest_branch():
    steps = [
        {"compute": {"distribution": "exponential", "mean": "1ms"}},
        {"parallel": [{"wait": "7ms"}, [{"call": "b/x"}, {"wait": "1ms"}]]},
        {"call": "b/x", "count": 4, "probability": "25%"},
    ]
    whole = topology({"a": {"x": steps}, "b": {"x": [{"wait": "2ms"}]}}, network=FAST)
    assert flows.unloaded_time(whole) == pytest.approx({("a", "x"): 0.010, ("b", "x"): 0.002})


def test_each_call_takes_at_least_the_shortest_round_trip():
    network = {"same_node": "3ms", "same_zone": "2ms", "between_zones": "5ms"}
    whole = topology({"a": {"x": [{"call": "b/x", "count": 2}]}, "b": {"x": []}}, network=network)
    assert flows.shortest_round_trip(whole) == 0.002
    assert flows.unloaded_time(whole)["a", "x"] == pytest.approx(0.004)


def test_a_pair_of_zones_may_be_the_nearest():
    pools = [{**NODES[0], "zones": ["z1", "z2"]}]
    network = {"zone_pairs": [{"zones": ["z1", "z2"], "round_trip": "1us"}]}
    assert flows.shortest_round_trip(
        topology({"a": {"x": []}}, nodes=pools, network=network)
    ) == pytest.approx(1e-6)


def test_unloaded_time_of_a_cycle_is_the_geometric_series():
    # t = 3 ms + t / 2
    services = {"a": {"x": [{"wait": "3ms"}, {"call": "a/x", "probability": "50%"}]}}
    found = flows.unloaded_time(topology(services, network=FAST))
    assert found["a", "x"] == pytest.approx(0.006)


def test_unloaded_time_of_a_cycle_that_hardly_dies_out_stays_a_lower_bound():
    services = {"a": {"x": [{"wait": "1ms"}, {"call": "a/x", "probability": "99.99%"}]}}
    found = flows.unloaded_time(topology(services, network=FAST))["a", "x"]
    assert 0.9 <= found <= 10.0


def test_least_time_counts_what_is_constant_and_certain():
    steps = [
        {"compute": "1ms"},
        {"wait": {"distribution": "exponential", "mean": "1s"}},
        {"wait": {"distribution": "empirical", "values": ["30ms", "20ms"]}},
        {"call": "b/x", "count": 2},
        {"call": "b/x", "probability": "99%"},
    ]
    whole = topology({"a": {"x": steps}, "b": {"x": [{"wait": "100ms"}]}}, network=FAST)
    assert flows.least_time(whole)["a", "x"] == pytest.approx(0.221)


def waiting(call, found=flows.unloaded_time):
    """Time of a, which calls b (10 ms) with these further keys and goes on with 1 ms."""
    steps = [{"call": "b/x", **call}, {"wait": "1ms"}]
    services = {"a": {"x": steps}, "b": {"x": [{"wait": "10ms"}]}}
    return found(topology(services, network=FAST))["a", "x"]


@pytest.mark.parametrize(
    ("call", "time_ms"),
    [
        ({"timeout": "11ms"}, 11),
        ({"timeout": "4ms"}, 4),  # and fails
        ({"timeout": "4ms", "on_error": "ignore"}, 5),
        ({"timeout": "4ms", "on_error": "ignore", "count": 3}, 13),
        ({"timeout": "4ms", "count": 3}, 4),
        ({"timeout": "4ms", "probability": "50%"}, 3),  # half of them; the others go on
        ({"retries": {"attempts": 2, "per_try_timeout": "2ms"}}, 6),
        ({"retries": {"attempts": 2, "per_try_timeout": "5ms"}}, 11),
        ({"timeout": "3ms", "retries": {"attempts": 2, "per_try_timeout": "2ms"}}, 3),
    ],
)
def test_nobody_waits_longer_than_its_patience(call, time_ms):
    assert waiting(call) == pytest.approx(time_ms / 1e3)


def test_least_time_is_cut_short_too():
    assert waiting({"timeout": "4ms"}, found=flows.least_time) == pytest.approx(0.004)
    ignored = {"timeout": "4ms", "on_error": "ignore"}
    assert waiting(ignored, found=flows.least_time) == pytest.approx(0.005)


def test_users_ask_again_when_they_have_given_up():
    """Ten users who think 1 s and wait at most 250 ms of 500."""
    load = {
        "arrivals": {"process": "closed", "users": 10, "think": "1s"},
        "entries": [{"to": "a/x"}],
        "timeout": "250ms",
    }
    assert flows.peak_rate(topology({"a": {"x": [{"wait": "500ms"}]}}, load=load)) == 8.0


PROBABILITY = st.sampled_from(["10%", "25%", "40%"])


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), PROBABILITY), max_size=10))
def test_visits_satisfy_their_equations(calls):
    names = "abcde"
    services = {
        name: {"x": [{"call": f"{names[j]}/x", "probability": p} for i, j, p in calls if i == k]}
        for k, name in enumerate(names)
    }
    whole = topology(services)
    graph = call_graph(whole)
    if any(graph.growth(component) >= 0.95 for component in graph.cyclic):
        return
    found = flows.visits(whole)
    for key in graph.calls:
        arriving = math.fsum(found[caller] * out.get(key, 0) for caller, out in graph.calls.items())
        assert found[key] == pytest.approx(arriving + (key == ("a", "x")))
    assert all(value >= 0 for value in found.values())


def test_two_thousand_services_take_no_time():
    names = [f"s{number}" for number in range(2_000)]
    services = {
        name: {"x": [{"compute": "1us"}, *({"call": f"{n}/x"} for n in names[i + 1 : i + 2])]}
        for i, name in enumerate(names)
    }
    whole = topology(services)
    assert flows.calls_per_request(whole) == 1_999
    assert len(flows.utilisation(whole)) == 2_000

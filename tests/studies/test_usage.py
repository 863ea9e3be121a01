"""Goal: CPU, memory, utilisation and objectives of a result are what was simulated.

Method: systems whose use is known in advance (rate × demand), with tolerances from the interval.
"""

import pytest
from builders import cores, listed, mesh, proxy, service, sidecars, topology

from meshsim.model.loading import load_mesh, load_topology
from meshsim.model.scenario import Scenario
from meshsim.stats import Interval
from meshsim.studies.compare import run
from meshsim.studies.plan import RunPlan

PLAN = RunPlan(requests=500, replications=4)
ONE_REQUEST = 1 / 500
"""The readings that CPU is counted between may cut a request at either end."""
EVEN = "{process: constant, rate: 100/s}"


def usage(result, name):
    return next(row for row in result.usage if row.name == name)


def one(**more):
    return topology(
        listed(service("a", "[compute: 2ms]", resources=cores(2), replicas=2, **more)),
        arrivals=EVEN,
    )


def test_cpu_used_is_rate_times_demand():
    row = usage(run(Scenario(one(), mesh()), PLAN), "a")
    assert isinstance(row.cpu_used, Interval)
    assert row.cpu_used.estimate == pytest.approx(0.2, rel=ONE_REQUEST)
    assert row.utilisation == pytest.approx(0.2 / 4, rel=ONE_REQUEST)
    assert row.cpu_requested == 4.0
    assert row.cpu_used_busiest >= 0.1


def test_memory_used_is_the_working_set_or_else_the_request():
    known = usage(run(Scenario(one(working_set="30Mi"), mesh()), PLAN), "a")
    assert (known.memory_used, known.memory_is_request) == (60 * 2**20, False)
    unknown = usage(run(Scenario(one(), mesh()), PLAN), "a")
    assert (unknown.memory_used, unknown.memory_is_request) == (0.0, True)


def test_a_sidecar_uses_its_passages():
    """100 requests/s pass one of two sidecars: 100/s × 1 ms over 2 workers."""
    row = usage(run(Scenario(one(), sidecars(busy="1ms")), PLAN), "sidecar")
    assert row.instances == 2
    assert isinstance(row.cpu_used, Interval)
    assert row.cpu_used.estimate == pytest.approx(0.1, rel=ONE_REQUEST)
    assert row.utilisation == pytest.approx(0.05, rel=ONE_REQUEST)


def test_memory_of_proxies_is_base_connections_and_configuration():
    """Two sidecars of 10 MB; 64 client connections; one cluster and two endpoints in each."""
    row = usage(run(Scenario(one(balancing="per_connection"), sidecars()), PLAN), "sidecar")
    assert row.memory_used == 2 * (10_000_000 + 1_000 + 2 * 100) + 64 * 10_000


def test_a_proxy_per_node_counts_its_nodes():
    described = topology(
        listed(service("a", "[compute: 1ms]")),
        arrivals=EVEN,
        nodes="[{name: small, cores: 4, memory: 8Gi, count: 3}]",
    )
    ztunnel = mesh(proxy("ztunnel", scope="node", layer=4), entry="[callee.ztunnel]")
    assert usage(run(Scenario(described, ztunnel), PLAN), "ztunnel").instances == 3


def test_the_control_plane_is_what_its_file_says_for_each_replica_and_node():
    result = run(
        Scenario(load_topology("chain-3"), load_mesh("istio-ambient")),
        RunPlan(requests=20, replications=3),
    )
    agent = load_mesh("istio-ambient").control_plane[1]
    row = usage(result, agent.name)
    assert row.instances == result.nodes.nodes
    assert isinstance(row.cpu_used, Interval)
    assert row.cpu_used.estimate == agent.cpu_used.value * row.instances
    assert (row.utilisation, row.owner) == (None, "control_plane")


def objectives(*texts, endpoint=""):
    described = topology(
        listed(service("a", "[compute: 2ms]", endpoint=endpoint)), arrivals=EVEN
    ).model_copy(update={"slo": {"a/get": texts}})
    return run(Scenario(described, mesh()), PLAN).objectives


def test_objectives_are_kept_or_broken():
    rows = objectives("avg<3ms", "avg<1ms", "med<3ms", "p(90)<=1ms", "error_rate<0.1%")
    assert [row.kept for row in rows] == [True, False, True, False, True]
    assert all(row.certain for row in rows)


def test_an_objective_within_the_interval_is_uncertain():
    (row,) = objectives("error_rate<50%", endpoint=", error: 50%")
    assert isinstance(row.value, Interval)
    assert row.kept is not None
    assert not row.certain


def test_an_objective_without_enough_data_is_neither():
    (row,) = objectives("p(99.99)<1s")
    assert (row.kept, row.certain) == (None, False)


def test_errors_are_counted_for_each_entry():
    described = topology(listed(service("a", endpoint=", error: 10%")), arrivals=EVEN)
    (row,) = run(Scenario(described, mesh()), RunPlan(requests=1000, replications=4)).outcomes
    assert isinstance(row.error_rate, Interval)
    assert row.errors == pytest.approx(row.requests * row.error_rate.estimate)
    assert abs(row.error_rate.estimate - 0.1) < 4 * (0.1 * 0.9 / row.requests) ** 0.5


@pytest.mark.parametrize(
    ("arrivals", "replicas", "expected"),
    [
        ("{process: poisson, rate: 700/s}", 1, "a is overloaded: the load asks for 140%"),
        ("{process: poisson, rate: 200/s}", 1, None),
        ("{process: closed, users: 50}", 1, None),
    ],
)
def test_overload_is_warned_of(arrivals, replicas, expected):
    described = topology(
        listed(service("a", "[compute: 2ms]", resources=cores(1), replicas=replicas)),
        arrivals=arrivals,
    )
    warnings = run(Scenario(described, mesh()), PLAN).warnings
    overloads = [w for w in warnings if "overloaded" in w or "saturated" in w]
    assert len(overloads) == (expected is not None)
    assert not expected or overloads[0].startswith(expected)

"""Goal: CPU, memory and utilisation of a result are what was simulated.

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


def test_a_proxy_per_node_counts_the_planned_nodes():
    """One node holds the pod, whatever the pool has and the two
    simulated nodes have 32 of the 64 connections in the mean."""
    described = topology(
        listed(service("a", "[compute: 1ms]")),
        arrivals=EVEN,
        nodes="[{name: small, cores: 4, memory: 8Gi, count: 2}]",
    )
    ztunnel = mesh(proxy("ztunnel", scope="node", layer=4), entry="[callee.ztunnel]")
    result = run(Scenario(described, ztunnel), PLAN)
    row = usage(result, "ztunnel")
    assert row.instances == result.nodes.nodes == 1
    assert row.memory_used == 10_000_000 + 1_000 + 100 + 32 * 10_000


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

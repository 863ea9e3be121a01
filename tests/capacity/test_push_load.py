"""Goal: the queue of a replica holds its share of proxies and their mean costs. Method: by hand."""

import control_plane_samples as samples
import pytest

from meshsim.capacity.control_plane import Changes
from meshsim.capacity.estate import estate_of, proxy_groups, uniform_estate
from meshsim.capacity.push_load import push_load
from meshsim.capacity.spread import values_of
from meshsim.model.loading import topology_from_text

ONE_SEES = """
meshsim: 1
name: pair
services:
  - {name: a, replicas: 3, endpoints: [{name: get, steps: [{call: b/get}]}]}
  - {name: b, replicas: 1, endpoints: [{name: get}]}
load: {arrivals: {process: constant, rate: 1/s}, entries: [{to: a/get}]}
nodes: [{name: n, cores: 4, memory: 8Gi, count: 2}]
"""


def load(estate, changes, scope="none", replicas=1, cores=4.0):
    mesh = samples.mesh()
    scaling = mesh.control_plane[0].scaling
    groups = proxy_groups(estate, mesh, scope)
    return push_load(values_of(scaling), scaling, estate, groups, changes, replicas, cores)


def test_a_replica_has_its_share_of_the_proxies():
    found = load(uniform_estate(10, 4, 3, 1, 1), Changes(1.0, 0.5), replicas=2)
    assert (found.proxies, found.seen_by, found.slots, found.cores) == (20.0, 1.0, 35, 4.0)
    assert found.endpoint_push_s == pytest.approx(0.003)
    assert found.full_push_s == pytest.approx(0.044)
    assert found.context_s == pytest.approx(0.010)
    assert (found.after_s, found.longest_s) == (0.1, 10.0)
    assert (found.endpoint_changes_per_s, found.config_changes_per_s) == (1.0, 0.5)


def test_less_than_a_core_builds_the_context_slower():
    found = load(uniform_estate(10, 4, 3, 1, 1), Changes(1.0, 0.5), cores=0.5)
    assert found.context_s == pytest.approx(0.020)


def test_scoping_leaves_changes_to_those_who_see_them():
    found = load(uniform_estate(10, 4, 3, 1, 1), Changes(1.0, 0.0), "auto")
    assert found.seen_by == pytest.approx(0.3)


def test_costs_are_means_over_those_who_hear_of_a_change():
    estate = estate_of(topology_from_text(ONE_SEES))
    found = load(estate, Changes(1.0, 0.0), "auto")
    # three proxies of a see b, one of four pods; that of b sees nothing
    assert found.seen_by == pytest.approx(3 / 4 / 4)
    assert found.endpoint_push_s == pytest.approx(0.001 + 0.0005)
    assert found.full_push_s == pytest.approx(0.001 + (1 + 1 + 0.5 + 1 + 2) * 0.001)


def test_where_nobody_sees_anything_nothing_is_sent():
    found = load(uniform_estate(10, 4, 0, 1, 1), Changes(1.0, 1.0), "auto")
    assert (found.seen_by, found.endpoint_push_s, found.full_push_s) == (0.0, 0.0, 0.0)

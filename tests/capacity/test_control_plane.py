"""Goal: CPU, memory and configuration of a control plane are the sums that the docstrings state.

Method: a mesh with literal costs and estates small enough to add up by hand.
"""

import control_plane_samples as samples
import pytest
from builders import listed, service, topology

from meshsim.capacity.control_plane import (
    Changes,
    all_pushes_per_s,
    config_pushes_per_s,
    configuration_bytes,
    cpu_cores,
    cpu_parts,
    endpoint_push_s,
    full_push_s,
    memory_bytes,
    push_rates,
    quiet_changes,
)
from meshsim.capacity.estate import estate_of, proxy_groups, uniform_estate
from meshsim.capacity.spread import values_of

RARE = Changes(1e-6, 1e-6)
"""Each change is pushed by itself."""


def case(estate, scope="none", **parts):
    mesh = samples.mesh([samples.part(scaling=samples.scaling(**parts))])
    scaling = mesh.control_plane[0].scaling
    return values_of(scaling), scaling, proxy_groups(estate, mesh, scope)


def test_configuration_is_a_sum_over_what_a_proxy_sees():
    estate = uniform_estate(10, 4, 3, 1, 1)
    numbers, scaling, (group,) = case(estate)
    kib = 1 + 10 * 1 + 40 * 0.5 + 10 * 1 + 2
    assert configuration_bytes(numbers, scaling, group, estate) == kib * 1024
    _, _, (scoped,) = case(estate, "auto")
    kib = 1 + 3 * 1 + 12 * 0.5 + 3 * 1 + 2
    assert configuration_bytes(numbers, scaling, scoped, estate) == kib * 1024


def test_ports_multiply_all_but_the_base():
    estate = uniform_estate(10, 4, 3, 1, 1, ports=2)
    numbers, scaling, (group,) = case(estate)
    kib = 1 + 2 * (10 * 1 + 40 * 0.5 + 10 * 1 + 2)
    assert configuration_bytes(numbers, scaling, group, estate) == kib * 1024


def test_tcp_services_have_listeners_and_no_routes():
    estate = estate_of(topology(listed(service("a"), service("b", protocol="tcp", replicas=3))))
    numbers, scaling, groups = case(estate)
    kib = 1 + 2 * 1 + 4 * 0.5 + 1 * 1 + (1 + 1) * 2
    assert configuration_bytes(numbers, scaling, groups[0], estate) == kib * 1024
    only_tcp = estate_of(topology(listed(service("a", protocol="tcp"))))
    numbers, scaling, (group,) = case(only_tcp)
    assert configuration_bytes(numbers, scaling, group, only_tcp) == (1 + 1 + 0.5 + 2) * 1024


def test_a_layer_4_proxy_is_told_of_services_and_pods():
    sizes = {"per_service": samples.number("200"), "per_endpoint": samples.number("300")}
    part = samples.part(scaling=samples.scaling(workloads=sizes))
    node = samples.proxy(name="ztunnel", scope="node", layer=4)
    mesh = samples.mesh([part], proxies=[node], inside=())
    scaling = mesh.control_plane[0].scaling
    estate = uniform_estate(10, 4, 3, 1, 2)
    (group,) = proxy_groups(estate, mesh, "none")
    numbers = values_of(scaling)
    assert configuration_bytes(numbers, scaling, group, estate) == 10 * 200 + 40 * 300
    # a change brings the pod itself, not the list of its service
    assert endpoint_push_s(numbers, scaling, group, estate, 1.0) == pytest.approx(
        0.001 + 300 / 1024 * 0.001
    )


def test_a_push_costs_its_bytes_and_something_for_itself():
    estate = uniform_estate(10, 4, 3, 1, 1)
    numbers, scaling, (group,) = case(estate)
    assert full_push_s(numbers, scaling, group, estate) == pytest.approx(0.001 + 0.043)
    # four endpoints of half a KiB
    assert endpoint_push_s(numbers, scaling, group, estate, 1.0) == pytest.approx(0.001 + 0.002)
    assert endpoint_push_s(numbers, scaling, group, estate, 2.0) == pytest.approx(0.001 + 0.004)


def test_rare_changes_are_pushed_one_by_one_to_those_who_see_them():
    estate = uniform_estate(10, 4, 3, 1, 1)
    _, scaling, (group,) = case(estate)
    rates = push_rates(group, estate, RARE, scaling.push)
    assert rates.full == pytest.approx(1e-6)
    assert rates.endpoints == pytest.approx(1e-6, rel=1e-5)
    assert rates.services_changed == pytest.approx(1.0)
    _, _, (scoped,) = case(estate, "auto")
    rates = push_rates(scoped, estate, RARE, scaling.push)
    assert rates.full == pytest.approx(0.3e-6)
    assert rates.endpoints == pytest.approx(0.3e-6, rel=1e-5)


def test_who_sees_nothing_is_never_pushed_to():
    estate = uniform_estate(10, 4, 0, 1, 1)
    _, scaling, (group,) = case(estate, "auto")
    rates = push_rates(group, estate, RARE, scaling.push)
    assert (rates.full, rates.endpoints, rates.services_changed) == (0.0, 0.0, 0.0)


def test_without_changes_nothing_is_pushed():
    estate = uniform_estate(10, 4, 3, 1, 1)
    _, scaling, (group,) = case(estate)
    never = Changes(0.0, 0.0)
    assert all_pushes_per_s(never, scaling.push) == 0.0
    assert config_pushes_per_s(never, scaling.push) == 0.0
    assert push_rates(group, estate, never, scaling.push).full == 0.0


def test_changes_that_come_together_bring_several_services_in_one_push():
    estate = uniform_estate(1_000, 1, 3, 1, 1)
    _, scaling, (group,) = case(estate)
    rates = push_rates(group, estate, Changes(20.0, 0.0), scaling.push)
    # 2.707 pushes of 20 changes a second, nearly all of different services
    assert rates.full == 0.0
    assert rates.endpoints == pytest.approx(2.707, rel=1e-3)
    assert rates.services_changed == pytest.approx(20 / 2.707, rel=1e-2)


def test_cpu_by_cause():
    estate = uniform_estate(10, 4, 3, 1, 1)
    numbers, scaling, groups = case(estate)
    parts = cpu_parts(numbers, scaling, estate, groups, RARE, 2)
    assert parts["idle"] == pytest.approx(0.1)
    assert parts["hearing of changes"] == pytest.approx(2e-6 * 0.001)
    # 20 proxies of this replica, 44 ms each, and 10 services of 1 ms
    assert parts["pushes of configuration"] == pytest.approx(1e-6 * (20 * 0.044 + 0.01), rel=1e-5)
    assert parts["pushes of endpoints"] == pytest.approx(1e-6 * 20 * 0.003, rel=1e-5)
    # half of the endpoint changes, of which this replica has half: 100 ms and the configuration
    assert parts["new pods"] == pytest.approx(0.5e-6 / 2 * (0.1 + 0.044))
    assert parts["connections renewed"] == pytest.approx(20 / 1000 * 0.044)
    assert parts["certificates"] == pytest.approx(20 / 43_200 * 1.0)
    total = cpu_cores(numbers, scaling, estate, groups, RARE, 2)
    assert total == pytest.approx(sum(parts.values()))


def test_without_certificates_none_is_signed():
    estate = uniform_estate(10, 4, 3, 1, 1)
    numbers, scaling, groups = case(estate, certificates=None)
    assert cpu_parts(numbers, scaling, estate, groups, RARE, 1)["certificates"] == 0.0


def test_scoping_and_replicas_take_load_off():
    estate = uniform_estate(100, 10, 5, 1, 1)
    busy = Changes(1.0, 0.01)
    numbers, scaling, everything = case(estate)
    _, _, scoped = case(estate, "auto")
    full = cpu_cores(numbers, scaling, estate, everything, busy, 1)
    assert cpu_cores(numbers, scaling, estate, scoped, busy, 1) < full / 5
    assert full / 4 < cpu_cores(numbers, scaling, estate, everything, busy, 4) < full


def test_memory_is_a_sum():
    estate = uniform_estate(10, 4, 3, 1, 1)
    numbers, _, groups = case(estate)
    # every replica holds all services and pods, and half of the proxies
    megabytes = 100 + 10 * 1 + 40 * 0.1 + 20 * 1 + 20 * 10 * 0.001
    assert memory_bytes(numbers, estate, groups, 2) == pytest.approx(megabytes * 1e6)
    _, _, scoped = case(estate, "auto")
    megabytes = 100 + 10 * 1 + 40 * 0.1 + 20 * 1 + 20 * 3 * 0.001
    assert memory_bytes(numbers, estate, scoped, 2) == pytest.approx(megabytes * 1e6)


def test_memory_needs_no_more_than_a_base_and_so_much_per_proxy():
    estate = uniform_estate(10, 4, 3, 1, 1)
    memory = {"base": samples.number("100M"), "per_proxy": samples.number("2M")}
    numbers, _, groups = case(estate, memory=memory)
    assert memory_bytes(numbers, estate, groups, 1) == pytest.approx(180e6)


def test_a_quiet_mesh_replaces_each_pod_once_a_day():
    estate = uniform_estate(100, 432, 5, 1, 1)
    assert quiet_changes(estate) == Changes(1.0, 1 / 3600)

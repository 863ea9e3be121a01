"""Goal: parts follow the mesh where their file says how, and replicas follow the autoscaler.

Method: literal costs; a bill whose control plane must grow with the mesh.
"""

import math

import control_plane_samples as samples
import pytest
from builders import listed, service, topology

from meshsim.capacity.control_plane import Changes
from meshsim.capacity.control_plane_use import component_use, replicas_of
from meshsim.capacity.estate import proxy_groups, uniform_estate
from meshsim.capacity.footprint import footprint
from meshsim.model.loading import load_mesh

NEVER = Changes(0.0, 0.0)


def use(part, services=10, pods=4, changes=NEVER, **more):
    mesh = samples.mesh([part])
    estate = uniform_estate(services, pods, 3, 1, 1)
    groups = proxy_groups(estate, mesh, "none")
    return component_use(mesh.control_plane[0], estate, groups, changes, **more)


def test_a_part_without_scaling_uses_what_its_file_says():
    part = samples.part(
        scaling=None,
        cpu_used=samples.number("10m", "5m", "20m"),
        memory_used=samples.number("50M", "40M", "60M"),
        replicas=3,
    )
    found = use(part)
    assert (found.replicas, found.follows_cpu, found.follows_memory) == (3, False, False)
    cpu, memory = found.cpu_cores, found.memory_bytes
    assert (cpu.estimate, cpu.low, cpu.high) == (0.01, 0.005, 0.02)
    assert (memory.estimate, memory.low, memory.high) == (50e6, 40e6, 60e6)


def test_a_part_may_follow_with_its_memory_alone():
    part = samples.part(
        scaling=samples.scaling(cpu=None, push=None), cpu_used=samples.number("10m")
    )
    found = use(part)
    assert (found.follows_cpu, found.follows_memory) == (False, True)
    assert found.replicas == 1
    assert found.memory_bytes.estimate == pytest.approx((100 + 10 + 4 + 40 + 0.4) * 1e6)


def test_a_range_comes_from_the_ranges_of_the_file():
    found = use(samples.part(scaling=samples.scaling(certificates=None)))
    # 100 MB may be 80 to 120, the rest is certain
    assert found.memory_bytes.estimate - found.memory_bytes.low == pytest.approx(20e6)
    # idle, and 40 proxies whose 43 KiB are sent anew each 1000 s at 0.5 to 2 ms per KiB
    idle, renewed = (0.1, 0.05, 0.2), 40 / 1000 * 0.043
    assert found.cpu_cores.estimate == pytest.approx(0.1 + 40 / 1000 * 0.044)
    high = math.hypot(idle[2] - idle[0], renewed)
    assert found.cpu_cores.high - found.cpu_cores.estimate == pytest.approx(high)


def test_nobody_uses_more_than_there_is():
    found = use(samples.part(), changes=Changes(20.0, 0.0), cores=0.5, replicas=1)
    assert found.cpu_wanted > 0.5
    assert (found.cpu_cores.estimate, found.cpu_cores.high) == (0.5, 0.5)


def replicas(cpu, services, **scaling):
    part = samples.part(
        scaling=samples.scaling(**scaling), resources={"requests": {"cpu": cpu}}, replicas=2
    )
    mesh = samples.mesh([part])
    estate = uniform_estate(services, 4, 3, 1, 1)
    groups = proxy_groups(estate, mesh, "none")
    return replicas_of(mesh.control_plane[0], estate, groups, NEVER)


def test_an_autoscaler_keeps_the_share_of_the_request():
    # idle 100m, 40 proxies renewed at 1.76m in all, certificates 0.93m: 103m of 80% of 250m
    assert replicas("250m", 10) == 1
    # 4,000 proxies of 4 MiB each ask for more than any number of replicas in bounds can share
    assert replicas("250m", 1_000) == 5
    # with 400 proxies of 0.4 MiB it is 0.28 cores in all: two replicas at 0.19 each
    assert replicas("250m", 100) == 2


def test_without_an_autoscaler_the_file_decides():
    assert replicas("250m", 1_000, autoscaling=None) == 2
    part = samples.mesh([samples.part(resources={})]).control_plane[0]
    assert replicas_of(part, uniform_estate(9, 1, 1, 1, 1), (), NEVER) == 1


def test_a_large_mesh_has_a_larger_control_plane_than_a_small_one():
    mesh = load_mesh("istio-sidecar")

    def istiod(services, replicas_each):
        described = topology(
            listed(
                service("a"), *(service(f"s{n}", replicas=replicas_each) for n in range(services))
            )
        )
        return next(c for c in footprint(described, mesh).containers if c.name == "istiod")

    small, large = istiod(5, 10), istiod(250, 40)
    assert small.count == 1
    assert large.count > 1
    assert small.request == large.request

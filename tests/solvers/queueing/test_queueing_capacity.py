"""The busiest station and what it could carry, by hand."""

import builders
import numpy as np
import pytest

from meshsim.solvers.queueing import bottleneck, capacity_per_s
from meshsim.solvers.queueing.capacity import instance_name
from meshsim.solvers.queueing.flows import flows
from meshsim.solvers.queueing.loads import loads, passage_cpu_s
from meshsim.solvers.queueing.passages import links
from meshsim.solvers.queueing.structure import structure

WORK = "[{{compute: {}ms}}]"


def system(*services, under=None, rate=100, **more):
    described = builders.topology(
        builders.listed(*services), arrivals=builders.POISSON.format(rate), **more
    )
    return builders.program(described, under)


def test_the_busiest_cores():
    """100/s × 4 ms over two pods of half a core: 40%, full at 250/s."""
    program = system(
        builders.service("a", "[{compute: 1ms}, {call: b/get}]", resources=builders.cores(1)),
        builders.service("b", WORK.format(4), replicas=2, resources=builders.cores(0.5)),
    )
    found = bottleneck(program)
    assert (found.kind, found.name, found.overloaded) == ("cores", "b", False)
    assert found.load == pytest.approx(0.4)
    assert found.carries_per_s == capacity_per_s(program) == pytest.approx(250)
    assert str(found) == "the CPU of a pod of b is at 40%; it is saturated at 250/s"


def test_another_rate_and_overload():
    program = system(builders.service("a", WORK.format(1), resources=builders.cores(1)))
    found = bottleneck(program, 1_500.0)
    assert found.overloaded
    assert found.load == pytest.approx(1.5)


def test_a_proxy_is_full_at_its_busy_cost_however_much_its_idle_cost_is_now():
    """Two workers with 100 µs a passage carry 20,000/s; at 100/s most of the CPU is idle cost."""
    proxy = builders.proxy(busy="100us", idle_scale="6us", wake_up="43us", workers=2)
    under = builders.mesh(proxy, inside="[]", entry="[callee.sidecar]")
    program = system(builders.service("a"), under=under)
    found = bottleneck(program)
    assert (found.kind, found.name) == ("proxy", "sidecar of a")
    assert found.carries_per_s == pytest.approx(20_000)
    assert "a worker of sidecar of a" in str(found)
    shape = structure(program)
    calls = links(program, shape.row_endpoint, shape.site_row)
    cpu = passage_cpu_s(program, loads(program, shape, calls, flows(program, shape, 100.0)))
    assert cpu[0] > 2e-4


def test_nothing_is_ever_used():
    assert capacity_per_s(system(builders.service("a"))) == np.inf


@pytest.mark.parametrize(
    ("scope", "path", "expected"),
    [
        ("pod", "[caller.p, callee.p]", "p of a"),
        ("node", "[caller.p, callee.p]", "p of node 0"),
        ("service", "[service.p]", "p of b"),
        ("namespace", "[service.p]", "p of the namespace of a and others"),
    ],
)
def test_passages_land_on_the_right_instance(scope, path, expected):
    """Each call of b passes; a pod's proxy sees both ends, a node's everything twice."""
    shared = scope in {"service", "namespace"}
    proxy = builders.proxy("p", scope=scope, busy="100us", replicas=2 if shared else None)
    under = builders.mesh(proxy, inside=path, entry="[]")
    program = system(
        builders.service("a", "[{call: b/get}]"), builders.service("b"), under=under, rate=1_000
    )
    found = bottleneck(program)
    assert found.name == expected
    each = {"pod": 0.1, "node": 0.2, "service": 0.05, "namespace": 0.05}[scope]
    assert found.load == pytest.approx(each)


def test_one_namespace_of_one_service():
    proxy = builders.proxy("p", scope="namespace", busy="1us", replicas=1)
    under = builders.mesh(proxy, inside="[service.p]", entry="[]")
    program = system(builders.service("a"), under=under)
    assert instance_name(program, 0) == "p of the namespace of a"


def test_bytes_cost_their_share():
    """1 KiB up and 3 KiB down at 1 µs each, over 1 µs: 5 µs."""
    proxy = builders.proxy(busy="1us", per_kib="1us")
    under = builders.mesh(proxy, inside="[]", entry="[callee.sidecar]")
    service = builders.service("a", endpoint=", request: 1KiB, response: 3KiB")
    assert capacity_per_s(system(service, under=under)) == pytest.approx(200_000)

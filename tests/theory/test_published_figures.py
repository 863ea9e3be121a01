"""The shipped Istio files give back what Istio publishes for 1,000 requests/s.

Istio's documentation (1.24, Performance and Scalability): HTTP/1.1, 1 KiB payload, two worker
threads: a sidecar takes 0.20 vCPU and 60 MB, a waypoint 0.25 vCPU and 60 MB, a ztunnel 0.06 vCPU
and 12 MB. The figures are rounded, and half of their last digit is the tolerance here. The files
were fitted to this, so these tests say that they still are; what was measured elsewhere and not
fitted is the shape of the curve (``test_proxy_cost.py``).

CPU is measured on a call between two services of the mesh, each proxy of which encrypts as it does
there: a sidecar and a ztunnel on one side, a waypoint on two. Memory is measured with 64 client
connections in front of one proxy.
"""

import builders
import numpy as np
import pytest

from meshsim.capacity.proxy_memory import memory_bytes, whole_configuration
from meshsim.lowering.lower import lower
from meshsim.model.loading import load_mesh
from meshsim.model.mesh import DataPath
from meshsim.model.scenario import Scenario
from meshsim.solvers.kernel import simulate
from meshsim.solvers.settings import RunSettings

pytestmark = pytest.mark.slow

RATE = 1000
TWO_NODES = "[{name: node, cores: 16, memory: 64Gi, count: 2, zones: [x, y]}]"


class Used:
    """CPU and memory of each proxy of a run, by the name of its kind."""

    def __init__(self, mesh, *, caller=False, entry=None):
        under = load_mesh(mesh)
        if entry is not None:
            path = DataPath(inside=under.path.inside, entry=entry)
            under = under.model_copy(update={"path": path})
        a = builders.service("a", "[{call: b/get}]" if caller else "[]", zones="[x]")
        b = builders.service("b", "[{wait: 1ms}]", zones="[y]")
        described = builders.topology(
            builders.listed(a, b),
            "a/get" if caller else "b/get",
            arrivals=builders.POISSON.format(RATE),
            nodes=TWO_NODES,
        )
        self.mesh, self.program = under, lower(Scenario(described, under))
        self.held = whole_configuration(described)
        self.seen = simulate(self.program, RunSettings(300_000))

    def instances(self, kind):
        names = np.array(self.program.kinds.names)[self.program.instances.kind]
        return np.flatnonzero(names == kind)

    def cores(self, kind):
        """Per instance and per 1,000 requests/s that came."""
        first, last = 5, -1
        used = self.seen.busy_s[last] - self.seen.busy_s[first]
        requests = self.seen.snapshot_request[last] - self.seen.snapshot_request[first]
        firsts = self.program.instances.station_first
        workers = self.program.kinds.workers[self.program.instances.kind]
        return np.array(
            [used[firsts[i] : firsts[i] + workers[i]].sum() for i in self.instances(kind)]
        ) * (1000 / requests)

    def megabytes(self, kind):
        proxy, open_ = self.mesh.proxy(kind), self.seen.connections[self.instances(kind)]
        return np.array([memory_bytes(proxy, self.held, float(one)) / 1e6 for one in open_])


@pytest.fixture(scope="module")
def in_front_of_the_service():
    return {
        "sidecar": Used("istio-sidecar"),
        "ztunnel": Used("istio-ambient"),
        "waypoint": Used("istio-ambient-waypoint", entry=("service.waypoint", "callee.ztunnel")),
    }


@pytest.fixture(scope="module")
def between_two_services():
    return {
        "sidecar": Used("istio-sidecar", caller=True, entry=()),
        "ztunnel": Used("istio-ambient", caller=True, entry=()),
        "waypoint": Used("istio-ambient-waypoint", caller=True, entry=()),
    }


PUBLISHED_CORES = {"sidecar": (0.195, 0.205), "waypoint": (0.245, 0.255), "ztunnel": (0.055, 0.065)}


@pytest.mark.parametrize("kind", PUBLISHED_CORES)
def test_cpu_of_all_proxies_of_a_call(between_two_services, kind):
    """The caller's and the callee's alike."""
    low, high = PUBLISHED_CORES[kind]
    cores = between_two_services[kind].cores(kind)
    assert len(cores) == {"sidecar": 2, "waypoint": 1, "ztunnel": 2}[kind]
    assert np.all((low < cores) & (cores < high))


def test_open_service_mesh_is_near_what_it_measured_though_it_was_not_fitted():
    """0.26 core for one sidecar at 1,000 requests/s; its connections and busy workers unknown."""
    cores = Used("open-service-mesh", caller=True, entry=()).cores("sidecar")
    assert np.all((cores > 0.25) & (cores < 0.31))


@pytest.mark.parametrize(
    ("kind", "published"), [("sidecar", 60), ("waypoint", 60), ("ztunnel", 12)]
)
def test_memory_with_64_connections(in_front_of_the_service, kind, published):
    """A waypoint, put in front for this, also holds those that it opens to the pod."""
    used = in_front_of_the_service[kind]
    connections = used.seen.connections[used.instances(kind)]
    assert 64 <= connections.max() <= (80 if kind == "waypoint" else 64)
    assert abs(used.megabytes(kind)[connections.argmax()] - published) < 0.5

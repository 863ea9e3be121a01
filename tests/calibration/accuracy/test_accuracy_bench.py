"""The scenario of a benchmark: what its words say stands in the topology and in the mesh."""

from dataclasses import replace

import builders
import measured_figures as figures
import pytest

from meshsim.calibration.accuracy.bench import Meshes, mesh_of, topology_of
from meshsim.calibration.accuracy.machine import Machine
from meshsim.calibration.accuracy.rebuilding import NotRebuilt, rebuild
from meshsim.calibration.accuracy.wording import Generator
from meshsim.lowering.lower import lower
from meshsim.model.loading import load_mesh
from meshsim.model.scenario import Scenario

SETUP = rebuild(figures.SIDECAR).setup
MACHINE = Machine(factor=2.0, base_s=1e-3)


def under(setup=SETUP, machine=MACHINE, meshes=None):
    return mesh_of(setup, machine, meshes or Meshes())


def test_client_and_server_take_their_shares_of_the_latency_without_a_mesh():
    assert sum((MACHINE.send_s, MACHINE.receive_s, MACHINE.serve_s, MACHINE.round_trip_s)) == (
        pytest.approx(1e-3)
    )
    topology = topology_of(SETUP, MACHINE)
    client, server = topology.services
    send, call, receive = client.endpoints[0].steps
    assert (send.compute.mean, receive.compute.mean) == pytest.approx((45e-6, 90e-6))
    assert call.call == "server-0/get"
    assert server.endpoints[0].steps[0].compute.mean == pytest.approx(90e-6)
    assert topology.network.same_zone == pytest.approx(775e-6)


def test_hops_make_a_chain():
    topology = topology_of(replace(SETUP, hops=3), MACHINE)
    assert [service.name for service in topology.services] == [
        "client",
        "server-0",
        "server-1",
        "server-2",
    ]
    assert topology.services[1].endpoints[0].steps[1].call == "server-1/get"
    assert topology.nodes[0].count == 4


@pytest.mark.parametrize(
    ("generator", "rate", "process"),
    [
        (Generator("paced", 64, 0.1, 1e-3), 1000.0, "paced"),
        (Generator("constant", 64), 1000.0, "constant"),
        (Generator("poisson", 64), 1000.0, "poisson"),
        (Generator("closed", 64), None, "closed"),
    ],
)
def test_arrivals(generator, rate, process):
    load = topology_of(replace(SETUP, generator=generator, rate_per_s=rate), MACHINE).load
    assert load.arrivals.process == process
    assert load.client_connections == 64
    if process == "paced":
        assert (load.arrivals.connections, load.arrivals.jitter) == (64, 0.1)
        assert load.arrivals.clock_tick == 1e-3
    if process == "closed":
        assert load.arrivals.users == 64


def test_every_setup_can_be_lowered():
    for course in ("direct", "both", "server", "client", "mesh"):
        names = ("none",) if course == "direct" else SETUP.meshes
        setup = replace(SETUP, course=course, meshes=names)
        lower(Scenario(topology_of(setup, MACHINE), under(setup)))


@pytest.mark.parametrize(
    ("course", "inside"),
    [
        ("both", ("caller.sidecar", "callee.sidecar")),
        ("server", ("callee.sidecar",)),
        ("client", ("caller.sidecar",)),
        ("mesh", ("caller.sidecar", "callee.sidecar")),
    ],
)
def test_data_path(course, inside):
    path = under(replace(SETUP, course=course)).path
    assert (path.inside, path.entry) == (inside, ())


def test_machine_and_encryption():
    assert under().machine_factor.value == 2.0
    assert under().policies.mtls == load_mesh("istio-sidecar").policies.mtls
    assert under(replace(SETUP, encrypted=False)).policies.mtls == "off"


def test_workers_are_those_of_the_figure_or_of_the_file():
    assert under().proxies[0].worker_threads.value == 2
    assert under(replace(SETUP, workers=20)).proxies[0].worker_threads.value == 20


def test_proxies_that_are_never_idle_have_no_idle_cost():
    cost = under(replace(SETUP, never_idle=True)).proxies[0].cost
    assert cost.http1.idle_scale.value == cost.tcp.idle_scale.value == 0.0
    assert under().proxies[0].cost.http1.idle_scale.value > 0


FILTERS = (
    "filters: [{name: jwt-rs256, per_request: {value: 30us, range: [30us, 30us], origin: guess, "
    "note: for a test}}],"
)


def with_filter():
    text = builders.proxy(busy="40us").replace("request_share:", f"{FILTERS} request_share:")
    return builders.mesh(text, inside="[caller.sidecar, callee.sidecar]")


def test_features_are_switched_on():
    setup = replace(SETUP, meshes=("sample",), features=("jwt",))
    (cost,) = (proxy.cost for proxy in under(setup, meshes=Meshes([with_filter()])).proxies)
    assert [(f.name, f.enabled) for f in cost.filters] == [("jwt-rs256", True)]


def test_a_feature_without_a_cost_is_not_rebuilt():
    setup = replace(SETUP, meshes=("sample",), features=("jwt", "gzip"))
    with pytest.raises(NotRebuilt, match="the mesh file sample has no cost of gzip"):
        under(setup, meshes=Meshes([with_filter()]))


def test_the_first_mesh_file_that_there_is():
    meshes = Meshes([with_filter()])
    assert meshes.first_of(("no-such", "sample", "none")).name == "sample"
    assert meshes.first_of(("no-such", "none")).name == "none"
    with pytest.raises(NotRebuilt, match="no mesh file no-such"):
        meshes.first_of(("no-such",))


def test_files_of_the_user_stand_before_shipped_ones():
    own = load_mesh("none").model_copy(update={"name": "istio-sidecar"})
    assert Meshes([own]).first_of(("istio-sidecar",)) is own

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


def test_only_the_proxies_that_have_a_feature_switch_it_on():
    shipped = load_mesh("istio-ambient-waypoint")
    (gzip,) = with_filters("gzip").first_of(("sample",)).proxies[0].cost.filters
    ztunnel, waypoint = shipped.proxies
    able = waypoint.model_copy(
        update={"cost": waypoint.cost.model_copy(update={"filters": (gzip,)})}
    )
    mesh = shipped.model_copy(update={"proxies": (ztunnel, able)})
    setup = replace(SETUP, meshes=(mesh.name,), course="mesh", features=("gzip",))
    first, second = under(setup, meshes=Meshes([mesh])).proxies
    assert first == ztunnel
    assert [f.enabled for f in second.cost.filters] == [True]


def test_a_protocol_that_a_proxy_does_not_speak_stays_unknown():
    mesh = load_mesh("istio-ambient")
    cost = (
        under(replace(SETUP, meshes=(mesh.name,), course="mesh", never_idle=True)).proxies[0].cost
    )
    assert (cost.http1, cost.tcp.idle_scale.value) == (mesh.proxies[0].cost.http1, 0.0)


def test_proxies_that_are_never_idle_have_no_idle_cost():
    cost = under(replace(SETUP, never_idle=True)).proxies[0].cost
    assert cost.http1.idle_scale.value == cost.tcp.idle_scale.value == 0.0
    assert under().proxies[0].cost.http1.idle_scale.value > 0


def with_filters(*names):
    """A mesh whose sidecars have these filters, all of them off."""
    costs = "per_request: {value: 30us, range: [30us, 30us], origin: guess, note: for a test}"
    listed = ", ".join(f"{{name: {name}, {costs}}}" for name in names)
    filters = f"filters: [{listed}], request_share:"
    text = builders.proxy(busy="40us").replace("request_share:", filters)
    return Meshes([builders.mesh(text, inside="[caller.sidecar, callee.sidecar]")])


@pytest.mark.parametrize(
    ("feature", "details", "on"),
    [
        ("jwt", "filter jwt_rs256_cache", "jwt-rs256-cache"),
        ("jwt", "request-authn 10 JWT rules", "jwt-rs256"),
        ("rbac", "1000 authz policies", "rbac-100policies"),
        ("rbac", "authz", "rbac-1policy"),
        ("extauthz", "ext-authz on", "ext-authz-http"),
    ],
)
def test_features_are_switched_on(feature, details, on):
    names = ("jwt-rs256", "jwt-rs256-cache", "rbac-1policy", "rbac-100policies", "ext-authz-http")
    setup = replace(SETUP, meshes=("sample",), features=(feature,), details=details)
    (proxy,) = under(setup, meshes=with_filters(*names)).proxies
    assert [f.name for f in proxy.cost.filters if f.enabled] == [on]


def test_a_feature_without_a_cost_is_not_rebuilt():
    setup = replace(SETUP, meshes=("sample",), features=("jwt", "gzip"))
    with pytest.raises(NotRebuilt, match="the mesh file sample has no cost of gzip"):
        under(setup, meshes=with_filters("jwt-rs256"))


def test_the_first_mesh_file_that_there_is():
    meshes = with_filters("gzip")
    assert meshes.first_of(("no-such", "sample", "none")).name == "sample"
    assert meshes.first_of(("no-such", "none")).name == "none"
    with pytest.raises(NotRebuilt, match="no mesh file no-such"):
        meshes.first_of(("no-such",))


def test_files_of_the_user_stand_before_shipped_ones():
    own = load_mesh("none").model_copy(update={"name": "istio-sidecar"})
    assert Meshes([own]).first_of(("istio-sidecar",)) is own

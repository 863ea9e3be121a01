"""The whole way from cells to a mesh, with truths that are known."""

import pytest
from cell_samples import connection_cell, cpu_cell, latency_cell, memory_cell
from fit_samples import TRUTH, US, cells
from test_fit_cpu_fit import with_filter

from meshsim.calibration.fitting.calibrate import calibrate
from meshsim.calibration.fitting.options import FitOptions
from meshsim.calibration.readers.cells import Reading
from meshsim.errors import InputError
from meshsim.model.loading import load_mesh
from meshsim.model.sourced import Source

MESH = load_mesh("istio-sidecar")
SOURCE = ("mine", Source(title="Mine", where="mine.csv"))


def run(mesh=MESH, proxy=None, options=None, **reading):
    return calibrate(Reading(**reading), mesh, proxy, options or FitOptions(), SOURCE)


@pytest.fixture(scope="module")
def whole():
    memory = [
        memory_cell(60e6 + 50e3 * n, cluster=float(n), connection__h1_plain_after1req=float(m))
        for n, m in ((0, 0), (100, 0), (1000, 0), (3000, 0))
    ]
    return run(
        cpu=[*cells(1, 0.02), *with_filter(20 * US)[1:]],
        memory=memory,
        connections=[connection_cell(400 * US, repeat=str(n)) for n in range(3)],
        latencies=[latency_cell(1e-3, 1)],
        references_s=[30 * US * (1 + 0.01 * n) for n in range(40)],
    )


def test_costs_are_those_of_the_machine_measured(whole):
    cost = whole.mesh.proxy("sidecar").cost
    assert whole.mesh.machine_factor.value == 1.0
    assert cost.http1.busy.range[0] < 30 * US < cost.http1.busy.range[1]
    assert cost.http1.busy.source == "mine"
    assert cost.tls is not None
    assert cost.filters[-1].name == "jwt"
    assert cost.fitted_range.body == (0.0, 131_072.0)
    assert cost.fitted_range.requests_per_worker == (100.0, 30_000.0)


def test_the_factor_has_the_spread_of_the_reference(whole):
    """30 to 41.7 µs around their lower quartile, 32.9 µs."""
    low, high = whole.mesh.machine_factor.range
    assert (low, high) == pytest.approx((30.585 / 32.925, 41.115 / 32.925), rel=1e-3)


def test_what_the_data_do_not_speak_of_stays(whole):
    before, after = MESH.proxy("sidecar"), whole.mesh.proxy("sidecar")
    factor = MESH.machine_factor.value
    assert after.cost.http2.busy.value == pytest.approx(before.cost.http2.busy.value * factor, 1e-3)
    assert after.worker_threads == before.worker_threads
    assert after.memory.per_endpoint == before.memory.per_endpoint
    assert after.memory.per_cluster.source == "mine"
    assert whole.left["memory.per_connection_h1_plain_after1req"] == "no data"


def test_all_estimates_are_told(whole):
    paths = [one.path for one in whole.estimates]
    assert "cost.connect" in paths
    assert "cost.filters.jwt.per_request" in paths
    assert any("wake_up_delay" in text for text in whole.unused)


def test_the_factor_alone_moves_a_mesh():
    known = {**TRUTH, "machine_factor": 1.7}
    own = run(cpu=cells(), options=FitOptions(fixed={"machine_factor": 1.0})).mesh
    moved = run(own, cpu=cells(known=known), options=FitOptions(only=("machine_factor",))).mesh
    assert moved.machine_factor.value == pytest.approx(1.7, rel=0.01)
    assert moved.machine_factor.source == "mine"
    assert moved.proxy("sidecar").cost == own.proxy("sidecar").cost


def test_the_factor_may_be_held_elsewhere():
    mesh = run(cpu=cells(), options=FitOptions(fixed={"machine_factor": 2.0})).mesh
    assert mesh.machine_factor.value == 2.0
    assert mesh.machine_factor.range == (2.0, 2.0)
    assert mesh.proxy("sidecar").cost.http1.busy.value == pytest.approx(15 * US, rel=0.01)


def test_cells_that_are_not_wanted_are_listed():
    more = [cpu_cell(role="client_sidecar")]
    found = run(cpu=[*cells(), *more], options=FitOptions(where={"role": "proxy"}))
    assert any("not among those of --where" in text for text in found.unused)


def test_a_watched_sidecar_has_on_what_its_mesh_has_on():
    data = MESH.model_dump(mode="json", exclude_none=True)
    cost = {"value": "10us", "range": ["9us", "11us"], "origin": "guess", "note": "for a test"}
    data["proxies"][0]["cost"]["filters"] += [
        {"name": "log", "enabled": True, "per_request": cost},
        {"name": "jwt", "per_request": cost},
    ]
    base = type(MESH).model_validate(data)
    watched = [cpu_cell(90 * US, role="sidecar", sitting=str(n), rate=100.0) for n in range(5)]
    options = FitOptions(only=("machine_factor",))
    with_log = run(base, cpu=watched, options=options).mesh.machine_factor.value
    assert with_log < run(cpu=watched, options=options).mesh.machine_factor.value


@pytest.mark.parametrize(
    ("mesh", "proxy", "message"),
    [
        ("istio-sidecar", "envoy", "has the proxies sidecar, not 'envoy'; name one of them"),
        ("none", None, "has the proxies (none); give a mesh that has proxies"),
        ("istio-ambient-waypoint", None, "name one of them"),
    ],
)
def test_a_proxy_must_be_named(mesh, proxy, message):
    with pytest.raises(InputError) as caught:
        run(load_mesh(mesh), proxy, cpu=cells())
    assert message in str(caught.value)


def test_data_that_tell_nothing_are_refused_with_the_reasons():
    with pytest.raises(InputError) as caught:
        run(latencies=[latency_cell(1e-3, 1)])
    assert "nothing can be fitted" in str(caught.value)
    assert "wake_up_delay" in str(caught.value)
    with pytest.raises(InputError, match="no cell was read"):
        run()

"""Figures become scenarios with the right readings, or say why they do not."""

import measured_figures as figures
import pytest

from meshsim.calibration.accuracy.cells import Kind
from meshsim.calibration.accuracy.rebuilding import NotRebuilt, rebuild
from meshsim.physics.memory import Configuration


def test_a_latency():
    built = rebuild(figures.cell(metric="latency_p999_ms", value=8.0))
    assert (built.reading.kind, built.reading.measured) == (Kind.LATENCY, 0.008)
    assert (built.reading.probability, built.reading.name) == (0.999, "p99.9")
    assert (built.setup.rate_per_s, built.setup.protocol) == (1000.0, "http1")
    assert (built.setup.request_bytes, built.setup.response_bytes) == (1024.0, 1024.0)


def test_an_added_latency_and_a_mean():
    assert rebuild(figures.cell(metric="added_latency_p90_ms")).reading.name == "added p90"
    assert rebuild(figures.cell(metric="latency_mean_ms")).reading.name == "mean"


@pytest.mark.parametrize(
    ("metric", "value", "seconds"),
    [
        ("cpu_cores", 0.4, 400e-6),
        ("cpu_vcpu_per_1000rps", 0.4, 400e-6),
        ("cpu_us_per_request", 40.0, 40e-6),
    ],
)
def test_cpu_is_per_request(metric, value, seconds):
    built = rebuild(figures.cell(metric=metric, value=value, component="client-proxy"))
    assert built.reading.measured == pytest.approx(seconds)
    assert (built.reading.name, built.reading.role) == ("cpu", "client")


@pytest.mark.parametrize(
    ("mesh", "mode", "meshes", "course"),
    [
        ("none", "none", "none", "direct"),
        ("istio", "sidecar", "istio-sidecar", "both"),
        ("istio", "sidecar-server-only", "istio-sidecar", "server"),
        ("istio", "ambient-l4", "istio-ambient", "mesh"),
        ("istio", "ambient-l7", "istio-ambient-waypoint", "mesh"),
        ("linkerd", "sidecar", "linkerd", "mesh"),
        ("osm", "sidecar", "open-service-mesh", "both"),
        ("envoy", "gateway (1 Envoy)", "envoy", "server"),
        ("envoy", "one-proxy", "envoy", "server"),
        ("cilium", "l7-envoy", "cilium-l7", "server"),
        ("cilium", "sidecar", "cilium", "mesh"),
        ("some-mesh", "sidecar", "some-mesh", "both"),
    ],
)
def test_data_paths(mesh, mode, meshes, course):
    setup = rebuild(figures.cell(mesh=mesh, mode=mode)).setup
    assert (setup.meshes[0], setup.course) == (meshes, course)


def test_what_is_not_said_about_encryption_is_encrypted():
    assert rebuild(figures.cell(encrypted=None)).setup.encrypted
    assert not rebuild(figures.cell(encrypted=False)).setup.encrypted


def test_a_body_of_the_request_on_its_own():
    setup = rebuild(figures.cell(request_bytes=0.0, payload_bytes=None)).setup
    assert (setup.request_bytes, setup.response_bytes) == (0.0, 1024.0)


def test_a_cpu_limit_gives_the_workers():
    words = "10 HTTPRoutes; proxy CPU limit 1500m"
    assert rebuild(figures.cell(configuration=words)).setup.workers == 2
    assert rebuild(figures.cell(configuration=words, workers=8)).setup.workers == 8
    assert rebuild(figures.cell()).setup.workers is None


def test_our_closed_loop_shares_a_core():
    ours = figures.cell(
        metric="cpu_us_per_request",
        component="one-proxy",
        rate_per_s=None,
        generator="closed loop",
        ours=True,
    )
    setup = rebuild(ours).setup
    assert setup.never_idle
    assert setup.rate_per_s is None


@pytest.mark.parametrize(
    ("words", "held", "connections"),
    [
        ("", Configuration(2, 2, 2, 2), 8),
        ("500 services", Configuration(500, 500, 500, 2), 8),
        ("1000 HTTPRoutes", Configuration(1000, 1000, 1000, 2), 8),
        ("holds 1000 clusters of 3 endpoints", Configuration(1000, 3000, 0, 0), 0),
        ("holds 100 endpoints of 100 endpoints", Configuration(1, 100, 0, 0), 0),
        ("holds 7 listeners of 1 endpoints", Configuration(0, 0, 0, 7), 0),
        ("holds 500 idle_conn_h1_mtls of 1 endpoints", Configuration(0, 0, 0, 0), 500),
    ],
)
def test_what_a_proxy_holds(words, held, connections):
    reading = rebuild(figures.memory(configuration=words)).reading
    assert (reading.kind, reading.measured) == (Kind.MEMORY, 60e6)
    assert (reading.held, reading.connections) == (held, connections)


@pytest.mark.parametrize(
    ("unit", "bytes_"), [("MB", 1e6), ("MiB", 2**20), ("MB (container_memory_usage_bytes)", 1e6)]
)
def test_units_of_memory(unit, bytes_):
    assert rebuild(figures.cell(metric="memory_mb", unit=unit)).reading.measured == bytes_


def test_memory_of_one_more():
    built = rebuild(figures.cell(metric="memory_bytes_per_host", unit="bytes", rate_per_s=None))
    assert (built.reading.one_more, built.reading.measured) == ("endpoints", 1.0)


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"metric": "handshakes_per_s", "unit": "1/s"}, "handshakes_per_s"),
        ({"metric": "memory_mb", "unit": "MiB recommended"}, "memory_mb"),
        ({"metric": "memory_mb", "unit": "MB (max)"}, "memory_mb"),
        ({"mesh": "cilium", "mode": "ebpf"}, "ebpf"),
        ({"configuration": "mixer"}, "Mixer"),
        ({"rate_per_s": None}, "does not say the rate"),
        ({"protocol": "https new TLS handshake per request"}, "protocol"),
        ({"protocol": "tcp TLS handshake"}, "protocol"),
        ({"value": -1.0, "metric": "added_latency_p50_ms"}, "zero or below"),
        ({"value": 0.0, "metric": "cpu_cores"}, "not recorded"),
        ({"rate_per_s": None, "metric": "cpu_cores"}, "does not say the rate"),
        ({"component": "control-plane", "metric": "cpu_cores"}, "control-plane"),
    ],
)
def test_what_is_not_rebuilt(more, reason):
    with pytest.raises(NotRebuilt, match=reason):
        rebuild(figures.cell(**more))

"""Lines of the summary, by literal errors."""

import measured_figures as figures
import pytest

from meshsim.calibration.accuracy.judging import Verdict
from meshsim.calibration.accuracy.summary import by_mesh, by_metric, by_source, headline

P50 = {"kind": figures.Kind.LATENCY, "probability": 0.5}
VERDICT = Verdict(
    [
        figures.judged(1.1, source="a", unfitted=2.0),
        figures.judged(0.7, source="a"),
        figures.judged(3.0, source="b", mesh_file="linkerd"),
        figures.judged(9.0, source="b", fitted=True),
        figures.judged(1.5, source="b", **P50),
        figures.judged(7.0, source="b", utilisation=0.9, **P50),
        figures.judged(1.2, source="b", kind=figures.Kind.LATENCY, probability=0.99, added=True),
    ]
)


def test_by_metric_without_what_was_fitted():
    lines = {line.metric: line for line in by_metric(VERDICT)}
    cpu = lines["cpu"]
    assert cpu.figures == 3
    assert cpu.median_error == pytest.approx(0.3)
    assert cpu.worst_decile == pytest.approx(2.0)
    assert cpu.bias == pytest.approx(0.1)
    assert cpu.near == pytest.approx(1 / 3)
    assert cpu.by_source == pytest.approx((0.2 + 2.0) / 2)
    assert cpu.unfitted_error == pytest.approx(1.0)
    assert (cpu.coverage, cpu.in_interval) == (None, 0)


def test_high_utilisation_stands_apart():
    found = [line.metric for line in by_metric(VERDICT)]
    assert found == ["added p99", "cpu", "p50", "p50, above 85% utilisation"]


def test_by_mesh_and_by_source():
    assert [(line.name, line.metric, line.figures) for line in by_mesh(VERDICT)][:3] == [
        ("istio-sidecar", "added p99", 1),
        ("istio-sidecar", "cpu", 2),
        ("istio-sidecar", "p50", 1),
    ]
    assert [line.name for line in by_source(VERDICT)] == ["a", "b", "b", "b", "b"]


def test_headline_is_cpu_memory_and_quantiles_at_loads_that_can_be_told():
    assert [(line.metric, line.figures) for line in headline(VERDICT)] == [
        ("cpu", 3),
        ("p50", 1),
        ("added p99", 1),
    ]


def test_coverage_is_a_share_of_what_has_an_interval():
    rows = [figures.judged(1.0), figures.judged(1.0)]
    rows[0] = figures.replace(rows[0], low=0.9, high=1.1)
    (line,) = headline(Verdict(rows))
    assert (line.coverage, line.in_interval) == (1.0, 1)

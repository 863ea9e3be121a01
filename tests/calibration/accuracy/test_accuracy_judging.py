"""Goal: machines are told by one figure of a source, and everything else is compared.

Method: figures that the simulation itself gave on a machine that is known.
"""

from dataclasses import replace

import builders
import measured_figures as figures
import pytest

from meshsim.calibration.accuracy.bench import Meshes
from meshsim.calibration.accuracy.judging import OUR_BASE_S, judge
from meshsim.calibration.accuracy.machine import BASE_S, Machine
from meshsim.calibration.accuracy.rebuilding import rebuild
from meshsim.calibration.accuracy.simulating import Simulator, Size
from meshsim.model.mesh import FittedRange

TRUTH = Machine(factor=3.0, base_s=500e-6)
COSTS = {"busy": "40us", "idle_scale": "6us"}


def simulator():
    mesh = builders.sidecars(**COSTS).model_copy(update={"name": "istio-sidecar"})
    return Simulator(Meshes([mesh]), Size(300, 1))


def measured(cell, machine=TRUTH, source="lab", **more):
    """The cell with the figure that the simulation gives on a machine."""
    cell = replace(cell, source=source, **more)
    built = rebuild(cell)
    value = simulator().predicted(built.setup, built.reading, machine)
    scale = {"ms": 1e3, "vCPU": cell.rate_per_s}[cell.unit]
    return replace(cell, value=value * scale)


DIRECT, SLOWER = (measured(figures.ALONE, connections=c) for c in (2, 8))
CPU = [measured(figures.cpu(), rate_per_s=rate) for rate in (500.0, 1000.0, 2000.0)]
LATENCY = measured(figures.SIDECAR)


def test_the_machine_is_found_again_and_all_else_is_predicted():
    said = []
    verdict = judge([LATENCY, SLOWER, DIRECT, *CPU], simulator(), said.append)
    (bench,) = verdict.benches
    assert bench.machine.factor == pytest.approx(3.0, rel=0.03)
    assert bench.machine.base_s == pytest.approx(500e-6, rel=0.03)
    assert [each.cell for each in bench.fitted] == [DIRECT, CPU[1]]
    assert len(verdict.judged) == 6
    assert [row.cell for row in verdict.judged if row.fitted] == [DIRECT, CPU[1]]
    assert max(abs(row.error) for row in verdict.judged) < 0.1
    assert said == ["lab", "lab: predictions"]


def test_a_source_without_cpu_is_told_by_a_median():
    p90 = measured(figures.cell(metric="latency_p90_ms"))
    verdict = judge([p90, LATENCY], simulator())
    (bench,) = verdict.benches
    assert [each.cell for each in bench.fitted] == [LATENCY]


def test_figures_for_context_tell_the_machine_last():
    cells = [replace(CPU[1], use="context"), replace(CPU[2], use="calibrate")]
    (bench,) = judge(cells, simulator()).benches
    assert [each.cell.rate_per_s for each in bench.fitted] == [2000.0]


def test_without_a_figure_of_its_own_a_machine_is_like_the_others():
    other = measured(figures.cpu(), replace(TRUTH, factor=1.0), "other")
    verdict = judge([CPU[1], CPU[2], other], simulator())
    rows = {(row.cell.source, row.cell.rate_per_s): row for row in verdict.judged}
    assert rows["lab", 2000.0].unfitted_error == pytest.approx(1 / 3 - 1, abs=0.05)
    # Not quite three times: a worker that is busier finds shorter gaps.
    assert 1.5 < rows["other", 1000.0].unfitted_error < 2.0


def test_our_own_machine_is_known():
    ours = [replace(CPU[1], source="ours", fixed_machine=True, ours=True)]
    (bench,) = judge(ours, simulator()).benches
    assert (bench.machine, bench.fitted) == (Machine(1.0, OUR_BASE_S), ())
    assert bench.note == "our own machine"


def test_a_machine_that_no_figure_tells():
    memory = replace(figures.memory(), source="size")
    (bench,) = judge([memory], simulator()).benches
    assert (bench.machine.factor, bench.fitted) == (1.0, ())
    assert "no figure" in bench.note


def test_a_latency_that_no_machine_gives_is_not_fitted():
    """Without a mesh it takes 500 µs; through two sidecars it is said to take 100."""
    impossible = replace(LATENCY, value=0.1)
    (bench,) = judge([impossible, DIRECT], simulator()).benches
    assert [each.cell for each in bench.fitted] == [DIRECT]
    assert bench.machine.factor == 1.0


def test_the_assumed_base_is_at_most_half_of_the_shortest_latency():
    short = replace(LATENCY, value=0.2)
    (bench,) = judge([short], simulator()).benches
    assert bench.machine.base_s == pytest.approx(100e-6)
    (bench,) = judge([replace(LATENCY, value=2.0)], simulator()).benches
    assert bench.machine.base_s == BASE_S


def test_what_is_not_rebuilt_is_counted_with_its_repeats():
    odd = figures.cell(metric="handshakes_per_s", repeats=3)
    wasm = figures.cell(configuration="stats-wasm")
    verdict = judge([odd, wasm], simulator())
    assert verdict.judged == []
    assert sorted(verdict.left_out.values()) == [1, 3]


def test_an_added_latency_that_comes_out_below_zero_is_left_out():
    """Half of the quantiles of two runs of the same system lie below the other's."""
    free = builders.sidecars().model_copy(update={"name": "istio-sidecar"})
    added = figures.cell(metric="added_latency_p50_ms", value=0.1)
    verdict = judge([added], Simulator(Meshes([free]), Size(300, 1)))
    assert verdict.judged == []
    assert list(verdict.left_out) == ["its added latency is predicted as zero or below"]


def test_a_machine_beyond_what_the_sources_rate_allows_is_found_from_below():
    """At factor 1 the sidecar carries 10,000/s; the search begins there and must not overload."""
    fast = Machine(factor=0.1, base_s=BASE_S)
    cell = figures.cpu(rate_per_s=9_000.0, generator="open loop, Poisson", workers=1)
    (bench,) = judge([measured(cell, fast)], simulator()).benches
    assert bench.machine.factor == pytest.approx(0.1, rel=0.05)


def test_sources_without_a_figure_that_is_rebuilt_are_no_machines():
    assert judge([figures.cell(metric="handshakes_per_s")], simulator()).benches == []


def test_a_machine_for_each_hardware_that_a_source_names():
    cells = [replace(CPU[0], hardware="metal"), CPU[1], replace(CPU[2], hardware="metal")]
    names = [bench.source for bench in judge(cells, simulator(), by_hardware=True).benches]
    assert names == ["lab on metal", "lab"]
    assert len(judge(cells, simulator()).benches) == 1


def test_figures_outside_of_the_fitted_range_are_marked():
    mesh = builders.sidecars(**COSTS).model_copy(update={"name": "istio-sidecar"})
    fitted = FittedRange(requests_per_worker=("100/s", "600/s"), body=("0B", "4KiB"))
    cost = mesh.proxies[0].cost.model_copy(update={"fitted_range": fitted})
    proxy = mesh.proxies[0].model_copy(update={"cost": cost})
    within = mesh.model_copy(update={"proxies": (proxy,)})
    large = replace(CPU[1], payload_bytes=1e5)
    closed = replace(CPU[1], rate_per_s=None, metric="cpu_us_per_request", generator="closed loop")
    verdict = judge([*CPU, large, closed], Simulator(Meshes([within]), Size(300, 1)))
    # One worker: 500, 1,000 and 2,000 requests/s, then large bodies, then as fast as it goes.
    assert [row.extrapolated for row in verdict.judged] == [False, True, True, True, False]

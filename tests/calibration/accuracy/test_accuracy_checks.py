"""Goal: the checks give a row for each figure, and the fit finds the parameters behind a grid.

Method: grids that the simulation itself gave, with few connections; the real figures are compared
by the command, not here.
"""

from dataclasses import replace

import measured_figures as figures
import pytest

from meshsim.calibration.accuracy import checks
from meshsim.calibration.accuracy.bench import Meshes
from meshsim.calibration.accuracy.checks import CURVE, GRIDS, CheckRow, run_check
from meshsim.calibration.accuracy.machine import Machine
from meshsim.calibration.accuracy.rebuilding import rebuild
from meshsim.calibration.accuracy.recognised import SHIPPED, read_all
from meshsim.calibration.accuracy.simulating import Simulator, Size
from meshsim.calibration.accuracy.variants import with_filters_and_delay
from meshsim.errors import InputError

TRUTH = Machine(factor=1.3, base_s=350e-6)
GRID = {"source": "istio-tools-2020", "version": "1.7-dev"}


def grid():
    """Two connection counts with and without jitter, and a figure without a mesh."""
    mesh = with_filters_and_delay(120e-6, 80e-6)
    simulator = Simulator(Meshes([mesh]), Size(800, 3))
    cells = [
        figures.cell(metric=metric, connections=c, configuration=f"stats filter; {jitter}", **GRID)
        for jitter in ("no jitter", "jitter")
        for c in (2, 16)
        for metric in ("latency_p50_ms", "latency_p90_ms", "latency_p99_ms")
    ]
    cells.append(replace(cells[0], mesh="none", mode="none", encrypted=False, connections=2))
    cpu = {"component": "client-proxy", "metric": "cpu_cores", "unit": "vCPU"}
    cells.append(replace(cells[6], **cpu))
    found = []
    for cell in cells:
        built = rebuild(cell)
        setup = replace(built.setup, workers=None if cell.mesh == "none" else 2)
        value = simulator.predicted(setup, built.reading, TRUTH)
        found.append(replace(cell, value=value * 1e3))  # ms, or cores at 1,000 requests/s
    return found


def test_a_grid_of_known_parameters_is_met():
    check = run_check(GRIDS, grid(), quick=True)
    assert check.outside == ()
    assert (check.asked, len(check.rows)) == (8, 9)
    assert max(abs(row.error) for row in check.rows) < 0.15
    assert {row.metric for row in check.rows} == {"p50", "p99", "CPU, client"}
    assert check.rows[0].about == "2 connections, in step"
    assert check.parameters[0][0] == "machine factor"


def test_the_curve_has_a_row_per_rate_and_others_beside_it():
    cells = read_all([SHIPPED]).cells
    check = run_check(CURVE, cells, quick=True)
    asked = [row for row in check.rows if row.judged]
    assert [row.about for row in asked] == [f"{n},000 requests/s" for n in range(1, 6)]
    assert [row.measured for row in asked] == pytest.approx([0.18, 0.3, 0.4, 0.43, 0.45])
    assert [row.usual for row in asked] == pytest.approx([0.5, 1, 1.5, 2, 2.5])
    assert len(check.rows) == 15
    # More load, more CPU, but ever less per request.
    predicted = [row.predicted for row in asked]
    per_request = [value / n for n, value in enumerate(predicted, 1)]
    assert predicted == sorted(predicted)
    assert per_request == sorted(per_request, reverse=True)


def test_rows_outside_the_limit_are_told():
    rows = (
        CheckRow("a", "p50", 1.0, 1.2),
        CheckRow("b", "p50", 1.0, 0.7),
        CheckRow("c", "cpu", 1.0, 9.0, judged=False),
    )
    check = checks.Check("name", "title", 0.25, rows, ())
    assert check.outside == (rows[1],)
    assert check.asked == 2


def test_an_unknown_check_is_refused():
    with pytest.raises(InputError, match="no check of this name"):
        run_check("istio-1", [])


def test_one_odd_cell_does_not_pull_beyond_the_cap():
    cells = [rebuild(figures.cell(value=1.0)), rebuild(figures.cell(value=1.0, connections=8))]
    far, further = (checks._loss(cells, [1e-3, value]) for value in (2e-3, 200e-3))
    assert far == further

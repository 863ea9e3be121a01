"""The account of a calibration: every part is there, and cells are named."""

import pytest
from fit_samples import US, cells
from test_fit_calibrate import run
from test_fit_cpu_fit import absolute, with_filter

from meshsim.calibration.fitting.account import account, show


@pytest.fixture(scope="module")
def found():
    cpu = [*cells(1, 0.03), *absolute(1.3), *with_filter(20 * US)[1:]]
    return run(cpu=cpu)


def test_values_with_errors_and_intervals(found):
    text = account(found, whole=False)
    assert text.startswith("# Calibration of sidecar (istio-sidecar)\n")
    (row,) = [line for line in text.splitlines() if "`cost.http1.busy`" in line]
    assert " µs … " in row
    assert "`level.data.csv`" in text
    assert "Fitted on 100/s to 30,000/s per worker and bodies of 0 B to 128 KiB" in text


def test_correlations_and_cross_validation(found):
    text = account(found, whole=False)
    assert "Strong correlations:" in text
    assert "cost.http1.idle_exponent with cost.http1.idle_scale: -0.9" in text
    for kind in ("all cells", "within the range of the others", "paired", "absolute"):
        assert f"| {kind} " in text


def test_the_whole_account_has_every_cell(found):
    short, whole = account(found, whole=False), account(found, whole=True)
    assert short.count("saturated") == 12 - short.count("/s absolute") - sum(
        "/s " in line and "absolute" not in line and "load@" in line for line in short.splitlines()
    )
    assert whole.count("body proxy") == 20
    assert "Cells farthest off" in short
    assert "All cells" in whole


def test_an_unpredictable_cell_is_said():
    lonely = [*cells(2, 0.02)[:5], *cells(2, 0.02)[10:15]]
    text = account(run(cpu=[*lonely, cells(2, 0.02)[6]]), whole=True)
    assert "cannot be predicted without themselves" in text
    assert "not predictable" in text


@pytest.mark.parametrize(
    ("path", "value", "text"),
    [
        ("cost.http1.busy", 30e-6, "30.0 µs"),
        ("cost.http1.idle_exponent", 0.4211, "0.421"),
        ("memory.base", 2**20, "1.00 MiB"),
        ("level.data.csv", 1.4, "1.4"),
        ("machine_factor", 1.265, "1.26"),
    ],
)
def test_values_have_the_unit_of_their_parameter(path, value, text):
    assert show(path, value) == text

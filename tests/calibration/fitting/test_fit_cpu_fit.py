"""Costs of passages and filters out of synthetic cells whose truth is known."""

import math

import numpy as np
import pytest
from cell_samples import cpu_cell
from fit_samples import FOUND, HELD, TRUTH, US, cells, relative, vars_of

from meshsim.calibration.fitting.cost_model import filter_path, predicted_cpu_s
from meshsim.calibration.fitting.cpu_fit import (
    as_measured,
    fit_costs,
    fit_filters,
    label,
    numbered,
    wanted_costs,
)
from meshsim.calibration.fitting.identify import identified_fit
from meshsim.calibration.fitting.options import FitOptions

ANY = FitOptions()


def known_of(given, options=ANY, base=HELD):
    wanted, held = wanted_costs(given, base, options)
    return identified_fit(as_measured(given, options), wanted, held, base)


def test_exact_cells_give_the_truth():
    found = known_of(cells())
    for path in FOUND:
        assert found.known[path] == pytest.approx(TRUTH[path], rel=2e-3), path


def test_noisy_cells_give_the_truth_within_their_errors():
    """Twelve draws of 5% noise: 90% intervals of the six costs hold at least 80%."""
    inside = []
    for seed in range(12):
        found = known_of(cells(seed, 0.05)).fitted
        for path, value, error in zip(found.paths, found.values, found.errors, strict=True):
            is_log = path.endswith("idle_scale")
            away = relative(value, TRUTH[path]) * value if is_log else abs(value - TRUTH[path])
            inside.append(away <= 1.645 * error)
    assert 0.8 <= np.mean(inside) < 1.0


def test_the_whole_family_has_errors_and_a_validation():
    family = fit_costs(cells(4, 0.03), HELD, ANY)
    found = {one.path: one for one in family.estimates}
    busy = found["cost.http1.busy"]
    assert busy.low < TRUTH["cost.http1.busy"] < busy.high
    assert found["cost.http1.idle_scale"].correlation < -0.8
    assert family.validation.median_error() < 0.1
    assert family.interior.sum() == 12
    assert any("idle_scale" in pair[1] or "idle_scale" in pair[0] for pair in family.correlations)


def test_without_plain_cells_or_wishes_there_is_no_family():
    assert fit_costs([], HELD, ANY) is None
    assert fit_costs([cpu_cell(filters=("jwt",))], HELD, ANY) is None
    assert fit_costs(cells(), TRUTH, FitOptions(only=("memory",))) is None


def test_what_is_held_stays():
    found = known_of(cells(), FitOptions(fixed={"cost.tls.per_kib": 0.1 * US}))
    assert found.known["cost.tls.per_kib"] == 0.1 * US
    assert "cost.tls.per_kib" not in found.fitted.paths


def test_bounds_are_kept():
    options = FitOptions(bounds={"cost.http1.busy": (31 * US, 40 * US)})
    assert known_of(cells(), options).known["cost.http1.busy"] >= 31 * US


def test_only_some_are_found():
    found = known_of(cells(), FitOptions(only=("cost.tls",)), TRUTH)
    assert set(found.fitted.paths) == {"cost.tls.per_request", "cost.tls.per_kib"}
    assert found.known["cost.tls.per_request"] == pytest.approx(4 * US, rel=1e-3)


def test_one_factor_moves_a_calibration_to_another_machine():
    there = cells(known={**TRUTH, "machine_factor": 1.7})
    found = known_of(there, FitOptions(only=("machine_factor",)), TRUTH)
    assert found.fitted.paths == ("machine_factor",)
    assert found.known["machine_factor"] == pytest.approx(1.7, rel=1e-3)


def test_the_factor_is_left_alone_unless_asked_for():
    assert "machine_factor" not in known_of(cells()).fitted.paths


def absolute(level):
    """The same cells measured without a reference, while the machine was slower."""
    slow = {**TRUTH, "machine_factor": level}
    return [
        cpu_cell(**{**vars_of(cell), "is_paired": False, "sitting": f"a{cell.sitting}"})
        for cell in cells(known=slow)
    ]


def test_files_of_absolute_cpu_get_a_level_beside_paired_ones():
    found = known_of([*cells(), *absolute(1.4)])
    assert found.known["level.data.csv"] == pytest.approx(1.4, rel=1e-3)
    assert found.known["cost.http1.busy"] == pytest.approx(30 * US, rel=1e-3)


def test_alone_they_are_taken_as_they_are():
    found = known_of(absolute(1.4))
    assert "level.data.csv" not in found.known
    assert found.known["cost.http1.busy"] == pytest.approx(42 * US, rel=1e-2)


def test_a_file_may_count_less():
    measured = as_measured(cells(), FitOptions(weights={"data.csv": 0.25}))
    assert set(measured.weights) == {0.25}


def test_cells_without_an_error_have_the_usual_one():
    given = [cpu_cell(error=math.nan), cpu_cell(error=0.02)]
    assert as_measured(given, ANY).errors.tolist() == [0.02, 0.02]
    assert as_measured(given[:1], ANY).errors.tolist() == [0.05]


def test_words_become_numbers():
    assert numbered(["b", "a", "b"]).tolist() == [0, 1, 0]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, "one proxy http1 0 B saturated"),
        (
            {"arrivals": "open", "rate": 99.6, "passes": 1, "is_paired": False},
            "one proxy http1 tls 0 B 100/s absolute",
        ),
    ],
)
def test_labels(more, expected):
    assert label(cpu_cell(**more)) == expected


def with_filter(extra, misfit=1.0, **more):
    """A plain cell that the model misses, and the same with a filter on."""
    plain = cpu_cell(**more)
    known = {**TRUTH, filter_path("jwt"): extra}
    cost = predicted_cpu_s([plain], TRUTH)[0]
    cost_on = predicted_cpu_s([cpu_cell(filters=("jwt",), **more)], known)[0]
    missed = (misfit - 1) * cost
    return [
        cpu_cell(cost + missed, **more),
        cpu_cell(cost_on + missed, filters=("jwt",), **more),
    ]


@pytest.mark.parametrize("more", [{}, {"arrivals": "open", "rate": 2000.0}])
def test_a_filter_is_told_against_its_plain_neighbour(more):
    """A passage that the model misses by 10% does not hide a filter of 2 µs."""
    (one,) = fit_filters(with_filter(2 * US, 1.1, **more), TRUTH, 0.0, ANY)
    assert one.path == "cost.filters.jwt.per_request"
    assert one.value == pytest.approx(2 * US, rel=0.01)


def test_the_error_of_a_filter_is_that_of_two_cells():
    """1% of 30 µs and 1% of 50 µs."""
    (one,) = fit_filters(with_filter(20 * US), TRUTH, 0.0, ANY)
    assert one.error == pytest.approx(math.hypot(0.3, 0.5) * US, rel=1e-3)


def test_the_model_error_widens_it():
    (one,) = fit_filters(with_filter(20 * US), TRUTH, 0.1, ANY)
    assert one.error == pytest.approx(math.hypot(0.3, 0.5, 2.0) * US, rel=1e-3)


def test_a_filter_without_a_neighbour_is_told_against_the_model():
    lonely = with_filter(20 * US)[1:]
    (one,) = fit_filters(lonely, TRUTH, 0.0, ANY)
    assert one.value == pytest.approx(20 * US, rel=1e-3)
    assert one.error > 2 * US


def test_bodies_of_two_sizes_tell_the_cost_of_bytes():
    given = []
    for kib in (1, 16, 64):
        given += with_filter((5 + 0.1 * kib) * US, body_bytes=kib * 1024)
    request, byte = fit_filters(given, TRUTH, 0.0, ANY)
    assert request.value == pytest.approx(5 * US, rel=1e-3)
    assert byte.value == pytest.approx(0.1 * US, rel=1e-3)


def test_a_filter_that_seems_to_save_costs_nothing():
    (one,) = fit_filters(with_filter(-1 * US), TRUTH, 0.0, ANY)
    assert (one.value, one.low) == (0.0, 0.0)
    assert one.high > 0


def test_paired_cells_of_a_filter_leave_absolute_ones_aside():
    given = [
        *with_filter(2 * US),
        cpu_cell(90 * US, filters=("jwt",), is_paired=False),
        cpu_cell(60 * US, filters=("log",), is_paired=False, error=math.nan),
        cpu_cell(50 * US, is_paired=False, error=math.nan),
    ]
    known = {**TRUTH, "level.data.csv": 5 / 3}
    jwt, log = fit_filters(given, known, 0.0, ANY)
    assert jwt.value == pytest.approx(2 * US, rel=0.01)
    assert log.value == pytest.approx(6 * US, rel=0.01)


def test_filters_nobody_asked_for_and_combinations_are_not_found():
    assert fit_filters(with_filter(US), TRUTH, 0.0, FitOptions(only=("cost.tls",))) == ()
    assert fit_filters([cpu_cell(filters=("a", "b"))], TRUTH, 0.0, ANY) == ()

"""Goal: ranges of results. Method: sums and products whose ends are known."""

import control_plane_samples as samples
import pytest

from meshsim.capacity.spread import sourced, spread, values_of
from meshsim.model.sourced import SourcedNumber


def numbers(**ranges):
    return {
        name: SourcedNumber(value=v, range=(low, high), origin="guess", note="for a test")
        for name, (v, low, high) in ranges.items()
    }


def test_independent_shifts_add_like_the_sides_of_a_right_angle():
    found = spread(lambda n: n["a"] + n["b"], numbers(a=(10.0, 7.0, 13.0), b=(20.0, 16.0, 24.0)))
    assert (found.estimate, found.low, found.high) == (30.0, 25.0, 35.0)
    assert (found.confidence, found.observations) == (0.9, 0)


def test_a_number_that_does_not_matter_adds_nothing():
    found = spread(lambda n: n["a"], numbers(a=(1.0, 0.5, 4.0), b=(2.0, 1.0, 3.0)))
    assert (found.low, found.high) == (0.5, 4.0)


def test_a_falling_result_has_its_high_end_at_the_low_number():
    found = spread(lambda n: 8 / n["a"], numbers(a=(4.0, 2.0, 8.0)))
    assert (found.estimate, found.low, found.high) == (2.0, 1.0, 4.0)


def test_numbers_are_found_by_their_path():
    mesh = samples.mesh()
    values = values_of(mesh)
    assert values["control_plane.brain.scaling.cpu.base"] == pytest.approx(0.1)
    assert values["proxies.sidecar.memory.per_route"] == 5_000
    assert values["machine_factor"] == 1.0
    assert set(sourced(mesh.control_plane[0], "x")) == {
        name.replace("control_plane.brain.", "x.")
        for name in values
        if name.startswith("control_plane.")
    }

"""What data cannot tell is said, and left at the value of the base."""

import numpy as np
import pytest
from test_fit_robust import EXACT, FREE, X, line

from meshsim.calibration.fitting.identify import identified_fit
from meshsim.calibration.fitting.robust import Bounded

THIRD = Bounded("c", 7.0, 0.0, 10.0)


def test_what_no_cell_depends_on_has_no_data():
    found = identified_fit(line(EXACT, X), (*FREE, THIRD), {}, {"c": 2.0})
    assert found.left == {"c": "no data"}
    assert found.known["c"] == 2.0
    assert found.known["a"] == pytest.approx(3.0, rel=1e-4)


def test_without_a_base_it_stays_where_it_began():
    assert identified_fit(line(EXACT, X), (*FREE, THIRD), {}, {}).known["c"] == 7.0


def noisy(slope, seed=1):
    generator = np.random.default_rng(seed)
    return (3.0 + slope * X) * np.exp(generator.normal(0, 0.2, len(X)))


def test_what_is_lost_in_noise_is_left_at_the_base():
    found = identified_fit(line(noisy(1e-4), X), FREE, {}, {"b": 0.001})
    assert set(found.left) == {"b"}
    assert "not identified" in found.left["b"] or "bound" in found.left["b"]
    assert found.known["b"] == 0.001
    assert [one.path for one in found.free] == ["a"]


def test_without_a_base_the_estimate_is_kept_and_weak():
    found = identified_fit(line(noisy(1e-4), X), FREE, {}, {})
    assert found.left == {}
    assert "b" in found.weak


def test_a_value_at_its_bound_is_weak_or_left():
    falling = line(3.0 - 0.01 * X, X)
    assert identified_fit(falling, FREE, {}, {}).weak == {"b": "at its bound"}
    assert identified_fit(falling, FREE, {}, {"b": 0.1}).left == {"b": "hit its bound"}


def test_good_data_leave_nothing():
    found = identified_fit(line(EXACT, X), FREE, {}, {"a": 1.0, "b": 1.0})
    assert (found.left, found.weak) == ({}, {})


def test_a_start_at_the_upper_bound_is_moved_down_to_see_what_depends_on_it():
    tight = (Bounded("a", 3.0, 1.0, 3.0), FREE[1])
    assert "a" not in identified_fit(line(EXACT, X), tight, {}, {}).left

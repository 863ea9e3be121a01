"""Repeats of a measurement are averaged, other measurements are kept apart."""

import measured_figures as figures
import pytest

from meshsim.calibration.accuracy.cells import merged


def test_repeats_give_their_geometric_mean_and_their_number():
    (one,) = merged([figures.cell(value=1.0, place="a:2"), figures.cell(value=4.0, place="a:3")])
    assert (one.value, one.repeats, one.place) == (pytest.approx(2.0), 2, "a:2")


def test_other_circumstances_are_other_cells():
    cells = [figures.cell(connections=4), figures.cell(connections=8), figures.cell(rate_per_s=5.0)]
    assert merged(cells) == cells


def test_what_is_suggested_for_does_not_part_repeats():
    assert len(merged([figures.cell(use="calibrate"), figures.cell(use="context")])) == 1


def test_values_without_a_logarithm_give_their_mean():
    (one,) = merged([figures.cell(value=0.0), figures.cell(value=3.0)])
    assert one.value == 1.5

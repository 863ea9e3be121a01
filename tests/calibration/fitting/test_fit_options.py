"""What a user asks for, and the words for it."""

import pytest
from cell_samples import cpu_cell

from meshsim.calibration.fitting.options import FitOptions


def test_all_is_wanted_but_what_is_held():
    options = FitOptions(fixed={"cost.http1.busy": 1.0})
    assert options.wants("cost.http2.busy")
    assert not options.wants("cost.http1.busy")


def test_only_what_is_named_or_below_is_wanted():
    options = FitOptions(only=("cost.http1",))
    assert options.wants("cost.http1.busy")
    assert options.wants("cost.http1")
    assert not options.wants("cost.http10.busy")


@pytest.mark.parametrize(
    ("where", "is_used"),
    [
        ({}, True),
        ({"role": "*sidecar"}, False),
        ({"role": "pro*", "protocol": "http1"}, True),
        ({"test": "other"}, False),
    ],
)
def test_cells_by_pattern(where, is_used):
    assert FitOptions(where=where).is_used(cpu_cell()) == is_used


def test_files_by_pattern_of_their_end():
    options = FitOptions(weights={"unpaired.csv": 0.2})
    assert options.weight("data/unpaired.csv") == 0.2
    assert options.weight("data/memory.csv") == 1.0

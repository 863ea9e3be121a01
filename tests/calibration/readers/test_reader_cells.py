"""Cells: which settings are alike, medians with their errors."""

import math
import random
import statistics

import pytest
from cell_samples import cpu_cell, memory_cell

from meshsim.calibration.readers.cells import Reading, median_error


def test_the_median_and_its_error_by_hand():
    """Logs of 1, e, e², e³, e⁴ have median 2 and MAD 1."""
    value, error = median_error([math.exp(n) for n in range(5)])
    assert value == pytest.approx(math.exp(2))
    assert error == pytest.approx(1.2533 * 1.4826 / math.sqrt(5))


def test_of_an_even_number_the_middle_two_count():
    assert median_error([1.0, 1.0, math.e**2, math.e**2])[0] == pytest.approx(math.e)


def test_two_values_tell_no_error():
    value, error = median_error([1.0, 4.0])
    assert value == pytest.approx(2.0)
    assert math.isnan(error)


def test_the_error_is_that_of_repeated_medians():
    """2,000 medians of 25 normal logarithms: their scatter, within 4 standard errors of it (6%)."""
    draws = random.Random(3)
    pairs = [median_error([math.exp(draws.gauss(0, 0.1)) for _ in range(25)]) for _ in range(2000)]
    scatter = statistics.stdev(math.log(value) for value, _ in pairs)
    assert statistics.mean(error for _, error in pairs) == pytest.approx(scatter, rel=0.1)


def test_a_disturbed_slice_hardly_counts():
    calm, error = median_error([1.0, 1.01, 0.99, 1.02, 0.98])
    disturbed, more = median_error([1.0, 1.01, 0.99, 1.02, 50.0])
    assert disturbed == pytest.approx(calm, rel=0.02)
    assert more < 2 * error


def test_alike_settings_differ_in_filters_and_a_little_in_rate():
    one = cpu_cell(arrivals="open", rate=1000.0)
    assert one.setting == cpu_cell(arrivals="open", rate=1020.0, filters=("jwt",)).setting
    assert one.setting != cpu_cell(arrivals="open", rate=2000.0).setting
    assert one.setting != cpu_cell(arrivals="saturated").setting
    assert cpu_cell(rate=1.0).setting == cpu_cell(rate=9.0).setting
    assert cpu_cell(arrivals="open", rate=0.0).setting[-1] == 0.0


def test_memory_counts_what_it_holds():
    cell = memory_cell(cluster=3.0)
    assert cell.count("cluster") == 3.0
    assert cell.count("listener") == 0.0


def test_readings_add_up():
    one, other = Reading(cpu=[cpu_cell()]), Reading(cpu=[cpu_cell()], memory=[memory_cell()])
    other.tally.skip("row", "why", "here")
    one.add(other)
    assert (len(one.cpu), len(one.memory)) == (2, 1)
    assert one.tally.unused[0].count == 1

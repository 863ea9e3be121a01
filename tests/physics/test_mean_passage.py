"""Mean CPU of a passage against its own sums, and one request after another by hand."""

import numpy as np
import pytest
from scipy import optimize, special

from meshsim.physics.mean_passage import mean_passage_cpu_s, sequential_passage_cpu_s

BUSY, SCALE, EXPONENT, WAKE_UP = 40e-6, 6e-6, 0.42, 43e-6


def by_sums(rate, wake_up):
    """The same fixed point with E[gap^a] summed over the number of sleepers."""
    middles = (np.arange(500) + 0.5) / 500

    def excess(cost):
        asleep = (1 - rate * cost) / (1 + 2 * rate * wake_up)
        moment = 0.0
        for j in range(1, 60):
            gaps = j * wake_up + special.gammaincinv(j, middles) / (2 * rate)
            chance = 2 / (1 + asleep) * (asleep / (1 + asleep)) ** j
            moment += chance * float(np.mean((gaps * 1e6) ** EXPONENT))
        return BUSY + SCALE * moment - cost

    return optimize.brentq(excess, BUSY, 1 / rate)


@pytest.mark.parametrize("rate", [0.1, 100, 1_000, 5_000, 15_000, 24_000])
@pytest.mark.parametrize("wake_up", [0.0, WAKE_UP])
def test_the_integral_is_the_sum(rate, wake_up):
    found = mean_passage_cpu_s(BUSY, SCALE, EXPONENT, rate, wake_up)
    assert found[0] == pytest.approx(by_sums(rate, wake_up), rel=1e-4)


def test_a_worker_without_rest_costs_the_busy_cost():
    found = mean_passage_cpu_s(BUSY, SCALE, EXPONENT, np.array([25_000.0, 90_000.0]), WAKE_UP)
    assert found.tolist() == [BUSY, BUSY]


def test_nothing_to_do_and_no_idle_cost():
    assert mean_passage_cpu_s(BUSY, SCALE, EXPONENT, 0.0, WAKE_UP)[0] == BUSY
    assert mean_passage_cpu_s(BUSY, 0.0, EXPONENT, 100.0, WAKE_UP)[0] == BUSY


def test_one_after_another_solves_its_equation():
    """10 µs + 1 µs × (gap / 1 µs)^0.5 with a gap of 90 µs less the idle cost: 9 µs at 81 µs."""
    assert sequential_passage_cpu_s(10e-6, 1e-6, 0.5, 1e4)[0] == pytest.approx(19e-6, rel=1e-9)


def test_one_after_another_without_rest_costs_the_busy_cost():
    found = sequential_passage_cpu_s(BUSY, SCALE, EXPONENT, np.array([25_000.0, 30_000.0]))
    assert found.tolist() == [BUSY, BUSY]


def test_constant_gaps_cost_more_than_random_ones_of_open_load():
    """A concave cost: constant gaps of the same rate are its upper bound (Jensen)."""
    rates = np.array([100.0, 1000.0, 5000.0])
    one_by_one = sequential_passage_cpu_s(BUSY, SCALE, EXPONENT, rates)
    assert np.all(one_by_one > mean_passage_cpu_s(BUSY, SCALE, EXPONENT, rates, WAKE_UP))

"""meshsim.solvers.queueing.formulas against exact values: Markov chains, recursions, limits."""

import math

import numpy as np
import pytest

from meshsim.solvers.queueing.formulas import (
    approximate_closed_s,
    erlang_c,
    exact_closed_s,
    mgc_wait_s,
    mmc_wait_s,
    shared_stretch,
    shared_variance_s2,
)


@pytest.mark.parametrize(
    ("servers", "offered", "expected"),
    [(1, 0.8, 0.8), (2, 1.0, 1 / 3), (2, 1.6, 32 / 45), (3, 2.0, 4 / 9)],
)
def test_erlang_c_of_fractions(servers, offered, expected):
    assert erlang_c(np.array([servers]), np.array([offered]))[0] == pytest.approx(expected)


@pytest.mark.parametrize(("servers", "offered"), [(1, 0.5), (4, 3.2), (7, 1.0), (300, 280.0)])
def test_mmc_against_its_birth_and_death_chain(servers, offered):
    """Mean number in line from the stationary law of the number inside, by Little's law."""
    states = np.arange(1, 20_000)
    logs = np.cumsum(np.log(offered / np.minimum(states, servers)))
    weights = np.exp(np.concatenate([[0.0], logs]) - max(logs.max(), 0.0))
    chances = weights / weights.sum()
    line = float((np.maximum(np.arange(20_000) - servers, 0) * chances).sum())
    found = mmc_wait_s(np.array([servers]), np.array([offered]), np.array([1.0]))[0]
    assert found == pytest.approx(line / offered, rel=1e-9)
    stretch = shared_stretch(np.array([servers]), np.array([offered]))[0]
    inside = float((np.arange(20_000) * chances).sum())
    assert stretch == pytest.approx(inside / offered, rel=1e-9)


def test_mg1_mean_and_second_moment_by_hand():
    """λ = 1/2, constant service 1: E[W] = 1/2, E[W²] = 2/4 + (1/2)/(3/2) = 5/6."""
    one = np.array([1.0])
    mean, square = mgc_wait_s(np.array([1]), np.array([0.5]), one, one, one)
    assert mean[0] == pytest.approx(0.5)
    assert square[0] == pytest.approx(5 / 6)


def test_mm1_wait_is_nothing_or_exponential():
    """E[W²] = 2ρ / (μ - λ)²."""
    mean, square = mgc_wait_s(
        np.array([1]), np.array([0.8]), np.array([1.0]), np.array([2.0]), np.array([6.0])
    )
    assert mean[0] == pytest.approx(4.0)
    assert square[0] == pytest.approx(2 * 0.8 / 0.2**2)


def test_mmc_wait_is_nothing_or_exponential():
    mean, square = mgc_wait_s(
        np.array([3]), np.array([2.0]), np.array([1.0]), np.array([2.0]), np.array([6.0])
    )
    waits = 4 / 9
    assert mean[0] == pytest.approx(waits)
    assert square[0] == pytest.approx(2 * waits)


def test_no_waiting_without_service():
    zero = np.array([0.0])
    mean, square = mgc_wait_s(np.array([2]), np.array([1.0]), zero, zero, zero)
    assert (mean[0], square[0]) == (0.0, 0.0)


def test_nothing_is_finite_at_saturation():
    one = np.array([1.0])
    mean, square = mgc_wait_s(np.array([1]), one, one, one, one)
    assert np.isinf([mean[0], square[0], shared_stretch(np.array([1]), one)[0]]).all()
    assert np.isinf(shared_variance_s2(one, one, one)[0])


def test_processor_sharing_averages_to_the_known_variance():
    """M/M/1: Var[T] = (2 + ρ) / ((1 - ρ)² (2 - ρ)), by integrating over the demand."""
    load = 0.6
    x = -np.log1p(-(np.arange(200_000) + 0.5) / 200_000)
    within = shared_variance_s2(x, np.ones_like(x), np.full_like(x, load))
    total = within.mean() + (x / (1 - load)).var()
    assert total == pytest.approx((2 + load) / ((1 - load) ** 2 * (2 - load)), rel=1e-3)


def closed_chain(users, think, demands, servers):
    """Throughput from the product form: sum over all ways to place the users (Buzen 1973)."""

    def factors(demand, width):
        values = [1.0]
        for n in range(1, users + 1):
            values.append(values[-1] * demand / (min(n, width) if width else n))
        return np.array(values)

    constant = factors(think, 0)
    for demand, width in zip(demands, servers, strict=True):
        constant = np.convolve(constant, factors(demand, width))[: users + 1]
    return constant[users - 1] / constant[users]


@pytest.mark.parametrize(
    ("users", "think", "demands", "servers"),
    [
        (1, 5.0, (1.0, 2.0), (1, 1)),
        (3, 0.0, (1.0, 1.0), (1, 1)),
        (20, 4.0, (0.3, 0.5, 0.1), (1, 1, 1)),
        (12, 2.0, (1.0, 0.4), (2, 1)),
        (30, 1.0, (2.0, 0.7, 0.5), (4, 2, 0)),
    ],
)
def test_mean_value_analysis_is_exact(users, think, demands, servers):
    rate, residence = exact_closed_s(users, think, np.array(demands), np.array(servers))
    assert rate == pytest.approx(closed_chain(users, think, demands, servers), rel=1e-9)
    assert rate * (think + residence.sum()) == pytest.approx(users)


def test_schweitzer_is_near_and_right_in_the_limits():
    demand, servers = np.array([0.3, 0.5, 0.1]), np.array([1, 1, 1])
    for users in (1, 5, 40):
        exact, _ = exact_closed_s(users, 4.0, demand, servers)
        found, residence = approximate_closed_s(users, 4.0, demand, servers)
        assert found == pytest.approx(exact, rel=0.04)
        assert found * (4.0 + residence.sum()) == pytest.approx(users)
    assert approximate_closed_s(100_000, 4.0, demand, servers)[0] == pytest.approx(2.0, rel=1e-3)


def test_seidmanns_servers_carry_their_load():
    rate, _ = approximate_closed_s(10_000, 1.0, np.array([2.0]), np.array([4]))
    assert rate == pytest.approx(2.0, rel=1e-3)
    assert math.isclose(approximate_closed_s(1, 1.0, np.array([2.0]), np.array([4]))[0], 1 / 3)

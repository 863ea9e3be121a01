"""The formulas that simulations are compared with: printed values, limits, and each other."""

import math

import numpy as np
import pytest
import queueing
from scipy import stats


@pytest.mark.parametrize(
    ("servers", "offered", "expected"),
    [(1, 0.8, 0.8), (2, 1.0, 1 / 3), (2, 1.6, 32 / 45), (3, 2.0, 4 / 9), (5, 4.0, 0.554113)],
)
def test_erlang_c(servers, offered, expected):
    assert queueing.erlang_c(servers, offered) == pytest.approx(expected, rel=1e-6)


def test_one_server_has_an_exponential_sojourn():
    tail = queueing.mmc_tail(1, 0.8, 1.0)
    assert queueing.mmc_mean(1, 0.8, 1.0) == pytest.approx(5.0)
    assert [tail(t) for t in (0, 1, 10)] == pytest.approx([1, math.exp(-0.2), math.exp(-2)])
    assert queueing.quantile(tail, 0.01, 1.0) == pytest.approx(5 * math.log(100))


@pytest.mark.parametrize(("servers", "rate"), [(2, 1.0), (4, 3.2), (16, 15.2), (2, 1.6)])
def test_the_tail_integrates_to_the_mean(servers, rate):
    tail = queueing.mmc_tail(servers, rate, 1.0)
    t = np.linspace(0, 400, 400_001)
    area = np.trapezoid([tail(x) for x in t], t)
    assert area == pytest.approx(queueing.mmc_mean(servers, rate, 1.0), rel=1e-5)


def test_a_wait_as_long_as_the_service_is_no_division_by_zero():
    """Two servers at half load: 2μ - λ = μ. A hair more load must give nearly the same."""
    even, near = queueing.mmc_tail(2, 1.0, 1.0), queueing.mmc_tail(2, 1.00001, 1.0)
    assert even(3.0) == pytest.approx(near(3.0), rel=1e-4)


def test_mg1_means():
    assert queueing.mg1_mean(0.8, 1.0, 1.0) == pytest.approx(5.0)
    assert queueing.mg1_mean(0.8, 1.0, 0.0) == pytest.approx(3.0)
    assert queueing.mg1_mean(0.5, 1.0, 2.0) == pytest.approx(3.5)


def test_md1_waiting_by_hand():
    """No wait with 1 - ρ; P(wait <= D) = (1 - ρ) e^ρ and P(wait <= 2D) = (1 - ρ)(e^2ρ - ρ e^ρ)."""
    tail = queueing.md1_tail(0.5, 1.0)
    assert tail(0.999) == 1.0
    assert tail(1.0) == pytest.approx(0.5)
    assert tail(2.0) == pytest.approx(1 - 0.5 * math.exp(0.5))
    assert tail(3.0) == pytest.approx(1 - 0.5 * (math.exp(1.0) - 0.5 * math.exp(0.5)))


@pytest.mark.parametrize("load", [0.5, 0.95])
def test_md1_tail_integrates_to_the_mean(load):
    tail = queueing.md1_tail(load, 1.0)
    t = np.linspace(0, 150 if load > 0.9 else 30, 601)
    area = np.trapezoid([tail(x) for x in t], t)
    assert area == pytest.approx(queueing.mg1_mean(load, 1.0, 0.0), rel=0.01)


def test_inversion_gives_back_known_functions():
    erlang = queueing.invert(lambda s: 1 / (1 + s) ** 3, 2.0)
    assert erlang == pytest.approx(stats.gamma(3).pdf(2.0), rel=1e-7)


def test_inversion_agrees_where_there_is_a_closed_form():
    for load in (0.5, 0.8, 0.95):
        inverted, exact = queueing.mgamma1_tail(load, 1.0, 1.0), queueing.mmc_tail(1, load, 1.0)
        for t in (0.1, 1.0, 20.0):
            assert inverted(t) == pytest.approx(exact(t), abs=1e-7)


@pytest.mark.parametrize("cv", [0.5, 2.0])
def test_inversion_integrates_to_the_mean(cv):
    tail = queueing.mgamma1_tail(0.8, 1.0, cv)
    t = np.linspace(1e-6, 300, 6_001)
    area = np.trapezoid([tail(x) for x in t], t)
    assert area == pytest.approx(queueing.mg1_mean(0.8, 1.0, cv), rel=2e-3)


@pytest.mark.parametrize("cv", [0.5, 2.0])
def test_inversion_against_lindleys_recursion(cv):
    """A million requests in numpy: wait = running sum less its running minimum."""
    generator = np.random.default_rng(4)
    load, size = 0.8, 1_000_000
    service = generator.gamma(1 / cv**2, cv**2, size)
    steps = service[:-1] - generator.exponential(1 / load, size - 1)
    walk = np.concatenate([[0.0], np.cumsum(steps)])
    sojourn = (walk - np.minimum.accumulate(np.minimum(walk, 0.0)) + service)[10_000:]
    tail = queueing.mgamma1_tail(load, 1.0, cv)
    p99 = queueing.quantile(tail, 0.01, 10.0)
    sections = (sojourn > p99)[:980_000].reshape(20, -1).mean(axis=1)
    error = sections.std(ddof=1) / math.sqrt(20)
    assert error < 0.001
    assert abs(sections.mean() - 0.01) < 4 * error


def test_hypoexponential():
    erlang = queueing.hypoexponential_tail((2.0, 2.0, 2.0))
    assert erlang(1.5) == pytest.approx(stats.gamma(3, scale=0.5).sf(1.5), rel=1e-9)
    two = queueing.hypoexponential_tail((1.0, 3.0))
    assert two(2.0) == pytest.approx((3 * math.exp(-2.0) - math.exp(-6.0)) / 2, rel=1e-9)


def test_fork_join_in_the_limits():
    """Without load the larger of two exponentials, 3/2; towards full load 11/8 of one queue."""
    assert queueing.fork_join_mean(1e-9, 1.0) == pytest.approx(1.5)
    assert queueing.fork_join_mean(0.999, 1.0) * 0.001 == pytest.approx(11 / 8, rel=1e-3)


def test_round_robin_in_the_limits():
    """One queue is M/M/1; very many make arrivals regular, D/M/1, whose σ at load 0.5 is 0.2032."""
    assert queueing.ekm1_decay(1, 0.8, 1.0) == pytest.approx(0.2)
    assert queueing.ekm1_decay(100_000, 0.5, 1.0) == pytest.approx(1 - 0.203188, rel=1e-4)


def test_closed_networks_by_hand():
    """Two users, no think time, one station: each waits for the other. Balanced pair: 1.5 each."""
    assert queueing.closed_mean(1, 5.0, (1.0, 2.0)) == pytest.approx(3.0)
    assert queueing.closed_mean(2, 0.0, (1.0,)) == pytest.approx(2.0)
    assert queueing.closed_mean(2, 0.0, (1.0, 1.0)) == pytest.approx(3.0)


@pytest.mark.parametrize(
    ("load", "hosts", "expected"),
    [
        (0.9, None, 2.3527),
        (0.9, 10, 2.7513),
        (0.9, 20, 2.5520),
        (0.7, None, 1.1301),
        (0.7, 10, 1.2150),
    ],
)
def test_two_choices_against_printed_values(load, hosts, expected):
    """Mean queue lengths of table 1 of Gast and Van Houdt."""
    assert queueing.two_choices_mean(load, hosts) * load == pytest.approx(expected, abs=1e-3)


def test_two_choices_are_one_choice_without_load():
    assert queueing.two_choices_mean(0.01, None) == pytest.approx(1.0001, rel=1e-4)

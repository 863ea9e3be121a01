"""Coverage: of 200 runs of a queue with a known answer, how many 95% intervals hold that answer?

The queues are first-come first-served with Poisson arrivals and exponential service of mean 1, with
one to sixteen servers at 30% to 90% load. A run has ten replications, each simulated with the
recursion of Lindley or of Kiefer and Wolfowitz from an empty start, and its warm-up is found by
MSER-5 on the average of the replications. The exact sojourn time has

    P(T > t) = (1 - C) exp(-t) + C (theta exp(-t) - exp(-theta t)) / (theta - 1),

C being Erlang's probability of waiting and theta = c (1 - rho) the rate of the conditional wait,
which is exponential: D. Gross et al., "Fundamentals of Queueing Theory", 4th edition, Wiley 2008,
section 2.3. With one server it reduces to exp(-theta t).

With 200 runs the share covered by a true 95% interval lies in 0.95 +- 0.03 nineteen times of
twenty; 0.90 to 0.99 is accepted, of the runs in which there is an interval at all. The same runs
show what is *not* good enough: the order-statistic interval for independent observations.
"""

import math
from dataclasses import dataclass

import numpy as np
import pytest

from meshsim.stats import (
    NotEnough,
    mean_interval,
    paired_mean_difference,
    paired_quantile_difference,
    quantile_interval,
    warm_up,
)

pytestmark = pytest.mark.slow

RUNS = 200
REPLICATIONS = 10
P = 0.99
LONG = 11_000  # 100 / (1 - P), and 1,000 to warm up
SHORT = 2_000  # a typical study; about 1,900 after the warm-up


@dataclass(frozen=True)
class Queue:
    servers: int
    load: float

    @property
    def arrival_rate(self):
        return self.servers * self.load

    @property
    def waiting_probability(self):
        offered = self.arrival_rate
        full = offered**self.servers / math.factorial(self.servers) / (1 - self.load)
        idle = sum(offered**busy / math.factorial(busy) for busy in range(self.servers))
        return full / (idle + full)

    @property
    def mean(self):
        return 1 + self.waiting_probability / (self.servers - self.arrival_rate)

    def tail(self, t):
        theta, waiting = self.servers - self.arrival_rate, self.waiting_probability
        both = (theta * math.exp(-t) - math.exp(-theta * t)) / (theta - 1)
        return (1 - waiting) * math.exp(-t) + waiting * both

    @property
    def quantile(self):
        low, high = 0.0, 100.0
        while high - low > 1e-9:
            middle = (low + high) / 2
            low, high = (middle, high) if self.tail(middle) > 1 - P else (low, middle)
        return low


ONE_SERVER = Queue(servers=1, load=0.8)
FOUR_SERVERS = Queue(servers=4, load=0.7)


def draw(queue, seed, length):
    """Gaps to the next arrival and service times, each (replications, requests)."""
    rng = np.random.default_rng([seed, queue.servers, length])
    gaps = rng.exponential(1 / queue.arrival_rate, (REPLICATIONS, length))
    return gaps, rng.exponential(1.0, (REPLICATIONS, length))


def lindley(gaps, services):
    """Sojourn times with one server: W(n + 1) = max(0, W(n) + S(n) - A(n)), unrolled."""
    steps = np.cumsum(services[..., :-1] - gaps[..., :-1], axis=-1)
    walk = np.concatenate([np.zeros((*services.shape[:-1], 1)), steps], axis=-1)
    return walk - np.minimum.accumulate(walk, axis=-1) + services


def kiefer_wolfowitz(gaps, services, servers):
    """Sojourn times with ``servers`` servers: the sorted work before each one, step by step."""
    work = np.zeros((*services.shape[:-1], servers))
    sojourns = np.empty_like(services)
    for n in range(services.shape[-1]):
        work[..., 0] += services[..., n]
        sojourns[..., n] = work[..., 0]
        work = np.maximum(work - gaps[..., n, None], 0.0)
        work.sort(axis=-1)
    return sojourns


def simulate(queue, length):
    """The settled part of RUNS runs: for each a list of ten sections."""
    drawn = [draw(queue, seed, length) for seed in range(RUNS)]
    if queue.servers == 1:
        runs = [lindley(gaps, services) for gaps, services in drawn]
    else:
        gaps, services = (np.stack(side) for side in zip(*drawn, strict=True))
        runs = list(kiefer_wolfowitz(gaps, services, queue.servers))
    return [list(run[:, warm_up(run.mean(axis=0)).deleted :]) for run in runs]


def order_statistic_covers(sections, truth):
    """The textbook interval for a quantile of independent observations, by the normal ranks."""
    pooled = np.sort(np.concatenate(sections))
    middle, reach = P * len(pooled), 1.96 * math.sqrt(len(pooled) * P * (1 - P))
    return pooled[int(middle - reach)] <= truth <= pooled[math.ceil(middle + reach)]


def share(outcomes):
    return sum(outcomes) / len(outcomes)


def p99_coverage(queue, runs):
    """The share of p99 intervals that cover, and the share of runs that got none."""
    all_of_them = [quantile_interval(run, P) for run in runs]
    given = [interval for interval in all_of_them if not isinstance(interval, NotEnough)]
    covered = share([interval.contains(queue.quantile) for interval in given])
    return covered, 1 - len(given) / len(runs)


@pytest.fixture(scope="module", params=[ONE_SERVER, FOUR_SERVERS], ids=["M/M/1", "M/M/4"])
def queue_and_runs(request):
    return request.param, simulate(request.param, LONG)


def test_the_theory_is_right():
    assert ONE_SERVER.mean == pytest.approx(5.0)
    assert ONE_SERVER.quantile == pytest.approx(math.log(100) / 0.2)
    assert Queue(servers=4, load=0.75).waiting_probability == pytest.approx(0.509434, abs=1e-6)


def test_both_recursions_give_the_same_path_with_one_server():
    gaps, services = draw(ONE_SERVER, seed=1, length=500)
    stepwise = kiefer_wolfowitz(gaps, services, servers=1)
    np.testing.assert_allclose(lindley(gaps, services), stepwise, rtol=1e-9)


def test_p99_intervals_cover_the_exact_p99(queue_and_runs):
    queue, runs = queue_and_runs
    covered = share([quantile_interval(run, P).contains(queue.quantile) for run in runs])
    assert 0.90 <= covered <= 0.99, covered


def test_mean_intervals_cover_the_exact_mean(queue_and_runs):
    queue, runs = queue_and_runs
    covered = share([mean_interval(run).contains(queue.mean) for run in runs])
    assert 0.90 <= covered <= 0.99, covered


def test_intervals_for_independent_observations_do_not(queue_and_runs):
    queue, runs = queue_and_runs
    covered = share([order_statistic_covers(run, queue.quantile) for run in runs])
    assert covered < 0.6, covered


@pytest.mark.parametrize("load", [0.7, 0.8])
@pytest.mark.parametrize("servers", [1, 2, 4, 16])
def test_short_sections_give_a_wide_p99_that_is_honest(servers, load):
    queue = Queue(servers, load)
    runs = simulate(queue, SHORT)
    covered, refused = p99_coverage(queue, runs)
    assert 0.90 <= covered <= 0.99, covered
    assert refused <= 0.15, refused
    means = share([mean_interval(run).contains(queue.mean) for run in runs])
    assert 0.88 <= means <= 0.99, means


@pytest.mark.parametrize(("load", "requests"), [(0.3, 500), (0.3, 1000), (0.5, 1000)])
def test_a_light_load_takes_few_requests(load, requests):
    queue = Queue(1, load)
    covered, refused = p99_coverage(queue, simulate(queue, requests))
    assert 0.90 <= covered <= 0.99, covered
    assert refused <= 0.01, refused


def test_a_heavy_load_is_refused_rather_than_promised():
    queue = Queue(1, 0.9)
    _, refused = p99_coverage(queue, simulate(queue, 500))
    assert refused >= 0.75, refused


def test_common_random_numbers_narrow_a_difference_and_keep_its_coverage():
    """Service two percent slower, on the same requests; the exact answer by scaling time."""
    slower = 1.02
    exact = 1 / (1 / slower - 0.8) - 1 / (1 - 0.8)
    means, quantiles, narrowing = [], [], []
    for seed in range(RUNS):
        gaps, services = draw(ONE_SERVER, seed, LONG)
        baseline = list(lindley(gaps, services)[:, 1000:])
        other = list(lindley(gaps, services * slower)[:, 1000:])
        paired = paired_mean_difference(baseline, other)
        means.append(paired.contains(exact))
        # One server: sojourn times are exponential, so that p99 is the mean times log 100.
        difference = paired_quantile_difference(baseline, other, P)
        quantiles.append(difference.contains(exact * math.log(100)))
        sides = mean_interval(baseline).half_width, mean_interval(other).half_width
        narrowing.append(math.hypot(*sides) / paired.half_width)
    assert 0.88 <= share(means) <= 0.99, share(means)
    # The change is the same for all requests, so the side towards zero is wider than it need be.
    assert share(quantiles) >= 0.95, share(quantiles)
    assert np.median(narrowing) > 5, f"paired is {np.median(narrowing):.1f} times narrower"


@pytest.mark.parametrize("load", [0.7, 0.8])
def test_a_difference_that_is_not_there_is_seldom_found(load):
    """One service in five is drawn anew: another run, but the same distribution."""
    queue, quantiles, means = Queue(1, load), [], []
    for seed in range(RUNS):
        gaps, services = draw(queue, seed, SHORT)
        _, redrawn = draw(queue, seed + RUNS, SHORT)
        changed = np.random.default_rng([seed, 1]).random(services.shape) < 0.2
        baseline = list(lindley(gaps, services)[:, 100:])
        other = list(lindley(gaps, np.where(changed, redrawn, services))[:, 100:])
        quantiles.append(paired_quantile_difference(baseline, other, P))
        means.append(paired_mean_difference(baseline, other).excludes_zero)
    given = [interval for interval in quantiles if not isinstance(interval, NotEnough)]
    assert len(given) >= 0.75 * RUNS, len(given)
    assert 0.01 <= share([interval.excludes_zero for interval in given]) <= 0.10
    assert 0.01 <= share(means) <= 0.10, share(means)

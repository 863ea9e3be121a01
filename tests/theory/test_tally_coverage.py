"""Intervals from tallies cover the truth: p99 and mean of M/M/1 at 80% load, known exactly.

200 seeded runs each of two kinds of study: ten replications, and one run ten times as long that is
cut into sections. Waiting times come from Lindley's recursion, start empty, and are summed up as a
solver would; everything behind that (warm-up, windows, histograms, sections) is meshsim's own.

An interval called 95% should cover in 95% of the runs. Of 200 runs with a true coverage of 90% or
more, at least 90% less four standard deviations of the binomial must: 81.5%. What the interval is
worth shows at the other end: one from independent observations covers in far fewer.
"""

import math

import numpy as np
import pytest
from observation_samples import observed
from test_interval_coverage import ONE_SERVER, P, lindley, order_statistic_covers, share

from meshsim.solvers.tally import tally_of
from meshsim.stats import Interval, mean_interval, paired_relative_difference, quantile_interval
from meshsim.stats.histogram import RELATIVE_ERROR
from meshsim.studies.tallied import TalliedSections

pytestmark = pytest.mark.slow

RUNS = 200
REPLICATIONS = 10
REQUESTS = 8_000
LEAST = 0.90 - 4 * math.sqrt(0.90 * 0.10 / RUNS)


def sojourns(seed, replications, requests):
    """Sojourn times [replications × requests]."""
    rng = np.random.default_rng([seed, replications, requests])
    gaps = rng.exponential(1 / ONE_SERVER.arrival_rate, (replications, requests))
    return lindley(gaps, rng.exponential(1.0, (replications, requests)))


def summed_up(latency):
    """The tally of a run with these latencies."""
    return tally_of(observed(latency), entries=1, edges=0).packed()


@pytest.fixture(scope="module", params=[REPLICATIONS, 1], ids=["replications", "one long run"])
def runs(request):
    """For each run its sections from tallies, and all its sojourn times."""
    size = REPLICATIONS * REQUESTS // request.param
    latencies = [sojourns(seed, request.param, size) for seed in range(RUNS)]
    return [(TalliedSections([summed_up(one) for one in run]).latency(), run) for run in latencies]


def test_p99_intervals_cover_the_exact_p99(runs):
    intervals = [quantile_interval(sections, P) for sections, _ in runs]
    covered = share([interval.contains(ONE_SERVER.quantile) for interval in intervals])
    assert covered >= LEAST, covered
    # The width cannot be had by promising nothing: it is that of the estimate's own spread.
    spread = np.std([interval.estimate for interval in intervals])
    assert np.median([interval.half_width for interval in intervals]) < 4 * spread


def test_p99_has_no_bias_beyond_that_of_histograms(runs):
    estimates = [quantile_interval(sections, P).estimate for sections, _ in runs]
    error = np.std(estimates, ddof=1) / math.sqrt(RUNS)
    bias = np.mean(estimates) - ONE_SERVER.quantile
    assert abs(bias) <= 4 * error + RELATIVE_ERROR * ONE_SERVER.quantile, bias / error


def test_mean_intervals_cover_the_exact_mean(runs):
    covered = share([mean_interval(sections).contains(ONE_SERVER.mean) for sections, _ in runs])
    assert covered >= LEAST, covered


def test_intervals_for_independent_observations_do_not(runs):
    covered = share([order_statistic_covers(list(run), ONE_SERVER.quantile) for _, run in runs])
    assert covered < 0.6, covered


@pytest.mark.parametrize("slower", [1.0001, 1.001, 1.02])
def test_changes_far_below_a_bucket_are_known_and_covered(slower):
    """Service slower by little, on the same requests: the change of p99, from requests and sums.

    Sojourn times are exponential, so p99 changes by the same factor as the mean: exactly
    0.2 / (1 / slower - 0.8), which is 0.05% more for the least of these, a tenth of a bucket.
    """
    exact = (1 / (1 / slower - ONE_SERVER.arrival_rate)) / ONE_SERVER.mean - 1
    studies, size, cut = 40, 4_096, 512
    kept, counted = [], []
    for seed in range(studies):
        rng = np.random.default_rng([seed, size])
        gaps = rng.exponential(1 / ONE_SERVER.arrival_rate, (REPLICATIONS, size))
        service = rng.exponential(1.0, (REPLICATIONS, size))
        sides = [lindley(gaps, service), lindley(gaps, service * slower)]
        tallies = [TalliedSections([summed_up(run) for run in side], cut) for side in sides]
        arrays = [list(side[:, cut:]) for side in sides]
        kept.append(paired_relative_difference(*arrays, P))
        counted.append(paired_relative_difference(*(t.latency() for t in tallies), P))
    given = [interval for interval in counted if isinstance(interval, Interval)]
    assert len(given) >= 0.75 * studies
    covered = share([interval.contains(exact) for interval in given])
    assert covered >= 0.90 - 4 * math.sqrt(0.90 * 0.10 / len(given)), covered
    gap = np.array([one.estimate - other.estimate for one, other in _both_given(kept, counted)])
    assert np.abs(gap).max() < 2 * RELATIVE_ERROR
    assert np.std(gap) < RELATIVE_ERROR / 2


def _both_given(kept, counted):
    pairs = zip(kept, counted, strict=True)
    return [pair for pair in pairs if all(isinstance(one, Interval) for one in pair)]

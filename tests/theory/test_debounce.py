"""Goal: debouncing of Poisson changes keeps its closed forms.

Method: the exact recursion on many changes, in replications; tolerance 4 standard errors. With the
longest wait in force the formula is an approximation, whose error is stated here.
"""

import math

import numpy as np
import pytest

from meshsim.physics.pushes import debounce_mean_s, pushes_per_s, share_of_pushes
from meshsim.solvers.push_queue import pushes_of

AFTER_S = 0.1
CHANGES = 4_000
REPLICATIONS = 12


def debounced(rate, longest_s, config_share=0.0):
    """Per replication: pushes/s, mean wait of first changes, of all, share with configuration."""
    rows = []
    for replication in range(REPLICATIONS):
        rng = np.random.default_rng([int(rate * 10), replication])
        times = np.cumsum(rng.exponential(1 / rate, CHANGES))
        is_config = rng.random(CHANGES) < config_share
        found = list(pushes_of(times, is_config, AFTER_S, longest_s, 0.0))[:-1]
        first = np.array([begin - times[start] for start, _, begin, _ in found])
        waits = np.concatenate([begin - times[start:end] for start, end, begin, _ in found])
        full = np.mean([is_full for *_, is_full in found])
        span_s = found[-1][2] - found[0][2]
        rows.append(((len(found) - 1) / span_s, first.mean(), waits.mean(), full))
    return np.array(rows)


def close(values, expected, slack=0.0):
    error = values.std(ddof=1) / math.sqrt(len(values))
    return values.mean() == pytest.approx(expected, abs=4 * error + slack * expected)


@pytest.mark.parametrize("rate", [0.5, 2.0, 8.0, 20.0])
def test_without_a_longest_wait_all_changes_wait_alike(rate):
    found = debounced(rate, longest_s=1e9)
    mean_s = math.expm1(rate * AFTER_S) / rate
    assert close(found[:, 1], mean_s)
    assert close(found[:, 2], mean_s)
    assert close(found[:, 0], rate * math.exp(-rate * AFTER_S))


@pytest.mark.parametrize("rate", [20.0, 30.0, 40.0, 60.0])
def test_the_longest_wait_is_met_within_five_percent(rate):
    found = debounced(rate, longest_s=2.0)
    # the timer looks only when it fires, so that the longest wait is a little more than 2 s
    assert close(found[:, 1], debounce_mean_s(rate, AFTER_S, 2.0), slack=0.05)
    assert close(found[:, 0], pushes_per_s(rate, AFTER_S, 2.0), slack=0.05)


@pytest.mark.parametrize("rate", [2.0, 8.0])
def test_the_number_of_changes_in_a_push_is_geometric(rate):
    found = debounced(rate, longest_s=1e9, config_share=0.2)
    assert close(found[:, 3], share_of_pushes(0.2, math.exp(rate * AFTER_S)))

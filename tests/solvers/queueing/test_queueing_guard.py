"""Time-outs and retries by moments, against sums and integrals."""

import numpy as np
import pytest
from scipy import stats

from meshsim.lowering.program import CallPolicies
from meshsim.policies.retry import CONDITIONS, Outcome
from meshsim.solvers.queueing.guard import Rows, guarded, limited, pauses_s, repeats

INF = np.inf
POLICIES = CallPolicies(
    timeout_s=np.array([INF, 0.5, INF]),
    retries=np.array([2, 0, 1]),
    per_try_timeout_s=np.array([INF, INF, 1.0]),
    retry_on=np.array([CONDITIONS["5xx"], 0, CONDITIONS["reset"]]),
    backoff_base_s=np.array([0.011, 0.0, 0.0]),
    backoff_max_s=np.array([0.015, 0.0, 0.0]),
)
ONE = np.array([1.0])


def call(inner, outer, mean=ONE, variance=ONE, failure=0.1 * ONE):
    rows = Rows(np.array([inner]), np.array([outer]))
    return guarded(POLICIES, rows, mean, variance, failure)


def test_no_policy_changes_nothing():
    assert not Rows(np.array([-1]), np.array([-1])).any
    found = call(-1, -1)
    assert (found.mean_s[0], found.failure[0], found.tries[0]) == (1.0, 0.1, 1.0)


def test_errors_are_tried_again():
    """1 + 1/10 + 1/100 tries; pauses of 5 and 7 ms before the second and the third."""
    found = call(-1, 0)
    assert found.tries[0] == pytest.approx(1.11)
    assert found.failure[0] == pytest.approx(1e-3)
    assert pauses_s(POLICIES, 0) == pytest.approx([0.005, 0.007])
    assert found.mean_s[0] == pytest.approx(1.11 + 0.1 * 0.005 + 0.01 * 0.007)


def test_a_time_out_cuts_the_exponential():
    """E[min(T, 1/2)] = 1 - e^(-1/2); late answers are failures too."""
    found = call(-1, 1)
    late = np.exp(-0.5)
    assert found.mean_s[0] == pytest.approx(1 - late)
    assert found.failure[0] == pytest.approx(1 - 0.9 * (1 - late))


def test_late_tries_are_repeated_and_errors_are_not():
    found = call(2, -1)
    late = np.exp(-1.0)
    assert found.tries[0] == pytest.approx(1 + late)
    assert found.mean_s[0] == pytest.approx((1 + late) * (1 - late))
    assert repeats(POLICIES, 2, Outcome.TRY_TIMEOUT)
    assert not repeats(POLICIES, 2, Outcome.ERROR)


def test_a_proxy_tries_inside_each_try_of_the_caller():
    found = call(0, 0)
    assert found.tries[0] == pytest.approx(1.11 * (1 + 1e-3 + 1e-6))


@pytest.mark.parametrize("cv2", [0.3, 4.0])
def test_limited_moments_against_integration(cv2):
    law = stats.gamma(1 / cv2, scale=2 * cv2)
    if cv2 > 1:
        sigma2 = np.log1p(cv2)
        law = stats.lognorm(np.sqrt(sigma2), scale=2 * np.exp(-sigma2 / 2))
    late, one, two = limited(np.array([2.0]), np.array([4 * cv2]), 3.0)
    times = np.minimum(law.ppf((np.arange(400_000) + 0.5) / 400_000), 3.0)
    assert late[0] == pytest.approx(law.sf(3.0))
    assert one[0] == pytest.approx(times.mean(), rel=1e-4)
    assert two[0] == pytest.approx(np.mean(times**2), rel=1e-4)

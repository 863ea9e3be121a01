"""Time-outs and retries of calls: tries, failures and time, by moments.

A try takes T and ends in an error with probability F. It is given up at the time-out τ of a try
with p = P(T > τ), T being a gamma or lognormal law with its two moments. With q the probability
that a try is repeated, if tries are left, and r retries,

    tries = 1 + q + … + q^r        time = Σ q^i E[min(T, τ)] + Σ_{i>=1} q^i pause_i

and the call is cut at its own time-out. A proxy's policy is inside that of the caller. Tries are
taken for independent, and to take what all tries take; all of their work is taken to be done, also
that of those given up.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from meshsim.lowering.program import CallPolicies, FloatArray, IntArray, Program
from meshsim.policies.retry import Outcome, backoff_window_s
from meshsim.solvers.queueing.passages import Links


@dataclass(frozen=True)
class Guarded:
    """Calls under their policies, one row per link."""

    mean_s: FloatArray
    variance_s2: FloatArray
    failure: FloatArray
    """Probability that the call fails for good."""
    tries: FloatArray
    """Expected tries."""


@dataclass(frozen=True)
class Rows:
    """Policies of each link: the proxy's inside, the caller's outside; -1 for none."""

    inner: IntArray
    outer: IntArray

    @property
    def any(self) -> bool:
        """Whether there is a policy at all."""
        return bool(np.any(self.inner >= 0) or np.any(self.outer >= 0))


def rows(program: Program, calls: Links) -> Rows:
    """The policies of the links of a program."""
    entries = len(calls.callee) - calls.sites
    outside = np.full(entries, program.load.policy, dtype=np.int64)
    inner = [
        np.full(part.stop - part.start, path.policy, dtype=np.int64)
        for path, part in calls.path_of(program)
    ]
    outer = np.concatenate([program.steps.call_policy, outside])
    return Rows(
        _effective(program.policies, np.concatenate(inner)), _effective(program.policies, outer)
    )


def _effective(policies: CallPolicies, row: IntArray) -> IntArray:
    """The rows, -1 for policies that cannot change anything."""
    does = np.isfinite(policies.timeout_s) | np.isfinite(policies.per_try_timeout_s)
    does |= (policies.retries > 0) & (policies.retry_on != 0)
    return np.where((row >= 0) & np.append(does, False)[row], row, -1)


def guarded(
    policies: CallPolicies,
    row: Rows,
    mean_s: FloatArray,
    variance_s2: FloatArray,
    failure: FloatArray,
) -> Guarded:
    """Calls from their tries: mean and variance of a try's time, its error probability."""
    found = Guarded(mean_s, variance_s2, failure, np.ones(len(mean_s)))
    for policy in (row.inner, row.outer):
        for number in np.unique(policy[policy >= 0]):
            found = _apply(policies, int(number), policy == number, found)
    return found


def pauses_s(policies: CallPolicies, number: int) -> FloatArray:
    """Mean pause before each retry [s]: whole milliseconds below a window, at random."""
    base, most = float(policies.backoff_base_s[number]), float(policies.backoff_max_s[number])
    windows = [
        backoff_window_s(base, most, retry + 1) for retry in range(int(policies.retries[number]))
    ]
    return np.array([max(np.floor(w * 1e3 + 0.5) - 1, 0) / 2e3 for w in windows])


def repeats(policies: CallPolicies, number: int, outcome: Outcome) -> bool:
    """Whether a policy tries again after an outcome."""
    return bool((int(policies.retry_on[number]) >> outcome) & 1)


def _apply(policies: CallPolicies, number: int, here: FloatArray, before: Guarded) -> Guarded:
    one, two = before.mean_s[here], before.variance_s2[here]
    late, cut, cut_2 = limited(one, two, float(policies.per_try_timeout_s[number]))
    wrong = (1 - late) * before.failure[here]
    again = wrong * repeats(policies, number, Outcome.ERROR)
    again = again + late * repeats(policies, number, Outcome.TRY_TIMEOUT)
    pause = pauses_s(policies, number)
    powers = again ** np.arange(len(pause) + 1)[:, None]
    tries = powers.sum(axis=0)
    mean = tries * cut + (powers[1:] * pause[:, None]).sum(axis=0)
    spread = tries * np.maximum(cut_2 - cut**2, 0.0)
    spread = (
        spread
        + np.maximum(
            (powers * (2 * np.arange(len(powers)) + 1)[:, None]).sum(axis=0) - tries**2, 0.0
        )
        * cut**2
    )
    failed = 1 - np.clip((1 - late) * (1 - before.failure[here]) * tries, 0.0, 1.0)
    over, mean, square = limited(mean, spread, float(policies.timeout_s[number]))
    failed = 1 - (1 - failed) * (1 - over)
    result = [a.copy() for a in (before.mean_s, before.variance_s2, before.failure, before.tries)]
    new = (mean, np.maximum(square - mean**2, 0.0), failed, before.tries[here] * tries)
    for whole, some in zip(result, new, strict=True):
        whole[here] = some
    return Guarded(*result)


def limited(
    mean: FloatArray, variance: FloatArray, limit_s: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """P(T > limit), E[min(T, limit)], E[min(T, limit)²] of a gamma or lognormal time."""
    if not np.isfinite(limit_s):
        return np.zeros_like(mean), mean, variance + mean**2
    cv2 = np.maximum(variance / np.maximum(mean, 1e-30) ** 2, 1e-9)
    shape = 1 / cv2
    y = limit_s / np.maximum(mean * cv2, 1e-300)
    gamma_late = special.gammaincc(shape, y)
    gamma_1 = mean * special.gammainc(shape + 1, y)
    gamma_2 = (variance + mean**2) * special.gammainc(shape + 2, y)
    sigma2 = np.log1p(cv2)
    sigma = np.sqrt(sigma2)
    mu = np.log(np.maximum(mean, 1e-30)) - sigma2 / 2
    z = (np.log(limit_s) - mu) / sigma
    normal = special.ndtr(-z), mean * special.ndtr(z - sigma), special.ndtr(z - 2 * sigma)
    light = cv2 <= 1 + 1e-9
    late = np.where(light, gamma_late, normal[0])
    one = np.where(light, gamma_1, normal[1])
    two = np.where(light, gamma_2, (variance + mean**2) * normal[2])
    return late, one + limit_s * late, two + limit_s**2 * late

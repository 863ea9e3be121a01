"""The event loop of a proxy's worker in closed form: how long a visit takes.

Visits come at rate ν = 2λ, a request and its answer one each; they are taken for Poisson and
independent, which is our approximation. All else follows from the discipline in
:mod:`meshsim.solvers.simpy_model.event_loop`. Arrays broadcast; times in s, rates in 1/s. What a
passage costs is in :mod:`meshsim.physics.mean_passage`, with φ, the chance to find a worker asleep.

*Time of a visit.* A busy spell is a run of intervals: the wake-up, a batch of one visit and
Poisson(ν wake_up) more, then batches that hold the arrivals of the one before. A visit that
arrives during an interval of length L stays for what is left of it and for the next batch, itself
included (and with the visit that woke the worker, if L is the wake-up). The moments of L follow
from those of a compound Poisson sum; a visit that finds the worker asleep, with probability φ,
stays for the wake-up and the first batch.
"""

from __future__ import annotations

import numpy as np

from meshsim.lowering.program import FloatArray


def visit_time_s(
    visits_per_s: FloatArray,
    wake_up_s: FloatArray,
    first_s: FloatArray,
    second_s2: FloatArray,
    third_s3: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Mean [s] and variance [s²] of a visit, from arrival to the end of its batch.

    ``first_s`` to ``third_s3`` are raw moments of the CPU of one visit. Infinite where the worker
    cannot keep up.
    """
    nu, w, b, b2, b3 = visits_per_s, wake_up_s, first_s, second_s2, third_s3
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        rho = nu * b
        one, two, three = _batch_moments(b, b2, b3, nu * w)
        s1 = one / (1 - rho)
        s2 = (two + nu * b2 * s1) / (1 - rho**2)
        s3 = (three + nu * b3 * s1 + 3 * nu**2 * b * b2 * s2) / (1 - rho**3)
        length, length_2 = s2 / np.maximum(s1, 1e-300), s3 / np.maximum(s1, 1e-300)
        met = b + length * (0.5 + rho)
        met_2 = b2 + length * (nu * b2 + 2 * rho * b + b) + length_2 * (1 / 3 + rho + rho**2)
        waking = one + b
        waking_2 = w**2 / 3 + w * waking + two + 2 * b * one + b2
        share = w / np.maximum(w + s1, 1e-300)
        met = share * (w / 2 + waking) + (1 - share) * met
        met_2 = share * waking_2 + (1 - share) * met_2
        slept = w + one
        slept_2 = w**2 + 2 * w * one + two
        asleep = (1 - rho) / (1 + nu * w)
        mean = asleep * slept + (1 - asleep) * met
        variance = np.maximum(asleep * slept_2 + (1 - asleep) * met_2 - mean**2, 0.0)
    over = rho >= 1
    return np.where(over, np.inf, mean), np.where(over, np.inf, variance)


def _batch_moments(
    b: FloatArray, b2: FloatArray, b3: FloatArray, arrivals: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Raw moments of the first batch: one visit and Poisson(``arrivals``) more."""
    c1, c2, c3 = arrivals * b, arrivals * b2, arrivals * b3
    v2, v3 = b2 - b**2, b3 - 3 * b * b2 + 2 * b**3
    mean, variance, third = b + c1, v2 + c2, v3 + c3
    return mean, variance + mean**2, third + 3 * mean * variance + mean**3

"""Replications against theory: independent runs, warm-up removed, four standard errors.

Each replication starts empty with random numbers of its own; what its first ``warm_up`` requests
saw is left out. Their means are independent, so the standard error of the grand mean is their
standard deviation / √n. A tail is compared through the share of requests beyond the theory's
quantile, which unlike an observed quantile is a mean and has no bias.
"""

import math
from collections.abc import Callable, Sequence

import numpy as np

from meshsim.lowering.program import Program
from meshsim.solvers import kernel
from meshsim.solvers.observations import Observations
from meshsim.solvers.settings import RunSettings

Series = list[np.ndarray]


def replicate(
    program: Program,
    requests: int,
    warm_up: int,
    replications: int = 20,
    observe: Callable[[Observations], np.ndarray] = lambda observed: observed.latency_s,
    engine: Callable[[Program, RunSettings], Observations] = kernel.simulate,
) -> Series:
    """What ``observe`` reads per request, after the warm-up, of each replication."""
    return [
        observe(engine(program, RunSettings(warm_up + requests, 1, number)))[warm_up:]
        for number in range(replications)
    ]


def assert_mean(series: Series, expected: float, *, precision: float, bias: float = 0.0) -> None:
    """The mean lies within 4 standard errors (and a known ``bias``) of what is expected."""
    _assert_close([float(one.mean()) for one in series], expected, precision, bias, "mean")


def assert_tail(series: Series, time: float, share: float = 0.01, *, precision: float) -> None:
    """``share`` of the requests take longer than ``time``, within 4 standard errors."""
    shares = [float((one > time).mean()) for one in series]
    _assert_close(shares, share, precision, 0.0, f"share above {time:.4g}")


def _assert_close(
    values: Sequence[float], expected: float, precision: float, bias: float, name: str
) -> None:
    """``precision`` bounds the relative standard error, so that the test can fail."""
    n = len(values)
    found = float(np.mean(values))
    error = float(np.std(values, ddof=1)) / math.sqrt(n)
    sigma = (found - expected) / error if error > 0 else math.inf
    told = (
        f"{name} {found:.6g}, theory {expected:.6g}, standard error {error:.3g}"
        f" ({sigma:+.2f} sigma), bias allowed {bias:.3g}; within 4 sigma, n={n}"
    )
    assert error <= precision * expected, f"not precise enough to tell: {told}"
    assert abs(found - expected) <= 4 * error + bias, told

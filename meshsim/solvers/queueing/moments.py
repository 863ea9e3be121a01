"""Raw moments of the distributions of a program.

constant     v, v², v³
exponential  m, 2 m², 6 m³
lognormal    E[x^k] = exp(k mu + k² sigma² / 2)
gamma        E[x^k] = scale^k shape (shape + 1) … (shape + k - 1)
empirical    means of the listed values
"""

from __future__ import annotations

import numpy as np

from meshsim.lowering.program import Distributions, Family, FloatArray


def raw_moments(distributions: Distributions) -> FloatArray:
    """First, second and third moment of each row [3 × rows], in s, s², s³."""
    p, q, family = distributions.p, distributions.q, distributions.family
    k = np.arange(1, 4)[:, None]
    constant = p**k
    exponential = np.array([1.0, 2.0, 6.0])[:, None] * p**k
    is_lognormal = family == Family.LOGNORMAL
    lognormal = np.exp(np.where(is_lognormal, k * p + k**2 * q**2 / 2, 0.0))
    rising = np.cumprod(p + k - 1, axis=0)
    found = np.select(
        [family == Family.EXPONENTIAL, is_lognormal, family == Family.GAMMA],
        [exponential, lognormal, q**k * rising],
        default=constant,
    )
    for row in np.flatnonzero(family == Family.EMPIRICAL):
        first, length = int(distributions.first[row]), int(distributions.length[row])
        values = distributions.values[first : first + length]
        found[:, row] = np.mean(values ** np.arange(1, 4)[:, None], axis=1)
    return np.asarray(found, dtype=np.float64)

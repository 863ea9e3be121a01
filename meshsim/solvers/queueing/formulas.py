"""Waiting at one station: textbook formulas over arrays.

λ is the arrival rate [1/s], m, m2, m3 the raw moments of the service time, c the servers,
ρ = λ m / c. All are infinite where ρ >= 1. Sources are named at each function.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from meshsim.lowering.program import FloatArray, IntArray


def erlang_c(servers: IntArray | FloatArray, offered: FloatArray) -> FloatArray:
    """Probability of waiting in M/M/c with ``offered`` = λ m < c; 1 from there on. (Erlang 1917)

    By the loss formula, B = (a^c e^-a / c!) / Q(c + 1, a) with the regularised incomplete gamma
    function Q, and C = B / (1 - ρ (1 - B)).
    """
    c, a = np.asarray(servers, float), np.maximum(np.asarray(offered, float), 1e-300)
    log_last = c * np.log(a) - a - special.gammaln(c + 1)
    lost = np.exp(log_last) / np.maximum(special.gammaincc(c + 1, a), 1e-300)
    rho = np.minimum(a / c, 1.0)
    return np.asarray(lost / (1 - rho * (1 - lost)), dtype=np.float64)


def mmc_wait_s(servers: IntArray | FloatArray, rate: FloatArray, mean: FloatArray) -> FloatArray:
    """Mean wait in M/M/c, first come first served: C m / (c (1 - ρ))."""
    with np.errstate(divide="ignore", invalid="ignore"):
        wait = erlang_c(servers, rate * mean) * mean / (servers - rate * mean)
    return np.where(rate * mean < servers, wait, np.inf)


def mgc_wait_s(
    servers: IntArray | FloatArray,
    rate: FloatArray,
    m1: FloatArray,
    m2: FloatArray,
    m3: FloatArray,
    arrival_cv2: FloatArray | float = 1.0,
) -> tuple[FloatArray, FloatArray]:
    """Mean and second moment of the wait, first come first served.

    One server and Poisson arrivals: exact (Pollaczek 1930, Khinchine 1932; second moment: Takács
    1962), E[W] = λ m2 / (2 (1 - ρ)), E[W²] = 2 E[W]² + λ m3 / (3 (1 - ρ)). Several servers: the
    M/M/c wait times (ca² + cs²) / 2 (A. Lee and P. Longton 1959; A. Allen 1978, J. Cunneen), the
    second moment as if those who wait saw a single server c times as fast.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        rho = rate * m1 / servers
        cv2 = np.maximum(m2 / m1**2 - 1, 0.0)
        factor = np.nan_to_num((arrival_cv2 + cv2) / 2)
        single = rate * m2 / (2 * (1 - rho))
        mean = np.where(
            np.asarray(servers) == 1,
            single * np.nan_to_num((arrival_cv2 + cv2) / (1 + cv2), nan=1.0),
            mmc_wait_s(servers, rate, m1) * factor,
        )
        waits = erlang_c(servers, rate * m1)
        given = mean / np.maximum(waits, 1e-300)
        one = rate * m2 / (2 * (1 - rho) * servers**2) / np.maximum(rho, 1e-300)
        one_2 = (2 * (one * rho) ** 2 + rate / servers**3 * m3 / (3 * (1 - rho))) / rho
        spread = np.nan_to_num(one_2 / one**2, nan=2.0, posinf=2.0)
        second = waits * given**2 * np.maximum(spread, 1.0)
    over = rho >= 1
    return np.where(over, np.inf, mean), np.where(over, np.inf, second)


def shared_stretch(servers: IntArray | FloatArray, offered: FloatArray) -> FloatArray:
    """Mean time in system over demand, when n requests on c cores run at min(1, c / n) each.

    1 + C / (c (1 - ρ)): the number inside is that of M/M/c and depends on the service times by
    their mean alone, since the discipline is symmetric (F. Kelly, Reversibility and Stochastic
    Networks, 1979, section 3.3). One core: 1 / (1 - ρ).
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        stretch = 1 + erlang_c(servers, offered) / (servers - offered)
    return np.where(offered < servers, stretch, np.inf)


def shared_variance_s2(demand: FloatArray, mean: FloatArray, load: FloatArray) -> FloatArray:
    """Variance of the time that a request with ``demand`` spends under processor sharing.

    M/M/1 (E. Coffman, R. Muntz, H. Trotter, "Waiting time distributions for processor-sharing
    systems", J. ACM 17 (1970) 123-130), with x the demand and m the mean demand of all:

        2 ρ m x / (1 - ρ)³ - 2 ρ m² / (1 - ρ)⁴ × (1 - exp(-(1 - ρ) x / m))
    """
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        left = 1 - load
        units = demand / mean
        value = 2 * load * mean**2 / left**3 * (units + np.expm1(-left * units) / left)
    return np.where(load < 1, np.maximum(np.nan_to_num(value), 0.0), np.inf)


def exact_closed_s(
    users: int, think_s: float, demand_s: FloatArray, servers: IntArray
) -> tuple[float, FloatArray]:
    """Throughput [1/s] and residence times [s] of a closed network, by exact mean value analysis.

    ``demand_s`` is visits × service time of each station, ``servers`` its servers (0: a delay).
    Exact for product-form networks: M. Reiser and S. Lavenberg, J. ACM 27 (1980) 313-322; with
    several servers by the marginal probabilities p(j | n) of their section 4.
    """
    count, most = len(demand_s), max(1, int(servers.max(initial=1)))
    chance = np.zeros((count, most))
    chance[:, 0] = 1.0
    inside, residence, rate = np.zeros(count), demand_s.copy(), 0.0
    width = np.maximum(servers, 1)
    slots = np.arange(1, most)
    idle = np.where(slots[None, :] <= width[:, None] - 1, width[:, None] - slots[None, :], 0)
    for number in range(1, users + 1):
        free = (idle * chance[:, : most - 1]).sum(axis=1)
        residence = np.where(servers > 0, demand_s / width * (1 + inside + free), demand_s)
        cycle = think_s + float(residence.sum())
        rate = number / cycle if cycle > 0 else np.inf
        inside = rate * residence
        used = rate * demand_s
        for j in range(most - 1, 0, -1):
            chance[:, j] = used / np.minimum(j, width) * chance[:, j - 1]
        busy = ((width[:, None] - np.arange(1, most)[None, :]).clip(0) * chance[:, 1:]).sum(axis=1)
        chance[:, 0] = np.maximum(1 - (used + busy) / width, 0.0)
    return rate, residence


def approximate_closed_s(
    users: float, think_s: float, demand_s: FloatArray, servers: IntArray
) -> tuple[float, FloatArray]:
    """The same in a time that does not grow with the users.

    P. Schweitzer 1979: one user less leaves (n - 1) / n of those inside. A station of c servers
    counts as one of c times the speed and a delay of D (c - 1) / c (A. Seidmann et al. 1987).
    """
    width = np.maximum(servers, 1)
    fast = np.where(servers > 0, demand_s / width, 0.0)
    delay = demand_s - fast
    residence, rate = demand_s.copy(), 0.0
    for _ in range(10_000):
        before = rate
        cycle = think_s + float(residence.sum())
        rate = users / cycle
        inside = rate * np.maximum(residence - delay, 0.0)
        residence = delay + fast * (1 + (users - 1) / users * inside)
        if abs(rate - before) <= 1e-10 * rate:
            break
    return rate, residence

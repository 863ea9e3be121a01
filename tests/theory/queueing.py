"""Closed forms and exact numerics of queueing theory, written apart from the solvers.

Times are in units of the caller's choice; ``rate`` is the arrival rate, ``mean`` the mean service
time, ``load`` their product per server. Sources are named at each function; formulas are checked
against printed values in ``test_queueing_formulas.py``.
"""

import math
from collections.abc import Callable
from decimal import Decimal, localcontext

import numpy as np
from scipy import linalg, optimize

Tail = Callable[[float], float]


def quantile(tail: Tail, share: float, scale: float) -> float:
    """The time beyond which ``share`` of the requests stay; ``scale`` is any typical time."""
    high = scale
    while tail(high) > share:
        high *= 2
    return float(optimize.brentq(lambda t: tail(t) - share, 1e-6 * scale, high, rtol=1e-12))


def erlang_c(servers: int, offered: float) -> float:
    """Probability of waiting in M/M/c; ``offered`` = rate × mean. (Erlang 1917)"""
    blocked = 1.0
    for number in range(1, servers + 1):
        blocked = offered * blocked / (number + offered * blocked)
    return blocked / (1 - offered / servers * (1 - blocked))


def mmc_mean(servers: int, rate: float, mean: float) -> float:
    """Mean sojourn time in M/M/c."""
    waiting = erlang_c(servers, rate * mean)
    return mean + waiting * mean / (servers - rate * mean)


def mmc_tail(servers: int, rate: float, mean: float) -> Tail:
    """P(sojourn > t) in M/M/c, first come first served: service plus a wait with probability C.

    The wait, if there is one, is exponential with rate c/mean - rate.
    """
    waiting = erlang_c(servers, rate * mean)
    mu, theta = 1 / mean, servers / mean - rate

    def tail(t: float) -> float:
        if math.isclose(mu, theta, rel_tol=1e-9):
            both = (1 + mu * t) * math.exp(-mu * t)
        else:
            both = (theta * math.exp(-mu * t) - mu * math.exp(-theta * t)) / (theta - mu)
        return (1 - waiting) * math.exp(-mu * t) + waiting * both

    return tail


def mg1_mean(rate: float, mean: float, cv: float) -> float:
    """Mean sojourn time in M/G/1, first come first served. (Pollaczek 1930, Khinchine 1932)"""
    load = rate * mean
    return mean + load * mean * (1 + cv**2) / (2 * (1 - load))


def md1_tail(rate: float, mean: float) -> Tail:
    """P(sojourn > t) in M/D/1, in 120 digits since the terms alternate and cancel.

    P(wait <= t) = (1 - ρ) Σ_{k <= t/D} (λ(kD - t))^k / k! × exp(-λ(kD - t))   (Erlang 1909)
    """

    def tail(t: float) -> float:
        wait = t - mean
        if wait < 0:
            return 1.0
        with localcontext() as context:
            context.prec = 120
            lam, service, w = Decimal(rate), Decimal(mean), Decimal(wait)
            total, factorial = Decimal(0), Decimal(1)
            for k in range(int(wait / mean) + 1):
                factorial *= max(k, 1)
                x = lam * (k * service - w)
                power = x**k if k else Decimal(1)
                total += power / factorial * (-x).exp()
            return float(1 - (1 - lam * service) * total)

    return tail


def mgamma1_tail(rate: float, mean: float, cv: float) -> Tail:
    """P(sojourn > t) in M/G/1 with gamma service, by inverting the Pollaczek-Khinchine transform.

    Service transform B(s) = (1 + s mean cv²)^(-1/cv²); sojourn (1 - ρ) s B / (s - λ + λ B).
    """
    load = rate * mean

    def transform(s: complex) -> complex:
        service = (1 + s * mean * cv**2) ** (-1 / cv**2)
        sojourn = (1 - load) * s * service / (s - rate + rate * service)
        return (1 - sojourn) / s

    return lambda t: invert(transform, t)


def invert(transform: Callable[[complex], complex], t: float) -> float:
    """The function at t > 0 whose Laplace transform is given, to about 8 digits.

    Fourier series with Euler summation: J. Abate and W. Whitt, "Numerical inversion of Laplace
    transforms of probability distributions", ORSA J. Computing 7 (1995) 36-43.
    """
    a, terms, averaged = 18.4, 40, 12

    def term(k: int) -> float:
        return (-1) ** k * transform((a + 2j * math.pi * k) / (2 * t)).real

    first = math.exp(a / 2) / (2 * t) * transform(a / (2 * t) + 0j).real
    partial = np.cumsum([term(k) for k in range(1, terms + averaged + 1)])
    weights = [math.comb(averaged, k) / 2**averaged for k in range(averaged + 1)]
    return float(first + math.exp(a / 2) / t * np.dot(weights, partial[terms - 1 :]))


def ps_mean(rate: float, mean: float) -> float:
    """Mean sojourn time in M/G/1 under processor sharing, whatever the distribution."""
    return mean / (1 - rate * mean)


def hypoexponential_tail(rates: tuple[float, ...]) -> Tail:
    """P(sum > t) of independent exponentials: a chain of phases, by the matrix exponential."""
    size = len(rates)
    generator = np.diag([-rate for rate in rates]) + np.diag(rates[:-1], 1)
    return lambda t: float(linalg.expm(generator * t)[0] @ np.ones(size))


def fork_join_mean(rate: float, mean: float) -> float:
    """Mean time to join after a fork to two M/M/1 queues. (Flatto and Hahn 1984)

    R. Nelson and A. Tantawi, "Approximate analysis of fork/join synchronization in parallel
    queues", IEEE Trans. Computers 37 (1988) 739-743, equation 2.
    """
    load = rate * mean
    return (12 - load) / 8 * mean / (1 - load)


def ekm1_decay(phases: int, rate: float, mean: float) -> float:
    """Rate of the exponential sojourn time in E_k/M/1: μ(1 - σ), σ = A*(μ(1 - σ)).

    Round robin over k queues gives each every k-th arrival of a Poisson process. (Kleinrock,
    Queueing Systems I, 1975, section 6.4)
    """
    mu, lam = 1 / mean, rate * phases

    def gap(sigma: float) -> float:
        return (lam / (lam + mu * (1 - sigma))) ** phases - sigma

    return mu * (1 - float(optimize.brentq(gap, 0.0, 1 - 1e-6)))


def closed_mean(users: int, think: float, services: tuple[float, ...]) -> float:
    """Mean response time of a closed network by exact mean value analysis.

    M. Reiser and S. Lavenberg, "Mean-value analysis of closed multichain queuing networks", J. ACM
    27 (1980) 313-322: one visit to each station per cycle, exponential first come first served, or
    any service under processor sharing.
    """
    inside = np.zeros(len(services))
    response = 0.0
    for number in range(1, users + 1):
        times = np.array(services) * (1 + inside)
        response = float(times.sum())
        inside = number / (think + response) * times
    return response


def two_choices_mean(load: float, hosts: int | None = None, levels: int = 24) -> float:
    """Mean sojourn time [mean services] if each request joins the shorter of two queues of many.

    With infinitely many hosts the share with at least k requests is ρ^(2^k - 1) (Mitzenmacher 1996;
    Vvedenskaya, Dobrushin, Karpelevich 1996). For finitely many the term in 1/hosts is added, from
    the linear noise around that fixed point: N. Gast and B. Van Houdt, "A refined mean field
    approximation", Proc. ACM Meas. Anal. Comput. Syst. 1 (2017) 33, theorem 3.1.
    """
    share = np.array([load ** (2.0**k - 1) for k in range(1, levels + 1)])
    inside = float(share.sum())
    if hosts is not None:
        inside += _first_correction(load, share) / hosts
    return inside / load


def _first_correction(load: float, share: np.ndarray) -> float:
    """V with E[requests per host] = fixed point + V / hosts.

    Drift of x_k: ρ(x_{k-1}² - x_k²) - (x_k - x_{k+1}), x_0 = 1. J is its Jacobian, J W + W Jᵀ = -Q
    gives the covariance W of the noise, Q = diag(rate up + rate down); the curvature, 2ρ at
    (k-1, k-1) and -2ρ at (k, k), turns half of W into a drift that J must carry away.
    """
    below = np.concatenate([[1.0], share[:-1]])
    above = np.concatenate([share[1:], [0.0]])
    jacobian = (
        np.diag(-2 * load * share - 1)
        + np.diag(2 * load * share[:-1], -1)
        + np.diag(np.ones(len(share) - 1), 1)
    )
    noise = np.diag(load * (below**2 - share**2) + share - above)
    covariance = linalg.solve_continuous_lyapunov(jacobian, -noise)
    spread = np.diag(covariance)
    drift = load * (np.concatenate([[0.0], spread[:-1]]) - spread)
    return float(np.sum(np.linalg.solve(jacobian, -drift)))


def proxy_cpu_s(busy: float, scale: float, exponent: float, rate: float) -> float:
    """CPU of one passage [s] at ``rate`` requests/s on one worker, idle gaps being exponential.

    c = busy + scale × E[(gap / 1 µs)^a] with mean gap 1/rate - c and E[gap^a] = mean^a Γ(1 + a).
    """

    def excess(cost: float) -> float:
        gap_us = (1 / rate - cost) * 1e6
        return busy + scale * gap_us**exponent * math.gamma(1 + exponent) - cost

    return float(optimize.brentq(excess, 0.0, 1 / rate))

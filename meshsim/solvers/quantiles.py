"""Inverse distribution functions on plain numbers, shared by all engines, so that all draw alike.

Normal: M. J. Wichura, "Algorithm AS 241: The percentage points of the normal distribution",
Applied Statistics 37 (1988) 477-484, routine PPND16, about 1 part in 10^16.
Gamma: Halley's iteration on the regularised incomplete gamma function P(a, x), which is summed as a
series for x < a + 1 and as a continued fraction otherwise (W. Gautschi, "A computational procedure
for incomplete gamma functions", ACM Transactions on Mathematical Software 5 (1979) 466-481),
started from E. B. Wilson and M. M. Hilferty, "The distribution of chi-square", PNAS 17 (1931) 684,
or, for small values, from the first term of the series.
"""

from __future__ import annotations

import math

_TINY = 1e-300
_EPSILON = 1e-16
_TERMS_MAX = 10_000
_ROUNDS_MAX = 60


def normal_quantile(p: float) -> float:
    """The standard normal quantile of ``p`` in (0, 1)."""
    q = p - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        return q * _ratio_centre(r)
    r = math.sqrt(-math.log(p if q < 0.0 else 1.0 - p))
    value = _ratio_middle(r - 1.6) if r <= 5.0 else _ratio_tail(r - 5.0)
    return -value if q < 0.0 else value


def _ratio_centre(r: float) -> float:
    top = 2.5090809287301226727e3 * r + 3.3430575583588128105e4
    top = ((top * r + 6.7265770927008700853e4) * r + 4.5921953931549871457e4) * r
    top = ((top + 1.3731693765509461125e4) * r + 1.9715909503065514427e3) * r
    top = (top + 1.3314166789178437745e2) * r + 3.3871328727963666080
    low = 5.2264952788528545610e3 * r + 2.8729085735721942674e4
    low = ((low * r + 3.9307895800092710610e4) * r + 2.1213794301586595867e4) * r
    low = ((low + 5.3941960214247511077e3) * r + 6.8718700749205790830e2) * r
    low = (low + 4.2313330701600911252e1) * r + 1.0
    return top / low


def _ratio_middle(r: float) -> float:
    top = 7.74545014278341407640e-4 * r + 2.27238449892691845833e-2
    top = ((top * r + 2.41780725177450611770e-1) * r + 1.27045825245236838258) * r
    top = ((top + 3.64784832476320460504) * r + 5.76949722146069140550) * r
    top = (top + 4.63033784615654529590) * r + 1.42343711074968357734
    low = 1.05075007164441684324e-9 * r + 5.47593808499534494600e-4
    low = ((low * r + 1.51986665636164571966e-2) * r + 1.48103976427480074590e-1) * r
    low = ((low + 6.89767334985100004550e-1) * r + 1.67638483018380384940) * r
    low = (low + 2.05319162663775882187) * r + 1.0
    return top / low


def _ratio_tail(r: float) -> float:
    top = 2.01033439929228813265e-7 * r + 2.71155556874348757815e-5
    top = ((top * r + 1.24266094738807843860e-3) * r + 2.65321895265761230930e-2) * r
    top = ((top + 2.96560571828504891230e-1) * r + 1.78482653991729133580) * r
    top = (top + 5.46378491116411436990) * r + 6.65790464350110377720
    low = 2.04426310338993978564e-15 * r + 1.42151175831644588870e-7
    low = ((low * r + 1.84631831751005468180e-5) * r + 7.86869131145613259100e-4) * r
    low = ((low + 1.48753612908506148525e-2) * r + 1.36929880922735805310e-1) * r
    low = (low + 5.99832206555887937690e-1) * r + 1.0
    return top / low


def gamma_excess(shape: float, x: float, p: float) -> float:
    """P(shape, x) - p: how much more than ``p`` of a gamma distribution lies below ``x`` > 0.

    In the upper tail the shares above are subtracted instead, which keeps their digits.
    """
    scale = math.exp(shape * math.log(x) - x - math.lgamma(shape))
    if x < shape + 1.0:
        return scale * _series(shape, x) - p
    return (1.0 - p) - scale * _fraction(shape, x)


def _series(shape: float, x: float) -> float:
    term = 1.0 / shape
    total = term
    for n in range(1, _TERMS_MAX):
        term *= x / (shape + n)
        total += term
        if term < total * _EPSILON:
            break
    return total


def _fraction(shape: float, x: float) -> float:
    """Lentz's evaluation of the continued fraction of the upper tail."""
    b = x + 1.0 - shape
    c = 1.0 / _TINY
    d = 1.0 / b
    value = d
    for n in range(1, _TERMS_MAX):
        a = n * (shape - n)
        b += 2.0
        d = a * d + b
        d = 1.0 / (d if abs(d) > _TINY else _TINY)
        c = b + a / c
        c = c if abs(c) > _TINY else _TINY
        factor = c * d
        value *= factor
        if abs(factor - 1.0) < _EPSILON * 4.0:
            break
    return value


def gamma_quantile(shape: float, p: float) -> float:
    """The quantile of ``p`` in (0, 1) of the gamma distribution of that shape and scale 1."""
    x = _first_guess(shape, p)
    if x < _TINY:
        return x
    log_gamma = math.lgamma(shape)
    for _ in range(_ROUNDS_MAX):
        error = gamma_excess(shape, x, p)
        density = math.exp((shape - 1.0) * math.log(x) - x - log_gamma)
        if density <= 0.0:
            break
        step = error / density
        curved = step * ((shape - 1.0) / x - 1.0)
        change = step / (1.0 - 0.5 * min(1.0, curved))
        change = min(change, 0.5 * x) if change > 0.0 else max(change, -x)
        x -= change
        if abs(change) <= 1e-14 * x:
            break
    return x


def _first_guess(shape: float, p: float) -> float:
    """Wilson and Hilferty's cube where it is positive and large enough, else one term."""
    z = normal_quantile(p)
    cube = 1.0 - 1.0 / (9.0 * shape) + z / (3.0 * math.sqrt(shape))
    near = shape * cube * cube * cube
    if cube > 0.0 and near > 0.1 * shape and shape > 0.3:
        return near
    power = (math.log(p) + math.lgamma(shape + 1.0)) / shape
    x = math.exp(power) if power > -690.0 else 0.0
    return min(x, shape + 1.0) if x < shape + 1.0 else _from_above(shape, p)


def _from_above(shape: float, p: float) -> float:
    """For small shapes and large shares: the tail is near exponential."""
    return max(shape + 1.0, -math.log((1.0 - p) * math.exp(math.lgamma(shape))))

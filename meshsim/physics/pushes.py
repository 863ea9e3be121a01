"""How often a control plane pushes, and how long a change waits before it does.

Changes come at random moments (Poisson) with the rate λ. A push begins once no change has come for
``after`` = a, or once the first waiting change is ``longest`` = m old (debouncing; Istio calls them
PILOT_DEBOUNCE_AFTER and PILOT_DEBOUNCE_MAX, 100 ms and 10 s). Without the second rule the wait of
every change, first or last, has the mean

    E[D] = (e^(λ a) - 1) / λ,

because what is still to come does not depend on what came before, and λ e^(-λ a) pushes are made
per second: one behind each change that a gap longer than a follows. The tail of D is close to
exponential, so with the second rule

    E[min(D, m)] ≈ a + (E[D] - a) (1 - e^(-(m - a) / (E[D] - a)))

and a cycle, from push to push, is 1 / λ longer. ``tests/theory/test_debounce.py`` compares both
with the exact recursion. A push carries the changes of its cycle, whose number is nearly geometric.

Sources: Istio's pilot/pkg/xds/discovery.go and pilot/pkg/features/tuning.go (1.32-dev); W. Feller,
An Introduction to Probability Theory, volume 2, Wiley 1971, XI.7 (waiting for a large gap).
"""

from __future__ import annotations

import math

_EXPONENT_MAX = 700.0
"""e to this power is still a float; a longer wait is cut off by ``longest`` anyway."""


def debounce_mean_s(changes_per_s: float, after_s: float, longest_s: float) -> float:
    """Mean time [s] from the first change of a push until the push begins."""
    if changes_per_s == 0 or after_s == 0:
        return after_s
    unbounded = math.expm1(min(changes_per_s * after_s, _EXPONENT_MAX)) / changes_per_s
    beyond = unbounded - after_s
    if beyond <= 0:  # so few changes that the two are equal in all digits
        return after_s
    return after_s - beyond * math.expm1(-(longest_s - after_s) / beyond)


def pushes_per_s(changes_per_s: float, after_s: float, longest_s: float) -> float:
    """Pushes per second [1/s] that so many changes per second lead to."""
    if changes_per_s == 0:
        return 0.0
    return 1 / (1 / changes_per_s + debounce_mean_s(changes_per_s, after_s, longest_s))


def share_of_pushes(share_of_changes: float, changes_per_push: float) -> float:
    """Probability that a push has a change of a kind that is a share of all changes.

    The number of changes in a push is geometric, from 1 on, with the mean n; with the share s the
    probability is s / (s + (1 - s) / n).
    """
    without = (1 - share_of_changes) / changes_per_push
    return share_of_changes / (share_of_changes + without)


def push_slots(cores: float, base: int, per_core: int, largest: int) -> int:
    """Pushes that run at once: Istio's PILOT_PUSH_THROTTLE unless it is set, min(15 + 5 c, 100).

    ``cores`` is what the Go runtime takes for the number of processors, whole and at least one.
    """
    return min(base + per_core * max(1, math.ceil(cores)), largest)


def renewals_per_s(certificates: float, lifetime_s: float, renewed_at: float) -> float:
    """Certificates signed per second [1/s] once their renewals have spread over the day.

    Each is renewed at the mean fraction ``renewed_at`` of its life.
    """
    return certificates / (lifetime_s * renewed_at)


def renewals_together_per_s(certificates: float, lifetime_s: float, jitter: float) -> float:
    """The same if all were issued at one moment: renewals spread by their jitter alone.

    The agent adds or takes off a uniform fraction of at most ``jitter`` of the life, so that all
    are renewed within 2 × jitter × lifetime.
    """
    return certificates / (2 * jitter * lifetime_s)

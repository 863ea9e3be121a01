"""What a proxy costs and delays: exactly for one request after another, in closed form under load.

The CPU curve is compared with two closed forms. That of exponential gaps (the model files quote
it) misses that a request which finds the worker awake has no gap at all, and lies up to 10% too
high; the other counts how often that happens and is good to 1%.
"""

import builders
import numpy as np
import pytest
import queueing

from meshsim.model.loading import load_mesh
from meshsim.physics.mean_passage import mean_passage_cpu_s
from meshsim.solvers import kernel
from meshsim.solvers.observations import Part

pytestmark = pytest.mark.slow

BUSY, SCALE, EXPONENT, WAKE_UP = 40e-6, 6e-6, 0.42, 43e-6
RATES = (100, 500, 1000, 2000, 5000)
SIDECAR = {"busy": "40us", "idle_scale": "6us", "idle_exponent": EXPONENT, "wake_up": "43us"}


def cost_s(rate, under, requests=200_000, worker=1):
    """Observed CPU per request [s] of a worker, from a tenth of the run on."""
    work = "[{wait: {distribution: exponential, mean: 1ms}}]"
    described = builders.topology(
        builders.listed(builders.service("a", work)), arrivals=builders.POISSON.format(rate)
    )
    seen = builders.observe(described, under, requests, engine=kernel.simulate)
    used = seen.busy_s[-1] - seen.busy_s[5]
    return float(used[worker]) / (seen.snapshot_request[-1] - seen.snapshot_request[5])


@pytest.fixture(scope="module")
def curve():
    under = builders.mesh(builders.proxy(**SIDECAR), inside="[]", entry="[callee.sidecar]")
    return {rate: cost_s(rate, under) for rate in RATES}


@pytest.mark.parametrize("rate", RATES)
def test_the_cost_of_a_passage_under_load(curve, rate):
    """Within 1%, as good as the form is: the standard error of 180,000 requests is up to 0.16%."""
    expected = mean_passage_cpu_s(BUSY, SCALE, EXPONENT, rate, WAKE_UP)[0]
    assert curve[rate] == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize("rate", RATES)
def test_exponential_gaps_are_an_upper_bound_within_a_tenth(curve, rate):
    expected = queueing.proxy_cpu_s(BUSY, SCALE, EXPONENT, rate)
    assert 0.9 * expected < curve[rate] < expected


def test_cpu_grows_ever_more_slowly(curve):
    """Cores over requests/s are concave, and above the line through saturation."""
    rates = np.array([0, *RATES])
    cores = rates * np.array([0, *curve.values()])
    slopes = np.diff(cores) / np.diff(rates)
    assert np.all(np.diff(slopes) < 0)
    assert np.all(slopes > BUSY)


def test_costs_add_up_over_workers_that_share_the_load():
    """Two workers at 500/s each cost what one at 500/s costs, and so more than one at 1,000/s."""
    under = builders.mesh(
        builders.proxy(**SIDECAR, workers=2), inside="[]", entry="[callee.sidecar]"
    )
    both = sum(cost_s(1000, under, worker=worker) for worker in (1, 2))
    alone = mean_passage_cpu_s(BUSY, SCALE, EXPONENT, 500, WAKE_UP)[0]
    assert both == pytest.approx(alone, rel=0.02)
    assert both > mean_passage_cpu_s(BUSY, SCALE, EXPONENT, 1000, WAKE_UP)[0]


def test_both_closed_forms_agree_where_nobody_meets():
    rare = mean_passage_cpu_s(BUSY, SCALE, EXPONENT, 0.1, 0.0)[0]
    assert rare == pytest.approx(queueing.proxy_cpu_s(BUSY, SCALE, EXPONENT, 0.1), rel=1e-3)


def test_a_saturated_worker_costs_the_busy_cost():
    """More than it can do: no gaps, and one core."""
    under = builders.mesh(builders.proxy(**SIDECAR), inside="[]", entry="[callee.sidecar]")
    work = builders.listed(builders.service("a"))
    arrivals = builders.POISSON.format(30_000)
    seen = builders.observe(
        builders.topology(work, arrivals=arrivals), under, 20_000, engine=kernel.simulate
    )
    used = (seen.busy_s[-1, 1] - seen.busy_s[10, 1]) / (seen.snapshot_s[-1] - seen.snapshot_s[10])
    assert used == pytest.approx(1.0, abs=1e-6)
    rest = seen.spent_s[5_000:, Part.PROXY_WORK]
    assert rest == pytest.approx(np.full(15_000, BUSY), rel=1e-9)


@pytest.mark.parametrize("mesh", ["istio-sidecar", "istio-ambient", "linkerd"])
def test_without_waiting_a_shipped_mesh_adds_its_passage_and_its_wake_ups(mesh):
    """One request a second on one connection, through one proxy that is asleep at every visit.

    The passage costs factor × (busy + 2 KiB + filters + scale × gap^a). The worker takes requests
    up a second apart, so that the gap is a second less the work on the request before; at first it
    is a second and the wake-up. Nothing else takes time but two wake-ups and 3 ms in the service.
    """
    under = load_mesh(mesh)
    described = builders.topology(
        builders.listed(builders.service("a", "[{wait: 3ms}]")), connections=1
    )
    seen = builders.observe(described, under, requests=20)
    proxy = under.proxies[0]
    layer = proxy.cost.http1 if proxy.layer == 7 else proxy.cost.tcp
    wake_up = proxy.cost.wake_up_delay.value
    filters = sum(one.per_request.value for one in proxy.cost.filters if one.enabled)
    works, gap = [], 1 + wake_up
    for _ in range(20):
        idle = layer.idle_scale.value * (gap * 1e6) ** layer.idle_exponent.value
        plain = layer.busy.value + 2 * layer.per_kib.value
        works.append(under.machine_factor.value * (plain + filters + idle))
        gap = 1 - works[-1]
    assert seen.spent_s[:, Part.PROXY_WORK] == pytest.approx(np.array(works), rel=1e-9)
    assert seen.latency_s == pytest.approx(0.003 + 2 * wake_up + np.array(works), rel=1e-9)


def test_without_waiting_in_numbers():
    """40 µs, 0.1 µs × √gap and two wake-ups: the gaps are 1,000,043, 999,860 and 999,860 µs."""
    proxy = builders.proxy(busy="40us", idle_scale="0.1us", wake_up="43us")
    under = builders.mesh(proxy, inside="[]", entry="[callee.sidecar]")
    described = builders.topology(builders.listed(builders.service("a")), connections=1)
    seen = builders.observe(described, under, requests=3)
    assert seen.latency_s * 1e6 == pytest.approx([226.00215, 225.99300, 225.99300], abs=1e-4)

"""The wake-up delay out of medians with and without proxies."""

import math

import pytest
from cell_samples import latency_cell
from fit_samples import TRUTH, US

from meshsim.calibration.fitting.latency_fit import fit_latencies
from meshsim.calibration.fitting.options import FitOptions

ASKED = FitOptions(only=("cost.wake_up_delay",))
RATE, CPU, WAKE_UP = 1000.0, 100 * US, 40 * US
ASLEEP = (1 - RATE * CPU) / (1 + 2 * RATE * WAKE_UP)
ADDED = CPU + 2 * ASLEEP * WAKE_UP


def pair(proxies=1, **more):
    with_proxies = latency_cell(100 * US + proxies * ADDED, proxies, **{"cpu_s": CPU, **more})
    return [latency_cell(100 * US, 0), with_proxies]


def whys(cells, known=TRUTH, options=ASKED):
    return [why for _, why in fit_latencies(cells, known, options).unused]


@pytest.mark.parametrize("proxies", [1, 2])
def test_what_a_proxy_adds_beyond_its_cpu(proxies):
    (one,) = fit_latencies(pair(proxies), TRUTH, ASKED).found
    assert one.path == "cost.wake_up_delay"
    assert one.value == pytest.approx(WAKE_UP, rel=1e-3)


def test_several_pairs_have_a_spread():
    baseline, run = pair()
    runs = [
        latency_cell(run.latency_s + shift * US, 1, cpu_s=CPU) for shift in (-20, -10, 0, 10, 20)
    ]
    (one,) = fit_latencies([baseline, *runs], TRUTH, ASKED).found
    assert one.value == pytest.approx(WAKE_UP, rel=0.01)
    assert one.low < WAKE_UP < one.high
    assert "5 pairs of runs" in one.about


def test_without_a_measured_cpu_the_costs_are_taken():
    cells = pair(cpu_s=math.nan, body_bytes=math.nan)
    assert fit_latencies(cells, TRUTH, ASKED).found
    assert fit_latencies(pair(cpu_s=math.nan, protocol=None, tls=None), TRUTH, ASKED).found


def test_a_delay_is_not_negative():
    cells = [latency_cell(100 * US, 0), latency_cell(110 * US, 1, cpu_s=CPU)]
    assert fit_latencies(cells, TRUTH, ASKED).found[0].value == 0.0


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        (pair(statistic="p99"), "only medians"),
        (pair(arrivals="closed"), "closed loop"),
        (pair(test="e_filter:jwt"), "filters"),
        (pair()[1:], "no run without a proxy"),
        (pair(rate_per_s=500.0), "no run without a proxy"),
        (pair(rate_per_s=0.0), "no run without a proxy"),
        (pair(body_bytes=9.0), "no run without a proxy"),
        (pair(cpu_s=300 * US), "waiting hides the delay"),
        (pair(cpu_s=math.nan, protocol="tcp"), "neither its CPU nor the cost"),
    ],
)
def test_what_tells_nothing_is_said(cells, why):
    assert len(whys(cells)) == 1
    assert why in whys(cells)[0]
    assert fit_latencies(cells, TRUTH, ASKED).found == ()


def test_it_is_found_only_if_it_is_asked_for():
    assert "--only wake_up_delay" in whys(pair(), options=FitOptions())[0]

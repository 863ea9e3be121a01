"""Goal: convergence has the right numbers and a range that holds calibration and noise.

Method: queues whose times are literal, and queues whose low and high ends are known.
"""

from dataclasses import replace

import pytest

from meshsim.solvers.push_queue import PushLoad
from meshsim.studies.convergence import CHANGES_MAX, CHANGES_MIN, changes_of, convergence_rows

LOAD = PushLoad(
    endpoint_changes_per_s=0.001,
    config_changes_per_s=0.0,
    proxies=100.0,
    seen_by=1.0,
    endpoint_push_s=0.001,
    full_push_s=0.01,
    context_s=0.0,
    cores=1.0,
    slots=1,
    after_s=0.1,
    longest_s=1.0,
)


def rows(load=LOAD, low=LOAD, high=LOAD, deliveries=(0.2, 0.2, 0.2)):
    return {row.what: row.quantiles for row in convergence_rows([load, low, high], deliveries, 1)}


def test_a_lonely_change_waits_for_quiet_its_turn_and_delivery():
    found = rows()
    for quantile in found["the last proxy"]:
        assert quantile.estimate == pytest.approx(0.1 + 0.1 + 0.2)
        assert (quantile.confidence, quantile.observations) == (0.9, 10 * (CHANGES_MIN - 1))
    median, p90, _ = found["a proxy"]
    assert median.estimate == pytest.approx(0.1 + 0.05 + 0.2, abs=0.003)
    assert p90.estimate == pytest.approx(0.1 + 0.09 + 0.2, abs=0.003)


def test_the_range_reaches_from_the_low_costs_to_the_high_ones():
    found = rows(
        low=replace(LOAD, endpoint_push_s=0.0005),
        high=replace(LOAD, endpoint_push_s=0.004),
        deliveries=(0.2, 0.1, 0.5),
    )
    for quantile in found["the last proxy"]:
        assert quantile.low == pytest.approx(0.1 + 0.05 + 0.1)
        assert quantile.high == pytest.approx(0.1 + 0.4 + 0.5)


def test_noise_is_in_the_range_even_if_all_costs_are_certain():
    busy = replace(LOAD, endpoint_changes_per_s=5.0)
    for quantile in rows(busy, busy, busy)["the last proxy"]:
        assert quantile.low < quantile.estimate < quantile.high


def test_more_changes_are_simulated_where_a_push_takes_many():
    assert changes_of(LOAD) == CHANGES_MIN
    assert changes_of(replace(LOAD, endpoint_changes_per_s=100.0)) == 3_000
    assert changes_of(replace(LOAD, endpoint_changes_per_s=1e6)) == CHANGES_MAX

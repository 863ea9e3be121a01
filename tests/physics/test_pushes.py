"""Goal: rates and waits of pushes have their known values. Method: literal numbers, limits."""

import math

import pytest

from meshsim.physics.pushes import (
    debounce_mean_s,
    push_slots,
    pushes_per_s,
    renewals_per_s,
    renewals_together_per_s,
    share_of_pushes,
)


def test_without_changes_a_push_waits_for_quiet_alone_and_none_is_made():
    assert debounce_mean_s(0.0, 0.1, 10.0) == 0.1
    assert pushes_per_s(0.0, 0.1, 10.0) == 0.0


def test_without_debouncing_each_change_is_a_push():
    assert debounce_mean_s(50.0, 0.0, 10.0) == 0.0
    assert pushes_per_s(50.0, 0.0, 10.0) == pytest.approx(50.0)


def test_the_mean_wait_for_quiet_is_that_of_the_formula():
    # (e^0.5 - 1) / 5 = 0.129744; the longest wait of 10 s takes nothing off
    assert debounce_mean_s(5.0, 0.1, 10.0) == pytest.approx(0.129744, abs=1e-6)
    # 5 e^-0.5 pushes a second
    assert pushes_per_s(5.0, 0.1, 10.0) == pytest.approx(5 * math.exp(-0.5), rel=1e-6)


@pytest.mark.parametrize("rate", [1e-12, 1e-20])
def test_rare_changes_hardly_wait_for_each_other(rate):
    assert debounce_mean_s(rate, 0.1, 10.0) == pytest.approx(0.1)
    assert pushes_per_s(rate, 0.1, 10.0) == pytest.approx(rate)


@pytest.mark.parametrize("rate", [200.0, 1e4, 1e9])
def test_with_changes_all_the_time_the_longest_wait_ends_it(rate):
    assert debounce_mean_s(rate, 0.1, 10.0) == pytest.approx(10.0, rel=1e-2)
    assert pushes_per_s(rate, 0.1, 10.0) == pytest.approx(0.1, rel=1e-2)


def test_share_of_pushes_with_a_kind_of_change():
    assert share_of_pushes(0.0, 7.0) == 0.0
    assert share_of_pushes(1.0, 7.0) == 1.0
    assert share_of_pushes(0.25, 1.0) == 0.25  # one change each
    # by the series: sum over n of P(n) (1 - 0.75^n) with P geometric of mean 2
    series = sum(0.5**n * (1 - 0.75**n) for n in range(1, 200))
    assert share_of_pushes(0.25, 2.0) == pytest.approx(series, rel=1e-12)


def test_istio_serves_so_many_proxies_at_once():
    slots = [push_slots(cores, 15, 5, 100) for cores in (0.5, 1, 2, 4, 16, 32)]
    assert slots == [20, 20, 25, 35, 95, 100]


def test_certificates_are_renewed_at_half_their_life():
    # 43,200 certificates, one per second over half a day
    assert renewals_per_s(43_200, 86_400.0, 0.5) == 1.0
    # all within 2% of a day: 1,728 s
    assert renewals_together_per_s(1_728, 86_400.0, 0.01) == pytest.approx(1.0)

"""Arrival times: the law of Poisson arrivals, the integral of a changing rate, replayed records.

Even spacing makes a schedule deterministic, so its arrivals are those moments at which the integral
of the rate is a whole number, which is done by hand below; random spacing is tested by sending
the arrivals back through the integral, which must give a Poisson process of rate one.
"""

import builders
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from meshsim.solvers import arrivals
from meshsim.solvers.arrivals import (
    ArrivalStream,
    arrival_times_s,
    clients,
    entries,
    paced_pause_s,
)

ONE = builders.listed(builders.service())


def load(arrivals, **more):
    return builders.program(builders.topology(ONE, arrivals=arrivals, **more)).load


def schedule(*points, shape="steps", spacing="constant"):
    listed = ", ".join(f"{{at: {at}s, rate: {rate}/s}}" for at, rate in points)
    return load(f"{{process: schedule, shape: {shape}, spacing: {spacing}, points: [{listed}]}}")


def trace(*times):
    return load(f"{{process: trace, times: [{', '.join(f'{time}s' for time in times)}]}}")


def assert_poisson(unit):
    """Kolmogorov-Smirnov of the gaps, and counts per 10 units as variable as their mean."""
    gaps = np.diff(unit, prepend=0.0)
    assert stats.kstest(gaps, "expon").pvalue > 0.001
    counts = np.histogram(unit, bins=np.arange(0, unit[-1] // 10 * 10 + 1, 10))[0]
    dispersion = counts.var(ddof=1) / counts.mean()
    low, high = stats.chi2.ppf([0.0005, 0.9995], len(counts) - 1) / (len(counts) - 1)
    assert low < dispersion < high


def test_poisson_arrivals_are_poisson():
    times = arrival_times_s(load("{process: poisson, rate: 200/s}"), 1, 100_000)
    assert len(times) == 100_000
    assert_poisson(200 * times)


def test_constant_arrivals_are_evenly_spaced():
    times = arrival_times_s(load("{process: constant, rate: 200/s}"), 1, 4)
    assert times.tolist() == [0.005, 0.010, 0.015, 0.020]


def test_steps_follow_the_integral():
    times = arrival_times_s(schedule((0, 2), (1, 4), (2, 1)), 1, 8)
    assert times.tolist() == [0.5, 1.0, 1.25, 1.5, 1.75, 2.0, 3.0, 4.0]


def test_a_pause_holds_nothing_and_loses_nothing():
    times = arrival_times_s(schedule((0, 2), (1, 0), (5, 4)), 1, 4)
    assert times.tolist() == [0.5, 1.0, 5.25, 5.5]


def test_a_pause_may_come_first():
    times = arrival_times_s(schedule((0, 0), (3, 10)), 1, 2)
    assert times.tolist() == pytest.approx([3.1, 3.2], rel=1e-15)


def test_a_ramp_follows_the_integral():
    """Rate t up to 4 s, so that arrival k comes at sqrt(2 k); then 4/s for good."""
    times = arrival_times_s(schedule((0, 0), (4, 4), shape="ramps"), 1, 12)
    expected = [np.sqrt(2 * k) for k in range(1, 9)] + [4.25, 4.5, 4.75, 5.0]
    assert times.tolist() == pytest.approx(expected, rel=1e-14)


def test_a_ramp_down_to_nothing_ends():
    """Rate 4 - t: arrivals until its integral, 8, is used up at 4 s."""
    times = arrival_times_s(schedule((0, 4), (4, 0), shape="ramps"), 1, 100)
    expected = [4 - np.sqrt(16 - 2 * k) for k in range(1, 9)]
    assert times.tolist() == pytest.approx(expected, rel=1e-12)


def test_a_rate_that_ends_at_zero_ends_the_arrivals():
    times = arrival_times_s(schedule((0, 10), (1, 0)), 1, 100)
    assert times.tolist() == pytest.approx([k / 10 for k in range(1, 11)], rel=1e-15)


def test_a_rate_that_ends_too_soon_gives_no_arrival():
    assert len(arrival_times_s(schedule((0, 0.5), (1, 0)), 1, 100)) == 0


@pytest.mark.parametrize("shape", ["steps", "ramps"])
def test_random_spacing_at_a_changing_rate_is_poisson(shape):
    points = ((0, 100), (10, 900), (20, 0), (25, 0), (30, 400))
    times = arrival_times_s(schedule(*points, shape=shape, spacing="poisson"), 3, 20_000)
    moments, rates = np.array(points, dtype=float).T
    fine = np.linspace(0, times[-1], 2_000_001)
    if shape == "steps":
        rate = rates[np.searchsorted(moments, fine, side="right") - 1]
    else:
        rate = np.interp(fine, moments, rates)
    integral = np.concatenate([[0], np.cumsum((rate[1:] + rate[:-1]) / 2 * np.diff(fine))])
    assert_poisson(np.interp(times, fine, integral))


RATES = st.floats(0.01, 1000)


@given(st.lists(st.tuples(st.floats(0.01, 5), RATES), max_size=6), RATES, st.booleans())
def test_arrivals_never_run_back(steps, first, ramps):
    points, at = [(0, first)], 0.0
    for gap, rate in steps:
        at = round(at + gap, 6)
        points.append((at, rate))
    described = schedule(*points, shape="ramps" if ramps else "steps", spacing="poisson")
    times = arrival_times_s(described, 5, 300)
    assert len(times) == 300
    assert np.all(np.diff(times) >= 0)


def test_a_recording_repeats_after_its_mean_gap():
    times = arrival_times_s(trace(0, 1, 4), 1, 8)
    assert times.tolist() == [0, 1, 4, 6, 7, 10, 12, 13]


def test_a_recording_that_starts_late_does_not_wait_again():
    assert arrival_times_s(trace(10, 11, 12), 1, 7).tolist() == [10, 11, 12, 13, 14, 15, 16]


def test_a_recording_of_one_moment_repeats_after_its_time():
    assert arrival_times_s(trace(2), 1, 3).tolist() == [2, 4, 6]
    assert arrival_times_s(trace(2, 2), 1, 4).tolist() == [2, 2, 4, 4]


def test_entries_get_their_shares():
    services = builders.listed(builders.service("a"), builders.service("b"), builders.service("c"))
    targets = "[{to: a/get, weight: 1}, {to: b/get, weight: 2}, {to: c/get, weight: 5}]"
    mixed = builders.program(builders.topology(services, targets)).load
    chosen = entries(mixed, 1, 80_000)
    counts = np.bincount(chosen, minlength=3)
    chi_square = float(((counts - [10_000, 20_000, 50_000]) ** 2 / [1e4, 2e4, 5e4]).sum())
    assert chi_square < stats.chi2.ppf(0.9999, 2)


def test_clients_are_equally_likely():
    chosen = clients(load("{process: constant, rate: 1/s}", connections=10), 1, 100_000)
    assert set(chosen.tolist()) == set(range(10))
    chi_square = float(((np.bincount(chosen) - 10_000) ** 2 / 10_000).sum())
    assert chi_square < stats.chi2.ppf(0.9999, 9)


def test_arrivals_entries_and_clients_do_not_depend_on_how_many_are_asked_for():
    poisson = load("{process: poisson, rate: 200/s}")
    for draw in (arrival_times_s, entries, clients):
        assert draw(poisson, 9, 10).tolist() == draw(poisson, 9, 1000)[:10].tolist()


PROCESSES = {
    "poisson": "{process: poisson, rate: 200/s}",
    "constant": "{process: constant, rate: 200/s}",
    "trace": "{process: trace, times: [0s, 1s, 1s, 4s]}",
    "closed by a step": "{process: schedule, shape: steps, points: [{at: 0s, rate: 300/s},"
    " {at: 500ms, rate: 900/s}, {at: 1s, rate: 0/s}]}",
    "ramps": "{process: schedule, shape: ramps, points: [{at: 0s, rate: 0/s},"
    " {at: 1s, rate: 900/s}, {at: 2s, rate: 10/s}]}",
    "even ramps": "{process: schedule, shape: ramps, spacing: constant,"
    " points: [{at: 0s, rate: 300/s}, {at: 1s, rate: 0/s}]}",
    "nothing": "{process: schedule, shape: steps, spacing: constant,"
    " points: [{at: 0s, rate: 0.5/s}, {at: 1s, rate: 0/s}]}",
}


@pytest.mark.parametrize("process", PROCESSES)
@given(size=st.integers(1, 400), steps=st.lists(st.floats(0.0, 1.0), max_size=12))
def test_chunks_are_the_whole_bit_by_bit(process, size, steps):
    """Whatever their size, and from wherever among those that were given the next begins."""
    described = load(PROCESSES[process])
    expected = arrival_times_s(described, 7, 900)
    stream = ArrivalStream(described, 7, 900)
    assert stream.count == len(expected)
    first = end = 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(arrivals, "_CHUNK", size)
        for step in steps:
            first += int(step * (end - first))
            times = stream.chunk(first)
            assert len(times) == min(end + size, stream.count) - first
            end = first + len(times)
            assert times.tolist() == expected[first:end].tolist()


def test_a_stream_in_its_own_chunks_is_the_whole():
    described, count = load(PROCESSES["poisson"]), 150_000
    stream, first, times = ArrivalStream(described, 7, count), 0, []
    while first < count:
        chunk = stream.chunk(first)
        times += chunk.tolist()
        first += len(chunk)
    assert times == arrival_times_s(described, 7, count).tolist()


def test_a_paced_connection_pauses_until_its_moment():
    assert paced_pause_s(1.0, 1.064, 0.0, 0.0, 0.3) + 1.0 == 1.064
    assert paced_pause_s(1.0, 0.999, 0.1, 0.0, 0.9) == 0.0
    assert paced_pause_s(0.0, 0.02, 0.1, 0.0, 0.0) == pytest.approx(0.018, rel=1e-15)
    assert paced_pause_s(0.0, 0.02, 0.1, 0.0, 1.0) == pytest.approx(0.022, rel=1e-15)


@given(st.floats(0, 1e4), st.floats(0, 1), st.floats(0, 1), st.floats(0.01, 0.99))
def test_a_clock_in_ticks_ends_pauses_late_by_less_than_a_tick(now, ahead, jitter, draw):
    exact = paced_pause_s(now, now + ahead, jitter, 0.0, draw)
    ticked = paced_pause_s(now, now + ahead, jitter, 1e-3, draw)
    assert exact - 2e-9 <= ticked <= exact + 1e-3
    if ticked > 0.0:
        ticks = (now + ticked) * 1e3
        assert ticks == pytest.approx(np.round(ticks), abs=1e-6 * max(1.0, ticks * 1e-6))


def test_a_moment_on_a_tick_is_kept():
    """0.007 is 7.000000000000001 ticks of 1 ms in binary numbers."""
    assert paced_pause_s(0.0, 0.007, 0.0, 1e-3, 0.5) == pytest.approx(0.007, rel=1e-12)

"""Goal: tallies answer as the requests do that they were made of.

Method: seeded runs of M/M/1 as observations, and as the tallies of these; both are cut by the same
warm-up, at the boundary of a window, so that counts and means must agree exactly and quantiles to
the relative error of histograms. Small cases by hand for the cuts.
"""

from dataclasses import replace

import numpy as np
import pytest
from observation_samples import observed

from meshsim.solvers.observations import Part
from meshsim.solvers.tally import empty_tally, tally_of
from meshsim.stats import Interval, NotEnough, mean_interval, mser5, quantile_interval
from meshsim.stats.histogram import RELATIVE_ERROR
from meshsim.studies.recorded import RecordedSections
from meshsim.studies.tallied import TalliedSections

REQUESTS = 3_200
WINDOW = REQUESTS // 64


def mm1(seed, requests=REQUESTS, load=0.7):
    """A run that starts empty: Lindley's recursion, unrolled; two entries, two edges."""
    rng = np.random.default_rng([seed, requests])
    service = rng.exponential(1.0, requests)
    start = np.cumsum(rng.exponential(1 / load, requests))
    walk = np.concatenate([[0.0], np.cumsum(service[:-1] - np.diff(start))])
    latency = walk - np.minimum.accumulate(walk) + service
    spent = np.zeros((requests, len(Part)))
    spent[:, Part.APP_WORK], spent[:, Part.APP_QUEUE] = service, latency - service
    readings = np.linspace(0, requests, 65).astype(int)
    at = np.concatenate([start[readings[:-1]], [start[-1] + 1.0]])
    return observed(
        latency,
        entry=rng.integers(2, size=requests),
        failed=rng.random(requests) < 0.1,
        calls=(
            np.tile([0, 1], requests),
            np.repeat(np.arange(requests), 2),
            np.repeat(latency, 2) * np.tile([0.5, 0.25], requests),
        ),
        start_s=start,
        spent_s=spent,
        snapshot_s=at,
        snapshot_request=readings,
        busy_s=np.outer(at, [load, 0.2]),
        connections=np.array([seed, 2]),
    )


def both(replications, deleted, requests=REQUESTS):
    runs = [mm1(seed, requests) for seed in range(replications)]
    tallies = [tally_of(run, 2, 2).packed() for run in runs]
    return RecordedSections(runs, deleted), TalliedSections(tallies, deleted)


@pytest.fixture(scope="module", params=[4, 20], ids=["four replications", "twenty"])
def pair(request):
    return both(request.param, 3 * WINDOW)


@pytest.mark.parametrize("entry", [None, 0, 1])
def test_sizes_and_means_are_the_same(pair, entry):
    kept, counted = (sections.latency(entry) for sections in pair)
    assert [section.size for section in kept] == [section.size for section in counted]
    one, other = mean_interval(kept), mean_interval(counted)
    assert other.estimate == pytest.approx(one.estimate, rel=1e-12)
    assert other.half_width == pytest.approx(one.half_width, rel=1e-9)


@pytest.mark.parametrize("p", [0.5, 0.9, 0.99])
def test_quantiles_are_within_the_relative_error(pair, p):
    one, other = (quantile_interval(sections.latency(), p) for sections in pair)
    assert other.estimate == pytest.approx(one.estimate, rel=RELATIVE_ERROR)
    assert other.half_width == pytest.approx(one.half_width, rel=0.15)
    assert other.observations == one.observations


def test_calls_are_the_same_along_one_edge_and_along_several(pair):
    for edges in ((0,), (1,), (0, 1)):
        kept, counted = (sections.edge(*edges) for sections in pair)
        assert [section.size for section in kept] == [section.size for section in counted]
        assert mean_interval(counted).estimate == pytest.approx(mean_interval(kept).estimate)
        found = quantile_interval(counted, 0.9).estimate
        assert found == pytest.approx(quantile_interval(kept, 0.9).estimate, rel=RELATIVE_ERROR)


@pytest.mark.parametrize("entry", [None, 1])
def test_failures_and_parts_are_the_same(pair, entry):
    kept, counted = (sections.failed(entry) for sections in pair)
    assert [section.total for section in kept] == [section.total for section in counted]
    one, other = mean_interval(kept), mean_interval(counted)
    assert other.estimate == pytest.approx(one.estimate)
    assert other.half_width == pytest.approx(one.half_width)
    spent = [sections.spent(entry) for sections in pair]
    assert spent[1].tolist() == pytest.approx(spent[0].tolist())


def test_cpu_and_connections_are_the_same(pair):
    kept, counted = (np.array(sections.busy_cores()) for sections in pair)
    np.testing.assert_allclose(counted, kept)
    opened = [np.array(sections.connections()).tolist() for sections in pair]
    assert opened[0] == opened[1]


def test_the_warm_up_is_found_in_the_series_and_ends_where_a_window_ends():
    runs = [mm1(seed) for seed in range(4)]
    sections = TalliedSections([tally_of(run, 2, 2).packed() for run in runs])
    assert sections.deleted == mser5(np.mean([run.latency_s for run in runs], axis=0))
    assert sections.settled
    (size, *others) = {section.size for section in sections.latency()}
    assert not others
    assert size == (REQUESTS - sections.deleted) // WINDOW * WINDOW


def test_the_series_of_a_long_run_is_coarser_than_its_requests():
    tally = empty_tally(20_000, entries=1, edges=0, stations=1, instances=0, pods=1)
    tally.series_count[:] = 4
    tally.series_sum_s[:] = 4.0
    tally.series_sum_s[:30] = 400.0
    assert TalliedSections([tally.packed()]).deleted == 4 * 30


def test_one_long_run_is_cut_into_ten_sections_of_whole_windows():
    kept, counted = both(1, 3 * WINDOW)
    sections = counted.latency()
    # Of 61 windows that are left, the last 60 make ten times six.
    assert [section.size for section in sections] == [6 * WINDOW] * 10
    latency = kept.latency()[0].values[WINDOW:]
    means = [section.mean() for section in sections]
    assert means == pytest.approx(latency.reshape(10, -1).mean(axis=1).tolist())
    assert len(counted.failed()) == len(counted.edge(0)) == len(counted.busy_cores()) == 10
    assert isinstance(quantile_interval(sections, 0.9), Interval)
    assert counted.spent().sum() == pytest.approx(latency.mean())


def test_two_long_runs_are_cut_into_five_sections_each():
    _, counted = both(2, 0)
    assert [section.size for section in counted.latency()] == [12 * WINDOW] * 10
    assert len(counted.connections()) == 2


def test_few_requests_make_few_sections():
    _, counted = both(1, 0, requests=2)
    assert [section.size for section in counted.latency()] == [1, 1]
    assert isinstance(mean_interval(counted.latency()), NotEnough)
    assert counted.spent(entry=1).shape == (len(Part),)


def test_cpu_of_a_section_is_that_between_its_readings():
    tally = empty_tally(64, entries=1, edges=0, stations=1, instances=0, pods=1)
    tally.series_count[:] = 1
    tally.snapshot_s[:] = np.arange(65.0)
    tally.busy_s[:, 0] = np.cumsum([0.0] * 5 + [0.1] * 30 + [0.3] * 30)
    found = [float(used[0]) for used in TalliedSections([tally.packed()], deleted=4).busy_cores()]
    assert found == pytest.approx([0.1] * 5 + [0.3] * 5)


def test_fewer_readings_than_sections_make_fewer_values():
    tally = replace(
        tally_of(mm1(0), 2, 2),
        snapshot_s=np.array([0.0, 2.0, 7.0, 11.0]),
        snapshot_request=np.array([0, 200, 1600, 3200]),
        busy_s=np.array([[0.0], [1.0], [6.0], [7.0]]),
    )
    # The first four windows, 200 requests, are left over from ten times six.
    found = [float(used[0]) for used in TalliedSections([tally.packed()], deleted=0).busy_cores()]
    assert found == [1.0, 0.25]


def test_an_entry_without_requests_has_none():
    _, counted = both(4, 0)
    tally = empty_tally(64, entries=1, edges=1, stations=1, instances=0, pods=1)
    tally.series_count[:] = 1
    empty = TalliedSections([tally.packed()] * 3)
    assert [section.size for section in empty.edge(0)] == [0, 0, 0]
    assert isinstance(mean_interval(empty.edge(0)), NotEnough)
    assert isinstance(mean_interval(empty.failed()), NotEnough)
    assert counted.latency(1)[0].size < REQUESTS


def test_tallies_of_one_plan_have_the_same_windows():
    with pytest.raises(AssertionError):
        TalliedSections(
            [tally_of(mm1(0, 100), 2, 2).packed(), tally_of(mm1(0, 200), 2, 2).packed()]
        )


def stopped(seed, of=REQUESTS, after=0.6):
    """A run that was stopped: windows behind that moment are empty and stations were not read."""
    tally = tally_of(mm1(seed, of), 2, 2)
    windows = int(after * len(tally.window_first))
    fine = windows * (len(tally.series_count) // len(tally.window_first))
    for values in (tally.entry_counts, tally.entry_sum_s, tally.entry_failed, tally.edge_counts):
        values[windows:] = 0
    for values in (tally.series_sum_s, tally.series_count):
        values[fine:] = 0
    for values in (tally.snapshot_s, tally.busy_s):
        values[windows + 1 :] = 0.0
    return replace(tally, overloaded=True).packed()


def test_runs_that_were_stopped_count_as_far_as_they_came():
    together = TalliedSections([stopped(seed) for seed in range(4)])
    assert together.deleted < 0.3 * REQUESTS
    found = mean_interval(together.latency())
    assert isinstance(found, Interval)
    assert 0.2 * REQUESTS * 4 < found.observations < 0.6 * REQUESTS * 4
    assert all(used[0] == pytest.approx(0.7) for used in together.busy_cores())


def test_one_run_that_was_stopped_has_sections_without_requests():
    alone = TalliedSections([stopped(1)])
    assert isinstance(mean_interval(alone.latency()), NotEnough)
    assert all(used[0] == pytest.approx(0.7) for used in alone.busy_cores())

"""Goal: what is counted after the warm-up gives means that are not biased, in sections.

Method: replications of M/M/1 that start empty, made by Lindley's recursion in numpy and put into
observations; 200 seeded studies of ten short replications each against the closed form. Literal
small cases for the sections and for the readings of CPU.
"""

import numpy as np
import pytest
from observation_samples import observed

from meshsim.solvers.observations import Part
from meshsim.stats import Interval, mean_interval
from meshsim.studies.recorded import RecordedSections


def with_readings(latency, busy):
    """The CPU used by one station, read once a second."""
    readings = np.arange(float(len(busy)))
    return observed(
        latency,
        snapshot_s=readings,
        snapshot_request=np.linspace(0, len(latency), len(readings)).astype(int),
        busy_s=np.array(busy, dtype=float),
    )


def mm1_from_empty(rng, replications, requests, load):
    """Sojourn times of M/M/1 with service rate 1 [replications × requests]."""
    service = rng.exponential(1.0, (replications, requests))
    gap = rng.exponential(1 / load, (replications, requests))
    step = np.cumsum(service[:, :-1] - gap[:, 1:], axis=1)
    walk = np.concatenate([np.zeros((replications, 1)), step], axis=1)
    waiting = walk - np.minimum.accumulate(walk, axis=1)
    return waiting + service


@pytest.mark.parametrize(("load", "requests"), [(0.5, 500), (0.7, 2000)])
def test_means_of_short_runs_are_honest(load, requests):
    rng = np.random.default_rng(20261123)
    truth = 1 / (1 - load)
    intervals = []
    for _ in range(200):
        runs = mm1_from_empty(rng, 10, requests, load)
        interval = mean_interval(RecordedSections([observed(run) for run in runs]).latency())
        assert isinstance(interval, Interval)
        intervals.append(interval)
    covered = sum(interval.contains(truth) for interval in intervals) / 200
    assert 0.90 <= covered <= 0.99
    bias = np.mean([interval.estimate for interval in intervals]) / truth - 1
    assert abs(bias) < 0.02


def test_one_cut_for_all_replications():
    """A beginning that is high in the mean is cut from every replication, high or low there."""
    rng = np.random.default_rng(7)
    high = rng.normal(1.0, 0.01, 100)
    high[:20] += 8.0
    sections = RecordedSections(
        [observed(high), *(observed(rng.normal(1, 0.01, 100)) for _ in range(3))]
    )
    assert sections.deleted >= 20
    assert {section.size for section in sections.latency()} == {100 - sections.deleted}
    assert sections.settled


def test_a_given_cut_is_kept():
    sections = RecordedSections([observed(range(100))] * 3, deleted=40)
    assert [section.values[0] for section in sections.latency()] == [40.0] * 3


def test_twenty_replications_form_ten_sections():
    runs = [observed([float(number)] * 60) for number in range(23)]
    sections = RecordedSections(runs, deleted=0).latency()
    assert len(sections) == 10
    assert sorted({*sections[0].values}) == [0.0, 10.0, 20.0]
    assert sorted({*sections[9].values}) == [9.0, 19.0]
    assert len(RecordedSections(runs[:19], deleted=0).latency()) == 19


def test_entries_and_edges_are_picked_after_the_warm_up():
    run = observed(
        [1.0, 2.0, 3.0, 4.0], entry=[0, 1, 0, 1], calls=([5, 6, 5], [0, 2, 3], [0, 1, 2])
    )
    sections = RecordedSections([run], deleted=1)
    assert sections.latency(1)[0].values.tolist() == [2.0, 4.0]
    assert sections.edge(5)[0].values.tolist() == [2.0]
    assert sections.edge(5, 6)[0].values.tolist() == [1.0, 2.0]
    assert sections.spent(0)[Part.APP_WORK] == 3.0
    assert sections.spent(9).tolist() == [0.0] * len(Part)


def test_cpu_is_counted_from_the_first_reading_after_the_warm_up():
    run = with_readings(np.ones(4), [[0.0], [5.0], [6.0], [7.0], [8.0]])
    assert RecordedSections([run], deleted=0).busy_cores()[0].tolist() == [2.0]
    assert RecordedSections([run], deleted=1).busy_cores()[0].tolist() == [1.0]


def test_a_run_that_keeps_rising_has_not_settled():
    assert not RecordedSections([observed(np.arange(200.0))] * 3).settled

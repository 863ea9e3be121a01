"""Cores with literal times: who is done when, how much CPU was used, and that they are counted.

Every scenario is small enough to be drawn on paper; times are in seconds.
"""

import math

import pytest
import simpy
from hypothesis import given
from hypothesis import strategies as st

from meshsim.solvers.simpy_model.cores import FirstComeCores, SharedCores
from meshsim.solvers.simpy_model.strand import Deadline


def run(station_of, jobs, *, read_at=()):
    """Serve ``jobs``, pairs of arrival and demand; when each ends, and CPU readings."""
    env = simpy.Environment()
    station = station_of(env)
    ends = [math.nan] * len(jobs)
    readings = []

    def job(number, arrival, demand):
        yield env.timeout(arrival)
        yield station.serve(demand)
        ends[number] = env.now

    def reader():
        for moment in read_at:
            yield env.timeout(moment - env.now)
            readings.append(station.busy_s())

    for number, (arrival, demand) in enumerate(jobs):
        env.process(job(number, arrival, demand))
    env.process(reader())
    env.run()
    station.verify()
    assert station.inside == 0
    assert station.arrivals == len(jobs)
    return ends, readings


def shared(cores):
    return lambda env: SharedCores(env, cores)


def first_come(cores):
    return lambda env: FirstComeCores(env, cores)


def test_two_overlapping_jobs_share_one_core():
    """Alone until 1; both at half speed until 3, when the short one is done; alone again."""
    ends, busy = run(shared(1), [(0, 3), (1, 1)], read_at=[1, 2, 3, 4])
    assert ends == [4, 3]
    assert busy == [1, 2, 3, 4]


def test_a_job_cannot_use_two_cores():
    ends, busy = run(shared(2), [(0, 3), (0, 1)], read_at=[1, 3])
    assert ends == [3, 1]
    assert busy == [2, 4]


def test_three_jobs_on_two_cores():
    """At 2/3 speed until the shortest, then at full speed."""
    ends, busy = run(shared(2), [(0, 2), (0, 4), (0, 6)], read_at=[3])
    assert ends == pytest.approx([3, 5, 7])
    assert busy == pytest.approx([6])


def test_a_short_job_under_a_limit_of_half_a_core_runs_at_full_speed():
    assert run(shared(0.5), [(0, 0.04), (10.03, 0.04)])[0] == pytest.approx([0.04, 10.07])


def test_half_a_core_runs_for_half_of_each_period():
    """50 ms of each 100 ms: the twentieth period is the last, and half of it is enough."""
    assert run(shared(0.5), [(0, 1), (10, 1)])[0] == pytest.approx([1.95, 11.95])


def test_a_limit_of_200m_stops_a_burst_of_30_ms():
    ends, busy = run(shared(0.2), [(0, 0.03)], read_at=[0.01, 0.05, 0.2])
    assert ends == pytest.approx([0.11])
    assert busy == pytest.approx([0.01, 0.02, 0.03])


def test_quota_left_over_is_lost_at_the_end_of_the_period():
    """From 90 ms on: 10 ms in this period, 20 ms in the next, 10 ms in the one after."""
    assert run(shared(0.2), [(0.09, 0.04)])[0] == pytest.approx([0.21])


def test_two_jobs_use_up_the_quota_of_a_core_and_a_half_twice_as_fast():
    """Both run on a core each for 75 ms and stop for 25 ms, and then again."""
    ends, _ = run(shared(1.5), [(0, 0.1), (0, 0.12)])
    assert ends == pytest.approx([0.125, 0.145])


def test_whole_cores_are_never_stopped():
    assert run(shared(2), [(0, 1), (0, 1)])[0] == pytest.approx([1, 1])


def test_equal_jobs_end_at_once_in_order_of_arrival():
    assert run(shared(1), [(0, 1), (0, 1), (0, 1)])[0] == pytest.approx([3, 3, 3])


def test_a_job_of_nothing_takes_no_time():
    assert run(shared(1), [(0, 5), (1, 0)])[0] == pytest.approx([5, 1])
    assert run(first_come(1), [(0, 5), (1, 0)])[0] == [5, 5]


def test_first_come_is_first_served():
    ends, busy = run(first_come(1), [(0, 3), (1, 1), (1.5, 2)], read_at=[1, 3.5, 6, 7])
    assert ends == [3, 4, 6]
    assert busy == [1, 3.5, 6, 6]


def test_first_come_on_two_cores():
    """The third starts when the second is done, on its core."""
    ends, busy = run(first_come(2), [(0, 3), (0, 1), (0.5, 2)], read_at=[0.5, 2, 4])
    assert ends == [3, 1, 3]
    assert busy == [1, 4, 6]


def test_equal_jobs_from_the_line_end_at_once():
    """Two of five start each time two end; those who end together do so in order."""
    assert run(first_come(2), [(0, 1)] * 5)[0] == [1, 1, 2, 2, 3]


def test_first_come_on_half_a_core():
    """50 ms of each 100 ms: the first job ends in the middle of its second period's quota."""
    ends, busy = run(first_come(0.5), [(0, 0.075), (0, 0.05)], read_at=[0.1, 4])
    assert ends == pytest.approx([0.125, 0.225])
    assert busy == pytest.approx([0.05, 0.125])


def test_first_come_on_a_core_and_a_half():
    """Two at a time for 75 ms of each 100 ms; the third starts when the first two end."""
    ends, busy = run(first_come(1.5), [(0, 0.1), (0, 0.1), (0, 0.02)], read_at=[0.1, 1])
    assert ends == pytest.approx([0.125, 0.125, 0.145])
    assert busy == pytest.approx([0.15, 0.22])


JOBS = st.lists(st.tuples(st.floats(0, 10), st.floats(0, 3)), min_size=1, max_size=20)


@given(JOBS, st.sampled_from([0.3, 1.0, 2.5, 4.0]), st.sampled_from([shared, first_come]))
def test_work_is_conserved(jobs, cores, kind):
    """All of the work is done, none faster than one core, and none is idle while work waits."""
    ends, busy = run(kind(cores), jobs, read_at=[1000])
    work = sum(demand for _, demand in jobs)
    assert busy[0] == pytest.approx(work, abs=1e-9)
    for (arrival, demand), end in zip(jobs, ends, strict=True):
        assert end >= arrival + demand - 1e-9
    last_arrival = max(arrival for arrival, _ in jobs)
    longest = max(demand for _, demand in jobs) / min(1.0, cores / math.ceil(cores))
    a_period = 0.1
    assert max(ends) <= last_arrival + work / cores + longest + a_period + 1e-9


def served_in_line(jobs, limit, period=100):
    """Ends on less than one core, in order of arrival; all times are whole milliseconds."""
    quota = round(limit * period)
    used, now, ends = {}, 0, []
    for arrival, demand in jobs:
        now = max(now, arrival)
        left = demand
        while left > 0:
            number = now // period
            if used.get(number, 0) < quota:
                used[number] = used.get(number, 0) + 1
                left -= 1
            now += 1
        ends.append(now if demand else max(now, arrival))
    return ends


WHOLE_MS = st.lists(st.tuples(st.integers(0, 400), st.integers(1, 120)), min_size=1, max_size=6)


@given(WHOLE_MS, st.sampled_from([0.1, 0.25, 0.5, 0.8, 0.9]))
def test_a_limit_below_one_core_against_counting_milliseconds(jobs, limit):
    """Jobs that start and stop exactly where periods and quotas do, too."""
    jobs = sorted(jobs)
    ends, _ = run(first_come(limit), [(a / 1000, d / 1000) for a, d in jobs])
    assert [end * 1000 for end in ends] == pytest.approx(served_in_line(jobs, limit), abs=1e-6)


@given(JOBS, st.sampled_from([0.3, 1.0, 2.5]), st.sampled_from([shared, first_come]))
def test_to_look_changes_nothing(jobs, cores, kind):
    """Bit by bit the same ends, however often the used CPU is read."""
    often = [number / 7 for number in range(1, 100)]
    assert run(kind(cores), jobs)[0] == run(kind(cores), jobs, read_at=often)[0]


@given(JOBS)
def test_one_core_is_never_idle_in_either_order(jobs):
    """Both disciplines end each busy period at the same moment."""
    assert max(run(shared(1), jobs)[0]) == pytest.approx(max(run(first_come(1), jobs)[0]))


@given(JOBS)
def test_sharing_serves_the_shorter_of_two_together_first(jobs):
    """Of jobs that arrive together, more demand never ends earlier."""
    together = sorted((0.0, demand) for _, demand in jobs)
    ends, _ = run(shared(1), together)
    assert ends == sorted(ends)


@pytest.mark.parametrize("kind", [shared(1), first_come(1)], ids=["shared", "first come"])
def test_verify_notices_a_job_that_got_lost(kind):
    station = kind(simpy.Environment())
    station.serve(5)
    station.env.run(until=2)
    station.verify()
    station._running.clear()
    with pytest.raises(AssertionError, match="without being counted"):
        station.verify()


def test_a_phase_brings_the_first_period_forward():
    """70 ms of the first period are over: 30 ms in it, 50 in the next, 20 in the one after."""
    ends, _ = run(lambda env: FirstComeCores(env, 0.5, 0.07), [(0, 0.1)])
    assert ends == pytest.approx([0.15])


def test_verify_notices_a_count_that_came_too_late():
    station = SharedCores(simpy.Environment(), 1)
    station.serve(5)
    station.env.run(until=2)
    station._sum_arrivals -= 1
    with pytest.raises(AssertionError, match="Little"):
        station.verify()


# Giving up ---------------------------------------------------------------------------------------


def run_impatient(station_of, jobs, *, read_at=()):
    """Like ``run``; a third number says when a job is taken back, after all else of that moment."""
    env = simpy.Environment()
    station = station_of(env)
    ends = [math.nan] * len(jobs)

    def serve(number, demand, gives_up):
        def done(_):
            ends[number] = env.now

        event = station.serve(demand)
        event.callbacks.append(done)
        if gives_up:
            Deadline(env, gives_up[0] - env.now, lambda: station.withdraw(event))

    def begin(number, arrival, demand, *gives_up):
        simpy.Timeout(env, arrival).callbacks.append(lambda _: serve(number, demand, gives_up))

    readings = [simpy.Timeout(env, moment) for moment in read_at]
    busy = []
    for reading in readings:
        reading.callbacks.append(lambda _: busy.append(station.busy_s()))
    for number, job in enumerate(jobs):
        begin(number, *job)
    env.run()
    station.verify()
    assert station.inside == 0
    return ends, busy


def test_a_share_is_free_at_once_and_only_what_was_used_is_billed():
    """Both at half speed until 2; then the other has the core, and 2 of its 3 to do."""
    ends, busy = run_impatient(shared(1), [(0, 3), (0, 3, 2)], read_at=[1, 2, 3, 9])
    assert ends[0] == 4
    assert math.isnan(ends[1])
    assert busy == [1, 2, 3, 4]


def test_the_next_to_end_may_be_the_one_that_leaves():
    """Half of each is done at 1."""
    ends, _ = run_impatient(shared(1), [(0, 1, 1), (0, 3)])
    assert ends[1] == 3.5


def test_three_become_two_on_two_cores():
    """At 2/3 speed until 1.5, when each has had 1; then both have a core."""
    ends, busy = run_impatient(shared(2), [(0, 2), (0, 4), (0, 6, 1.5)], read_at=[9])
    assert ends[:2] == pytest.approx([2.5, 4.5])
    assert busy == pytest.approx([2 + 4 + 1])


def test_who_leaves_a_core_of_its_own_changes_nothing_for_the_others():
    ends, busy = run_impatient(shared(2), [(0, 1), (0, 3, 0.5)], read_at=[9])
    assert ends[0] == 1
    assert busy == [1.5]


def test_who_leaves_the_line_was_never_there():
    ends, busy = run_impatient(first_come(1), [(0, 2), (0, 5, 1), (1, 1)], read_at=[9])
    assert [ends[0], ends[2]] == [2, 3]
    assert busy == [3]


def test_who_leaves_a_core_lets_the_next_in():
    ends, busy = run_impatient(first_come(1), [(0, 5, 1), (0, 2), (0, 1)], read_at=[1, 9])
    assert ends[1:] == [3, 4]
    assert busy == [1, 4]


@pytest.mark.parametrize("kind", [shared(1), first_come(1)], ids=["shared", "first come"])
def test_cores_that_were_left_empty_start_anew(kind):
    ends, busy = run_impatient(kind, [(0, 5, 1), (3, 2)], read_at=[2, 9])
    assert ends[1] == 5
    assert busy == [1, 3]


def test_the_quota_that_was_used_is_gone():
    """In ms, 50 of 100: 30 for who left, 20 until 50, the other 20 from 100 on."""
    ends, busy = run_impatient(first_come(0.5), [(0, 0.2, 0.03), (0, 0.04)], read_at=[0.09, 1])
    assert ends[1] == pytest.approx(0.12)
    assert busy == pytest.approx([0.05, 0.07])


@pytest.mark.parametrize("kind", [shared(0.5), first_come(0.5)], ids=["shared", "first come"])
def test_who_leaves_while_all_stand_still(kind):
    """In ms. The first has used up all 50; the second comes at 60 and starts at 100."""
    ends, busy = run_impatient(kind, [(0, 0.2, 0.07), (0.06, 0.04)], read_at=[1])
    assert ends[1] == pytest.approx(0.14)
    assert busy == pytest.approx([0.09])


def test_what_ends_at_the_very_moment_has_ended():
    """Shared: alone until 1, both at half speed until 2, alone again until 2.5."""
    assert run_impatient(shared(1), [(0, 2, 2.5), (1, 0.5, 2)])[0] == [2.5, 2]
    assert run_impatient(first_come(1), [(0, 2, 2), (0, 1, 3)])[0] == [2, 3]


@pytest.mark.parametrize("kind", [shared(1), first_come(1)], ids=["shared", "first come"])
def test_what_was_done_cannot_be_taken_back(kind):
    station = kind(simpy.Environment())
    done = station.serve(2)
    station.env.run()
    station.withdraw(done)
    assert (station.inside, station.busy_s()) == (0, 2)
    station.verify()


LEAVING = st.lists(
    st.tuples(st.floats(0, 10), st.floats(0.001, 3), st.floats(0.001, 4)), min_size=1, max_size=15
)


@given(LEAVING, st.sampled_from([0.3, 1.0, 2.5]), st.sampled_from([shared, first_come]))
def test_nobody_uses_more_than_it_asked_for_or_had_time_for(jobs, cores, kind):
    given_up = [(arrival, demand, arrival + wait) for arrival, demand, wait in jobs]
    ends, busy = run_impatient(kind(cores), given_up, read_at=[1000])
    assert busy[0] <= sum(min(demand, wait) for _, demand, wait in jobs) + 1e-9
    ended = [not math.isnan(end) for end in ends]
    done = sum(demand for (_, demand, _), end in zip(jobs, ended, strict=True) if end)
    assert busy[0] >= done - 1e-9
    if all(ended):
        assert busy[0] == pytest.approx(done)


@given(LEAVING, st.sampled_from([shared, first_come]))
def test_one_core_is_left_sooner_by_the_others_if_somebody_gives_up(jobs, kind):
    """The first job gives up, the others are patient: none of them ends later than it would."""
    patient = [(arrival, demand) for arrival, demand, _ in jobs]
    arrival, demand, wait = jobs[0]
    without, _ = run_impatient(kind(1), patient)
    ends, _ = run_impatient(kind(1), [(arrival, demand, arrival + wait), *patient[1:]])
    assert all(end <= before + 1e-9 for end, before in zip(ends[1:], without[1:], strict=True))

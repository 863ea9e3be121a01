"""Goal: results depend on the tasks alone, and what was finished once is not run again.

Method: replications of a small system, on every executor on this machine and in every order; an
executor that counts, one that is interrupted.
"""

import dataclasses

import builders
import numpy as np
import pytest

from meshsim.solvers.simpy_model import RunSettings
from meshsim.studies.executors import Here, running_on
from meshsim.studies.run_many import run_many
from meshsim.studies.store import open_store
from meshsim.studies.task import Task, run_task

STEPS = "[{compute: {distribution: exponential, mean: 1ms}}]"
DESCRIBED = builders.topology(builders.listed(builders.service(steps=STEPS)))
PROGRAMS = [builders.program(DESCRIBED), builders.program(DESCRIBED, builders.sidecars())]
JOBS = [Task(program, RunSettings(20, 1, n)) for program in PROGRAMS for n in range(3)]
EXPECTED = [run_task(task) for task in JOBS]


class Counting(Here):
    """Runs backwards, counts, and is interrupted after so many tasks."""

    def __init__(self, interrupted_after=1_000):
        self.ran = 0
        self.left = interrupted_after

    def finished(self, function, tasks):
        for number in reversed(range(len(tasks))):
            if self.left == 0:
                raise KeyboardInterrupt
            self.left -= 1
            self.ran += 1
            yield number, function(tasks[number])


def assert_same(found, expected=EXPECTED):
    for one, other in zip(found, expected, strict=True):
        for field in dataclasses.fields(one):
            assert_same_bits(getattr(one, field.name), getattr(other, field.name))


def assert_same_bits(one, other):
    assert type(one) is type(other)
    if isinstance(one, np.ndarray):
        assert (one.dtype, one.shape, one.tobytes()) == (other.dtype, other.shape, other.tobytes())
    else:
        assert one == other


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "study"


@pytest.mark.parametrize("executor", ["here", "threads:3", "processes:2", Counting()])
def test_any_executor_gives_the_same_in_the_order_of_tasks(executor):
    assert_same(run_many(JOBS, executor))


def test_no_task_is_fine():
    assert run_many([], "here") == []


def test_a_task_that_is_there_twice_is_run_once():
    counting = Counting()
    assert_same(run_many([*JOBS, *JOBS], counting), [*EXPECTED, *EXPECTED])
    assert counting.ran == len(JOBS)


def test_progress_begins_with_nothing_and_ends_with_all():
    seen = []
    run_many(JOBS[:3], "here", progress=lambda done, total: seen.append((done, total)))
    assert seen == [(0, 3), (1, 3), (2, 3), (3, 3)]


def test_what_is_kept_is_the_same_and_is_not_run_again(folder):
    with open_store(folder, {}) as store:
        assert_same(run_many(JOBS, "here", store=store))
    counting, seen = Counting(), []
    with open_store(folder, {}, resume=True) as store:
        found = run_many(JOBS, counting, store=store, progress=lambda *at: seen.append(at))
    assert_same(found)
    assert (counting.ran, seen) == (0, [(6, 6)])


def test_an_interrupt_keeps_what_is_finished(folder):
    with pytest.raises(KeyboardInterrupt), open_store(folder, {}) as store:
        run_many(JOBS, Counting(interrupted_after=4), store=store)
    assert (store.finished, store.planned) == (4, 6)
    counting, seen = Counting(), []
    with open_store(folder, {}, resume=True) as store:
        found = run_many(JOBS, counting, store=store, progress=lambda *at: seen.append(at))
    assert_same(found)
    assert (counting.ran, seen) == (2, [(4, 6), (5, 6), (6, 6)])


def test_a_damaged_task_is_run_again(folder):
    with open_store(folder, {}) as store:
        run_many(JOBS, "here", store=store)
    broken = next((folder / "tasks").iterdir()) / "calls.parquet"
    broken.write_bytes(broken.read_bytes()[:20])
    counting = Counting()
    with open_store(folder, {}, resume=True) as store:
        assert_same(run_many(JOBS, counting, store=store))
    assert (counting.ran, store.damaged) == (1, 1)


def test_studies_in_one_folder_do_not_mix(folder):
    others = [dataclasses.replace(task, settings=RunSettings(20, 2)) for task in JOBS[:1]]
    counting = Counting()
    with open_store(folder, {}) as store:
        run_many(JOBS, "here", store=store)
        assert_same(run_many(others, counting, store=store), [run_task(others[0])])
        assert (counting.ran, store.planned) == (1, 7)


def test_an_executor_that_is_given_stays_open():
    with running_on("processes:1") as where:
        assert_same(run_many(JOBS[:1], where), EXPECTED[:1])
        assert_same(run_many(JOBS[1:2], where), EXPECTED[1:2])


def test_a_consumer_that_stops_ends_the_executor_at_once():
    def stop(done, _):
        if done == 1:
            raise KeyboardInterrupt

    with running_on("processes:2") as where:
        with pytest.raises(KeyboardInterrupt):
            run_many(JOBS, where, progress=stop)
        assert_same(run_many(JOBS, where))


def test_the_samples_are_not_all_alike():
    assert len({float(np.mean(one.latency_s)) for one in EXPECTED}) == 3

"""Goal: the remaining time follows from the tasks that were seen to finish.

Method: a literal clock, ten seconds a task.
"""

import itertools

from meshsim.studies.progress import Pace


def ticks():
    return Pace(itertools.count(100.0, 10.0).__next__)


def test_nothing_is_known_before_the_first_task():
    assert ticks().remaining_s(0, 5) is None


def test_a_task_takes_as_long_as_those_before():
    pace = ticks()
    seen = [pace.remaining_s(done, 5) for done in (0, 1, 2, 5)]
    assert seen == [None, 40.0, 30.0, 0.0]


def test_what_was_kept_took_no_time():
    pace = ticks()
    assert pace.remaining_s(37, 40) is None
    assert pace.remaining_s(38, 40) == 20.0


def test_the_real_clock_runs():
    pace = Pace()
    pace.remaining_s(0, 2)
    left = pace.remaining_s(1, 2)
    assert left is not None
    assert left >= 0

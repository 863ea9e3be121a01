"""A proxy's worker thread with literal times: batches, wake-up, idle cost, CPU used.

Times are in milliseconds where a comment says so, since a sum of a few powers of two is exact.
"""

import pytest
import simpy

from meshsim.solvers.simpy_model.event_loop import EventLoopWorker, Passage, Stalls
from meshsim.solvers.simpy_model.strand import Deadline

MS = 2.0**-10
"""Nearly a millisecond, and exact in sums."""


class Loop:
    """A worker, what visited it, and when each visit ended with how much CPU."""

    def __init__(self, wake_up=0.0, idle_scale=0.0, idle_exponent=0.5, stalls=None):
        self.env = simpy.Environment()
        self.worker = EventLoopWorker(self.env, wake_up, stalls)
        self.idle = (idle_scale, idle_exponent)
        self.ended = {}

    def at(self, moment, name, passage, *, returning=False):
        def visit():
            passage.idle_scale_s, passage.idle_exponent = self.idle
            yield self.env.timeout(moment)
            work = yield self.worker.visit(passage, returning=returning)
            self.ended[name] = (self.env.now, work)

        self.env.process(visit())

    def run(self, until=None):
        self.env.run(until)
        self.worker.verify()
        return self.ended


def test_a_visit_to_an_idle_worker_takes_its_cost():
    loop = Loop()
    passage = Passage(2 * MS, 3 * MS)
    loop.at(1 * MS, "in", passage)
    loop.at(9 * MS, "out", passage, returning=True)
    assert loop.run() == {"in": (3 * MS, 2 * MS), "out": (12 * MS, 3 * MS)}


def test_an_idle_worker_wakes_up_first():
    loop = Loop(wake_up=4 * MS)
    loop.at(1 * MS, "in", Passage(2 * MS, 0.0))
    assert loop.run() == {"in": (7 * MS, 2 * MS)}
    assert loop.worker.busy_s() == 2 * MS


def test_batches():
    """In ms. a at 0 wakes the worker, b comes before it is awake at 1: one batch, ends at 7.

    c and d come while it runs: the next batch, from 7 to 18 without a wake-up. e finds it asleep.
    """
    loop = Loop(wake_up=1 * MS)
    loop.at(0 * MS, "a", Passage(4 * MS, 0.0))
    loop.at(0.5 * MS, "b", Passage(2 * MS, 0.0))
    loop.at(3 * MS, "c", Passage(1 * MS, 0.0))
    loop.at(6 * MS, "d", Passage(0.0, 10 * MS), returning=True)
    loop.at(30 * MS, "e", Passage(5 * MS, 0.0))
    assert loop.run() == {
        "a": (7 * MS, 4 * MS),
        "b": (7 * MS, 2 * MS),
        "c": (18 * MS, 1 * MS),
        "d": (18 * MS, 10 * MS),
        "e": (36 * MS, 5 * MS),
    }


def test_answers_leave_in_the_order_in_which_they_were_taken_up():
    loop = Loop()
    for number in range(5):
        loop.at(1 * MS, number, Passage(1 * MS, 0.0))
    assert list(loop.run()) == [0, 1, 2, 3, 4]


def test_a_worker_that_goes_on_does_not_wake_up():
    """Batches follow each other at 1, 3, 5 … ms: one wake-up only."""
    loop = Loop(wake_up=1 * MS)
    for number in range(10):
        loop.at(2 * MS * number, number, Passage(2 * MS, 0.0))
    ended = loop.run()
    assert [ended[number][0] for number in range(10)] == [(3 + 2 * k) * MS for k in range(10)]


def test_used_cpu_grows_while_a_batch_runs():
    loop = Loop(wake_up=1 * MS)
    loop.at(0.0, "a", Passage(4 * MS, 0.0))
    for moment, used in [(0.5, 0.0), (1.0, 0.0), (2.0, 1.0), (4.5, 3.5), (5.0, 4.0), (9.0, 4.0)]:
        loop.run(until=moment * MS)
        assert loop.worker.busy_s() == used * MS


def test_the_gap_is_paid_in_halves():
    """A gap of 10,000 µs at scale 1 µs and exponent 1/2 costs 100 µs: 50 on each way."""
    loop = Loop(idle_scale=1e-6)
    passage = Passage(10e-6, 20e-6)
    loop.at(0.01, "in", passage)
    loop.at(0.02, "out", passage, returning=True)
    ended = loop.run()
    assert ended["in"] == pytest.approx((0.01 + 60e-6, 60e-6), rel=1e-9)
    assert ended["out"] == pytest.approx((0.02 + 70e-6, 70e-6), rel=1e-9)
    assert loop.worker.busy_s() == pytest.approx(130e-6, rel=1e-9)


def test_only_the_first_request_of_a_batch_pays_for_the_gap():
    loop = Loop(idle_scale=1e-6)
    one, two = Passage(10e-6, 0.0), Passage(10e-6, 0.0)
    loop.at(0.01, "one", one)
    loop.at(0.01, "two", two)
    ended = loop.run()
    assert ended["one"][1] == pytest.approx(60e-6, rel=1e-9)
    assert ended["two"][1] == 10e-6
    assert (one.idle_share_s, two.idle_share_s) == (pytest.approx(50e-6, rel=1e-9), 0.0)


def test_the_gap_runs_from_request_to_request():
    """Idle 0-100, 150-170 (a visit on the way back between) and 180-250 µs, wake-up included.

    The second request pays for 20 + 70 = 90 µs of idle time; exponent 1 makes that 90 × 1 µs.
    """
    loop = Loop(wake_up=10e-6, idle_scale=0.1e-6, idle_exponent=1.0)
    first, second = Passage(45e-6, 5e-6), Passage(1e-6, 1e-6)
    loop.at(90e-6, "first in", first)  # awake at 100 µs, pays 10 µs: 5 now, done at 150
    loop.at(160e-6, "first out", first, returning=True)  # awake at 170, 5 + 5 µs, done at 180
    loop.at(240e-6, "second in", second)  # awake at 250, pays 9 µs: 4.5 now
    ended = loop.run()
    assert ended["first in"] == pytest.approx((150e-6, 50e-6), rel=1e-9)
    assert ended["first out"] == pytest.approx((180e-6, 10e-6), rel=1e-9)
    assert ended["second in"] == pytest.approx((255.5e-6, 5.5e-6), rel=1e-9)


def test_a_worker_that_never_sleeps_pays_no_gap():
    loop = Loop(idle_scale=1.0)
    loop.at(0.0, "a", Passage(2 * MS, 0.0))
    loop.at(1 * MS, "b", Passage(2 * MS, 0.0))
    loop.at(3 * MS, "c", Passage(2 * MS, 0.0))
    ended = loop.run()
    assert [ended[name] for name in "abc"] == [
        (2 * MS, 2 * MS),
        (4 * MS, 2 * MS),
        (6 * MS, 2 * MS),
    ]


def test_verify_looks_at_the_batch_and_at_who_is_ready():
    loop = Loop()
    loop.at(0.0, "a", Passage(4 * MS, 0.0))
    loop.at(1 * MS, "b", Passage(4 * MS, 0.0))
    loop.run(until=2 * MS)
    assert loop.worker.inside == loop.worker.present() == 2
    loop.worker._ready.clear()
    with pytest.raises(AssertionError, match="without being counted"):
        loop.worker.verify()


# Giving up ---------------------------------------------------------------------------------------


def impatient(loop, moment, name, passage, gives_up):
    """A visit that is taken back at ``gives_up``, after all else of that moment."""

    def visit():
        yield loop.env.timeout(moment)
        visit = loop.worker.visit(passage, returning=False)
        visit.callbacks.append(lambda _: loop.ended.update({name: (loop.env.now, visit.value)}))
        Deadline(loop.env, gives_up - moment, lambda: loop.worker.withdraw(visit))

    loop.env.process(visit())


def test_a_visit_withdrawn_before_its_batch_costs_nothing():
    """In ms. a runs from 1 to 5; b comes at 2 and leaves at 3; c comes at 4 and follows at once."""
    loop = Loop(wake_up=1 * MS)
    loop.at(0.0, "a", Passage(4 * MS, 0.0))
    impatient(loop, 2 * MS, "b", Passage(8 * MS, 0.0), 3 * MS)
    loop.at(4 * MS, "c", Passage(1 * MS, 0.0))
    loop.run(until=3.5 * MS)
    assert loop.worker.present() == 1
    assert loop.run() == {"a": (5 * MS, 4 * MS), "c": (6 * MS, 1 * MS)}
    assert loop.worker.busy_s() == 5 * MS
    assert loop.worker.inside == 0
    assert loop.worker.arrivals == 3


def test_a_visit_in_the_running_batch_is_paid():
    """In ms. Both run from 0 to 6; b gives up at 3 and is finished for nobody."""
    loop = Loop()
    loop.at(0.0, "a", Passage(4 * MS, 0.0))
    impatient(loop, 0.0, "b", Passage(2 * MS, 0.0), 3 * MS)
    loop.run(until=4 * MS)
    assert loop.worker.present() == 2
    loop.run()
    assert loop.ended["a"] == (6 * MS, 4 * MS)
    assert loop.worker.busy_s() == 6 * MS


def test_a_visit_withdrawn_as_its_batch_begins_is_paid():
    """The batch begins at 1 ms, and deadlines come last at a moment."""
    loop = Loop(wake_up=1 * MS)
    impatient(loop, 0.0, "a", Passage(4 * MS, 0.0), 1 * MS)
    loop.run()
    assert loop.worker.busy_s() == 4 * MS


def test_a_worker_whose_batch_is_empty_goes_back_to_sleep():
    """In ms. a leaves while the worker wakes up; b, at 10, has to wake it up again."""
    loop = Loop(wake_up=4 * MS)
    impatient(loop, 0.0, "a", Passage(2 * MS, 0.0), 3 * MS)
    loop.at(10 * MS, "b", Passage(2 * MS, 0.0))
    assert loop.run() == {"b": (16 * MS, 2 * MS)}
    assert loop.worker.busy_s() == 2 * MS


def test_who_withdrew_leaves_the_gap_to_the_next():
    """In ms. Idle until 3 and from there to 12: b pays for 12, as if a had never been there."""
    loop = Loop(wake_up=2 * MS, idle_scale=1e-6, idle_exponent=1.0)
    impatient(loop, 1 * MS, "a", Passage(2 * MS, 0.0), 2 * MS)
    loop.at(10 * MS, "b", Passage(2 * MS, 0.0))
    idle_s = 12 * MS  # 1 µs × gap / 1 µs; half of it on this visit
    assert loop.run()["b"] == pytest.approx(((12 + 2) * MS + idle_s / 2, 2 * MS + idle_s / 2))


def test_only_the_one_who_withdraws_leaves():
    loop = Loop(wake_up=4 * MS)
    loop.at(0.0, "a", Passage(1 * MS, 0.0))
    impatient(loop, 1 * MS, "b", Passage(8 * MS, 0.0), 2 * MS)
    loop.at(1 * MS, "c", Passage(2 * MS, 0.0))
    assert loop.run() == {"a": (7 * MS, 1 * MS), "c": (7 * MS, 2 * MS)}


def test_a_stall_holds_a_batch_up_and_is_no_cpu():
    stalls = Stalls(probability=1.0, mean_s=3 * MS, key=7)
    loop = Loop(stalls=stalls)
    loop.at(1 * MS, "a", Passage(2 * MS, 0.0))
    loop.at(200 * MS, "b", Passage(2 * MS, 0.0))
    ended = loop.run()
    assert ended["a"] == (pytest.approx(3 * MS + stalls.length_s(1)), 2 * MS)
    assert ended["b"] == (pytest.approx(202 * MS + stalls.length_s(2)), 2 * MS)
    assert loop.worker.busy_s() == 4 * MS


def test_stalls_have_their_chance_and_their_mean():
    stalls = Stalls(probability=0.25, mean_s=2.0, key=11)
    lengths = [stalls.length_s(batch) for batch in range(1, 4001)]
    hits = [length for length in lengths if length > 0]
    assert abs(len(hits) - 1000) < 4 * (4000 * 0.25 * 0.75) ** 0.5
    assert abs(sum(hits) / len(hits) - 2.0) < 4 * 2.0 / len(hits) ** 0.5

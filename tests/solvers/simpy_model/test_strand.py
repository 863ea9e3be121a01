"""Signals, deadlines and strands: the order of one moment, and ends from outside."""

import pytest
import simpy

from meshsim.solvers.simpy_model.strand import Deadline, Signal, Strand


def noting(log, name, event):
    event.callbacks.append(lambda _: log.append(name))


def test_at_one_moment_signals_come_first_and_deadlines_last():
    env, log = simpy.Environment(), []
    Deadline(env, 1.0, lambda: log.append("deadline"))
    noting(log, "time-out", simpy.Timeout(env, 1.0))

    def give(_):
        for name in ("signal 1", "signal 2"):
            signal = Signal(env)
            noting(log, name, signal)
            signal.succeed()

    simpy.Timeout(env, 1.0).callbacks.append(give)
    noting(log, "later time-out", simpy.Timeout(env, 1.0))
    env.run()
    assert log == ["time-out", "signal 1", "signal 2", "later time-out", "deadline"]


def test_what_a_deadline_begins_comes_before_the_next_deadline():
    env, log = simpy.Environment(), []

    def missed():
        log.append("first")
        noting(log, "time-out", simpy.Timeout(env, 0.0))
        signal = Signal(env)
        noting(log, "signal", signal)
        signal.succeed()

    Deadline(env, 1.0, missed)
    Deadline(env, 1.0, lambda: log.append("second"))
    env.run()
    assert log == ["first", "signal", "time-out", "second"]


def test_a_signal_carries_a_value_and_is_given_once():
    env = simpy.Environment()
    signal = Signal(env)
    assert signal.succeed(7) is signal
    env.run()
    assert signal.value == 7
    with pytest.raises(AssertionError, match="once"):
        signal.succeed()


def test_a_deadline_that_was_kept_is_not_missed():
    env, log = simpy.Environment(), []
    deadline = Deadline(env, 1.0, lambda: log.append("missed"))
    simpy.Timeout(env, 1.0).callbacks.append(lambda _: deadline.disarm())
    env.run()
    assert log == []
    assert env.now == 1.0


# Strands -----------------------------------------------------------------------------------------


class Life:
    """A generator that waits twice and notes what happens to it."""

    def __init__(self, env):
        self.env, self.log = env, []

    def __call__(self):
        try:
            self.log.append("begins")
            self.log.append((yield simpy.Timeout(self.env, 1.0, "one")))
            yield from self.inner()
        except GeneratorExit:
            self.log.append("outer gives back")
            raise
        return "done"

    def inner(self):
        try:
            self.log.append((yield simpy.Timeout(self.env, 1.0, "two")))
        except GeneratorExit:
            self.log.append("inner gives back")
            raise


def test_a_strand_runs_at_once_up_to_its_first_event_and_on_with_each():
    env = simpy.Environment()
    life, ended = Life(env), []
    strand = Strand(life(), ended.append)
    assert life.log == []
    strand.start()
    assert life.log == ["begins"]
    env.run(until=1.5)
    assert life.log == ["begins", "one"]
    assert not strand.over
    env.run()
    assert life.log == ["begins", "one", "two"]
    assert ended == ["done"]
    assert strand.over


def test_a_strand_without_events_is_over_when_it_has_started():
    def life():
        return "at once"
        yield

    ended = []
    Strand(life(), ended.append).start()
    assert ended == ["at once"]


def test_who_is_ended_gives_back_from_the_inside_out_and_is_not_done():
    env = simpy.Environment()
    life, ended = Life(env), []
    strand = Strand(life(), ended.append)
    strand.start()
    env.run(until=1.5)
    strand.end()
    assert life.log == ["begins", "one", "inner gives back", "outer gives back"]
    env.run()  # the event that it waited for happens, and nobody is there
    assert life.log[-1] == "outer gives back"
    assert ended == []
    assert strand.over


def test_an_end_after_the_end_changes_nothing():
    env = simpy.Environment()
    life, ended = Life(env), []
    strand = Strand(life(), ended.append)
    strand.start()
    env.run()
    strand.end()
    strand.end()
    assert ended == ["done"]
    assert life.log == ["begins", "one", "two"]


def test_a_strand_ended_between_the_signal_and_its_arrival_does_not_go_on():
    env, log = simpy.Environment(), []
    signal = Signal(env)

    def life():
        yield signal
        log.append("goes on")

    strand = Strand(life(), log.append)
    strand.start()
    signal.succeed()
    strand.end()
    env.run()
    assert log == []


def test_a_strand_may_not_wait_for_what_has_happened():
    env = simpy.Environment()
    past = Signal(env)
    past.succeed()
    env.run()

    def life():
        yield past

    with pytest.raises(AssertionError, match="has happened"):
        Strand(life(), lambda _: None).start()


def test_strands_inside_a_strand_end_with_it():
    """A handler that ends another strand: what a call does with its tries."""
    env, log = simpy.Environment(), []
    inner = Strand(Life(env)(), log.append)

    def outer():
        inner.start()
        try:
            yield simpy.Timeout(env, 9.0)
        finally:
            inner.end()

    strand = Strand(outer(), log.append)
    strand.start()
    env.run(until=0.5)
    strand.end()
    assert inner.over
    assert log == []

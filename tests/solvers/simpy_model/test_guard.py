"""A caller's patience with literal times, in seconds: deadlines, tries, pauses, keys.

Windows of 1 ms give no pause, since pauses are whole milliseconds below the window.
"""

import math

import numpy as np
import pytest
import simpy

from meshsim.lowering.program import CallPolicies
from meshsim.policies.retry import CONDITIONS, Outcome, backoff_s
from meshsim.solvers.observations import Part
from meshsim.solvers.simpy_model.guard import Guard
from meshsim.solvers.simpy_model.strand import Strand
from meshsim.solvers.streams import Purpose, mix, uniform

NEVER = math.inf
KEY = 77
SALT = Purpose.CALLER_TRY
NO_PAUSE_S = 1e-3


class Guarded:
    """One guarded call whose tries take so long each and end with those outcomes."""

    def __init__(
        self,
        *tries,
        timeout=NEVER,
        retries=0,
        per_try=NEVER,
        on="5xx",
        base_s=NO_PAUSE_S,
        max_s=NO_PAUSE_S,
    ):
        self.env = simpy.Environment()
        policies = CallPolicies(
            timeout_s=np.array([timeout]),
            retries=np.array([retries]),
            per_try_timeout_s=np.array([per_try]),
            retry_on=np.array([CONDITIONS[on]]),
            backoff_base_s=np.array([base_s]),
            backoff_max_s=np.array([max_s]),
        )
        self._tries = tries
        self.begun, self.given_up, self.ended = [], [], []
        self.spent = [0.0] * len(Part)
        guard = Guard(self.env, policies)
        self.life = guard.call(0, KEY, SALT, self._attempt, self.spent)
        self.strand = Strand(self.life, lambda found: self.ended.append((self.env.now, *found)))

    def _attempt(self, number, key, parts):
        length_s, outcome = self._tries[min(number, len(self._tries) - 1)]
        self.begun.append((self.env.now, number, key))
        try:
            yield simpy.Timeout(self.env, length_s)
        except GeneratorExit:
            self.given_up.append(self.env.now)
            raise
        parts[Part.APP_WAIT] += length_s
        return outcome

    def run(self):
        """When and how the call ended, and after how many tries."""
        self.strand.start()
        self.env.run()
        (end,) = self.ended
        assert sum(self.spent) == pytest.approx(end[0])
        return end

    @property
    def parts(self):
        return {part.name: self.spent[part] for part in Part if self.spent[part]}

    @property
    def begun_at(self):
        return [begin for begin, _, _ in self.begun]


LONG, OK, ERROR = (100.0, Outcome.OK), (1.0, Outcome.OK), (1.0, Outcome.ERROR)


def test_without_a_policy_the_one_try_is_the_call():
    env, spent, seen = simpy.Environment(), [0.0] * len(Part), []

    def attempt(number, key, parts):
        seen.append((number, key, parts is spent))
        yield simpy.Timeout(env, 1.0)
        return Outcome.ERROR

    none = np.zeros(0)
    guard = Guard(env, CallPolicies(none, none, none, none, none, none))
    Strand(guard.call(-1, KEY, SALT, attempt, spent), seen.append).start()
    env.run()
    assert seen == [(0, KEY, True), (Outcome.ERROR, 1)]


def test_an_answer_in_time_is_the_answer():
    guarded = Guarded(OK, timeout=3.0)
    assert guarded.run() == (1.0, Outcome.OK, 1)
    assert guarded.parts == {"APP_WAIT": 1.0}
    assert guarded.env.now == 3.0  # the deadline comes, and nothing happens


def test_the_caller_gives_up_at_exactly_its_timeout():
    guarded = Guarded(LONG, timeout=3.0)
    assert guarded.run() == (3.0, Outcome.TIMEOUT, 1)
    assert guarded.given_up == [3.0]
    assert guarded.parts == {"RETRY": 3.0}


def test_an_answer_at_the_very_moment_counts():
    guarded = Guarded(OK, timeout=1.0)
    assert guarded.run() == (1.0, Outcome.OK, 1)
    assert guarded.parts == {"APP_WAIT": 1.0}


def test_an_answer_to_a_try_at_the_very_moment_counts():
    assert Guarded(OK, retries=2, per_try=1.0).run() == (1.0, Outcome.OK, 1)


def test_tries_that_are_given_up_follow_each_other_until_none_is_left():
    guarded = Guarded(LONG, retries=2, per_try=2.0)
    assert guarded.run() == (6.0, Outcome.TIMEOUT, 3)
    assert guarded.begun_at == [0.0, 2.0, 4.0]
    assert guarded.given_up == [2.0, 4.0, 6.0]
    assert guarded.parts == {"RETRY": 6.0}


def test_a_try_that_is_answered_ends_the_call():
    guarded = Guarded(LONG, OK, retries=5, per_try=2.0)
    assert guarded.run() == (3.0, Outcome.OK, 2)
    assert guarded.parts == {"RETRY": 2.0, "APP_WAIT": 1.0}


def test_errors_are_tried_again_and_the_last_one_is_the_answer():
    """The time of the last try went where that try spent it."""
    guarded = Guarded(ERROR, retries=2)
    assert guarded.run() == (3.0, Outcome.ERROR, 3)
    assert guarded.parts == {"RETRY": 2.0, "APP_WAIT": 1.0}


@pytest.mark.parametrize(
    ("on", "outcome", "tries"),
    [
        ("5xx", Outcome.ERROR, 2),
        ("5xx", Outcome.TIMEOUT, 2),
        ("gateway-error", Outcome.ERROR, 1),
        ("gateway-error", Outcome.TIMEOUT, 2),
        ("reset", Outcome.ERROR, 1),
        ("reset", Outcome.TIMEOUT, 1),
    ],
)
def test_only_what_is_named_is_tried_again(on, outcome, tries):
    """A try that ends with TIMEOUT was answered 504 by a proxy."""
    assert Guarded((1.0, outcome), retries=1, on=on).run() == (float(tries), outcome, tries)


@pytest.mark.parametrize("on", ["5xx", "gateway-error", "reset"])
def test_a_try_given_up_here_is_tried_again_under_every_condition(on):
    assert Guarded(LONG, OK, retries=1, per_try=2.0, on=on).run() == (3.0, Outcome.OK, 2)


def test_tries_have_keys_of_their_own_and_the_first_has_the_one_of_the_call():
    guarded = Guarded(ERROR, retries=2)
    guarded.run()
    assert [(number, key) for _, number, key in guarded.begun] == [
        (0, KEY),
        (1, mix(KEY, SALT + 1)),
        (2, mix(KEY, SALT + 2)),
    ]


def test_the_pause_before_a_try_is_drawn_with_the_key_of_that_try():
    guarded = Guarded(ERROR, retries=3, base_s=1.0, max_s=10.0)
    end_s, _, _ = guarded.run()
    pauses_s = [
        backoff_s(window_s, uniform(mix(KEY, SALT + retry), Purpose.BACKOFF))
        for retry, window_s in [(1, 1.0), (2, 2.0), (3, 4.0)]
    ]
    assert np.diff(guarded.begun_at) == pytest.approx(1.0 + np.array(pauses_s))
    assert end_s == pytest.approx(4.0 + sum(pauses_s))
    assert min(pauses_s) > 0.0
    assert guarded.parts == pytest.approx({"RETRY": 3.0 + sum(pauses_s), "APP_WAIT": 1.0})


# The deadline of the whole call -------------------------------------------------------------------


def test_the_timeout_of_the_call_cuts_a_try():
    guarded = Guarded(LONG, timeout=5.0, retries=9, per_try=2.0)
    assert guarded.run() == (5.0, Outcome.TIMEOUT, 3)
    assert guarded.given_up == [2.0, 4.0, 5.0]
    assert guarded.parts == {"RETRY": 5.0}


def test_the_timeout_of_the_call_cuts_a_pause():
    """The pause would be longer than a second."""
    assert backoff_s(1000.0, uniform(mix(KEY, SALT + 1), Purpose.BACKOFF)) > 1.0
    guarded = Guarded(ERROR, timeout=2.0, retries=9, base_s=1000.0, max_s=1000.0)
    assert guarded.run() == (2.0, Outcome.TIMEOUT, 1)
    assert guarded.begun_at == [0.0]
    assert guarded.parts == {"RETRY": 2.0}


def test_of_two_deadlines_at_one_moment_the_one_of_the_call_comes_first():
    assert Guarded(LONG, timeout=2.0, retries=9, per_try=2.0).run() == (2.0, Outcome.TIMEOUT, 1)
    assert Guarded(LONG, timeout=4.0, retries=9, per_try=2.0).run() == (4.0, Outcome.TIMEOUT, 2)


def test_an_answer_that_comes_after_a_pause_before_the_deadline_counts():
    guarded = Guarded(ERROR, OK, timeout=2.0, retries=1)
    assert guarded.run() == (2.0, Outcome.OK, 2)


def test_a_call_that_is_given_up_by_others_gives_up_its_try_and_forgets_its_deadlines():
    guarded = Guarded(LONG, timeout=5.0, retries=9, per_try=2.0)
    guarded.strand.start()
    guarded.env.run(until=3.0)
    guarded.strand.end()
    assert guarded.given_up == [2.0, 3.0]
    guarded.env.run()
    assert guarded.ended == []
    assert len(guarded.begun) == 2


def test_a_call_that_is_given_up_in_its_pause_does_not_try_again():
    guarded = Guarded(ERROR, retries=9, base_s=1000.0, max_s=1000.0)
    guarded.strand.start()
    guarded.env.run(until=1.5)
    guarded.strand.end()
    guarded.env.run()
    assert guarded.begun_at == [0.0]
    assert guarded.ended == []


def test_a_guard_in_a_guard():
    """The inner call tries every 2 s; the outer one gives up at 5 s, and with it the inner one."""
    inner = Guarded(LONG, retries=9, per_try=2.0)
    limits = (5.0, 0, NEVER, 0, 0.0, 0.0)
    guard = Guard(inner.env, CallPolicies(*(np.array([limit]) for limit in limits)))

    def attempt(number, key, parts):
        outcome, _ = yield from inner.life
        return outcome

    ended = []
    outer = Strand(guard.call(0, KEY, SALT, attempt, [0.0] * len(Part)), ended.append)
    outer.start()
    inner.env.run()
    assert ended == [(Outcome.TIMEOUT, 1)]
    assert inner.given_up == [2.0, 4.0, 5.0]

"""Retries: which outcomes are tried again, the windows, the pauses in whole milliseconds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshsim.policies.retry import CONDITIONS, Outcome, backoff_s, backoff_window_s, may_retry

DRAWS = st.floats(2**-53, 1 - 2**-53)
MS = 1e-3


def test_outcomes_are_pinned():
    """They are bits of a set, and columns of results."""
    assert [(outcome.name, int(outcome)) for outcome in Outcome] == [
        ("OK", 0),
        ("ERROR", 1),
        ("TIMEOUT", 2),
        ("TRY_TIMEOUT", 3),
    ]


@pytest.mark.parametrize(
    ("condition", "tried_again"),
    [
        ("5xx", {Outcome.ERROR, Outcome.TIMEOUT, Outcome.TRY_TIMEOUT}),
        ("gateway-error", {Outcome.TIMEOUT, Outcome.TRY_TIMEOUT}),
        ("reset", {Outcome.TRY_TIMEOUT}),
    ],
)
def test_conditions(condition, tried_again):
    chosen = CONDITIONS[condition]
    assert {outcome for outcome in Outcome if may_retry(chosen, outcome, 1)} == tried_again


def test_several_conditions_are_one_set():
    both = CONDITIONS["reset"] | CONDITIONS["gateway-error"]
    assert both == CONDITIONS["gateway-error"]
    assert not may_retry(both, Outcome.ERROR, 1)


def test_nothing_is_tried_again_without_a_condition_or_without_a_try_left():
    assert not any(may_retry(0, outcome, 5) for outcome in Outcome)
    assert not any(may_retry(CONDITIONS["5xx"], outcome, 0) for outcome in Outcome)


def test_windows_double_up_to_the_largest():
    """Envoy's defaults: 25 ms and ten times that. 200 ms is more than half of it."""
    windows_ms = [1e3 * backoff_window_s(25 * MS, 250 * MS, retry) for retry in range(1, 7)]
    assert windows_ms == pytest.approx([25, 50, 100, 200, 250, 250])


def test_a_window_as_large_as_the_largest_stays():
    assert [backoff_window_s(0.25, 0.25, retry) for retry in (1, 2, 9)] == [0.25] * 3


def test_a_window_of_nothing_stays():
    assert backoff_window_s(0.0, 0.0, 5) == 0.0
    assert backoff_s(0.0, 0.999) == 0.0


@pytest.mark.parametrize(
    ("draw", "pause_ms"),
    [(0.001, 0), (0.0399, 0), (0.0401, 1), (0.5, 12), (0.9599, 23), (0.9601, 24), (0.9999, 24)],
)
def test_a_pause_is_one_of_as_many_milliseconds_as_the_window_has(draw, pause_ms):
    """Of 25 ms: 0, 1, … 24, each with a probability of 1/25."""
    assert backoff_s(25 * MS, draw) == pytest.approx(pause_ms * MS)


def test_a_window_below_two_milliseconds_gives_no_pause():
    assert backoff_s(1.4 * MS, 0.9999) == 0.0


def test_the_window_is_rounded_to_milliseconds():
    assert backoff_s(2.5001 * MS, 0.9999) == pytest.approx(2 * MS)  # of three
    assert backoff_s(2.4999 * MS, 0.9999) == pytest.approx(1 * MS)  # of two


@given(st.integers(1, 10**5), st.integers(1, 100), st.integers(1, 30), DRAWS)
def test_pauses_stay_within_their_window_and_windows_within_their_limits(base, over, retry, draw):
    base_s, max_s = base * MS, base * over * MS
    window_s = backoff_window_s(base_s, max_s, retry)
    assert base_s <= window_s <= max_s
    assert backoff_window_s(base_s, max_s, retry + 1) >= window_s
    pause_ms = backoff_s(window_s, draw) * 1e3
    assert 0 <= pause_ms < window_s * 1e3 + 0.5
    assert pause_ms == pytest.approx(round(pause_ms), abs=1e-6)

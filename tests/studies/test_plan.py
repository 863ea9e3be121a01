"""Goal: a plan knows what it keeps and what its precision is about."""

import pytest

from meshsim.studies.plan import TALLIES_ABOVE, RunPlan, Target


@pytest.mark.parametrize(
    ("keep", "requests", "tallies"),
    [
        ("auto", TALLIES_ABOVE, False),
        ("auto", TALLIES_ABOVE + 1, True),
        ("requests", 10**8, False),
        ("tallies", 1, True),
    ],
)
def test_long_replications_are_summed_up_unless_told(keep, requests, tallies):
    assert RunPlan(requests=requests, keep=keep).keeps_tallies is tallies


@pytest.mark.parametrize(
    ("target", "words", "probability"),
    [
        (Target(), "p99", 0.99),
        (Target("p99.9", "shop/buy"), "p99.9:shop/buy", 0.999),
        (Target("p5", difference=True), "p5-difference", 0.05),
        (Target("mean", "a/get", difference=True), "mean-difference:a/get", None),
    ],
)
def test_a_target_in_words(target, words, probability):
    assert str(target) == words
    assert target.probability == probability


@pytest.mark.parametrize("bad", [{"precision": 0.0}, {"seconds_max": 0.0}, {"requests": 0}])
def test_plans_that_no_face_lets_through(bad):
    with pytest.raises(AssertionError):
        RunPlan(**bad)

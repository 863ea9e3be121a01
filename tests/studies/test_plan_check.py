"""Goal: a plan that cannot be run is refused with its cure. Method: every option with bad values of
every kind, and the smallest and largest good ones."""

import math

import pytest

from meshsim.errors import InputError
from meshsim.studies.plan import RunPlan
from meshsim.studies.plan_check import change_problems, plan_of

GOOD = {"requests": 10, "replications": 3, "seed": 1, "confidence": 0.95, "precision": None}


def test_good_plans():
    assert plan_of(**GOOD) == RunPlan(10, 3, 1, 0.95, None)
    edges = {"requests": 1, "replications": 1, "seed": 0, "confidence": 0.001, "precision": 0.999}
    assert plan_of(**edges) == RunPlan(1, 1, 0, 0.001, 0.999)


@pytest.mark.parametrize("option", ["requests", "replications", "seed"])
@pytest.mark.parametrize("value", [-1, 2**63, 1.5, "10", True, None])
def test_whole_numbers(option, value):
    with pytest.raises(InputError, match=rf"options: {option}: must be a whole number from") as e:
        plan_of(**{**GOOD, option: value})
    assert "; write e.g. " in str(e.value)


@pytest.mark.parametrize("option", ["confidence", "precision"])
@pytest.mark.parametrize("value", [0, 1, -0.5, 95, math.nan, math.inf, "95%", True])
def test_shares(option, value):
    with pytest.raises(InputError, match=rf"options: {option}: must lie between 0 and 1"):
        plan_of(**{**GOOD, option: value})


def test_all_problems_at_once():
    with pytest.raises(InputError) as caught:
        plan_of(0, 0, -1, 2, 0)
    assert len(caught.value.problems) == 5


@pytest.mark.parametrize("rate", [0, -1, math.nan, math.inf, "300/s", True])
def test_rates(rate):
    (problem,) = change_problems(rate, {})
    assert problem.rule == "must be more than zero and finite"


def test_replicas_and_nothing():
    assert list(change_problems(None, {})) == []
    assert list(change_problems(0.5, {"a": 1})) == []
    (problem,) = change_problems(None, {"a": 0})
    assert str(problem).startswith("options: replicas of a: must be a whole number from 1")

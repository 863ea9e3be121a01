"""Goal: a plan that cannot be run is refused with its cure. Method: every option with bad values of
every kind, and the smallest and largest good ones."""

import math

import pytest

from meshsim.errors import InputError, Place
from meshsim.studies.plan import RunPlan, Target
from meshsim.studies.plan_check import change_problems, plan_of, target_of, target_problems

GOOD = {"requests": 10, "replications": 3, "seed": 1, "confidence": 0.95, "precision": None}


def test_good_plans():
    assert plan_of(**GOOD) == RunPlan(10, 3, 1, 0.95, None).resolved()
    edges = {"requests": 1, "replications": 1, "seed": 0, "confidence": 0.001, "precision": 0.999}
    assert plan_of(**edges) == RunPlan(1, 1, 0, 0.001, 0.999).resolved()


@pytest.mark.parametrize("name", ["kernel", "simpy"])
def test_a_solver_by_name(name):
    assert plan_of(**GOOD, solver=name).solver == name


def test_a_solver_that_is_not_there_is_told_with_everything_else():
    with pytest.raises(InputError) as caught:
        plan_of(**{**GOOD, "seed": -1}, solver="fast")
    assert [problem.path for problem in caught.value.problems] == ["seed", "solver"]


def test_a_hundred_million_requests_where_memory_does_not_grow_with_them():
    many = {**GOOD, "requests": 100_000_000}
    assert plan_of(**many, solver="kernel").keeps_tallies
    with pytest.raises(InputError, match=r"at most 10,000,000 in a replication that keeps each"):
        plan_of(**many, solver="kernel", keep="requests")
    with pytest.raises(InputError, match=r"at most 10,000,000 .* of the solver simpy, not '1000"):
        plan_of(**many, solver="simpy")
    with pytest.raises(InputError, match="from 1 to 100000000"):
        plan_of(**{**GOOD, "requests": 100_000_001})


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


def test_how_far_to_go_for_a_precision():
    far = {"precision_of": "mean-difference", "replications_max": 40, "seconds_max": 60}
    plan = plan_of(**{**GOOD, "precision": 0.1}, **far, keep="tallies")
    assert plan.precision_of == Target("mean", difference=True)
    assert (plan.replications_max, plan.seconds_max, plan.keep) == (40, 60, "tallies")
    target = Target("p50")
    assert plan_of(**{**GOOD, "precision": 0.1}, precision_of=target).precision_of == target


@pytest.mark.parametrize(
    ("option", "value", "rule"),
    [
        ("replications_max", 0, "replications_max: must be a whole number from 1 to 10000"),
        ("seconds_max", 0, "seconds_max: must be more than zero and finite"),
        ("seconds_max", math.inf, "seconds_max: must be more than zero and finite"),
        ("keep", "some", "keep: no such way to keep requests"),
        ("precision_of", "p100", "precision_of: must be a mean or a quantile"),
    ],
)
def test_bad_limits(option, value, rule):
    with pytest.raises(InputError, match=rf"options: {rule}.*, not '{value}'; write "):
        plan_of(**{**GOOD, "precision": 0.1}, **{option: value})


def test_a_target_takes_a_precision():
    with pytest.raises(InputError, match="precision_of: is about a precision, and none was asked"):
        plan_of(**GOOD, precision_of="p99")


@pytest.mark.parametrize(
    ("words", "target"),
    [
        ("p99", Target()),
        ("mean", Target("mean")),
        ("p99.9:shop/buy", Target("p99.9", "shop/buy")),
        ("p5-difference", Target("p5", difference=True)),
        ("mean-difference:a/b:c", Target("mean", "a/b:c", difference=True)),
    ],
)
def test_targets_in_words(words, target):
    assert target_of(words) == target
    assert str(target) == words


@pytest.mark.parametrize(
    "words", ["", "p", "p0", "p00.0", "p100", "99", "P99", "p99-", "p99:", "p99 ", "p-1", "p٩٩", 99]
)
def test_words_that_are_no_target(words):
    with pytest.raises(InputError) as caught:
        target_of(words, Place("--precision-of"), "")
    assert str(caught.value).startswith("--precision-of: must be a mean or a quantile")
    assert "; write e.g. p99, mean" in str(caught.value)


def test_a_target_fits_its_study():
    plan = RunPlan(precision=0.1, precision_of=Target("p99", "a/b", difference=True))
    assert list(target_problems(plan, ["a/b"], 2)) == []
    assert list(target_problems(RunPlan(precision_of=plan.precision_of), [], 1)) == []
    entry, second = target_problems(plan, ["c/d", "a/c"], 1)
    assert str(entry) == (
        "options: precision_of: no entry point of this name, not 'a/b'; known: a/c, c/d"
    )
    assert second.rule == "a difference takes a second mesh"
    assert second.cure == "compare two meshes, or write p99:a/b"

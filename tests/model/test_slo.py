"""Objectives: the thresholds of k6 as text, what they mean, and what is refused with a cure."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshsim.model.slo import Objective, parse_objective
from meshsim.units import UnitError


@pytest.mark.parametrize(
    ("text", "metric", "probability", "strict", "bound"),
    [
        ("p(99)<250ms", "latency_quantile", 0.99, True, 0.25),
        ("p(99.9)<=1s", "latency_quantile", 0.999, False, 1.0),
        (" p( 50 ) < 1ms ", "latency_quantile", 0.5, True, 0.001),
        ("med<20ms", "latency_quantile", 0.5, True, 0.02),
        ("avg<=40ms", "latency_mean", 0.0, False, 0.04),
        ("error_rate<0.1%", "error_rate", 0.0, True, 0.001),
        ("error_rate<=0%", "error_rate", 0.0, False, 0.0),
    ],
)
def test_thresholds(text, metric, probability, strict, bound):
    assert parse_objective(text) == Objective(
        text, metric, pytest.approx(probability), strict, bound
    )


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("p99<250ms", "must be a threshold on latency or errors"),
        ("p(99)>250ms", "must be a threshold on latency or errors"),
        ("max<1s", "must be a threshold on latency or errors"),
        ("", "must be a threshold on latency or errors"),
        ("p(0)<1s", "a percentile lies between 0 and 100"),
        ("p(100)<1s", "a percentile lies between 0 and 100"),
        ("p(99)<250", "a duration needs a unit"),
        ("error_rate<0.001", "a percentage needs its sign"),
        ("avg<=", "must be a threshold on latency or errors"),
    ],
)
def test_what_is_no_threshold(text, rule):
    with pytest.raises(UnitError) as caught:
        parse_objective(text)
    assert caught.value.rule == rule
    assert caught.value.cure.startswith("write ")


def test_strict_and_loose_bounds():
    strict, loose = parse_objective("avg<40ms"), parse_objective("avg<=40ms")
    assert (strict.holds(0.039), strict.holds(0.04)) == (True, False)
    assert (loose.holds(0.04), loose.holds(0.041)) == (True, False)


@given(st.text(max_size=20) | st.text(alphabet="p(9.)<=avgmed%ms ", max_size=12))
def test_any_text_is_a_threshold_or_refused(text):
    try:
        objective = parse_objective(text)
    except UnitError:
        return
    assert objective.bound >= 0
    assert objective.text == text

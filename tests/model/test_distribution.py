"""Distributions: short and long form, means, and what each family refuses."""

import pytest
from pydantic import TypeAdapter, ValidationError

from meshsim.model.distribution import (
    Constant,
    Distribution,
    Empirical,
    Exponential,
    Gamma,
    Lognormal,
)

ADAPTER = TypeAdapter(Distribution)


def read(value):
    return ADAPTER.validate_python(value)


@pytest.mark.parametrize(
    ("value", "kind", "mean_s"),
    [
        ("3ms", Constant, 0.003),
        ({"distribution": "constant", "mean": "3ms"}, Constant, 0.003),
        ({"distribution": "exponential", "mean": "3ms"}, Exponential, 0.003),
        ({"distribution": "lognormal", "mean": "3ms", "cv": 0.8}, Lognormal, 0.003),
        ({"distribution": "gamma", "mean": "3ms", "cv": 2}, Gamma, 0.003),
        ({"distribution": "empirical", "values": ["1ms", "2ms", "6ms"]}, Empirical, 0.003),
    ],
)
def test_families_and_their_means(value, kind, mean_s):
    found = read(value)
    assert isinstance(found, kind)
    assert found.mean == pytest.approx(mean_s)
    assert read(ADAPTER.dump_python(found, mode="json")) == found


def test_a_duration_alone_is_the_constant():
    assert read("3ms") == read({"distribution": "constant", "mean": "3ms"})


@pytest.mark.parametrize(
    "value",
    [
        3,
        True,
        None,
        "fast",
        {"mean": "3ms"},
        {"distribution": "normal", "mean": "3ms"},
        {"distribution": "exponential"},
        {"distribution": "exponential", "mean": "3ms", "cv": 1},
        {"distribution": "lognormal", "mean": "3ms"},
        {"distribution": "lognormal", "mean": "3ms", "cv": 0},
        {"distribution": "gamma", "mean": "3ms", "cv": 20.5},
        {"distribution": "gamma", "mean": "3ms", "cv": float("nan")},
        {"distribution": "empirical", "values": []},
        {"distribution": "empirical", "values": [1]},
    ],
)
def test_what_is_no_distribution(value):
    with pytest.raises(ValidationError):
        read(value)


def test_distributions_cannot_be_changed():
    with pytest.raises(ValidationError, match="frozen"):
        read("3ms").mean = 1.0


def test_equal_distributions_are_equal_keys():
    assert len({read("3ms"), read("3000us"), read("4ms")}) == 2

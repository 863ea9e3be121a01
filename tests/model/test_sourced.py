"""Goal: a number without an origin is none. Method: one mistake in each description."""

import pickle

import pytest
from pydantic import ValidationError

from meshsim.model.sourced import SourcedDuration, SourcedWholeNumber

GOOD = {"value": "2ms", "range": ["1ms", "3ms"], "origin": "measured", "source": "us"}


def test_a_number_with_all_that_belongs_to_it():
    number = SourcedDuration.model_validate(GOOD)
    assert (number.value, number.range, number.origin) == (0.002, (0.001, 0.003), "measured")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"value": "4ms"}, "the value must lie within its range"),
        ({"source": None}, "a number that is no guess needs a source"),
        ({"origin": "guess"}, "a guess needs a note"),
        ({"origin": "rumour"}, "Input should be"),
    ],
)
def test_a_mistake_is_refused(changes, message):
    with pytest.raises(ValidationError, match=message):
        SourcedDuration.model_validate({**GOOD, **changes})


def test_numbers_travel_to_other_processes():
    number = SourcedDuration.model_validate(GOOD)
    assert pickle.loads(pickle.dumps(number)) == number


def test_names_of_the_schema_say_the_quantity():
    assert SourcedDuration.__name__ == "SourcedDuration"
    assert SourcedWholeNumber.__name__ == "SourcedWholeNumber"

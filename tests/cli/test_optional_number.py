"""Goal: ``--uncertainty`` may stand alone, and never eats the word behind it.

Method: literal words.
"""

import pytest

from meshsim.cli.optional_number import with_number


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["a", "--uncertainty"], ["a", "--uncertainty=40"]),
        (["a", "--uncertainty", "10"], ["a", "--uncertainty", "10"]),
        (["a", "--uncertainty=10"], ["a", "--uncertainty=10"]),
        (["--uncertainty", "a"], ["--uncertainty=40", "a"]),
        (["a", "--uncertainty", "--seed", "2"], ["a", "--uncertainty=40", "--seed", "2"]),
        (["a", "--uncertainty", "-3"], ["a", "--uncertainty", "-3"]),
        (["a", "b"], ["a", "b"]),
    ],
)
def test_the_number_is_put_in_where_it_is_left_out(words, expected):
    assert with_number(words) == expected

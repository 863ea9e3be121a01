"""Random choice: cells of equal length, and no draw outside of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshsim.policies.random import pick_random


@pytest.mark.parametrize(
    ("hosts", "draw", "expected"),
    [(1, 0.999, 0), (2, 0.499, 0), (2, 0.5, 1), (3, 0.333, 0), (3, 0.334, 1), (3, 0.999, 2)],
)
def test_literal_choices(hosts, draw, expected):
    assert pick_random(hosts, draw) == expected


@given(st.integers(1, 100_000), st.floats(2**-53, 1 - 2**-53))
def test_the_choice_is_a_host(hosts, draw):
    assert 0 <= pick_random(hosts, draw) < hosts


@given(st.integers(1, 100_000))
def test_the_ends_of_the_interval_are_the_first_and_the_last(hosts):
    assert pick_random(hosts, 2**-53) == 0
    assert pick_random(hosts, 1 - 2**-53) == hosts - 1


def test_cells_are_equally_long():
    chosen = [pick_random(7, (number + 0.5) / 700) for number in range(700)]
    assert [chosen.count(host) for host in range(7)] == [100] * 7

"""Least request: literal choices, and what holds for any number of active requests.

With n hosts a draw u in (0, 1) stands for host floor(u n): of four hosts 0.1 is host 0, 0.3 is 1,
0.6 is 2 and 0.9 is 3.
"""

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from meshsim.policies.least_request import pick_least_request

HOST = [0.1, 0.3, 0.6, 0.9]
DRAWS = st.lists(st.floats(2**-53, 1 - 2**-53), min_size=1, max_size=5)
ACTIVE = st.lists(st.integers(0, 20), min_size=1, max_size=12)


def test_the_less_busy_of_two():
    assert pick_least_request([5, 1, 0, 3], [HOST[0], HOST[1]]) == 1
    assert pick_least_request([5, 1, 0, 3], [HOST[1], HOST[0]]) == 1
    assert pick_least_request([5, 1, 0, 3], [HOST[0], HOST[3]]) == 3


def test_the_idlest_of_all_is_not_seen_unless_drawn():
    assert pick_least_request([5, 6, 0, 7], [HOST[1], HOST[3]]) == 1


def test_the_first_wins_a_tie():
    assert pick_least_request([2, 2, 2, 2], [HOST[3], HOST[0]]) == 3
    assert pick_least_request([2, 2, 2, 2], [HOST[0], HOST[3]]) == 0


def test_a_host_may_be_compared_with_itself():
    assert pick_least_request([9, 0], [0.1, 0.2]) == 0


def test_one_choice_is_random():
    assert pick_least_request([9, 9, 9, 0], [HOST[1]]) == 1


def test_three_choices():
    assert pick_least_request([3, 2, 1, 0], [HOST[0], HOST[1], HOST[2]]) == 2


def test_two_hosts_compare_half_of_the_time():
    """Of the four pairs of draws two are of one host, so the busy one gets a quarter."""
    chosen = [
        pick_least_request([7, 0], pair) for pair in itertools.product([0.25, 0.75], repeat=2)
    ]
    assert chosen == [0, 1, 1, 1]


@given(ACTIVE, DRAWS)
def test_the_choice_was_drawn_and_none_drawn_is_less_busy(active, draws):
    host = pick_least_request(active, draws)
    drawn = [int(draw * len(active)) for draw in draws]
    assert host in drawn
    assert active[host] == min(active[candidate] for candidate in drawn)
    assert host == next(c for c in drawn if active[c] == active[host])


@given(ACTIVE, DRAWS, st.integers(1, 100))
def test_only_differences_count(active, draws, more):
    busier = [count + more for count in active]
    assert pick_least_request(active, draws) == pick_least_request(busier, draws)


def test_the_share_of_the_busiest_host_falls_with_the_choices():
    """Of n hosts the busiest is chosen only if all draws are of it: n ** -choices."""
    generator = np.random.default_rng(1)
    active = [9, 1, 1, 1]
    for choices in (1, 2, 3):
        draws = generator.random((40_000, choices)).tolist()
        share = sum(pick_least_request(active, row) == 0 for row in draws) / 40_000
        expected = 4.0**-choices
        assert abs(share - expected) < 4 * (expected * (1 - expected) / 40_000) ** 0.5

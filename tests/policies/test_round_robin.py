"""Round robin: each host in turn, from any start, none twice before all had one."""

from hypothesis import given
from hypothesis import strategies as st

from meshsim.policies.round_robin import pick_round_robin


def test_each_in_turn():
    assert [pick_round_robin(3, turn) for turn in range(7)] == [0, 1, 2, 0, 1, 2, 0]


def test_a_late_start():
    assert [pick_round_robin(4, turn) for turn in range(2**32, 2**32 + 5)] == [0, 1, 2, 3, 0]


@given(st.integers(1, 1000), st.integers(0, 2**32))
def test_a_round_visits_every_host_once(hosts, start):
    chosen = [pick_round_robin(hosts, start + turn) for turn in range(hosts)]
    assert sorted(chosen) == list(range(hosts))

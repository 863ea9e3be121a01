"""Goal: the chain by hand is the chain. Method: its latency in an empty system has a closed form,
and its codes are counted.
"""

import pytest

from benchmarks import bare_chain
from benchmarks.bare_chain import Costs, chain_codes, run_chain

ALONE = Costs(
    gap=1e3,
    work=1e-12,
    one_way=(0.25, 0.125),
    wake_up=0.0625,
    request=(0.5, 0.5),
    response=(0.75, 0.75),
    idle_scale=0.0,
    idle_exponent=0.5,
)


def test_a_request_alone_pays_for_each_step_of_its_way():
    seen = run_chain(ALONE, requests=1, seed=1)
    expected_s = 2 * 0.25 + 4 * 0.125 + 10 * 0.0625 + 5 * (0.5 + 0.75)
    assert seen.latency_s == pytest.approx(expected_s, abs=1e-9)
    assert seen.sidecars_s == 5 * (0.5 + 0.75)
    assert (seen.visits, seen.computed, seen.arrivals) == (10, 3, 1)
    # Arrival, six hops of the network, ten wake-ups and ten batches, three ends of computing.
    assert seen.events == 1 + 6 + 10 + 10 + 3


def test_the_first_request_after_a_gap_pays_for_it_on_both_visits():
    seen = run_chain(ALONE._replace(idle_scale=1e-3), requests=1, seed=1)
    idle_s = seen.sidecars_s - 5 * (0.5 + 0.75)
    assert idle_s > 5 * 1e-3 * (1.0 / 1e-6) ** 0.5


def test_the_entry_may_cost_less_than_calls_between_sidecars():
    plain = ALONE._replace(request=(0.25, 0.5), response=(0.5, 0.75))
    seen = run_chain(plain, requests=1, seed=1)
    assert seen.sidecars_s == (0.25 + 0.5) + 4 * (0.5 + 0.75)


def test_in_a_crowd_requests_wait_and_share_batches():
    crowd = run_chain(ALONE._replace(gap=1.5), requests=500, seed=1)  # workers are 5/6 busy
    alone = run_chain(ALONE, requests=500, seed=1)
    assert crowd.latency_s > 2 * alone.latency_s
    assert crowd.events / crowd.arrivals < 0.8 * alone.events / alone.arrivals
    assert 10 * 500 <= crowd.visits <= 10 * crowd.arrivals


def test_each_connection_taken_is_given_back():
    codes = [tuple(row) for row in chain_codes().tolist()]
    taken = [made for code, made in codes if code == bare_chain.TAKE]
    assert taken == [1, 2, 3, 4]
    assert sorted(made for code, made in codes if code == bare_chain.GIVE) == taken
    out = [leg for code, leg in codes if code == bare_chain.OUT]
    back = [leg for code, leg in codes if code == bare_chain.BACK]
    assert out == back[::-1] == [0, 1, 2, 3, 4]
